"""The grants that go back with a rollback: those that deployments made or took, unless somebody changed them since."""

from __future__ import annotations

from dataclasses import dataclass

from sfmeta.errors import OrgRefused
from sfmeta.model.records import RecordChange, record_changes
from sfmeta.ops.grants import read_grants
from sfmeta.ops.ports import Org
from sfmeta.ops.recorded import LastKnown
from sfmeta.ops.undone import RecordsBefore


@dataclass(frozen=True, slots=True)
class GrantsBack:
    """What to write.

    Attributes:
        writes: from what is there to what was there before.
        conflicts: likewise, where somebody changed the same grant since.
    """

    writes: tuple[RecordChange, ...] = ()
    conflicts: tuple[RecordChange, ...] = ()

    @property
    def all(self) -> tuple[RecordChange, ...]:
        """Both: what somebody changed is written over."""
        return (*self.writes, *self.conflicts)


def grants_back(org: Org, before: RecordsBefore, known: LastKnown) -> GrantsBack:
    """Compare the grants before some deployments, after them, and now.

    Args:
        org: logged in.
        before: what the ledger knows of before.
        known: what it knows of after.
    """
    of = sorted(before.of & known.records_of)
    if not of:
        return GrantsBack()
    after = [record for record in known.records if record.id.parent in of]
    earlier = [record for record in before.records if record.id.parent in of]
    changed = {change.id: change for change in record_changes(after, earlier)}
    if not changed:
        return GrantsBack()
    try:
        now = {record.id: record for record in read_grants(org, of)}
    except OrgRefused:
        now = {record.id: record for record in after}
    writes: list[RecordChange] = []
    conflicts: list[RecordChange] = []
    for record, change in changed.items():
        there = now.get(record)
        if there == change.new:
            continue
        (writes if there == change.old else conflicts).append(RecordChange(there, change.new))
    return GrantsBack(tuple(writes), tuple(conflicts))
