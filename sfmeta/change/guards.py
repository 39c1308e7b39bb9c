"""What a deployment must not do, decided from the package and from what the org holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sfmeta.codec import xml
from sfmeta.model import registry
from sfmeta.model.component import Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId

SWITCHES = {
    "enableAdminApprovedAppsOnly": "internal users",
    "enableAdminApprovedAppsOnlyForExternalUser": "customers and partners",
}
"""The two boxes of API Access Control, fields of ``Settings:ConnectedApp``, and whom they bind."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a deployment must not be sent.

    Attributes:
        rule: a stable id.
        component: which one it is about.
        message: what it would do.
        hint: what to do instead.
    """

    rule: str
    component: ComponentId
    message: str
    hint: str


_Guard = Callable[[ComponentId, Element, Element | None], Iterator[Refusal]]


def refusals(package: Holdings, actual: Holdings) -> tuple[Refusal, ...]:
    """Every reason not to deploy a package to an org that holds ``actual``.

    Args:
        package: the files to deploy.
        actual: what the org holds of those components; a missing one is absent there.
    """
    found: list[Refusal] = []
    for component, entries in sorted(package.items()):
        guards = _GUARDS.get(component.type, ()) + _EVERY_TYPE
        kind = registry.types().get(component.type)
        if kind is None or kind.shape is not registry.Shape.FILE or not _concerns(component, guards):
            continue
        content = xml.parse(entries[0].read(), entries[0].path)
        there = actual.get(component)
        held = xml.parse(there[0].read(), there[0].path) if there else None
        for guard in guards:
            found += guard(component, content, held)
    return tuple(found)


def _concerns(component: ComponentId, guards: tuple[_Guard, ...]) -> bool:
    kind = registry.types()[component.type]
    return len(guards) > len(_EVERY_TYPE) or bool(kind.secret_paths)


def _switch(component: ComponentId, content: Element, held: Element | None) -> Iterator[Refusal]:
    for name, who in SWITCHES.items():
        is_on = held is not None and held.value(name) == "true"
        if component.full_name == "ConnectedApp" and content.value(name) == "true" and not is_on:
            yield Refusal(
                "enforcement-by-deploy",
                component,
                f"would turn on API Access Control for {who} ({name})",
                "A deploy never ticks the boxes: that is a step of its own, in Setup > API Access Control",
            )


def _unknown_profile(component: ComponentId, _content: Element, held: Element | None) -> Iterator[Refusal]:
    # Metadata API guide, Profile: deploying a profile that does not exist creates it
    if held is None:
        yield Refusal(
            "profile-unknown",
            component,
            "does not exist in this org, and deploying it would create it",
            "Check the profile's file name (Setup's 'System Administrator' is the file Admin)",
        )


def _foreign_key(component: ComponentId, content: Element, held: Element | None) -> Iterator[Refusal]:
    # "The consumer key is already taken" / "You cannot provide a Consumer Key" (forcedotcom/cli#336,
    # SFDO-Tooling/CumulusCI#2943): a key belongs to one org
    for path in ("oauthConfig/consumerKey", "consumerKey"):
        for element in content.find(path):
            known = {item.text.strip() for item in held.find(path)} if held else set()
            if element.text.strip() and element.text.strip() not in known:
                yield Refusal(
                    "consumer-key-of-another-org",
                    component,
                    "holds a consumerKey that is not this org's",
                    "Take <consumerKey> out of the file: an existing app keeps its key, a new one gets its own",
                )


def _secret(component: ComponentId, content: Element, _held: Element | None) -> Iterator[Refusal]:
    for path in registry.types()[component.type].secret_paths:
        if any(element.text.strip() for element in content.find(path)):
            yield Refusal(
                "secret-in-file",
                component,
                f"holds a secret at {path}",
                "Take it out of the file and out of git, and replace the secret in the org",
            )


_EVERY_TYPE: tuple[_Guard, ...] = (_secret,)
_GUARDS: Mapping[str, tuple[_Guard, ...]] = {
    "Settings": (_switch,),
    "Profile": (_unknown_profile,),
    "ConnectedApp": (_foreign_key,),
    "ExtlClntAppGlobalOauthSettings": (_foreign_key,),
}
