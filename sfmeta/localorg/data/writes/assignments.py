"""PermissionSetAssignment: who has which permission set or group, for good or until a date.

Source: Object Reference, PermissionSetAssignment; what it leaves open is in ``assumptions``.
"""

from __future__ import annotations

from datetime import datetime

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Caller
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.data.writes.checks import Fields, needs, referenced, required
from sfmeta.localorg.data.writes.refused import Refused
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
    if records.find("PermissionSetAssignment", AssigneeId=user.id, PermissionSetId=given.id):
        message = f"Duplicate PermissionSetAssignment. Assignee: {user.id}; Permission Set: {given.id}"
        raise Refused("DUPLICATE_VALUE", message)
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
        # the message is ours
        raise Refused("INVALID_OPERATION", "The assignment of a profile's own permission set stays")
    user = records.get(record.text("AssigneeId"))
    if given is not None and user is not None:
        trail.unassigned(caller.state, caller.user_id, given, user)
    records.delete(record.id)


def _given(caller: Caller, fields: Fields) -> tuple[Record, Record | None]:
    """The permission set that is assigned, and the group whose it is."""
    if fields.get("PermissionSetGroupId"):
        if fields.get("PermissionSetId"):
            # the message is ours
            message = "Assign a permission set or a permission set group, not both"
            raise Refused("FIELD_INTEGRITY_EXCEPTION", message, ["PermissionSetId"])
        group = referenced(caller, fields, "PermissionSetGroupId", "PermissionSetGroup")
        found = caller.state.records.first("PermissionSet", PermissionSetGroupId=group.id)
        if found is None:
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ["PermissionSetGroupId"])
        return found, group
    given = referenced(caller, fields, "PermissionSetId", "PermissionSet")
    if given.flag("IsOwnedByProfile"):
        # the message is ours
        message = "A permission set that a profile owns cannot be assigned"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, ["PermissionSetId"])
    return given, caller.state.records.get(given.text("PermissionSetGroupId"))


def _until(caller: Caller, stamp: str | None) -> datetime | None:
    if stamp is None:
        return None
    until = from_stamp(stamp)
    if until <= caller.state.clock.now() and assumed(caller.state.org, "past_expiration_is_refused"):
        # the message is ours: what a real org does with a past date was not found
        raise Refused("FIELD_INTEGRITY_EXCEPTION", "The expiration date must be in the future", ["ExpirationDate"])
    return until
