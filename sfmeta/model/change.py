"""Differences as values. Every one knows its inverse; a rollback is the same pipe run on the inverse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId


class Kind(StrEnum):
    """What happened to a component or to an element."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"

    @property
    def inverse(self) -> Kind:
        """What undoes it."""
        return {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}[self]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One element that differs.

    Attributes:
        path: from the root down, each step a name, or name and key: ``("userPermissions[ApiEnabled]", "enabled")``.
        old: the element before, None where it was not there.
        new: the element after, None where it is gone.
    """

    path: tuple[str, ...]
    old: Element | None
    new: Element | None

    @property
    def kind(self) -> Kind:
        """Added, removed or changed."""
        if self.old is None:
            return Kind.ADDED
        return Kind.REMOVED if self.new is None else Kind.CHANGED

    def inverse(self) -> FieldChange:
        """The change that undoes this one."""
        return FieldChange(self.path, self.new, self.old)


@dataclass(frozen=True, slots=True)
class ComponentChange:
    """One component that differs.

    Attributes:
        id: which.
        kind: the whole component was added or removed, or some of its elements changed.
        fields: the elements, in schema order; empty where the whole component was added or removed, and where
            the component is no XML document (its bytes differ).
    """

    id: ComponentId
    kind: Kind
    fields: tuple[FieldChange, ...] = ()

    def inverse(self) -> ComponentChange:
        """The change that undoes this one."""
        return ComponentChange(self.id, self.kind.inverse, tuple(change.inverse() for change in self.fields))


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """All that differs between two states, sorted by component. False where nothing differs."""

    changes: tuple[ComponentChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[ComponentChange]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def inverse(self) -> ChangeSet:
        """The change set that undoes this one."""
        return ChangeSet(tuple(change.inverse() for change in self.changes))
