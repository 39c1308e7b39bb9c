"""What a deployment must not do, decided from the package and from what the org holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sfmeta.change.documents import root_of
from sfmeta.codec import compare
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


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Who is deploying.

    Attributes:
        client_id: consumer key of the app we are logged in through, "" where that is not known.
        profiles: names of our user's profile.
        external_apps: API names of the external client app we are logged in through.
        flips: the boxes that this deployment is there to turn, and to what. Only ``ops.enforce`` gives any.
    """

    client_id: str = ""
    profiles: frozenset[str] = frozenset()
    external_apps: frozenset[str] = frozenset()
    flips: Mapping[str, bool] = field(default_factory=dict)


_Guard = Callable[[ComponentId, Element, Element | None, Ourselves], Iterator[Refusal]]


def refusals(
    package: Holdings,
    deletions: Iterable[ComponentId],
    actual: Holdings,
    ourselves: Ourselves,
    unreadable: Collection[ComponentId] = (),
) -> tuple[Refusal, ...]:
    """Every reason not to deploy a package to an org that holds ``actual``.

    Args:
        package: the files to deploy.
        deletions: what it deletes.
        actual: what the org holds of those components; a missing one is absent there, or unreadable.
        ourselves: who is deploying.
        unreadable: those that the org would not give; somebody agreed that their state may stay unknown.
    """
    found: list[Refusal] = []
    ourselves = replace(ourselves, external_apps=_external_apps(actual, ourselves))
    for component, entries in sorted(package.items()):
        table = _GUARDS | _UNREADABLE if component in unreadable else _GUARDS
        guards = table.get(component.type, ()) + _EVERY_TYPE
        if not registry.is_document(component.type) or not _concerns(component, guards):
            continue
        content = root_of(entries[0])
        held = _held(component, actual)
        for guard in guards:
            found += guard(component, content, held, ourselves)
    for component in deletions:
        held = _held(component, actual)
        if component.type == "BlacklistedConsumer" and held is not None:
            found += _blocked_by_the_box(component, held, None, ourselves)
    return tuple(found)


def is_true(text: str | None) -> bool:
    """Whether a boolean of XML Schema is true: ``true`` and ``1``, in any case as orgs take it."""
    return (text or "").strip().casefold() in ("true", "1")


def _external_apps(actual: Holdings, us: Ourselves) -> frozenset[str]:
    """The external client app that has our key: its key stands in one file, its doors in others."""
    settings = (component for component in actual if component.type == "ExtlClntAppGlobalOauthSettings")
    found = (_held(component, actual) for component in settings)
    return frozenset(
        str(root.value("externalClientApplication"))
        for root in found
        if root is not None and us.client_id and root.value("consumerKey") == us.client_id
    )


def _held(component: ComponentId, actual: Holdings) -> Element | None:
    there = actual.get(component)
    return root_of(there[0]) if there else None


def _concerns(component: ComponentId, guards: tuple[_Guard, ...]) -> bool:
    kind = registry.types()[component.type]
    return len(guards) > len(_EVERY_TYPE) or bool(kind.secret_paths)


def _switch(component: ComponentId, content: Element, held: Element | None, us: Ourselves) -> Iterator[Refusal]:
    if content.name != "ConnectedAppSettings" and component.full_name.casefold() != "connectedapp":
        return
    for name, who in SWITCHES.items():
        if content.first(name) is None:
            continue
        wanted, now = is_true(content.value(name)), held is not None and is_true(held.value(name))
        if wanted != now and us.flips.get(name) is not wanted:
            yield Refusal(
                "enforcement-by-deploy",
                component,
                f"would turn {'on' if wanted else 'off'} API Access Control for {who} ({name})",
                f"No deploy touches the boxes: sfmeta enforce {'on' if wanted else 'off'} -o ORG does, with a way back",
            )


def _unknown_profile(component: ComponentId, _c: Element, held: Element | None, _: Ourselves) -> Iterator[Refusal]:
    # Metadata API guide, Profile: deploying a profile that does not exist creates it
    if held is None:
        yield Refusal(
            "profile-unknown",
            component,
            "does not exist in this org, and deploying it would create it",
            "Check the profile's file name (Setup's 'System Administrator' is the file Admin)",
        )


def _unread_profile(component: ComponentId, _c: Element, _h: Element | None, _: Ourselves) -> Iterator[Refusal]:
    """Nobody can say whether it would be created, nor whether it is a front door that would be shut."""
    yield Refusal(
        "profile-unknown",
        component,
        "was not given by the org: whether it exists is not known, and deploying one that does not would create it",
        f"See what the org says, and let our user read it: sfmeta retrieve -m {component}; or change it in Setup",
    )


def _front_door(component: ComponentId, content: Element, held: Element | None, us: Ourselves) -> Iterator[Refusal]:
    """Profiles through which we, or the administrators, come in."""
    ours = {*us.profiles, *(_FILE_NAMES[name] for name in us.profiles if name in _FILE_NAMES)}
    if component.full_name not in {*ours, _ADMINISTRATORS}:
        return
    before = _permissions(held) if held is not None else {}
    said = _permissions(content)
    shut = [f"{name}=false" for name in _NEEDED if said.get(name) is False and before.get(name, False)]
    shut += ["ApiUserOnly=true"] if said.get("ApiUserOnly") and not before.get("ApiUserOnly", False) else []
    changes = compare.unmet(component.type, content, held) if held is not None else ()
    sections = (change.path[0].partition("[")[0] for change in changes)
    shut += sorted({name for name in sections if name in ("loginHours", "loginIpRanges")})
    if shut:
        whose = "our own user's profile" if component.full_name in ours else "the administrators' profile"
        yield Refusal(
            "front-door",
            component,
            f"is {whose}, and {', '.join(shut)} could lock everybody out",
            "Do it in Setup, with another administrator logged in",
        )


def _permissions(root: Element) -> dict[str, bool]:
    return {str(entry.value("name")): is_true(entry.value("enabled")) for entry in root.all("userPermissions")}


def _own_app(component: ComponentId, content: Element, held: Element | None, us: Ourselves) -> Iterator[Refusal]:
    """The app that we are logged in through: a mistake in it cannot be undone by us."""
    if held is None or not _is_ours(held, us):
        return
    changed = [
        "/".join(change.path)
        for change in compare.unmet(component.type, content, held)
        if component.type != "ConnectedApp" or "/".join(change.path).partition("[")[0].startswith(_DOOR)
    ]
    if changed:
        yield Refusal(
            "own-app",
            component,
            f"is the app that sfmeta itself is logged in through, and {', '.join(changed)} would change",
            "Deploy it through another login, or change it in Setup",
        )


def _is_ours(held: Element, us: Ourselves) -> bool:
    keys = {element.text.strip() for path in registry.CONSUMER_KEY_PATHS for element in held.find(path)}
    return bool(us.client_id) and (us.client_id in keys or held.value("externalClientApplication") in us.external_apps)


def _blocked_by_the_box(
    component: ComponentId, content: Element, _h: Element | None, _: Ourselves
) -> Iterator[Refusal]:
    if is_true(content.value("blockedByApiWhitelisting")):
        yield Refusal(
            "blocked-by-the-box",
            component,
            "holds blockedByApiWhitelisting=true: most likely API Access Control made it, not a person",
            "Leave it alone; unblock the app in Setup > Connected Apps OAuth Usage",
        )


def _foreign_key(component: ComponentId, content: Element, held: Element | None, _: Ourselves) -> Iterator[Refusal]:
    # "The consumer key is already taken" / "You cannot provide a Consumer Key" (forcedotcom/cli#336,
    # SFDO-Tooling/CumulusCI#2943): a key belongs to one org
    for path in registry.CONSUMER_KEY_PATHS:
        for element in content.find(path):
            known = {item.text.strip() for item in held.find(path)} if held else set()
            if element.text.strip() and element.text.strip() not in known:
                yield Refusal(
                    "consumer-key-of-another-org",
                    component,
                    "holds a consumerKey that is not this org's",
                    "Take <consumerKey> out of the file: an existing app keeps its key, a new one gets its own",
                )


def _secret(component: ComponentId, content: Element, _held: Element | None, _: Ourselves) -> Iterator[Refusal]:
    for path in registry.types()[component.type].secret_paths:
        if any(element.text.strip() for element in content.find(path)):
            yield Refusal(
                "secret-in-file",
                component,
                f"holds a secret at {path}",
                "Take it out of the file and out of git, and replace the secret in the org",
            )


_DOOR = (
    "ipRanges",
    "oauthConfig/certificate",
    "oauthConfig/isAdminApproved",
    "oauthConfig/scopes",
    "oauthPolicy",
    "permissionSetName",
    "profileName",
    "sessionPolicy",
)
# what a deployment needs of its user (Metadata API guide; Help connected_app_manage_additional_settings)
_NEEDED = (
    "ApiEnabled",
    "CustomizeApplication",
    "ManageProfilesPermissionsets",
    "ModifyAllData",
    "ModifyMetadata",
    "ViewSetup",
)
_ADMINISTRATORS = "Admin"
# Setup's names of standard profiles and their files'
_FILE_NAMES = {
    "Contract Manager": "ContractManager",
    "Marketing User": "MarketingProfile",
    "Read Only": "ReadOnly",
    "Solution Manager": "SolutionManager",
    "Standard User": "Standard",
    "System Administrator": _ADMINISTRATORS,
}
_EVERY_TYPE: tuple[_Guard, ...] = (_secret,)
_GUARDS: dict[str, tuple[_Guard, ...]] = {
    "Settings": (_switch,),
    "Profile": (_unknown_profile, _front_door),
    "ConnectedApp": (_foreign_key, _own_app),
    "ExtlClntAppConfigurablePolicies": (_own_app,),
    "ExtlClntAppGlobalOauthSettings": (_foreign_key, _own_app),
    "ExtlClntAppOauthConfigurablePolicies": (_own_app,),
    "ExtlClntAppOauthSettings": (_own_app,),
    "BlacklistedConsumer": (_blocked_by_the_box,),
}
_UNREADABLE: dict[str, tuple[_Guard, ...]] = {"Profile": (_unread_profile,)}
"""In place of those, where the org would not give the component."""
