"""Who stands before a door, which door it is, and the answer when it stays shut."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State


class Door(StrEnum):
    """A way into the org."""

    SOAP_LOGIN = "soap_login"
    OAUTH_PASSWORD = "oauth_password"  # noqa: S105 - the name of a flow
    OAUTH_JWT = "oauth_jwt"
    OAUTH_CLIENT_CREDENTIALS = "oauth_client_credentials"
    OAUTH_REFRESH = "oauth_refresh"
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

    Source: Object Reference, PermissionSetAssignment.ExpirationDate; judged by the org's clock. How a real org treats
    the moment itself is not established.
    """
    user = state.records.get(user_id)
    found: dict[str, Record] = {}
    if user is not None:
        for owned in state.records.find("PermissionSet", ProfileId=user["ProfileId"]):
            found[owned.id] = owned
    now = state.clock.now()
    for assignment in state.records.find("PermissionSetAssignment", AssigneeId=user_id):
        until = assignment.text("ExpirationDate")
        if until and from_stamp(until) <= now:
            continue
        assigned = state.records.get(assignment.text("PermissionSetId"))
        if assigned is not None:
            found[assigned.id] = assigned
    return list(found.values())


def has_permission(state: State, user_id: str, permission: str) -> bool:
    """Whether a user holds a permission now."""
    return any(owner.flag(f"Permissions{permission}") for owner in permission_sets_of(state, user_id))
