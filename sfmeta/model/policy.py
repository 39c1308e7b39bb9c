"""The policy: who may use which app, written by people, kept in git. Every value of ``policy.yml`` has its place here.

An absent field is ``None`` (or an empty tuple where "none" and "not said" mean the same) and changes nothing in an
org. Values are well formed; whether a date has passed is asked only where something is planned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sfmeta.errors import UsageError

_REFERENCE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the policy file something is written; 1-based, 0 where it was made."""

    line: int = 0
    column: int = 0


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class EnvText:
    """A text that may hold ``${env:NAME}``. ``str()`` shows the reference, never what it stands for.

    Attributes:
        text: as written in the policy.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def names(self) -> tuple[str, ...]:
        """The variables it needs, in order."""
        return tuple(_REFERENCE.findall(self.text))

    def resolve(self, environ: Mapping[str, str]) -> str:
        """The text with every reference replaced. Ask only where the value is about to be used.

        Args:
            environ: the environment, handed in by whoever may read it.

        Raises:
            UsageError: a variable is not set or empty; the message names it and shows no value.
        """
        for name in self.names:
            if not environ.get(name):
                raise UsageError(f"the environment variable {name} is not set", f"The policy needs it for '{self}'")
        return _REFERENCE.sub(lambda match: environ[match[1]], self.text)


@dataclass(frozen=True, slots=True)
class Until:
    """An end in time.

    Attributes:
        at: the moment, in UTC. A date without a time is the end of that day.
        zone_assumed: the policy wrote no time zone and UTC was taken; worth saying to the reader.
        text: as written.
    """

    at: datetime
    zone_assumed: bool
    text: str

    def __str__(self) -> str:
        return self.at.strftime("%Y-%m-%d %H:%M:%S UTC")


class AppKind(StrEnum):
    """Which of Salesforce's two sorts of OAuth app it is."""

    CONNECTED_APP = "connected_app"
    EXTERNAL_CLIENT_APP = "external_client_app"


class Ownership(StrEnum):
    """Defined in this org (its file is metadata), or defined elsewhere and installed here (Setup's business)."""

    OWNED = "owned"
    INSTALLED = "installed"


class Decision(StrEnum):
    """What is to become of an app."""

    ALLOW = "allow"
    BLOCK = "block"
    UNDECIDED = "undecided"


class PermittedUsers(StrEnum):
    """Setup's *Permitted Users*."""

    ADMIN_APPROVED = "admin_approved"
    EVERYONE = "everyone"


class IpRelaxation(StrEnum):
    """Setup's *IP Relaxation*."""

    ENFORCE = "enforce"
    RELAX_WITH_SECOND_FACTOR = "relax_with_second_factor"
    RELAX = "relax"
    ENFORCE_BUT_RELAX_FOR_REFRESH = "enforce_but_relax_for_refresh"


class RefreshTokenRule(StrEnum):
    """Setup's *Refresh Token Policy*."""

    EXPIRE_AFTER = "expire_after"
    EXPIRE_IF_UNUSED_FOR = "expire_if_unused_for"
    UNTIL_REVOKED = "until_revoked"
    IMMEDIATELY = "immediately"


class TimeUnit(StrEnum):
    """The units Salesforce knows for refresh tokens, as ``ConnectedApp`` spells them."""

    HOURS = "HOURS"
    DAYS = "DAYS"
    MONTHS = "MONTHS"


class AssignedBy(StrEnum):
    """Who assigns the permission sets: sfmeta, or an identity provider (then they are only verified)."""

    SFMETA = "sfmeta"
    EXTERNAL = "external"


class Protocol(StrEnum):
    """A way into the API that is no app."""

    SOAP_LOGIN = "soap_login"
    BROWSER_SESSION = "browser_session"


class AccessClass(StrEnum):
    """A class of access that an audit sees, or does not (``inventory.Coverage.name``)."""

    OAUTH_TOKENS = "oauth_tokens"
    OAUTH_PASSWORD = "oauth_password"  # noqa: S105 - the name of a flow
    SOAP_LOGIN = "soap_login"
    BROWSER_SESSION = "browser_session"
    VISUALFORCE_AND_PACKAGES = "visualforce_and_packages"
    JWT_AND_CLIENT_CREDENTIALS = "jwt_and_client_credentials"
    EXTERNAL_USERS = "external_users"
    GUESTS = "guests"
    RARE_JOBS = "rare_jobs"


@dataclass(frozen=True, slots=True)
class Duration:
    """``7 days``: a number of Salesforce's units."""

    amount: int
    unit: TimeUnit


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """How long a refresh token is good for.

    Attributes:
        rule: see ``RefreshTokenRule``.
        duration: for the two rules that count, else None.
    """

    rule: RefreshTokenRule
    duration: Duration | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """How an org knows an app; at least one is given, and all that are given must agree.

    Attributes:
        label: what Setup shows.
        api_name: the full name of its component.
        consumer_key: its OAuth client id; an identifier, no secret.
    """

    label: str = ""
    api_name: str = ""
    consumer_key: str = ""
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return self.label or self.api_name or f"consumer key {self.consumer_key}"


@dataclass(frozen=True, slots=True)
class UserGrant:
    """One user who gets the app's permission set.

    Attributes:
        username: the Salesforce username.
        until: when the assignment ends; None: it does not.
        reason: for the reader.
    """

    username: EnvText
    until: Until | None = None
    reason: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Grants:
    """Who may use an admin-approved app.

    Attributes:
        profiles: profiles by the name Setup shows; None: left as they are, empty: none.
        permission_sets: existing ones by label or API name, beside the "Allow" set; None: left as they are.
        assigned_by: who assigns the "Allow" set to ``users``.
        users: who gets it.
    """

    profiles: tuple[str, ...] | None = None
    permission_sets: tuple[str, ...] | None = None
    assigned_by: AssignedBy = AssignedBy.SFMETA
    users: tuple[UserGrant, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Session:
    """An app's session policy. ``timeout_minutes`` None: left as it is."""

    timeout_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class App:
    """The decision about one app, and what follows from it.

    Attributes:
        key: the policy's own stable name.
        match: how the org knows it.
        kind: connected app or external client app.
        ownership: owned or installed.
        decision: allow, block or undecided.
        wave: restricted in this order; None: in the last wave.
        owner: who answers for it.
        ticket: where it was decided.
        review_by: when to look at it again.
        permission_set: the label of its "Allow" set, ``{label}`` standing for the app's; "" where none is asked for.
        permitted_users: None: left as it is.
        refresh_token: None: left as it is.
        ip_relaxation: None: left as it is.
        session: None: left as it is.
        contact_email: None: left as it is; a new app needs it.
        callback_url: None: left as it is; a new app needs it. Several stand on several lines.
        scopes: None: left as they are; a new app needs them.
        grants: None: left as they are.
    """

    key: str
    match: Match
    kind: AppKind = AppKind.CONNECTED_APP
    ownership: Ownership = Ownership.OWNED
    decision: Decision = Decision.UNDECIDED
    wave: int | None = None
    owner: str = ""
    ticket: str = ""
    review_by: Until | None = None
    permission_set: str = ""
    permitted_users: PermittedUsers | None = None
    refresh_token: RefreshToken | None = None
    ip_relaxation: IpRelaxation | None = None
    session: Session | None = None
    contact_email: str | None = None
    callback_url: str | None = None
    scopes: tuple[str, ...] | None = None
    grants: Grants | None = None
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def is_owned(self) -> bool:
        """Whether it is defined in this org, so that its files are ours to write."""
        return self.ownership is Ownership.OWNED


@dataclass(frozen=True, slots=True)
class AnyApiClient:
    """One user who may use any API client for a while (SOAP with a password, mostly)."""

    username: EnvText
    until: Until
    reason: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ProfilePolicy:
    """What one profile must say; only what is named here is touched.

    Attributes:
        name: as Setup shows it.
        user_permissions: permission name and whether it is on, sorted by name; ``False`` is written explicitly.
    """

    name: str
    user_permissions: tuple[tuple[str, bool], ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AcceptedLoss:
    """Somebody who may stop working, by name.

    Attributes:
        user: the username.
        app: the policy's key of the app, or "" where ``protocol`` is given.
        protocol: the way in that is lost, or None where ``app`` is given.
        reason: why that is fine.
        approved_by: who said so.
        until: how long that holds.
    """

    user: EnvText
    reason: str
    approved_by: EnvText
    until: Until
    app: str = ""
    protocol: Protocol | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """A class of access the audit cannot see, accepted by name."""

    name: AccessClass
    reason: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """A person with Setup in a browser, who can untick the boxes."""

    username: EnvText
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The two boxes of API Access Control; None: left as it is."""

    internal_users: bool | None = None
    external_users: bool | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole of ``policy.yml``. Defaults are already applied to the apps.

    Attributes:
        file: where it was read from, for messages.
        apps: by key, in the order of the file.
        permission_set_pattern: ``defaults.permission_set``, "" where not written.
        any_api_client: who gets "Use Any API Client".
        profiles: what is said about profiles, in the order of the file.
        accepted_losses: who may stop working.
        accepted_blind_spots: what the audit need not see.
        break_glass: who can untick the boxes.
        canaries: users who prove that access works.
        enforcement: the two boxes.
    """

    file: str = field(default="", compare=False)
    apps: Mapping[str, App] = field(default_factory=dict)
    permission_set_pattern: str = ""
    any_api_client: tuple[AnyApiClient, ...] = ()
    profiles: tuple[ProfilePolicy, ...] = ()
    accepted_losses: tuple[AcceptedLoss, ...] = ()
    accepted_blind_spots: tuple[BlindSpot, ...] = ()
    break_glass: BreakGlass | None = None
    canaries: tuple[EnvText, ...] = ()
    enforcement: Enforcement | None = None
