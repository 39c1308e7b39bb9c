"""What Setup's actions write into the audit trail. Names and sentences: ``setup-trail`` in ``catalog.py``."""

from __future__ import annotations

from datetime import datetime

from sfmeta.localorg.audit import note
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

_APPS, _APPLICATION, _USERS = "Connected Apps", "Application", "Manage Users"


def installed(state: State, by: str, app: str) -> None:
    """An app was installed."""
    note(state, by, "insertConnectedApplication", _APPS, f"Installed Connected App {app} to Salesforce")


def uninstalled(state: State, by: str, app: str) -> None:
    """An app was uninstalled."""
    note(state, by, "deleteConnectedApplication", _APPS, f"Uninstalled Connected App {app}")


def blocked(state: State, by: str, app: str) -> None:
    """An app was blocked."""
    note(state, by, "blockConnectedApplication", _APPS, f"Blocked Connected App {app} to Salesforce")


def unblocked(state: State, by: str, app: str) -> None:
    """An app was unblocked."""
    note(state, by, "unblockConnectedApplication", _APPS, f"Unblocked Connected App {app} to Salesforce")


def permitted_users(state: State, by: str, app: str, before: str, after: str) -> None:
    """Permitted Users changed; both values in Setup's words."""
    text = f"Changed connected app {app} Permitted Users setting from {before} to {after}"
    note(state, by, "changeUserRuntimeAccessPolicy", _APPLICATION, text)


def ip_relaxation(state: State, by: str, app: str, before: str, after: str) -> None:
    """IP Relaxation changed; both values in Setup's words."""
    text = f"Changed connected app {app} IP relaxation setting from {before} to {after}"
    note(state, by, "changeIpRelaxationPolicy", _APPLICATION, text)


def refresh_token(state: State, by: str, app: str, before: str, after: str) -> None:
    """The refresh token policy changed (the name is ours)."""
    text = f"Changed connected app {app} Refresh Token Policy setting from {before} to {after}"
    note(state, by, "changeRefreshTokenPolicy", _APPLICATION, text)


def session_policy(state: State, by: str, app: Record, timeout: int | None, *, new: bool) -> None:
    """A session policy was made, or changed (then the name is ours)."""
    shown = "null" if timeout is None else str(timeout)
    verb = "Created" if new else "Changed"
    text = f"{verb} connected app session policy for app {app.id[:15]} with Session Timeout {shown}"
    action = "insertConnectedAppSessionPolicy" if new else "changeSessionPolicy"
    note(state, by, action, "Connected App Session Policy", text)


def external_policy(state: State, by: str, app: str, policy: str, before: str, after: str) -> None:
    """A policy of an external client app changed (the name is ours)."""
    text = f"Changed external client app {app} {policy} from {before} to {after}"
    note(state, by, "changeExternalClientAppPolicy", "External Client Apps", text)


def access(state: State, by: str, app: str, parent: Record, *, given: bool) -> None:
    """A permission set or a profile was attached to an app, or taken off."""
    word = "Enabled" if given else "Disabled"
    owner = state.records.get(parent.text("ProfileId")) if parent.flag("IsOwnedByProfile") else None
    if owner is None:
        action = f"SetupEntityAccessAudit_PermissionSet_ConnectedApplication_{word}"
        text = f"Changed permission set {parent.text('Label')}: {app} connected app is {word.lower()}"
    else:
        standard = "Standard" if owner.text("FullName") not in ("", owner.text("Name")) else "Custom"
        action = f"SetupEntityAccessAudit_Profile_ConnectedApplication_{word}{standard}"
        text = f"Changed profile {owner.text('Name')}: {app} connected app is {word.lower()}"
    note(state, by, action, _USERS, text)


def box(state: State, by: str, label: str, value: bool) -> None:
    """A box of API Access Control was ticked or unticked (the name is ours)."""
    text = f"Changed {label} from {'off' if value else 'on'} to {'on' if value else 'off'}"
    note(state, by, "changedApiAccessControl", "API Access Control", text)


def assigned(state: State, by: str, permission_set: Record, user: Record, until: datetime | None) -> None:
    """A permission set or group was assigned."""
    name, who = permission_set.text("Label") or permission_set.text("MasterLabel"), _who(user)
    if permission_set.sobject == "PermissionSetGroup":
        note(state, by, "PermSetGroupAssign", _USERS, f"Permission set group {name}: assigned to user {who}")
    elif until is None:
        note(state, by, "PermSetAssign", _USERS, f"Permission set {name}: assigned to user {who}")
    else:
        moment = f"{until:%a %b %d %H:%M:%S GMT %Y}"
        text = f"Permission set {name} with expiration: assigned to user {who}, expiring on {moment}"
        note(state, by, "PermSetAssign_HasExpiration", "", text)


def unassigned(state: State, by: str, permission_set: Record, user: Record) -> None:
    """A permission set or group was taken from a user."""
    name, who = permission_set.text("Label") or permission_set.text("MasterLabel"), _who(user)
    group = permission_set.sobject == "PermissionSetGroup"
    action = "PermSetGroupUnassign" if group else "PermSetUnassign"
    note(state, by, action, _USERS, f"Permission set {'group ' if group else ''}{name}: unassigned from user {who}")


def created_user(state: State, by: str, user: Record) -> None:
    """A user was added."""
    note(state, by, "createduser", _USERS, f"Created new user {full_name(user)}")


def activity(state: State, by: str, user: Record, *, active: bool) -> None:
    """A user was activated or deactivated."""
    word = "Activated" if active else "Deactivated"
    note(state, by, f"{word.lower()}user", _USERS, f"{word} user {_who(user)}")


def full_name(user: Record) -> str:
    """A user's name as Setup shows it."""
    return f"{user.text('FirstName')} {user.text('LastName')}".strip() or user.text("Username")


def _who(user: Record) -> str:
    return f"{full_name(user)} (UserID: [{user.id[:15]}])"
