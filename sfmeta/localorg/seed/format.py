"""The seed file: what an org holds before anybody works with it. YAML or JSON; ``sfmeta localorg seed-schema`` has the
JSON Schema, ``acme.yml`` is the worked example.

::

    org:        name, features (see features.py), settings, assumptions (see assumptions.py)
    admin:      the username in the ready file; that user gets the app "sfmeta", pre-authorised, with a JWT key
    profiles:   name as Setup shows it, full_name as metadata spells it, permissions, login IP ranges, login hours
    permission_sets: name, label, permissions, session_based
    permission_set_groups: name, label, permission_sets, muted (permissions), session_based
    users:      username, profile, password, type, active, frozen, permission_sets and permission_set_groups (a name, or
                {name, until})
    apps:       label, kind, ownership, keys, permitted_users, who is attached, policies, blocks, switches of its OAuth
                settings
    tokens:     which user authorised which app, how often it was used, and its refresh token
    logins:     past rows of LoginHistory: who, via which flow, with which app, from where
    metadata:   other components: {"Type:FullName": XML}

Passwords and secrets in a seed are made up: a local org listens on loopback only. Real ones never belong in one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from sfmeta.localorg.seed.shape import AtLeast, AtMost, Like, json_schema

Days: TypeAlias = Annotated[float, AtLeast(0), AtMost(36_500), "days before the org was made"]

Hours: TypeAlias = Annotated[
    str,
    Like(r"^[0-9]{1,4}-[0-9]{1,4}$", "start-end in minutes from midnight, such as 480-1080"),
    "in the org's time zone, GMT",
]

Day: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

SessionBased: TypeAlias = Annotated[bool, "counts only in a session that activated it"]

UserType: TypeAlias = Literal[
    "Standard",
    "PowerPartner",
    "PowerCustomerSuccess",
    "CustomerSuccess",
    "Guest",
    "CspLitePortal",
    "CsnOnly",
    "SelfService",
]

Option: TypeAlias = Literal[
    "isConsumerSecretOptional",
    "isDeviceFlowEnabled",
    "isIntrospectAllTokens",
    "isPkceRequired",
    "isRefreshTokenRotationEnabled",
    "isSecretRequiredForRefreshToken",
]


FeatureName: TypeAlias = Literal["ApiAccessControl", "ConnectedAppCreation", "EventLogObjects", "SoapLogin"]
"""The keys of ``features.FEATURES``, for the schema."""

SettingName: TypeAlias = Literal[
    "enableAdminApprovedAppsOnly",
    "enableAdminApprovedAppsOnlyForExternalUser",
    "enableSkipUserProvisioningWizardWelcomePage",
    "blockOAuthUnPwFlow",
    "blockOAuthUsrAgtFlow",
    "isPkceRequired",
    "oAuthCdCrdtFlowEnable",
]
"""The switches of ConnectedAppSettings and OauthOidcSettings: all that the org keeps as switches of its own."""

Scope: TypeAlias = Literal[
    "Basic",
    "Api",
    "Web",
    "Full",
    "Chatter",
    "CustomApplications",
    "RefreshToken",
    "OpenID",
    "Profile",
    "Email",
    "Address",
    "Phone",
    "OfflineAccess",
    "CustomPermissions",
    "Wave",
    "Eclair",
    "Pardot",
    "Lightning",
    "Content",
    "CDP",
    "CDPIngest",
    "CDPProfile",
    "CDPQuery",
    "CDPSegment",
    "CDPIdentityResolution",
    "CDPCalculatedInsight",
    "Chatbot",
    "ForgotPassword",
    "UserRegistration",
    "PwdlessLogin",
    "SFAP",
    "Interaction",
    "EinsteinGPT",
]
"""ConnectedAppOauthAccessScope of the Metadata API's WSDL (63.0), written out: reading it there takes longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """What the org is."""

    name: str = "Local Org"
    organization_type: Literal["Enterprise Edition", "Developer Edition", "Unlimited Edition"] = "Enterprise Edition"
    features: tuple[FeatureName, ...] = ()
    trusted_ip_ranges: Annotated[tuple[str, ...], "start-end; from there nobody needs a security token"] = ()
    settings: Annotated[dict[SettingName, bool], "the others go under metadata"] = field(default_factory=dict)
    assumptions: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile and its permissions."""

    name: str
    full_name: Annotated[str, "in metadata, where it differs: Admin for System Administrator"] = ""
    license: str = "Salesforce"
    permissions: tuple[str, ...] = ()
    login_ip_ranges: Annotated[tuple[str, ...], "start-end; only from there may its users log in"] = ()
    login_hours: Annotated[dict[Day, Hours], "a day that is not given is not restricted"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """A permission set and its permissions."""

    name: str
    label: str = ""
    permissions: tuple[str, ...] = ()
    session_based: SessionBased = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSetGroup:
    """A permission set group: what its permission sets give, less what it mutes."""

    name: str
    label: str = ""
    permission_sets: tuple[str, ...] = ()
    muted: Annotated[tuple[str, ...], "permissions that its muting permission set takes away"] = ()
    session_based: SessionBased = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A permission set or group that a user has for a time."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user."""

    username: Annotated[str, Like(r"^[^@\s]+@[^@\s]+$", "a username in the form of an email address")]
    profile: str
    password: str = ""
    first_name: str = ""
    last_name: str = ""
    type: Annotated[UserType, "User.UserType; all but Standard are customers or partners"] = "Standard"
    active: bool = True
    frozen: Annotated[bool, "cannot log in, and stays active"] = False
    security_token: Annotated[str, "where given, to be appended to the password outside trusted ranges"] = ""
    permission_sets: tuple[str | Assigned, ...] = ()
    permission_set_groups: tuple[str | Assigned, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An OAuth client."""

    label: str
    kind: Literal["connected_app", "external_client_app"] = "connected_app"
    ownership: Annotated[
        Literal["owned", "installed", "uninstalled"],
        "defined here; defined elsewhere and installed here; only known through its tokens",
    ] = "owned"
    developer_name: Annotated[str, "made from the label unless given"] = ""
    consumer_key: str = ""
    consumer_secret: str = ""
    certificate: Annotated[str, "PEM; for JWT bearer"] = ""
    key_pair: Annotated[bool, "make a key and a certificate; the key lands in DIR/keys/<name>.pem"] = False
    callback_url: str = "https://localhost/callback"
    contact_email: str = "admin@example.com"
    scopes: tuple[Scope, ...] = ("Api", "RefreshToken")
    permitted_users: Literal["everyone", "admin_approved"] = "everyone"
    profiles: tuple[str, ...] = ()
    permission_sets: tuple[str, ...] = ()
    refresh_token: Annotated[
        str,
        Like(
            r"^(infinite|zero|specific_(lifetime|inactivity):[0-9]{1,4}:(HOURS|DAYS|MONTHS)|)$",
            "infinite, zero, specific_lifetime:<n>:HOURS|DAYS|MONTHS or specific_inactivity:<n>:HOURS|DAYS|MONTHS",
        ),
        "as ConnectedApp metadata spells it: specific_lifetime:7:DAYS",
    ] = ""
    client_credentials_user: str = ""
    ip_relaxation: Literal["ENFORCE", "BYPASS", "BYPASS_2FACTOR", "ENFORCE_RELAXREFRESH"] = "ENFORCE"
    ip_ranges: Annotated[tuple[str, ...], "start-end; the app's own trusted ranges"] = ()
    options: Annotated[tuple[Option, ...], "the switches of its OAuth settings that are on"] = ()
    blocked: Literal["", "block_list", "policy"] = ""
    enabled: Annotated[bool, "false: an external client app that is switched off"] = True
    raise_session_level: Annotated[bool, "its sessions must have high assurance"] = False
    session_timeout: Annotated[int, AtLeast(0), AtMost(1440), "minutes; 0 for the org's"] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An authorisation that a user gave an app."""

    user: str
    app: Annotated[str, "the app's label"]
    uses: Annotated[int, AtLeast(0)] = 1
    created_days_ago: Days = 30
    last_used_days_ago: Days = 1
    refresh_token: str = ""
    flow: Annotated[Literal["", "device"], "device: closed since September 2025 where the app is not installed"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Past logins."""

    user: str
    via: Annotated[
        Literal[
            "oauth",
            "soap",
            "refresh",
            "jwt",
            "password",
            "client_credentials",
            "web",
            "user_agent",
            "device",
            "browser",
        ],
        "oauth: one of its flows, and LoginHistory does not say which",
    ] = "oauth"
    app: str = ""
    status: str = "Success"
    source_ip: Annotated[str, Like(r"^[0-9A-Fa-f:.]+$", "an address, such as 192.0.2.10")] = "192.0.2.10"
    days_ago: Days = 1
    count: Annotated[int, AtLeast(1), AtMost(36_500), "one a day, going back"] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A whole seed."""

    org: Org = field(default_factory=Org)
    admin: str = ""
    profiles: tuple[Profile, ...] = ()
    permission_sets: tuple[PermissionSet, ...] = ()
    permission_set_groups: tuple[PermissionSetGroup, ...] = ()
    users: tuple[User, ...] = ()
    apps: tuple[App, ...] = ()
    tokens: tuple[Token, ...] = ()
    logins: tuple[Login, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)


def seed_json_schema() -> dict[str, Any]:
    """The JSON Schema of a seed, for editors."""
    return json_schema(Seed)
