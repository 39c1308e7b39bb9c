"""User: adding, changing, activating and deactivating; a user is never deleted (Object Reference, User)."""

from __future__ import annotations

import re

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.schema import Field
from sfmeta.localorg.data.writes.checks import Fields, needs, referenced, required, too_long
from sfmeta.localorg.data.writes.refused import refuse
from sfmeta.localorg.doors.frozen import new_user_login, set_frozen
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.setup import trail
from sfmeta.localorg.state import State

NEEDED = (("ManageUsers",), ("ManageInternalUsers",))
# in this order in the message that users quote (cirrusgo#10)
_REQUIRED = (
    "Username",
    "LastName",
    "Email",
    "Alias",
    "TimeZoneSidKey",
    "LocaleSidKey",
    "EmailEncodingKey",
    "ProfileId",
    "LanguageLocaleKey",
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_ALIAS = 8


def create(caller: Caller, fields: Fields) -> str:
    """Adds a user."""
    needs(caller, *NEEDED)
    required(fields, *_REQUIRED)
    made = _checked(caller, fields, "")
    now = caller.state.clock.stamp()
    profile = caller.state.records.get(str(made["ProfileId"]))
    who: dict[str, Value] = {"CreatedDate": now, "CreatedById": caller.user_id}
    user_type = (profile.text("UserType") if profile else "") or "Standard"
    user_id = caller.state.records.insert("User", {"IsActive": True, **made, "UserType": user_type, **who})
    new_user_login(caller.state, user_id)
    _own_assignment(caller.state, user_id, str(made["ProfileId"]))
    user = caller.state.records.get(user_id)
    if user is not None:
        trail.created_user(caller.state, caller.user_id, user)
    return user_id


def update(caller: Caller, record: Record, fields: Fields) -> None:
    """Changes a user. Deactivating ends the user's sessions."""
    needs(caller, *NEEDED)
    emptied = [name for name in _REQUIRED if name in fields and not fields[name]]
    if emptied:
        raise refuse("rest-required", emptied, names=", ".join(emptied))
    changes = _checked(caller, fields, record.id)
    state, was_active = caller.state, record["IsActive"] is not False
    if changes.get("IsActive") is False and record.id == caller.user_id:
        raise refuse("rest-deactivate-self", ["IsActive"])
    stamp = {"LastModifiedDate": state.clock.stamp(), "LastModifiedById": caller.user_id}
    state.records.update(record.id, **changes, **stamp)
    if "ProfileId" in changes and changes["ProfileId"] != record["ProfileId"]:
        _own_assignment(state, record.id, str(changes["ProfileId"]), record.text("ProfileId"))
    if "IsActive" in changes and changes["IsActive"] is not was_active:
        if was_active:
            state.records.delete_all(state.records.find("AuthSession", UsersId=record.id))
        trail.activity(state, caller.user_id, record, active=not was_active)


def update_login(caller: Caller, record: Record, fields: Fields) -> None:
    """Changes a UserLogin: freezes a user, unfreezes one, or unlocks a password.

    Source: Object Reference, UserLogin (IsPasswordLocked can be set to false only); Help users_freeze: Freeze Users or
    Manage Users.
    """
    needs(caller, ("ManageUsers",), ("FreezeUsers",))
    if fields.get("IsPasswordLocked"):
        raise refuse("rest-closed-field", ["IsPasswordLocked"], names="IsPasswordLocked")
    user_id = record.text("UserId")
    if "IsPasswordLocked" in fields:
        caller.state.records.update(record.id, IsPasswordLocked=False)
    if "IsFrozen" in fields:
        set_frozen(caller.state, user_id, bool(fields["IsFrozen"]), caller.user_id)


def _checked(caller: Caller, fields: Fields, user_id: str) -> dict[str, Value]:
    checked: dict[str, Value] = dict(fields)
    for name in ("Username", "Email"):
        if name in fields and not _EMAIL.fullmatch(str(fields[name])):
            raise refuse("rest-email", [name], name=name, value=fields[name])
    if "Alias" in fields and len(str(fields["Alias"])) > _LONGEST_ALIAS:
        raise too_long(Field("Alias"), str(fields["Alias"]), _LONGEST_ALIAS)
    if "Username" in fields:
        checked["Username"] = username = str(fields["Username"]).lower()
        other = caller.state.records.first("User", Username=username)
        if other is not None and other.id != user_id:
            raise refuse("rest-username-taken", ["Username"])
    for name, sobject in (("ProfileId", "Profile"), ("ManagerId", "User")):
        if fields.get(name):
            checked[name] = referenced(caller, fields, name, sobject).id
    return checked


def _own_assignment(state: State, user_id: str, profile_id: str, before: str = "") -> None:
    """A user is assigned to what the profile owns, too (Object Reference, PermissionSetAssignment)."""
    for profile, wanted in ((before, False), (profile_id, True)):
        owned = state.records.first("PermissionSet", ProfileId=profile) if profile else None
        if owned is None:
            continue
        held = state.records.find("PermissionSetAssignment", AssigneeId=user_id, PermissionSetId=owned.id)
        if wanted and not held:
            fields: dict[str, Value] = {"AssigneeId": user_id, "PermissionSetId": owned.id}
            state.records.insert("PermissionSetAssignment", {**fields, "SystemModstamp": state.clock.stamp()})
        if not wanted:
            state.records.delete_all(held)
