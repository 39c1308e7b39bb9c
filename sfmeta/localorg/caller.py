"""Who stands before a door, which door it is, and the answer when it stays shut."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State


class Door(StrEnum):
    """A way into the org."""

    SOAP_LOGIN = "soap_login"
    OAUTH_PASSWORD = "oauth_password"  # noqa: S105 - the name of a flow
    OAUTH_JWT = "oauth_jwt"
    OAUTH_CLIENT_CREDENTIALS = "oauth_client_credentials"
    OAUTH_REFRESH = "oauth_refresh"
    OAUTH_AUTHORIZE = "oauth_authorize"
    OAUTH_CODE = "oauth_code"
    OAUTH_USER_AGENT = "oauth_user_agent"
    OAUTH_DEVICE = "oauth_device"
    UI = "ui"
    OAUTH_IDENTITY = "oauth_identity"
    REST = "rest"
    METADATA_SOAP = "metadata_soap"
    PARTNER_SOAP = "partner_soap"


@dataclass(frozen=True, slots=True)
class Fault:
    """No, with the words a real org uses.

    Attributes:
        code: ``INVALID_SESSION_ID``, ``invalid_grant``, ...
        message: without the code.
        http_status: what the answer's status line says.
        rule: the id of the rule that decided, for ``localorg rules`` and the tests.
    """

    code: str
    message: str
    http_status: int = 400
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """A user with a valid session.

    Attributes:
        state: the org.
        user_id: 18 characters.
        username: as it stands in User.
        session_id: the access token that was used.
        app_id: the ConnectedApplication, ExternalClientApplication or ForeignApp behind the session, "" without one.
    """

    state: State
    user_id: str
    username: str
    session_id: str
    app_id: str = ""

    def has(self, permission: str) -> bool:
        """Whether the user holds a permission now (``ModifyMetadata``), by profile or permission set."""
        return has_permission(self.state, self.user_id, permission)

    @property
    def user(self) -> Record:
        """The user's record."""
        record = self.state.records.get(self.user_id)
        if record is None:
            raise LookupError(f"user {self.user_id} is gone")
        return record


def permission_sets_of(state: State, user_id: str) -> list[Record]:
    """The permission sets that give a user something now: the profile's own, and those assigned and not expired.

    A group counts as its aggregate permission set, with what its members give and its muting permission sets take
    away; a permission set or group that wants an activated session gives nothing.

    Source: Object Reference, PermissionSetAssignment.ExpirationDate, PermissionSetGroup, MutingPermissionSet,
    PermissionSet.HasActivationRequired; judged by the org's clock. How a real org treats the moment itself is not
    established.
    """
    user = state.records.get(user_id)
    found: dict[str, Record] = {}
    # None would find what no profile owns: every permission set there is
    if user is not None and user["ProfileId"] is not None:
        for owned in state.records.find("PermissionSet", ProfileId=user["ProfileId"]):
            found[owned.id] = owned
    for assignment in _assignments_now(state, user_id):
        assigned, group = _assigned(state, assignment)
        if assigned is None or (group or assigned).flag("HasActivationRequired"):
            continue
        found[assigned.id] = assigned if group is None else _aggregate(state, group, assigned)
    return list(found.values())


def members_through_groups(state: State, user_id: str) -> list[Record]:
    """The permission sets that a user has only as members of groups."""
    found: dict[str, Record] = {}
    for assignment in _assignments_now(state, user_id):
        _, group = _assigned(state, assignment)
        if group is not None and not group.flag("HasActivationRequired"):
            members, _ = _components(state, group)
            found |= {member.id: member for member in members}
    return list(found.values())


def has_permission(state: State, user_id: str, permission: str) -> bool:
    """Whether a user holds a permission now."""
    return any(owner.flag(f"Permissions{permission}") for owner in permission_sets_of(state, user_id))


def _assignments_now(state: State, user_id: str) -> list[Record]:
    now = state.clock.now()
    every = state.records.find("PermissionSetAssignment", AssigneeId=user_id)
    return [one for one in every if not one["ExpirationDate"] or from_stamp(one.text("ExpirationDate")) > now]


def _assigned(state: State, assignment: Record) -> tuple[Record | None, Record | None]:
    """The permission set of an assignment, and the group that it stands for, where it is one."""
    assigned = state.records.get(assignment.text("PermissionSetId"))
    group_id = assignment.text("PermissionSetGroupId") or (assigned.text("PermissionSetGroupId") if assigned else "")
    group = state.records.get(group_id) if group_id else None
    if group is not None and assigned is None:
        assigned = state.records.first("PermissionSet", PermissionSetGroupId=group.id)
    return assigned, group


def _components(state: State, group: Record) -> tuple[list[Record], list[Record]]:
    """A group's permission sets and its muting permission sets."""
    links = state.records.find("PermissionSetGroupComponent", PermissionSetGroupId=group.id)
    found = [state.records.get(link.text("PermissionSetId")) for link in links]
    members = [one for one in found if one is not None and one.sobject == "PermissionSet"]
    return members, [one for one in found if one is not None and one.sobject == "MutingPermissionSet"]


def _aggregate(state: State, group: Record, row: Record) -> Record:
    members, muting = _components(state, group)
    given = {name: value for member in members for name, value in member.fields.items() if _is_given(name, value)}
    muted = {name for one in muting for name, value in one.fields.items() if _is_given(name, value)}
    plain = {name: value for name, value in row.fields.items() if not name.startswith("Permissions")}
    kept = {name: value for name, value in given.items() if name not in muted}
    return Record(row.id, row.sobject, {**plain, **kept})


def _is_given(name: str, value: Value) -> bool:
    return name.startswith("Permissions") and value is True
