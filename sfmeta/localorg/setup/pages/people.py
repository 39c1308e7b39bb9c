"""Users, permission sets, and who is assigned to what until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.metadata.effects.permission_set import enabled_permissions
from sfmeta.localorg.records import Record
from sfmeta.localorg.setup import actions
from sfmeta.localorg.setup.pages.page import Page, Redirect, Visit, confirm
from sfmeta.localorg.setup.people import USER_TYPES
from sfmeta.localorg.setup.refused import SetupRefused, existing
from sfmeta.localorg.setup.trail import full_name
from sfmeta.localorg.state import State

USERS, SETS = "users", "permission-sets"

EXPIRATIONS = {
    "": "No expiration date",
    "1": "1 Day",
    "7": "1 Week",
    "30": "30 Days",
    "60": "60 Days",
    "custom": "Custom Date",
}
"""What Setup offers as Assignment Expiration (Help platform.permissions_assign_expire_how; days are read so)."""


def users_page(visit: Visit) -> Page:
    """Users."""
    records = visit.state.records
    profiles = {one.id: one.text("Name") for one in records.find("Profile")}
    rows = [
        {"user": user, "name": _last_first(user), "profile": profiles.get(user.text("ProfileId"), "")}
        for user in sorted(records.find("User"), key=lambda user: _last_first(user).casefold())
    ]
    return Page("users", "All Users", {"rows": rows}, USERS)


def user_page(visit: Visit) -> Page:
    """One user, with permission set assignments."""
    user = existing(visit.state, visit.id, "User", kind="user")
    profile = visit.state.records.get(user.text("ProfileId"))
    content = {
        "user": user,
        "name": full_name(user),
        "profile": profile.text("Name") if profile else "",
        "assignments": _assignments(visit.state, AssigneeId=user.id),
        "active": user["IsActive"] is not False,
        "oneself": user.id == visit.user.id,
    }
    return Page("user", full_name(user), content, USERS)


def new_user_page(visit: Visit) -> Page:
    """New User."""
    profiles = sorted(visit.state.records.find("Profile"), key=lambda one: one.text("Name"))
    form = {name: values[0] for name, values in visit.given.items() if name != "password"}
    content = {"profiles": profiles, "types": USER_TYPES, "form": form}
    return Page("new_user", "New User", content, USERS)


def add_user(visit: Visit) -> Redirect:
    """Adds a user."""
    new = actions.NewUser(
        visit.value("username"),
        visit.value("profile"),
        visit.value("last_name"),
        visit.value("first_name"),
        visit.value("email"),
        visit.secret("password"),
        visit.value("user_type"),
    )
    if not new.last_name:
        raise SetupRefused("setup-user-value", field="Last Name", value="nothing")
    return Redirect(f"{USERS}/{actions.add_user(visit.state, new, visit.user.id)}", "user")


def activate_page(visit: Visit) -> Page:
    """Asks before a user is activated."""
    user = existing(visit.state, visit.id, "User", kind="user")
    question = f"Activate {full_name(user)}?"
    return confirm("Activate User", question, "Activate", f"{USERS}/{user.id}", USERS)


def activate(visit: Visit) -> Redirect:
    """Activates a user."""
    actions.set_active(visit.state, visit.id, True, visit.user.id)
    return Redirect(f"{USERS}/{visit.id}", "activated")


def deactivate_page(visit: Visit) -> Page:
    """Asks before a user is deactivated."""
    user = existing(visit.state, visit.id, "User", kind="user")
    question = f"Deactivate {full_name(user)}? The user's sessions end, and no new ones begin."
    return confirm("Deactivate User", question, "Deactivate", f"{USERS}/{user.id}", USERS, danger=True)


def deactivate(visit: Visit) -> Redirect:
    """Deactivates a user."""
    actions.set_active(visit.state, visit.id, False, visit.user.id)
    return Redirect(f"{USERS}/{visit.id}", "deactivated")


def sets_page(visit: Visit) -> Page:
    """Permission Sets and permission set groups."""
    records = visit.state.records
    held = [row["PermissionSetGroupId"] or row["PermissionSetId"] for row in records.find("PermissionSetAssignment")]
    rows = [
        {"set": one, "label": _label(one), "name": _api_name(one), "users": held.count(one.id)}
        for one in sorted(_assignable(visit.state), key=lambda one: _label(one).casefold())
    ]
    return Page("permission_sets", "Permission Sets", {"rows": rows}, SETS)


def set_page(visit: Visit) -> Page:
    """One permission set: what it gives, and Current Assignments."""
    one = existing(visit.state, visit.id, "PermissionSet", "PermissionSetGroup", kind="permission set")
    key = "PermissionSetGroupId" if one.sobject == "PermissionSetGroup" else "PermissionSetId"
    content = {
        "set": one,
        "label": _label(one),
        "name": _api_name(one),
        "permissions": enabled_permissions(one),
        "members": _members(visit.state, one),
        "assignments": _assignments(visit.state, **{key: one.id}),
        "apps": _apps_of(visit.state, one),
    }
    return Page("permission_set", _label(one), content, SETS)


def assign_page(visit: Visit) -> Page:
    """Add Assignment, for a user or for a permission set."""
    about = existing(visit.state, visit.id, "User", "PermissionSet", "PermissionSetGroup", kind="record")
    of_user = about.sobject == "User"
    if of_user:
        choices = [(one.id, _label(one)) for one in _assignable(visit.state)]
    else:
        active = (user for user in visit.state.records.find("User") if user["IsActive"] is not False)
        choices = [(user.id, f"{_last_first(user)} ({user.text('Username')})") for user in active]
    content = {
        "about": full_name(about) if of_user else _label(about),
        "of_user": of_user,
        "choices": sorted(choices, key=lambda choice: choice[1].casefold()),
        "expirations": EXPIRATIONS,
        "form": {name: values[0] for name, values in visit.given.items()},
        "back": f"{USERS if of_user else SETS}/{about.id}",
        "now": visit.state.clock.now(),
    }
    return Page("assign", "Add Assignment", content, USERS if of_user else SETS)


def assign(visit: Visit) -> Redirect:
    """Assigns a permission set to a user."""
    about = existing(visit.state, visit.id, "User", "PermissionSet", "PermissionSetGroup", kind="record")
    other = visit.value("other")
    user_id, set_id = (about.id, other) if about.sobject == "User" else (other, about.id)
    actions.assign(visit.state, user_id, set_id, visit.user.id, _until(visit))
    return Redirect(f"{USERS if about.sobject == 'User' else SETS}/{about.id}", "assigned")


def remove_page(visit: Visit) -> Page:
    """Asks before an assignment is removed."""
    row = existing(visit.state, visit.id, "PermissionSetAssignment", kind="assignment")
    user, given = _parties(visit.state, row)
    question = (
        f"Remove {_label(given) if given else 'the permission set'} from {full_name(user) if user else 'the user'}?"
    )
    back = f"{USERS}/{row.text('AssigneeId')}"
    return confirm("Remove Assignment", question, "Remove", back, USERS, danger=True)


def remove(visit: Visit) -> Redirect:
    """Removes an assignment."""
    row = existing(visit.state, visit.id, "PermissionSetAssignment", kind="assignment")
    actions.unassign(visit.state, row.id, visit.user.id)
    return Redirect(f"{USERS}/{row.text('AssigneeId')}", "unassigned")


def _until(visit: Visit) -> datetime | None:
    choice = visit.value("expiration")
    if choice not in EXPIRATIONS:
        raise SetupRefused("setup-user-value", field="Expiration", value=choice)
    if choice != "custom":
        return visit.state.clock.now() + timedelta(days=int(choice)) if choice else None
    try:
        return from_stamp(visit.value("until"))
    except ValueError:
        raise SetupRefused(
            "setup-user-value", field="Expiration date", value=visit.value("until") or "nothing"
        ) from None


def _assignable(state: State) -> list[Record]:
    own = (one for one in state.records.find("PermissionSet") if not one.flag("IsOwnedByProfile"))
    return [*(one for one in own if one["Type"] != "Group"), *state.records.find("PermissionSetGroup")]


def _assignments(state: State, **equals: str) -> list[dict[str, Any]]:
    now = state.clock.now()
    rows = []
    for row in state.records.find("PermissionSetAssignment", **equals):
        user, given = _parties(state, row)
        if user is None or given is None or given.flag("IsOwnedByProfile"):
            continue
        until = from_stamp(row.text("ExpirationDate")) if row["ExpirationDate"] else None
        expired = until is not None and until <= now
        rows.append({"row": row, "user": user, "who": full_name(user), "set": given, "label": _label(given)})
        rows[-1] |= {"until": until, "expired": expired}
    return rows


def _parties(state: State, row: Record) -> tuple[Record | None, Record | None]:
    given = state.records.get(row.text("PermissionSetGroupId") or row.text("PermissionSetId"))
    return state.records.get(row.text("AssigneeId")), given


def _members(state: State, group: Record) -> list[tuple[str, str, bool]]:
    """What a permission set group is made of: id, label, and whether it mutes."""
    links = state.records.find("PermissionSetGroupComponent", PermissionSetGroupId=group.id)
    found = (state.records.get(link.text("PermissionSetId")) for link in links)
    return sorted((one.id, _label(one), one.sobject == "MutingPermissionSet") for one in found if one is not None)


def _apps_of(state: State, one: Record) -> list[tuple[str, str]]:
    rows = state.records.find("SetupEntityAccess", ParentId=one.id)
    apps = (state.records.get(row.text("SetupEntityId")) for row in rows)
    return sorted(
        (app.text("Name") or app.text("MasterLabel"), app.id)
        for app in apps
        if app is not None and app.sobject in ("ConnectedApplication", "ExternalClientApplication")
    )


def _label(one: Record) -> str:
    return one.text("Label") or one.text("MasterLabel") or _api_name(one)


def _api_name(one: Record) -> str:
    return one.text("Name") or one.text("DeveloperName")


def _last_first(user: Record) -> str:
    return ", ".join(part for part in (user.text("LastName"), user.text("FirstName")) if part)
