"""Users, and the permission sets they are assigned to, for good or until a date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.doors.frozen import new_user_login
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.setup import trail
from sfmeta.localorg.setup.refused import ASSIGN, MANAGE_USERS, SetupRefused, existing, require
from sfmeta.localorg.state import State

_USERNAME = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_LONGEST = 80

USER_TYPES = (
    "Standard",
    "PowerPartner",
    "PowerCustomerSuccess",
    "CspLitePortal",
    "CustomerSuccess",
    "CsnOnly",
    "Guest",
)
"""``User.UserType`` (object reference); all but Standard are customers, partners and the like."""

NEVER_EXPIRING: Mapping[str, str] = MappingProxyType(
    {
        "AssignPermissionSets": "Assign Permission Sets",
        "ManageProfilesPermissionsets": "Manage Profiles and Permission Sets",
        "ManageUsers": "Manage Users",
    }
)
"""What a permission set must not give if it is to be assigned with an expiration date."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """Who is added.

    Attributes:
        username: an e-mail address in form; kept in lower case.
        profile_id: of a Profile.
        last_name: "" for what stands before the @ of the username.
        first_name: "" for none.
        email: "" for the username.
        password: "" for none: then no door takes one.
        user_type: one of ``USER_TYPES``.
    """

    username: str
    profile_id: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    password: str = ""
    user_type: str = "Standard"


def add_user(state: State, user: NewUser, by: str) -> str:
    """Adds a user, active from now on.

    Args:
        state: the org.
        user: who.
        by: the id of the user who does it, "" for the org itself.

    Returns:
        The id of the User.

    Raises:
        SetupRefused: the user may not, or the new one is not possible.
    """
    with state.transaction():
        require(state, by, "setup-manage-users", MANAGE_USERS)
        username = user.username.strip().lower()
        if not _USERNAME.fullmatch(username) or len(username) > _LONGEST:
            raise SetupRefused("setup-username", problem=f"{username or 'nothing'} is no e-mail address in form")
        if state.records.first("User", Username=username) is not None:
            raise SetupRefused("setup-username", problem=f"Duplicate Username. {username} already exists")
        profile = existing(state, user.profile_id, "Profile", kind="profile")
        for field, value in (("Last Name", user.last_name), ("First Name", user.first_name)):
            if len(value) > _LONGEST:
                raise SetupRefused("setup-user-value", field=field, value=value)
        if user.user_type not in USER_TYPES:
            raise SetupRefused("setup-user-value", field="User Type", value=user.user_type)
        fields: dict[str, Value] = {
            "Username": username,
            "Email": user.email.strip() or username,
            "FirstName": user.first_name.strip() or None,
            "LastName": user.last_name.strip() or username.partition("@")[0],
            "Alias": username[:8],
            "ProfileId": profile.id,
            "IsActive": True,
            "UserType": user.user_type,
            "Password": user.password or None,
            "CreatedDate": state.clock.stamp(),
        }
        user_id = state.records.insert("User", fields)
        new_user_login(state, user_id)
        # a user is assigned to what the profile owns, too (object reference, PermissionSetAssignment)
        owned = state.records.first("PermissionSet", ProfileId=profile.id)
        if owned is not None:
            _insert(state, {"AssigneeId": user_id, "PermissionSetId": owned.id})
        trail.created_user(state, by, existing(state, user_id, "User", kind="user"))
        return user_id


def set_active(state: State, user_id: str, active: bool, by: str) -> None:
    """Activates or deactivates a user; deactivating ends the user's sessions.

    Raises:
        SetupRefused: the user may not, or there is no such user.
    """
    with state.transaction():
        require(state, by, "setup-manage-users", MANAGE_USERS)
        user = existing(state, user_id, "User", kind="user")
        if not active and user.id == by:
            raise SetupRefused("setup-deactivate-self")
        if (user["IsActive"] is not False) is active:
            return
        state.records.update(user.id, IsActive=active)
        if not active:
            state.records.delete_all(state.records.find("AuthSession", UsersId=user.id))
        trail.activity(state, by, user, active=active)


def assign(state: State, user_id: str, permission_set_id: str, by: str, until: datetime | None = None) -> str:
    """Assigns a permission set or a permission set group to a user.

    Args:
        state: the org.
        user_id: of a User.
        permission_set_id: of a PermissionSet or a PermissionSetGroup.
        by: the id of the user who does it, "" for the org itself.
        until: when it ends by the org's clock, None for never.

    Returns:
        The id of the PermissionSetAssignment.

    Raises:
        SetupRefused: the user may not, or it is not possible.
    """
    with state.transaction():
        require(state, by, "setup-assign", ASSIGN)
        user = existing(state, user_id, "User", kind="user")
        given = existing(state, permission_set_id, "PermissionSet", "PermissionSetGroup", kind="permission set")
        name = given.text("Label") or given.text("MasterLabel") or given.text("Name")
        if given.flag("IsOwnedByProfile"):
            raise SetupRefused("setup-assign-own", name=name)
        aggregate = state.records.first("PermissionSet", PermissionSetGroupId=given.id)
        is_group = given.sobject == "PermissionSetGroup"
        row = aggregate if is_group and aggregate is not None else given
        for held in state.records.find("PermissionSetAssignment", AssigneeId=user.id):
            if held["PermissionSetId"] == row.id:
                raise SetupRefused("setup-assign-twice", user=user.text("Username"), name=name)
        if until is not None:
            _check_expiry(state, given, name, until)
        fields: dict[str, Value] = {
            "AssigneeId": user.id,
            "PermissionSetId": row.id,
            "PermissionSetGroupId": given.id if is_group else None,
            "ExpirationDate": to_stamp(until) if until is not None else None,
        }
        trail.assigned(state, by, given, user, until)
        return _insert(state, fields)


def unassign(state: State, assignment_id: str, by: str) -> None:
    """Takes a permission set or group from a user.

    Raises:
        SetupRefused: the user may not, there is no such assignment, or it is that of the user's profile.
    """
    with state.transaction():
        require(state, by, "setup-assign", ASSIGN)
        row = existing(state, assignment_id, "PermissionSetAssignment", kind="assignment")
        given = state.records.get(row.text("PermissionSetGroupId") or row.text("PermissionSetId"))
        user = state.records.get(row.text("AssigneeId"))
        if given is not None and given.flag("IsOwnedByProfile"):
            raise SetupRefused("setup-assign-own", name=given.text("Label"))
        state.records.delete(row.id)
        if given is not None and user is not None:
            trail.unassigned(state, by, given, user)


def _insert(state: State, fields: Mapping[str, Value]) -> str:
    return state.records.insert("PermissionSetAssignment", {**fields, "SystemModstamp": state.clock.stamp()})


def _check_expiry(state: State, given: Record, name: str, until: datetime) -> None:
    if until <= state.clock.now() and assumed(state.org, "past_expiration_is_refused"):
        raise SetupRefused("setup-assign-past")
    members = [given]
    if given.sobject == "PermissionSetGroup":
        links = state.records.find("PermissionSetGroupComponent", PermissionSetGroupId=given.id)
        found = (state.records.get(link.text("PermissionSetId")) for link in links)
        members = [one for one in found if one is not None and one.sobject == "PermissionSet"]
    for permission, label in NEVER_EXPIRING.items():
        if any(member.flag(f"Permissions{permission}") for member in members):
            raise SetupRefused("setup-assign-expiry", name=name, permission=label)
