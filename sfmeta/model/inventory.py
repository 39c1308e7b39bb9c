"""What an org holds and who uses what, read in one audit. The forecast, the report and the policy draft start from it.

Everything in here was read from an org at one time; nothing is concluded. What could not be read is named in
``Inventory.gaps`` and ``Inventory.coverage``, never left to look like "none". Times are aware and in UTC. Ids have 18
characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sfmeta.model.names import OrgId
from sfmeta.model.policy import AppKind


class Standing(StrEnum):
    """Where an app is defined, as far as this org is concerned."""

    OWNED = "owned"
    INSTALLED = "installed"
    USED_ONLY = "used_only"
    """Only seen through its tokens or logins: defined elsewhere and not installed here."""


class Blocked(StrEnum):
    """What shuts an app, if anything does."""

    NO = ""
    BY_LIST = "block_list"
    """An administrator blocked its consumer key (``BlacklistedConsumer``)."""
    BY_BOX = "block_list_by_box"
    """The same, with ``blockedByApiWhitelisting``: API Access Control did it."""
    BY_POLICY = "policy"
    """Session policy Block."""
    DISABLED = "disabled"
    """An external client app that is not enabled, or not for OAuth."""


class Way(StrEnum):
    """How a client gets its session."""

    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a flow
    """With an authorisation that a user gave before; also what is meant where only a token shows the use."""
    WEB = "web"
    """A person approves on a page (web server flow)."""
    USER_AGENT = "user_agent"
    DEVICE = "device"
    JWT_BEARER = "jwt_bearer"
    CLIENT_CREDENTIALS = "client_credentials"
    OAUTH_PASSWORD = "oauth_password"  # noqa: S105 - the name of a flow
    SOAP_LOGIN = "soap_login"
    """SOAP login() with a password: no app."""
    BROWSER_SESSION = "browser_session"
    """A tool that reuses a session of the browser: no app."""

    @property
    def has_app(self) -> bool:
        """Whether a connected app or external client app stands behind it."""
        return self not in (Way.SOAP_LOGIN, Way.BROWSER_SESSION)


class Source(StrEnum):
    """Where a use was seen."""

    OAUTH_TOKEN = "OauthToken"  # noqa: S105 - an sobject
    LOGIN_HISTORY = "LoginHistory"
    API_EVENTS = "ApiTotalUsageEventLog"
    APP_METADATA = "app metadata"
    """Not seen in use: the app's own file names the user (the execution user of client credentials)."""


@dataclass(frozen=True, slots=True)
class IpRange:
    """Addresses from ``start`` to ``end``, both included."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class LoginHours:
    """A profile's login hours: for Monday to Sunday (start, end) in minutes from midnight, None: not restricted.

    Source: Metadata API guide, ProfileLoginHours.
    """

    days: tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class App:
    """An app of the org, or one that was only seen in use. What is None or "" could not be read or is not set.

    Attributes:
        key: unique in this inventory: the id, or for a used-only app ``used:`` and its name.
        id: ``0H4...`` (ConnectedApplication) or ``0xI...`` (ExternalClientApplication), "" for a used-only app.
        label: as people and ``OauthToken.AppName`` know it.
        kind: connected app (also where a used-only app's kind is not known) or external client app.
        standing: owned, installed or used-only.
        api_name: the full name of its component, "" where it is none of this org's.
        consumer_key: where metadata told it.
        admin_approved: Permitted Users; None where not known (a used-only app has no policy).
        blocked: what shuts it.
        refresh_policy: as ConnectedApp metadata spells it, ``infinite``, ``specific_lifetime:7:DAYS``; "" not known.
        ip_relaxation: ``ENFORCE``, ``BYPASS``, ``BYPASS_2FACTOR``, ``ENFORCE_RELAXREFRESH``; "" not known.
        ip_ranges: the app's own trusted ranges.
        raises_session_level: its policy asks for high assurance.
        session_minutes: its own session timeout.
        scopes: in OAuth's spelling (``api``, ``refresh_token``); None where not known.
        options: switches of its OAuth settings that are on, as metadata names them (``isPkceRequired``).
        execution_user: the username that its client credentials flow runs as.
        has_certificate: it can do JWT bearer.
        certificate: sha256 of the certificate that it knows such clients by; "" for none, or not known.
        grants: ids of the permission sets (profiles' own, and groups' aggregates too) that are attached to it.
        grants_from: where the grants were read: ``SetupEntityAccess`` or ``metadata``.
        created: when its record was made.
    """

    key: str
    label: str
    kind: AppKind = AppKind.CONNECTED_APP
    standing: Standing = Standing.USED_ONLY
    id: str = ""
    api_name: str = ""
    consumer_key: str = ""
    admin_approved: bool | None = None
    blocked: Blocked = Blocked.NO
    refresh_policy: str = ""
    ip_relaxation: str = ""
    ip_ranges: tuple[IpRange, ...] = ()
    raises_session_level: bool = False
    session_minutes: int | None = None
    scopes: frozenset[str] | None = None
    options: frozenset[str] = frozenset()
    execution_user: str = ""
    has_certificate: bool = False
    grants: frozenset[str] = frozenset()
    grants_from: str = "SetupEntityAccess"
    created: datetime | None = None
    certificate: str = ""


_INTERNAL = ("Standard", "AutomatedProcess", "CloudIntegrationUser")


@dataclass(frozen=True, slots=True)
class User:
    """A user who uses an app, holds something that matters, or is named by a policy.

    Attributes:
        id: 18 characters.
        username: as it stands in User, in lower case.
        name: for people.
        user_type: ``User.UserType``; see ``is_external``.
        is_active: ``User.IsActive``.
        is_frozen: ``UserLogin.IsFrozen``.
        profile_id: the profile.
        last_browser_login: the last successful login of the window in a browser; None for none seen.
    """

    id: str
    username: str
    user_type: str = "Standard"
    is_active: bool = True
    is_frozen: bool = False
    profile_id: str = ""
    name: str = ""
    last_browser_login: datetime | None = None

    @property
    def is_external(self) -> bool:
        """A customer, partner or guest (Object Reference, User.UserType); the platform's own users are none."""
        return self.user_type not in _INTERNAL


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile.

    Attributes:
        id: ``00e...``.
        name: as Setup shows it.
        permission_set_id: the permission set that it owns.
        ip_ranges: login IP ranges; empty: none.
        hours: login hours; None: none.
        full_name: the full name of its component (``Admin`` for System Administrator), where it could be read.
    """

    id: str
    name: str
    permission_set_id: str
    ip_ranges: tuple[IpRange, ...] = ()
    hours: LoginHours | None = None
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set: a real one, a profile's own, or the aggregate of a group.

    Attributes:
        id: ``0PS...``.
        name: API name.
        label: as Setup shows it.
        permissions: of ``WATCHED_PERMISSIONS``, those that are on.
        profile_id: whose own it is, "".
        group_id: whose aggregate it is, "".
        needs_activation: session-based: it counts only in a session that activated it.
    """

    id: str
    name: str
    label: str = ""
    permissions: frozenset[str] = frozenset()
    profile_id: str = ""
    group_id: str = ""
    needs_activation: bool = False


@dataclass(frozen=True, slots=True)
class PermissionSetGroup:
    """A permission set group.

    Attributes:
        id: ``0PG...``.
        name: API name.
        label: as Setup shows it.
        members: ids of its permission sets.
        muted: of ``WATCHED_PERMISSIONS``, those that its muting permission sets take away.
        needs_activation: session-based.
    """

    id: str
    name: str
    label: str = ""
    members: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()
    needs_activation: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """A PermissionSetAssignment; those of profiles' own permission sets are left out, as the profile says it.

    Attributes:
        user_id: the assignee.
        permission_set_id: a permission set, or a group's aggregate.
        expires: None: never.
    """

    user_id: str
    permission_set_id: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """One user with one app (or without one) by one way, as it was seen.

    Attributes:
        user_id: who.
        app: ``App.key``; "" without an app.
        way: how, as far as it can be known; a use that only its token shows counts as ``REFRESH_TOKEN``.
        last_used: None where nothing tells.
        count: how often: uses of its tokens, or logins in the window where those count none; 0: nobody got in.
        authorised: when the latest authorisation of this user for this app was made; None where there is none.
        addresses: IP addresses of its logins in the window that the org let in.
        sources: where it was seen.
        failures: logins in the window that the org refused.
    """

    user_id: str
    app: str
    way: Way
    last_used: datetime | None = None
    count: int = 0
    authorised: datetime | None = None
    addresses: frozenset[str] = frozenset()
    sources: frozenset[Source] = frozenset()
    failures: int = 0


@dataclass(frozen=True, slots=True)
class OrgSettings:
    """What counts for the whole org.

    Attributes:
        internal_box: the box for internal users; None where the org has no API Access Control.
        external_box: the box for customers and partners; None likewise.
        password_flow_blocked: ``OauthOidcSettings.blockOAuthUnPwFlow``; None where it could not be read.
        user_agent_flow_blocked: ``OauthOidcSettings.blockOAuthUsrAgtFlow``; None likewise.
        ranges_on_every_request: ``SecuritySettings.sessionSettings.enforceIpRangesEveryRequest``.
        session_minutes: the org's own session timeout.
        known_permissions: of ``WATCHED_PERMISSIONS``, those that the org has (``UseAnyApiClient`` exists only with API
            Access Control).
        time_zone: of the org, an IANA name; login hours are told in it.
    """

    internal_box: bool | None = None
    external_box: bool | None = None
    password_flow_blocked: bool | None = None
    user_agent_flow_blocked: bool | None = None
    ranges_on_every_request: bool = False
    session_minutes: int = 120
    known_permissions: frozenset[str] = frozenset()
    time_zone: str = "UTC"


class Visibility(StrEnum):
    """How much of a class of access an audit sees."""

    SEEN = "seen"
    PARTLY = "partly"
    NOT_VISIBLE = "not visible"
    NOT_PERMITTED = "not permitted"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One class of access, and whether an audit sees it.

    Attributes:
        name: stable; one of ``policy.AccessClass``, which ``accepted_blind_spots`` in a policy name.
        title: for people.
        visibility: how much is seen.
        why: what it was read from, or why it is not visible.
        remedy: what would make it visible, "" where nothing would or it is seen.
        found: how many uses, or hints of it, were found.
        evidence: hints by name (an Apex class that hands out session ids).
    """

    name: str
    title: str
    visibility: Visibility
    why: str
    remedy: str = ""
    found: int = 0
    evidence: tuple[str, ...] = ()

    @property
    def is_blind_spot(self) -> bool:
        """Somebody may use the org in this way without the audit seeing it."""
        return self.visibility is not Visibility.SEEN


@dataclass(frozen=True, slots=True)
class Gap:
    """Something particular that was not read, or not whole.

    Attributes:
        name: stable: ``tokens-moved``, ``tokens-of-one-user``.
        message: one sentence, what and why.
        remedy: what to do about it, or "".
    """

    name: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a large table was read whole.

    Attributes:
        sobject: the table.
        counted: rows by ``COUNT()``.
        read: rows that were read.
        queries: calls that it took (pages of rows).
        counts: ``COUNT()`` calls that it took.
        chunks: how many parts it was split into.
    """

    sobject: str
    counted: int
    read: int
    queries: int = 0
    counts: int = 0
    chunks: int = 1


WATCHED_PERMISSIONS = frozenset(
    {
        "ApiEnabled",
        "ApiUserOnly",
        "AssignPermissionSets",
        "CanApproveUninstalledApps",
        "CustomizeApplication",
        "ManageProfilesPermissionsets",
        "ManageRemoteAccess",
        "ManageUsers",
        "ModifyAllData",
        "ModifyMetadata",
        "UseAnyApiAuth",
        "UseAnyApiClient",
        "ViewSetup",
    }
)
"""The user permissions that decide who gets in, or who can change that."""

POWERFUL_PERMISSIONS = (
    "UseAnyApiClient",
    "UseAnyApiAuth",
    "CanApproveUninstalledApps",
    "ManageRemoteAccess",
    "ModifyAllData",
    "CustomizeApplication",
)
"""Whose holders an audit names."""

SELF_GRANTING = ("AssignPermissionSets", "ManageUsers", "ManageProfilesPermissionsets")
"""Whoever holds one of these could assign themselves an "Allow" permission set.

Source: Object Reference, PermissionSetAssignment (Assign Permission Sets or Manage Users); Manage Profiles and
Permission Sets edits the permission sets themselves.
"""


@dataclass(frozen=True, slots=True)
class Inventory:
    """One audit.

    Attributes:
        org_id: which org.
        org_name: with its kind, for people: ``Acme (sandbox)``.
        is_production: what the org says it is.
        taken_at: when the audit began, by our clock.
        days: the window: logins and calls of so many days were looked at.
        username: as whom it was read.
        client_id: the app it was read through, "" where not known.
        settings: org-wide.
        apps: by ``App.key``.
        users: by id.
        profiles: by id.
        permission_sets: by id.
        groups: by id.
        assignments: of permission sets and groups.
        uses: who used what.
        coverage: class by class.
        gaps: what is missing in particular.
        proofs: that what is large was read whole.
    """

    org_id: OrgId
    org_name: str
    is_production: bool
    taken_at: datetime
    days: int
    username: str
    client_id: str = ""
    settings: OrgSettings = OrgSettings()
    apps: Mapping[str, App] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    permission_sets: Mapping[str, PermissionSet] = field(default_factory=dict)
    groups: Mapping[str, PermissionSetGroup] = field(default_factory=dict)
    assignments: tuple[Assignment, ...] = ()
    uses: tuple[Use, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    gaps: tuple[Gap, ...] = ()
    proofs: tuple[Proof, ...] = ()

    def comes_with(self, permission_set_id: str) -> frozenset[str]:
        """What an assignment gives: the permission set, and the members of the group whose aggregate it is."""
        permission_set = self.permission_sets.get(permission_set_id)
        group = self.groups.get(permission_set.group_id) if permission_set else None
        return frozenset({permission_set_id}) | (group.members if group else frozenset())
