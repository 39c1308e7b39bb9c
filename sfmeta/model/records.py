"""Grants as records: who holds a permission set, and which app a permission set or profile opens.

They are data, not metadata: no package carries them, and deleting a permission set takes its own away. They are named
by names, never by ids, so that they can be compared and made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sfmeta.model.change import Kind


class RecordKind(StrEnum):
    """The sobject."""

    ASSIGNMENT = "PermissionSetAssignment"
    APP_ACCESS = "SetupEntityAccess"


@dataclass(frozen=True, slots=True, order=True)
class RecordId:
    """Which record.

    Attributes:
        kind: the sobject.
        parent: API name of the permission set; of an app access through a profile, ``Profile/`` and its name.
        subject: of an assignment the username; of an app access the app's label as its record has it.
    """

    kind: RecordKind
    parent: str
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.parent}/{self.subject}"


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """A record as it is.

    Attributes:
        id: which.
        expires_at: of an assignment, ISO 8601 as the org gave it; "" for ever.
    """

    id: RecordId
    expires_at: str = ""


def ends_at(record: Record) -> datetime | None:
    """When an assignment ends, to the second, in UTC; None where it does not."""
    if not record.expires_at:
        return None
    read = datetime.fromisoformat(record.expires_at).replace(microsecond=0)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def same_grant(one: Record | None, other: Record | None) -> bool:
    """Whether two states of one record grant the same: neither does, or both to the same second."""
    if one is None or other is None:
        return one is other
    return ends_at(one) == ends_at(other)


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record that came, went or got another expiry; one of the two is not None."""

    old: Record | None
    new: Record | None

    @property
    def id(self) -> RecordId:
        """Which record."""
        there = self.new or self.old
        if there is None:
            raise ValueError("a change of nothing")
        return there.id

    @property
    def kind(self) -> Kind:
        """Added, removed or changed."""
        if self.old is None:
            return Kind.ADDED
        return Kind.REMOVED if self.new is None else Kind.CHANGED

    def inverse(self) -> RecordChange:
        """The change that undoes this one."""
        return RecordChange(self.new, self.old)


def record_changes(old: Iterable[Record], new: Iterable[Record]) -> tuple[RecordChange, ...]:
    """What happened between two states, sorted by record."""
    before = {record.id: record for record in old}
    after = {record.id: record for record in new}
    return tuple(_changes(before, after))


def _changes(before: dict[RecordId, Record], after: dict[RecordId, Record]) -> Iterator[RecordChange]:
    for record in sorted({*before, *after}):
        if before.get(record) != after.get(record):
            yield RecordChange(before.get(record), after.get(record))
