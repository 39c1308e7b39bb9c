"""What a person should know before a deployment, beyond the difference itself. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sfmeta.change.documents import root_of
from sfmeta.codec import compare
from sfmeta.model.change import ChangeSet, ComponentChange, FieldChange, Kind
from sfmeta.model.component import Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import CONSUMER_KEY_PATHS

_APPS = frozenset(
    {
        "ConnectedApp",
        "ExternalClientApplication",
        "ExtlClntAppConfigurablePolicies",
        "ExtlClntAppGlobalOauthSettings",
        "ExtlClntAppOauthConfigurablePolicies",
        "ExtlClntAppOauthSettings",
    }
)
# Metadata API guide, ConnectedAppSessionPolicy: Block "ends all current user sessions"
_BLOCKS = ("sessionPolicy/policyAction", "policyAction")
_CERTIFICATES = ("oauthConfig/certificate", "certificate")
# Metadata API guide, ConnectedAppOauthConfig and ExtlClntAppOauthConfigurablePolicies: only users with a grant get in
_CLOSED = {"oauthConfig/isAdminApproved": "true", "permittedUsersPolicyType": "AdminApprovedPreAuthorized"}
# Metadata API guide, ConnectedAppOauthPolicy and ExtlClntAppOauthConfigurablePolicies: what an app has that nobody set
_DEFAULTS = frozenset({"", "false", "ENFORCE", "infinite", "Enforce", "Infinite", "AllSelfAuthorized"})


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to agree to or to know.

    Attributes:
        component: which.
        message: what will or may happen.
        needs_consent: it takes access away from somebody for certain.
    """

    component: ComponentId
    message: str
    needs_consent: bool = False


def cautions(package: Holdings, actual: Holdings) -> tuple[Caution, ...]:
    """What to say about deploying a package over what an org holds.

    A certificate that is replaced ends the logins of whoever has the old key. Values that the org holds and an app's
    file does not mention may or may not stay: no source says whether a deploy keeps them.
    """
    found: list[Caution] = []
    for component, entries in sorted(package.items()):
        there = actual.get(component)
        if component.type not in _APPS or there is None:
            continue
        said = root_of(entries[0])
        held = root_of(there[0])
        found += _certificates(component, said, held)
        found += _blocks(component, said, held)
        found += _closes(component, said, held)
        found += _unsaid(component, said, held)
    return tuple(found)


def beside(planned: ChangeSet, before: Holdings, after: Holdings) -> ChangeSet:
    """What changed in components that were deployed, though no file asked for it.

    Args:
        planned: what the files asked for, from ``before``.
        before: what the org held of the components.
        after: what it holds now.
    """
    asked = {change.id: [field.path for field in change.fields] for change in planned}
    found = []
    for component in sorted(before.keys() & after.keys()):
        old, new = before[component][0], after[component][0]
        if len(before[component]) > 1 or old.sha256 == new.sha256 or component.type not in _APPS:
            continue
        changes = compare.compare(component.type, root_of(old), root_of(new))
        rest = tuple(field for field in changes if not _covered(field, asked.get(component, [])))
        if rest:
            found.append(ComponentChange(component, Kind.CHANGED, rest))
    return ChangeSet(tuple(found))


def _covered(field: FieldChange, asked: list[tuple[str, ...]]) -> bool:
    return any(field.path[: len(path)] == path or path[: len(field.path)] == field.path for path in asked)


def _certificates(component: ComponentId, said: Element, held: Element) -> Iterator[Caution]:
    for path in _CERTIFICATES:
        ours, theirs = next(said.find(path), None), next(held.find(path), None)
        if ours is None or theirs is None or _fingerprint(ours.text) == _fingerprint(theirs.text):
            continue
        message = (
            f"gets another certificate (sha256 {_fingerprint(theirs.text)} -> {_fingerprint(ours.text)}): "
            "whoever logs in with the old key is refused from then on"
        )
        yield Caution(component, message, needs_consent=True)


def _unsaid(component: ComponentId, said: Element, held: Element) -> Iterator[Caution]:
    owned = {change.path for change in compare.unmet(component.type, said, held)}
    left = [
        "/".join(change.path)
        for change in compare.compare(component.type, held, said)
        if change.kind is Kind.REMOVED
        and change.old is not None
        and change.path not in owned
        and "/".join(change.path) not in CONSUMER_KEY_PATHS
        and not _says_nothing(change.old)
    ]
    if left:
        message = (
            f"says nothing of {', '.join(left)}, which the org holds: whether a deployment keeps that is not "
            f"established (sfmeta retrieve -m {component} puts it into the file)"
        )
        yield Caution(component, message, needs_consent=True)


def _blocks(component: ComponentId, said: Element, held: Element) -> Iterator[Caution]:
    for path in _BLOCKS:
        if _becomes("Block", path, said, held):
            yield Caution(component, "blocks the app: all its sessions end, for good", needs_consent=True)


def _closes(component: ComponentId, said: Element, held: Element) -> Iterator[Caution]:
    for path, closed in _CLOSED.items():
        if _becomes(closed, path, said, held):
            message = (
                "closes the app to everybody to whom no permission set or profile on it gives it: assign those first "
                "(sfmeta forecast --stage restrict --as-is says who would stop)"
            )
            yield Caution(component, message)


def _becomes(value: str, path: str, said: Element, held: Element) -> bool:
    ours, theirs = next(said.find(path), None), next(held.find(path), None)
    return ours is not None and ours.text.strip() == value and (theirs is None or theirs.text.strip() != value)


def _says_nothing(element: Element) -> bool:
    """``false``, empty and the documented defaults: an org fills them in by itself."""
    if element.children:
        return all(_says_nothing(child) for child in element.children)
    return element.text.strip() in _DEFAULTS


def _fingerprint(certificate: str) -> str:
    """Of the base64 body, with or without PEM armour."""
    body = "".join(line for line in certificate.split("\n") if "-----" not in line)
    return hashlib.sha256("".join(body.split()).encode()).hexdigest()[:12]
