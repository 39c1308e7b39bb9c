"""PermissionSetAssignment: who has which permission set or group, for good or until a date.

Source: Object Reference, PermissionSetAssignment; what it leaves open is in ``assumptions``.
"""

from __future__ import annotations

from datetime import datetime

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Caller
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.data.writes.checks import Fields, needs, referenced, required
from sfmeta.localorg.data.writes.refused import refuse
from sfmeta.localorg.records import Record
from sfmeta.localorg.setup import trail

NEEDED = (("ViewSetup", "AssignPermissionSets"), ("ManageUsers",))


def create(caller: Caller, fields: Fields) -> str:
    """Assigns."""
    needs(caller, *NEEDED)
    required(fields, "AssigneeId")
    if not fields.get("PermissionSetGroupId"):
        required(fields, "PermissionSetId")
    user = referenced(caller, fields, "AssigneeId", "User")
    given, group = _given(caller, fields)
    records = caller.state.records
    held = records.find("PermissionSetAssignment", AssigneeId=user.id, PermissionSetId=given.id)
    if not assumed(caller.state.org, "lapsed_assignment_is_duplicate"):
        lapsed = [one for one in held if _has_lapsed(caller, one)]
        records.delete_all(lapsed)
        held = [one for one in held if one not in lapsed]
    if held:
        raise refuse("rest-duplicate-assignment", user=user.id, permission_set=given.id)
    until = _until(caller, fields.get("ExpirationDate"))
    trail.assigned(caller.state, caller.user_id, group or given, user, until)
    return records.insert(
        "PermissionSetAssignment",
        {
            "AssigneeId": user.id,
            "PermissionSetId": given.id,
            "PermissionSetGroupId": group.id if group else None,
            "ExpirationDate": fields.get("ExpirationDate"),
            "SystemModstamp": caller.state.clock.stamp(),
        },
    )


def update(caller: Caller, record: Record, fields: Fields) -> None:
    """Moves the date."""
    needs(caller, *NEEDED)
    _until(caller, fields.get("ExpirationDate"))
    caller.state.records.update(record.id, **fields, SystemModstamp=caller.state.clock.stamp())


def delete(caller: Caller, record: Record) -> None:
    """Takes it back."""
    needs(caller, *NEEDED)
    records = caller.state.records
    given = records.get(record.text("PermissionSetGroupId") or record.text("PermissionSetId"))
    if given is not None and given.flag("IsOwnedByProfile"):
        raise refuse("rest-assignment-of-profile")
    user = records.get(record.text("AssigneeId"))
    if given is not None and user is not None:
        trail.unassigned(caller.state, caller.user_id, given, user)
    records.delete(record.id)


def _given(caller: Caller, fields: Fields) -> tuple[Record, Record | None]:
    """The permission set that is assigned, and the group whose it is."""
    if fields.get("PermissionSetGroupId"):
        if fields.get("PermissionSetId"):
            raise refuse("rest-assign-both", ["PermissionSetId"])
        group = referenced(caller, fields, "PermissionSetGroupId", "PermissionSetGroup")
        found = caller.state.records.first("PermissionSet", PermissionSetGroupId=group.id)
        if found is None:
            raise refuse("rest-cross-reference", ["PermissionSetGroupId"])
        return found, group
    given = referenced(caller, fields, "PermissionSetId", "PermissionSet")
    if given.flag("IsOwnedByProfile"):
        raise refuse("rest-assign-owned", ["PermissionSetId"])
    return given, caller.state.records.get(given.text("PermissionSetGroupId"))


def _has_lapsed(caller: Caller, assignment: Record) -> bool:
    until = assignment.text("ExpirationDate")
    return bool(until) and from_stamp(until) <= caller.state.clock.now()


def _until(caller: Caller, stamp: str | None) -> datetime | None:
    if stamp is None:
        return None
    until = from_stamp(stamp)
    if until <= caller.state.clock.now() and assumed(caller.state.org, "past_expiration_is_refused"):
        raise refuse("rest-expired", ["ExpirationDate"])
    return until
