"""The package that takes an org back to an earlier revision. Pure.

For each component there are up to four states: what was deployed last (*base*), what is asked for (*target*), what
the org held before the deployments that are being undone (*origin*, from the ledger) and what it holds now
(*actual*). What the target says, wins. What only the base said, goes back to its origin; where the origin is not
known, it is taken away explicitly, and that is a loss to be agreed to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sfmeta.change.comparison import unmet
from sfmeta.change.restoration import Restoration
from sfmeta.codec import xml
from sfmeta.codec.compare import Aliases
from sfmeta.model import registry
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId

# A key is given once, at creation; a file that names it again is refused (forcedotcom/cli#336)
_NOT_REDEPLOYED = ("oauthConfig/consumerKey", "oauthConfig/consumerSecret", "consumerKey", "consumerSecret")


class Known(StrEnum):
    """What the ledger knows of a component before the deployments that are being undone."""

    HELD = "held"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """A component before the deployments that are being undone.

    Attributes:
        known: see ``Known``.
        entries: its files, where held.
    """

    known: Known
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a rollback cannot put back, or takes away without proof that it should.

    Attributes:
        component: which.
        message: what stays, or what is lost.
        hint: what a person can do about it.
    """

    component: ComponentId
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Inverse:
    """What to deploy for a rollback.

    Attributes:
        files: what to deploy; only what differs from the org.
        deletions: what to delete afterwards; only what the org has.
        losses: what cannot be undone; said first, and agreed to.
    """

    files: Holdings
    deletions: tuple[ComponentId, ...]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class States:
    """The four states; see the module."""

    base: Holdings
    target: Holdings
    origins: Mapping[ComponentId, Origin]
    actual: Holdings


def invert(states: States, aliases: Aliases, in_order: Callable[[Element], Element]) -> Inverse:
    """The way back.

    Args:
        states: of every component that the base or the target holds.
        aliases: see ``comparison.unmet``.
        in_order: puts a root's elements into schema order (``codec.canonical``).

    Raises:
        SourceError: a file is no well-formed XML.
    """
    files: dict[ComponentId, tuple[Entry, ...]] = {}
    deletions: list[ComponentId] = []
    losses: list[Loss] = []
    for component in sorted({*states.base, *states.target}):
        if component in states.target:
            wanted = _asked_for(component, states, losses, in_order)
        else:
            wanted = _undone(component, states, deletions, losses, in_order)
        if wanted:
            files[component] = wanted
    differing = unmet(files, states.actual, aliases)
    changed = {change.id for change in differing}
    return Inverse(
        files={component: entries for component, entries in files.items() if component in changed},
        deletions=tuple(deletions),
        losses=tuple(losses),
    )


def _asked_for(
    component: ComponentId, states: States, losses: list[Loss], in_order: Callable[[Element], Element]
) -> tuple[Entry, ...]:
    """The target's files; what only the base said goes back to its origin."""
    target, base = states.target[component], states.base.get(component)
    if base is None or not _is_document(component):
        return target
    wanted = xml.parse(target[0].read(), target[0].path)
    said = xml.parse(base[0].read(), base[0].path)
    completed = _restore(component, wanted, said, states.origins.get(component, _UNKNOWN), losses)
    return target if completed == wanted else (_entry(target[0].path, in_order(completed)),)


def _undone(
    component: ComponentId,
    states: States,
    deletions: list[ComponentId],
    losses: list[Loss],
    in_order: Callable[[Element], Element],
) -> tuple[Entry, ...]:
    """A component that came after the target revision: delete it, or put its origin back."""
    origin = states.origins.get(component, _UNKNOWN)
    if component not in states.actual:
        return ()
    if _is_document(component) and registry.types()[component.type].merge is registry.Merge.ADD:
        said = xml.parse(states.base[component][0].read(), states.base[component][0].path)
        revoked = _restore(component, replace(said, children=()), said, origin, losses)
        return (_entry(states.base[component][0].path, in_order(revoked)),) if revoked.children else ()
    if origin.known is Known.HELD:
        return _as_it_was(component, origin, states, losses, in_order)
    if registry.types()[component.type].never_deleted:
        how = "was created by a later deployment" if origin.known is Known.ABSENT else "has no recorded state before"
        hint = "Block it in Setup, or remove its grants, if nobody may use it"
        losses.append(Loss(component, f"{how} and stays: it is never deleted", hint))
        return ()
    if origin.known is Known.UNKNOWN:
        losses.append(Loss(component, "will be deleted, though the ledger does not show that sfmeta created it"))
    deletions.append(component)
    return ()


def _as_it_was(
    component: ComponentId, origin: Origin, states: States, losses: list[Loss], in_order: Callable[[Element], Element]
) -> tuple[Entry, ...]:
    """The org's own earlier files, and what came since taken away where leaving it out would not do that."""
    if not _is_document(component):
        return origin.entries
    path = origin.entries[0].path
    held = xml.parse(origin.entries[0].read(), path)
    for key in _NOT_REDEPLOYED:
        held = held.without(key)
    base = states.base[component]
    completed = _restore(component, held, xml.parse(base[0].read(), base[0].path), origin, losses)
    return (_entry(path, in_order(completed)),)


def _restore(component: ComponentId, wanted: Element, said: Element, origin: Origin, losses: list[Loss]) -> Element:
    """``wanted``, and for everything that only ``said`` asserts: what stood there before, or its explicit absence."""
    held = xml.parse(origin.entries[0].read(), origin.entries[0].path) if origin.entries else None
    way = Restoration(component.type, held, origin.known is not Known.UNKNOWN)
    completed = way.complete(wanted, said)
    losses += [Loss(component, f"{place} {what}") for place, what in way.losses]
    return completed


def _is_document(component: ComponentId) -> bool:
    kind = registry.types().get(component.type)
    return kind is not None and kind.shape is registry.Shape.FILE


def _entry(path: str, root: Element) -> Entry:
    return Entry.of(path, xml.write(root))


_UNKNOWN = Origin(Known.UNKNOWN)
