"""Grants of an org in memory, as records: found by name, made and taken away."""

from __future__ import annotations

from typing import Any

from sfmeta.model.records import RecordChange, RecordId, RecordKind
from tests.forecast.orgs.memory import MemoryOrg


def assignment(org: MemoryOrg, record: RecordId) -> Any:
    """The row of an assignment, None where there is none."""
    owned = org.state.records.first("PermissionSet", Name=record.parent)
    if owned is None:
        return None
    user = org.user(record.subject)
    return org.state.records.first("PermissionSetAssignment", AssigneeId=user.id, PermissionSetId=owned.id)


def access(org: MemoryOrg, record: RecordId) -> Any:
    """The row of an app access, None where there is none."""
    owned = org.state.records.first("PermissionSet", Name=record.parent)
    app = org.app(record.subject.partition("/")[2])
    return owned and org.state.records.first("SetupEntityAccess", ParentId=owned.id, SetupEntityId=app.id)


def set_record(org: MemoryOrg, change: RecordChange) -> None:
    """Makes a record of a grant what it is to be."""
    records, record = org.state.records, change.id
    owned = records.first("PermissionSet", Name=record.parent)
    assert owned is not None, record
    if record.kind is RecordKind.ASSIGNMENT:
        there = assignment(org, record)
        if there is not None:
            records.delete(there.id)
        if change.new is not None:
            fields: dict[str, Any] = {"ExpirationDate": change.new.expires_at or None}
            user = org.user(record.subject)
            records.insert("PermissionSetAssignment", {"AssigneeId": user.id, "PermissionSetId": owned.id, **fields})
        return
    there = access(org, record)
    if there is not None:
        records.delete(there.id)
    if change.new is not None:
        kind, _, label = record.subject.partition("/")
        fields = {"ParentId": owned.id, "SetupEntityId": org.app(label).id, "SetupEntityType": kind}
        records.insert("SetupEntityAccess", fields)
