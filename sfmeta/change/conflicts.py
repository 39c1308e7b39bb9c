"""Where a way back would overwrite what somebody changed in the org between our deployments or since. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sfmeta.change.comparison import differences
from sfmeta.change.documents import root_of
from sfmeta.change.inverse import Inverse, entry_of
from sfmeta.change.overlap import Touched, Trail
from sfmeta.codec import compare
from sfmeta.model.change import ChangeSet, ComponentChange, FieldChange, Kind
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place that a rollback wants to change and somebody else changed.

    Attributes:
        component: where.
        path: of the element; empty where the component as a whole is meant.
        now: what the org holds, None where it holds nothing there.
        wanted: what the rollback would write, None where it would take it away.
        is_guess: the org would not give the component after a deployment: whether somebody changed it is not known.
    """

    component: ComponentId
    path: Trail = ()
    now: Element | None = None
    wanted: Element | None = None
    is_guess: bool = False

    @property
    def is_whole(self) -> bool:
        """The component as a whole was made, changed or deleted by somebody."""
        return not self.path


def drift(spans: Iterable[tuple[Holdings, Holdings]]) -> ChangeSet:
    """What others changed, in all of these spans of time together.

    Args:
        spans: what the org held when a deployment of ours was through, and what it held when we looked again; of the
            components about which both are known, and one that is missing was not there.
    """
    found: dict[ComponentId, ComponentChange] = {}
    for left, seen in spans:
        for whole in differences(left, seen):
            change = replace(whole, fields=compare.in_places(whole.id.type, whole.fields))
            found[change.id] = _joined(found[change.id], change) if change.id in found else change
    return ChangeSet(tuple(change for _, change in sorted(found.items())))


def _joined(first: ComponentChange, then: ComponentChange) -> ComponentChange:
    if not first.fields or not then.fields:
        # once made, deleted or changed as a whole, there is no telling its places apart
        return ComponentChange(first.id, then.kind)
    fields = {change.path: change for change in first.fields}
    for change in then.fields:
        earlier = fields.get(change.path, change)
        fields[change.path] = FieldChange(change.path, earlier.old, change.new)
    return ComponentChange(first.id, Kind.CHANGED, tuple(fields[path] for path in sorted(fields)))


def conflicts(inverse: Inverse, since: ChangeSet, unseen: Collection[ComponentId] = ()) -> tuple[Conflict, ...]:
    """Every place where the way back and somebody's change meet.

    Args:
        inverse: the way back.
        since: what somebody changed; see ``drift``.
        unseen: what the org would not give after a deployment; it speaks of none of these.
    """
    drifted = {change.id: change for change in since}
    wanted = {change.id: change for change in inverse.goals}
    found: list[Conflict] = []
    for component in sorted({*inverse.deletions, *wanted.keys()} & {*drifted.keys(), *unseen}):
        if component in unseen:
            found.append(Conflict(component, is_guess=True))
        elif component in wanted and wanted[component].fields and drifted[component].fields:
            found += _fields(component, wanted[component], drifted[component])
        else:
            found.append(Conflict(component))
    return tuple(found)


def _fields(component: ComponentId, wanted: ComponentChange, drifted: ComponentChange) -> Iterator[Conflict]:
    touched = Touched(drifted.fields)
    for change in compare.in_places(component.type, wanted.fields):
        if change.path in touched:
            yield Conflict(component, change.path, change.old, change.new)


def giving_way(inverse: Inverse, found: Iterable[Conflict]) -> Inverse:
    """The way back that leaves alone what somebody changed.

    Args:
        inverse: the way back.
        found: its conflicts.
    """
    whole = {conflict.component for conflict in found if conflict.is_whole}
    left = places_left(found)
    by_component: dict[ComponentId, list[Conflict]] = {}
    for conflict in found:
        by_component.setdefault(conflict.component, []).append(conflict)
    files = {
        component: _kept(component, entries, by_component.get(component, []))
        for component, entries in inverse.files.items()
        if component not in whole
    }
    return replace(
        inverse,
        files=files,
        deletions=tuple(component for component in inverse.deletions if component not in whole),
        losses=tuple(
            loss
            for loss in inverse.losses
            if loss.component not in whole and not (loss.path and loss.path in Touched.at(left.get(loss.component, ())))
        ),
    )


def places_left(found: Iterable[Conflict]) -> dict[ComponentId, tuple[Trail, ...]]:
    """The places of conflicts, by component; an empty trail is the component as a whole."""
    left: dict[ComponentId, tuple[Trail, ...]] = {}
    for conflict in found:
        left[conflict.component] = (*left.get(conflict.component, ()), conflict.path)
    return left


def _kept(component: ComponentId, entries: tuple[Entry, ...], found: list[Conflict]) -> tuple[Entry, ...]:
    if not found:
        return entries
    root = root_of(entries[0])
    changes = [FieldChange(conflict.path, conflict.wanted, conflict.now) for conflict in found]
    kept = compare.apply(component.type, changes, root)
    # an empty element that took all grants away must not stand beside those that stay, nor one be left of a block
    named = {child.name for child in (*root.children, *kept.children) if child.text.strip() or child.children}
    rest = tuple(child for child in kept.children if child.text.strip() or child.children or child.name not in named)
    return (entry_of(entries[0].path, kept.with_children(rest)),)


def left_alone(since: ChangeSet, found: Collection[Conflict], inverse: Inverse) -> ChangeSet:
    """What somebody changed and the way back does not touch: it stays.

    Of a document that somebody made anew, or made otherwise as a whole, only what a deployment changed goes back.
    """
    met = places_left(found)
    apart = {change.id: change for change in inverse.apart}
    kept: list[ComponentChange] = []
    for change in since:
        if change.id in inverse.deletions:
            continue
        if () in met.get(change.id, ()):
            if change.id in apart:
                kept.append(apart[change.id])
            continue
        touched = Touched.at(met.get(change.id, ()))
        fields = tuple(field for field in change.fields if field.path not in touched)
        if fields or not change.fields:
            kept.append(replace(change, fields=fields))
    return ChangeSet(tuple(kept))
