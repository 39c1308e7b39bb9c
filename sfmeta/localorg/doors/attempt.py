"""One user, one app or none, one door, one moment: what a rule looks at, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from sfmeta.localorg.apps import App, Kind
from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Door, members_through_groups, permission_sets_of
from sfmeta.localorg.doors.blocks import is_blocked
from sfmeta.localorg.doors.frozen import is_frozen
from sfmeta.localorg.doors.networks import address_is_allowed, hour_is_allowed, security_of
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.metadata.permissions import is_known
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import OrgFacts, State

INTERNAL_BOX = "enableAdminApprovedAppsOnly"
EXTERNAL_BOX = "enableAdminApprovedAppsOnlyForExternalUser"
PASSWORD_FLOW_BLOCKED = "blockOAuthUnPwFlow"  # noqa: S105 - a setting of OauthOidcSettings
USER_AGENT_FLOW_BLOCKED = "blockOAuthUsrAgtFlow"
PKCE_REQUIRED = "isPkceRequired"

# Data API doors: the identity service and the login doors are none of them.
_API_DOORS = {Door.REST, Door.METADATA_SOAP, Door.PARTNER_SOAP, Door.SOAP_LOGIN}
_LOGIN_DOORS = {
    Door.SOAP_LOGIN,
    Door.OAUTH_PASSWORD,
    Door.OAUTH_JWT,
    Door.OAUTH_CLIENT_CREDENTIALS,
    Door.OAUTH_REFRESH,
    Door.OAUTH_AUTHORIZE,
    Door.OAUTH_CODE,
    Door.OAUTH_USER_AGENT,
    Door.OAUTH_DEVICE,
    Door.UI,
}
# Logins that end without a page on which a person could do more than was asked for at first.
_WITHOUT_PAGE = {Door.OAUTH_PASSWORD, Door.OAUTH_JWT, Door.OAUTH_CLIENT_CREDENTIALS}


class Answer(StrEnum):
    """What a rule says. Only ``ALLOW`` opens; the words of the others depend on the door (``words.py``)."""

    ALLOW = "allow"
    INACTIVE_USER = "inactive user"
    FROZEN_USER = "frozen user"
    RESTRICTED_ADDRESS = "outside the login IP ranges"
    RESTRICTED_HOUR = "outside the login hours"
    API_NOT_ENABLED = "API not enabled"
    API_ONLY = "API only user"
    API_SCOPE_MISSING = "token without the scope api"
    SESSION_LEVEL = "session level too low"
    REFRESH_SCOPE_MISSING = "app without the scope refresh_token"
    DEVICE_FLOW_OFF = "device flow not enabled"
    LOGIN_CALL_GONE = "login() gone"
    LOGIN_CALL_OFF = "login() switched off"
    NEEDS_ANY_API_AUTH = "needs Use Any API Auth"
    FLOW_BLOCKED = "flow blocked"
    BLOCKED = "app blocked"
    BLOCKED_BY_BOX = "app blocked by API Access Control"
    NOT_INSTALLED = "app not installed"
    NOT_ADMIN_APPROVED = "user not admin approved"
    NOT_APPROVED_YET = "user never approved"
    NO_APP = "no connected app"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is to be judged.

    Attributes:
        state: the org.
        user: who.
        app: with what; None for SOAP login() and its sessions.
        door: where.
        api_version: on the SOAP login door, else 0.
        opened_at: where the session that is used was opened; None where one is asked for.
        source_ip: where the client is.
        scopes: what the session that is used is good for; None where one is asked for, and for sessions without OAuth.
    """

    state: State
    user: Record
    app: App | None
    door: Door
    api_version: int = 0
    opened_at: Door | None = None
    source_ip: str = "127.0.0.1"
    scopes: frozenset[str] | None = None
    _held: list[list[Record]] = field(default_factory=list, repr=False, compare=False)

    @property
    def org(self) -> OrgFacts:
        """The org as it is set now."""
        return self.state.org

    @property
    def is_login(self) -> bool:
        """A session is asked for, not used."""
        return self.opened_at is None and self.door in _LOGIN_DOORS

    @property
    def has_page(self) -> bool:
        """A person approves on a page, or did when the session or refresh token came to be."""
        return self.login_door not in _WITHOUT_PAGE

    @property
    def login_door(self) -> Door:
        """Where the session is, or was, asked for."""
        return self.opened_at or self.door

    @property
    def is_api(self) -> bool:
        """The door leads to data or metadata (the identity service does not)."""
        return self.door in _API_DOORS

    @property
    def is_external(self) -> bool:
        """A customer or partner: every user type that is not Standard."""
        return (self.user.text("UserType") or "Standard") != "Standard"

    @property
    def boxed(self) -> bool:
        """The box that counts for this user is ticked; without the feature there is none."""
        box = EXTERNAL_BOX if self.is_external else INTERNAL_BOX
        return self.org.has_feature(API_ACCESS_CONTROL) and self.org.setting(box)

    def assumes(self, name: str) -> bool:
        """How this org answers an open question."""
        return assumed(self.org, name)

    def has(self, permission: str) -> bool:
        """Whether the user holds a permission now, and the org has it."""
        return is_known(self.org, permission) and any(one.flag(f"Permissions{permission}") for one in self.held)

    @property
    def held(self) -> list[Record]:
        """The permission sets that give the user something at this moment, looked up once."""
        if not self._held:
            self._held.append(permission_sets_of(self.state, self.user.id))
        return self._held[0]

    @property
    def is_frozen(self) -> bool:
        """An administrator froze the user."""
        return is_frozen(self.state, self.user.id)

    def is_kind(self, kind: Kind) -> bool:
        """Whether there is an app, of that kind."""
        return self.app is not None and self.app.kind is kind

    @property
    def is_granted(self) -> bool:
        """A permission set or profile that the user has now is attached to the app."""
        if self.app is None:
            return False
        owners = {owner.id for owner in self.held}
        if self.assumes("group_members_preauthorize"):
            owners |= {member.id for member in members_through_groups(self.state, self.user.id)}
        grants = self.state.records.find("SetupEntityAccess", SetupEntityId=self.app.id)
        return any(grant["ParentId"] in owners for grant in grants)

    @property
    def has_approved_before(self) -> bool:
        """The user authorised the app once and it was not revoked."""
        return bool(self._approvals)

    @property
    def has_approved_on_a_page(self) -> bool:
        """The same, and not only by the device flow."""
        return any(row["Flow"] != Door.OAUTH_DEVICE.value for row in self._approvals)

    @property
    def _approvals(self) -> list[Record]:
        if self.app is None:
            return []
        return self.state.records.find("OauthToken", UserId=self.user.id, AppId=self.app.id)

    @property
    def is_on_block_list(self) -> bool:
        """An administrator, or a box, blocked the app's consumer key."""
        return self.app is not None and is_blocked(self.state, self.app.consumer_key)

    @property
    def address_is_allowed(self) -> bool:
        """The user's profile, or the app's policy, lets the client in from where it is."""
        judged_now = self.is_login or security_of(self.state).every_request
        door = self.login_door
        return not judged_now or address_is_allowed(self.state, self.user, self.app, door, self.source_ip)

    @property
    def hour_is_allowed(self) -> bool:
        """The user's profile lets users log in now."""
        return not self.is_login or hour_is_allowed(self.state, self.user)
