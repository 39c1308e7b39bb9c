"""The package that takes an org back to an earlier revision. Pure.

For each component there are up to four states: what later deployments *said* (each of them), what is asked for
(*target*), what the org held before those deployments (*origin*, from the ledger) and what it holds now (*actual*).
What the target says, wins. What only a later deployment said, goes back to its origin; where the origin is not known,
it is taken away explicitly, and that is a loss to be agreed to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sfmeta.change.comparison import unmet
from sfmeta.change.documents import root_of
from sfmeta.change.overlap import Trail
from sfmeta.change.restoration import Restoration
from sfmeta.codec import xml
from sfmeta.codec.compare import Aliases
from sfmeta.model import registry
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId


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
        path: of the element that it is about; empty where it is about the component as a whole.
    """

    component: ComponentId
    message: str
    hint: str = ""
    path: Trail = ()

    @classmethod
    def at(cls, component: ComponentId, path: Trail, what: str) -> Loss:
        """Of one element: the message names it."""
        return cls(component, f"{'/'.join(path)} {what}", path=path)

    def __str__(self) -> str:
        return f"{self.component} {self.message}"


@dataclass(frozen=True, slots=True)
class Inverse:
    """What to deploy for a rollback.

    Attributes:
        files: what to deploy; only what differs from the org.
        deletions: what to delete afterwards; only what the org has.
        losses: what cannot be undone; said first, and agreed to.
        goals: from what the org holds to what it is to hold, deletions left out; also what no file can say.
        apart: from what a document was to what it is, where that stays: no deployment changed it.
    """

    files: Holdings
    deletions: tuple[ComponentId, ...]
    losses: tuple[Loss, ...]
    goals: ChangeSet
    apart: ChangeSet = field(default_factory=ChangeSet)


@dataclass(frozen=True, slots=True)
class States:
    """The four states; see the module.

    Attributes:
        said: what each later deployment sent of a component, newest first.
        target: the files of the revision that is asked for.
        origins: before the later deployments.
        actual: what the org holds.
    """

    said: Mapping[ComponentId, tuple[tuple[Entry, ...], ...]]
    target: Holdings
    origins: Mapping[ComponentId, Origin]
    actual: Holdings


def invert(states: States, aliases: Aliases, in_order: Callable[[Element], Element]) -> Inverse:
    """The way back.

    Args:
        states: of every component that a later deployment or the target holds.
        aliases: see ``comparison.unmet``.
        in_order: puts a root's elements into schema order (``codec.canonical``).

    Raises:
        SourceError: a file is no well-formed XML.
    """
    files: dict[ComponentId, tuple[Entry, ...]] = {}
    deletions: list[ComponentId] = []
    losses: list[Loss] = []
    for component in sorted({*states.said, *states.target}):
        if component in states.target:
            wanted = _completed(component, states.target[component], states, losses, in_order)
        else:
            wanted = _undone(component, states, deletions, losses, in_order)
        if wanted:
            files[component] = wanted
    goals = unmet(files, states.actual, aliases)
    changed = {change.id for change in goals}
    # a component that is already as it should be loses nothing by the rollback
    losses = [loss for loss in losses if loss.component in changed or loss.component not in files]
    return Inverse(
        files={component: entries for component, entries in files.items() if component in changed},
        deletions=tuple(deletions),
        losses=tuple(losses),
        goals=goals,
    )


def _completed(
    component: ComponentId,
    files: tuple[Entry, ...],
    states: States,
    losses: list[Loss],
    in_order: Callable[[Element], Element],
) -> tuple[Entry, ...]:
    """Files of an earlier state; what only later deployments said goes back to its origin."""
    if not registry.is_document(component.type):
        return files
    wanted = root_of(files[0])
    completed = _restored(component, wanted, states, losses)
    return files if completed == wanted else (entry_of(files[0].path, in_order(completed)),)


def _undone(
    component: ComponentId,
    states: States,
    deletions: list[ComponentId],
    losses: list[Loss],
    in_order: Callable[[Element], Element],
) -> tuple[Entry, ...]:
    """A component that came after the target revision: delete it, or put its origin back."""
    origin = states.origins.get(component, _UNKNOWN)
    kind = registry.types().get(component.type)
    if kind is None:
        return ()
    if component not in states.actual:
        if origin.known is Known.HELD and kind.never_deleted:
            losses.append(Loss(component, "is gone from the org, and cannot be made again as it was"))
        return origin.entries if origin.known is Known.HELD and not kind.never_deleted else ()
    if registry.is_document(component.type) and kind.merge is registry.Merge.ADD:
        # nothing is asked for, so all that was said goes back
        newest = states.said[component][0][0]
        root = root_of(newest)
        revoked = _restored(component, root.with_children(()), states, losses)
        return (entry_of(newest.path, in_order(revoked)),) if revoked.children else ()
    if origin.known is Known.HELD:
        return _completed(component, without_keys(component, origin.entries), states, losses, in_order)
    if kind.never_deleted:
        how = "was created by a later deployment" if origin.known is Known.ABSENT else "has no recorded state before"
        hint = "Block it in Setup, or remove its grants, if nobody may use it"
        losses.append(Loss(component, f"{how} and stays: it is never deleted", hint))
        return ()
    if origin.known is Known.UNKNOWN:
        losses.append(Loss(component, "will be deleted, though the ledger does not show that sfmeta created it"))
    deletions.append(component)
    return ()


def _restored(component: ComponentId, wanted: Element, states: States, losses: list[Loss]) -> Element:
    """``wanted``, and for everything that only later deployments said: what stood there before, or its absence."""
    origin = states.origins.get(component, _UNKNOWN)
    held = root_of(origin.entries[0]) if origin.entries else None
    way = Restoration(component.type, held, origin.known is not Known.UNKNOWN)
    for files in states.said.get(component, ()):
        wanted = way.complete(wanted, root_of(files[0]))
    there = states.actual.get(component)
    if there is not None:
        wanted = way.regain(wanted, root_of(there[0]))
    losses += [Loss.at(component, place, what) for place, what in way.losses]
    return wanted


def without_keys(component: ComponentId, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The org's own earlier files, as they can be deployed."""
    if not registry.is_document(component.type):
        return entries
    return (entry_of(entries[0].path, keyless(component, root_of(entries[0]))),)


def keyless(component: ComponentId, root: Element) -> Element:
    """A document as it can be deployed: an org gives its own keys, and no secret is sent."""
    for path in (*registry.CONSUMER_KEY_PATHS, *registry.types()[component.type].secret_paths):
        root = root.without(path)
    return root


def entry_of(path: str, root: Element) -> Entry:
    return Entry.of(path, xml.write(root))


_UNKNOWN = Origin(Known.UNKNOWN)
