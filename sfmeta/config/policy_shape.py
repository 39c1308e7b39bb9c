"""The shape of ``policy.yml``, key by key. This table is the reader and the JSON Schema at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from sfmeta.config.composite import Key, ListOf, MapOf, Record, Short
from sfmeta.config.scalars import (
    DURATION_EXPECTED,
    DURATION_PATTERN,
    UNTIL_EXPECTED,
    UNTIL_PATTERN,
    parse_duration,
    parse_until,
)
from sfmeta.config.shape import Choice, Flag, Parsed, Reference, Text, WholeNumber
from sfmeta.model.policy import (
    NOWHERE,
    AcceptedLoss,
    AccessClass,
    AnyApiClient,
    App,
    AppKind,
    AssignedBy,
    BlindSpot,
    BreakGlass,
    Decision,
    Duration,
    Enforcement,
    EnvText,
    Grants,
    IpRelaxation,
    Match,
    Ownership,
    PermittedUsers,
    Place,
    ProfilePolicy,
    Protocol,
    RefreshToken,
    RefreshTokenRule,
    Session,
    UserGrant,
)

EMAIL = r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+"
API_NAME = r"[A-Za-z][A-Za-z0-9_]*"
CONSUMER_KEY = r"[A-Za-z0-9._]{8,256}"
USERNAME = r"[^@\s,;<>]+@[^@\s,;<>]+"

_Values: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What apps get that do not say it themselves; ``""`` and None where it is not written."""

    permission_set: str = ""
    contact_email: str | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Draft:
    """The file as read, before its parts are checked against each other; wrong parts are missing."""

    version: int = 0
    defaults: Defaults = Defaults()
    apps: Mapping[str, App] | None = None
    any_api_client: tuple[AnyApiClient, ...] = ()
    profiles: Mapping[str, ProfilePolicy] | None = None
    accepted_losses: tuple[AcceptedLoss, ...] = ()
    accepted_blind_spots: tuple[BlindSpot, ...] = ()
    break_glass: BreakGlass | None = None
    canaries: tuple[EnvText, ...] = ()
    enforcement: Enforcement | None = None
    place: Place = NOWHERE


def _refresh_token(**written: Duration) -> RefreshToken:
    ((rule, duration),) = written.items()
    return RefreshToken(RefreshTokenRule(rule), duration)


def _profile(place: Place, user_permissions: dict[str, bool] | None = None) -> ProfilePolicy:
    return ProfilePolicy("", tuple(sorted((user_permissions or {}).items())), place)


def _app(place: Place, **values: object) -> App:
    return App(key="", place=place, **values)  # type: ignore[arg-type]  # the table below gives each field its type


def _fold(name: EnvText) -> str:
    return name.text.lower()  # Salesforce compares usernames without case


_text = Text()
_email = Text("an e-mail address", EMAIL)
_label = Text("a label of one line", r"[^\n\r]+")
_api_name = Text("an API name (letters, digits and underscores)", API_NAME)
_permission = Text("a permission's API name (ApiEnabled)", API_NAME)
_username = Reference("a username (name@example.com)", USERNAME)
_person = Reference("a person (name@example.com)", "")
_until = Parsed(parse_until, UNTIL_EXPECTED, UNTIL_PATTERN)
_duration = Parsed(parse_duration, DURATION_EXPECTED, DURATION_PATTERN)
_flag = Flag()
_class = Choice(AccessClass)

_MATCH = Record(
    Match,
    {
        "label": Key(_label, "The name that Setup shows"),
        "api_name": Key(_api_name, "The full name of its component"),
        "consumer_key": Key(Text("a consumer key", CONSUMER_KEY), "Its OAuth client id; no secret"),
    },
    "a match",
)

_REFRESH_TOKEN = Short(
    Record(
        _refresh_token,
        {
            "expire_after": Key(_duration, "So long after it was given out"),
            "expire_if_unused_for": Key(_duration, "So long after it was used last"),
        },
        "a refresh token policy",
        one_of=("expire_after", "expire_if_unused_for"),
        placed=False,
    ),
    Parsed(
        lambda text: RefreshTokenRule(text) if text in ("until_revoked", "immediately") else None,
        "until_revoked, immediately, {expire_after: 7 days} or {expire_if_unused_for: 7 days}",
        words=("until_revoked", "immediately"),
    ),
    RefreshToken,
    placed=False,
)

_USER = Short(
    Record(
        UserGrant,
        {
            "username": Key(_username, "Who", required=True),
            "until": Key(_until, "When the assignment ends"),
            "reason": Key(_text, "Why"),
        },
        "a user",
    ),
    _username,
    UserGrant,
)

_GRANTS = Record(
    Grants,
    {
        "profiles": Key(ListOf(_label), "Profiles by the name Setup shows; [] means none"),
        "permission_sets": Key(ListOf(_label), "Existing ones, by label or API name, beside the generated one"),
        "assigned_by": Key(Choice(AssignedBy), "Who assigns the generated permission set"),
        "users": Key(ListOf(_USER, lambda user: _fold(user.username)), "Who gets the generated permission set"),
    },
    "grants",
)

_APP = Record(
    _app,
    {
        "match": Key(_MATCH, "How the org knows the app: label, api_name and/or consumer_key", required=True),
        "kind": Key(Choice(AppKind), "connected_app unless written"),
        "ownership": Key(Choice(Ownership), "owned unless written"),
        "decision": Key(Choice(Decision), "undecided unless written"),
        "wave": Key(WholeNumber(1), "Apps are restricted in this order"),
        "owner": Key(_text, "Who answers for it"),
        "ticket": Key(_text, "Where it was decided"),
        "review_by": Key(_until, "When to look at it again"),
        "permission_set": Key(_label, "The label of its permission set; {label} is the app's label"),
        "permitted_users": Key(Choice(PermittedUsers), "Absent: left as it is"),
        "refresh_token": Key(_REFRESH_TOKEN, "Absent: left as it is"),
        "ip_relaxation": Key(Choice(IpRelaxation), "Absent: left as it is"),
        "session": Key(
            Record(Session, {"timeout_minutes": Key(WholeNumber(1), "Absent: left")}, "a session policy", placed=False),
            "The session policy",
        ),
        "contact_email": Key(_email, "A new app needs it"),
        "callback_url": Key(Text("one URL per line", r"\S+(?:\s*\n\s*\S+)*"), "A new app needs it"),
        "scopes": Key(ListOf(Text("a scope (Api)", r"[A-Za-z]+")), "A new app needs them"),
        "grants": Key(_GRANTS, "Who may use it; absent: left as it is"),
    },
    "an app",
)

_ANY_API_CLIENT = Record(
    AnyApiClient,
    {
        "username": Key(_username, "Who", required=True),
        "until": Key(_until, "At most 90 days ahead", required=True),
        "reason": Key(_text, "Why"),
    },
    "an exception",
)

_ACCEPTED_LOSS = Record(
    AcceptedLoss,
    {
        "user": Key(_username, "Who may stop working", required=True),
        "app": Key(_text, "With which app, by its key in this file"),
        "protocol": Key(Choice(Protocol), "By which way in"),
        "reason": Key(_text, "Why that is fine", required=True),
        "approved_by": Key(_person, "Who said so", required=True),
        "until": Key(_until, "How long that holds", required=True),
    },
    "an accepted loss",
    one_of=("app", "protocol"),
)

_PROFILE = Record(
    _profile,
    {
        "user_permissions": Key(
            MapOf(_permission, _flag), "Permission and whether it is on; false is written explicitly"
        )
    },
    "a profile",
)

POLICY = Record(
    Draft,
    {
        "version": Key(
            Parsed(lambda text: 1 if text == "1" else None, "1, the only version there is", words=(1, "1")),
            "The version of this format",
            required=True,
        ),
        "defaults": Key(
            Record(
                Defaults,
                {
                    "permission_set": Key(_label, "The label of the permission set per app, e.g. Allow {label}"),
                    "contact_email": Key(_email, "For owned apps that do not say one"),
                },
                "defaults",
            ),
            "Applied only because they are written here",
        ),
        "apps": Key(
            MapOf(
                Text("a name of letters, digits, _ - and .", r"[A-Za-z][A-Za-z0-9_.-]*"),
                _APP,
                lambda key, app: replace(app, key=key),
                partial=True,
            ),
            "The decision about each app, by a name of our own",
        ),
        "any_api_client": Key(
            ListOf(_ANY_API_CLIENT, lambda entry: _fold(entry.username)), "Who may use any API client, for a while"
        ),
        "profiles": Key(
            MapOf(_label, _PROFILE, lambda name, profile: replace(profile, name=name), partial=True),
            "Only what is named here is touched",
        ),
        "accepted_losses": Key(ListOf(_ACCEPTED_LOSS), "Who may stop working, by name"),
        "accepted_blind_spots": Key(
            ListOf(
                Short(
                    Record(
                        BlindSpot,
                        {"name": Key(_class, "Which", required=True), "reason": Key(_text, "Why")},
                        "a blind spot",
                    ),
                    _class,
                    BlindSpot,
                ),
                lambda spot: spot.name,
            ),
            "Classes of access that the audit cannot see, each accepted by name",
        ),
        "break_glass": Key(
            Record(BreakGlass, {"username": Key(_username, "Who", required=True)}, "a break-glass user"),
            "A person with Setup in a browser",
        ),
        "canaries": Key(ListOf(_username, _fold), "Users who prove that access works"),
        "enforcement": Key(
            Record(
                Enforcement,
                {
                    "internal_users": Key(_flag, "The first box of API Access Control"),
                    "external_users": Key(_flag, "The second box"),
                },
                "the enforcement",
            ),
            "The two boxes; absent: left as they are",
        ),
    },
    "a policy",
    partial=True,
)
