"""Where a way back would overwrite what somebody changed in the org since we last touched it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sfmeta.change.comparison import differences, unmet
from sfmeta.change.inverse import Inverse, entry_of
from sfmeta.change.overlap import Touched, Trail
from sfmeta.codec import compare, xml
from sfmeta.codec.compare import Aliases
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
    """

    component: ComponentId
    path: Trail = ()
    now: Element | None = None
    wanted: Element | None = None

    @property
    def is_whole(self) -> bool:
        """The component as a whole was made, changed or deleted by somebody."""
        return not self.path


@dataclass(frozen=True, slots=True)
class Since:
    """What happened in the org since we last touched it.

    Attributes:
        drift: from what the ledger recorded to what the org holds.
        known: components of which the ledger says what the org held.
    """

    drift: ChangeSet
    known: frozenset[ComponentId]

    @classmethod
    def between(cls, base: Holdings, known: Collection[ComponentId], actual: Holdings) -> Since:
        """Args:
        base: what the org held when we last touched each component.
        known: those that ``base`` speaks of; one of them that it does not hold was not there.
        actual: what the org holds now.
        """
        return cls(
            differences(
                {component: entries for component, entries in base.items() if component in known},
                {component: entries for component, entries in actual.items() if component in known},
            ),
            frozenset(known),
        )


def conflicts(inverse: Inverse, since: Since, actual: Holdings, aliases: Aliases) -> tuple[Conflict, ...]:
    """Every place where the way back and somebody's change meet.

    Args:
        inverse: the way back.
        since: what somebody changed.
        actual: what the org holds now.
        aliases: see ``comparison.unmet``.
    """
    drifted = {change.id: change for change in since.drift}
    met = {component: entries for component, entries in inverse.files.items() if component in drifted}
    wanted = {change.id: change for change in unmet(met, actual, aliases)}
    found: list[Conflict] = []
    for component in sorted({*inverse.deletions, *wanted.keys()} & drifted.keys()):
        if component in wanted and drifted[component].kind is Kind.CHANGED and drifted[component].fields:
            found += _fields(component, wanted[component], drifted[component])
        else:
            found.append(Conflict(component))
    return tuple(found)


def _fields(component: ComponentId, wanted: ComponentChange, drifted: ComponentChange) -> Iterator[Conflict]:
    touched = Touched(drifted.fields)
    for change in wanted.fields:
        if change.path in touched:
            yield Conflict(component, change.path, change.old, change.new)


def giving_way(inverse: Inverse, found: Iterable[Conflict]) -> Inverse:
    """The way back that leaves alone what somebody changed.

    Args:
        inverse: the way back.
        found: its conflicts.
    """
    whole = {conflict.component for conflict in found if conflict.is_whole}
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
        losses=tuple(loss for loss in inverse.losses if loss.component not in whole),
    )


def _kept(component: ComponentId, entries: tuple[Entry, ...], found: list[Conflict]) -> tuple[Entry, ...]:
    if not found:
        return entries
    root = xml.parse(entries[0].read(), entries[0].path)
    changes = [FieldChange(conflict.path, conflict.wanted, conflict.now) for conflict in found]
    kept = compare.apply(component.type, changes, root)
    # an empty element that took all grants away must not stand beside those that stay
    named = {child.name for child in kept.children if child.text.strip() or child.children}
    rest = tuple(child for child in kept.children if child.text.strip() or child.children or child.name not in named)
    return (entry_of(entries[0].path, kept.with_children(rest)),)


def left_alone(since: Since, found: Collection[Conflict], inverse: Inverse) -> ChangeSet:
    """What somebody changed and the way back does not touch: it stays."""
    met: dict[ComponentId, list[Trail]] = {}
    for conflict in found:
        met.setdefault(conflict.component, []).append(conflict.path)
    kept: list[ComponentChange] = []
    for change in since.drift:
        if change.id in inverse.deletions or () in met.get(change.id, []):
            continue
        touched = Touched(FieldChange(path, None, None) for path in met.get(change.id, []))
        fields = tuple(field for field in change.fields if field.path not in touched)
        if fields or not change.fields:
            kept.append(replace(change, fields=fields))
    return ChangeSet(tuple(kept))
