"""Random seeds of small orgs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.seed import format as form
from tests.forecast.orgs.draws import mostly, rare, some
from tests.forecast.orgs.memory import NOW

ADMIN = "admin@acme.example"
ADMIN_PROFILE = form.Profile(
    name="System Administrator",
    full_name="Admin",
    permissions=(
        "ApiEnabled",
        "AssignPermissionSets",
        "CustomizeApplication",
        "ManageProfilesPermissionsets",
        "ManageRemoteAccess",
        "ManageUsers",
        "ModifyAllData",
        "ModifyMetadata",
        "ViewAllData",
        "ViewEventLogFiles",
        "ViewSetup",
    ),
)
SPECIAL = ("UseAnyApiClient", "CanApproveUninstalledApps", "UseAnyApiAuth", "ApiUserOnly")
"""The permissions that open or close doors, besides API Enabled."""

DECIDES_NOBODY = {
    "finalizing_has_the_clis_name",
    "zip_limits_go_by_api_version",
    "boxes_without_feature_are_ignored",
    "assigned_permission_set_can_be_deleted",
}
"""Assumptions that decide nobody's login."""

_PROFILES = (("Standard User", "Standard"), ("Integration User", ""), ("Partner User", ""))
_EXTERNAL = ("PowerPartner", "CustomerSuccess", "PowerCustomerSuccess", "CspLitePortal")
_HOME = "127.0.0.1"
_ADDRESSES = (_HOME, "10.1.2.3")
_RANGES = ((), (f"{_HOME}-{_HOME}",), ("10.0.0.0-10.255.255.255",), ("192.168.0.0-192.168.255.255",))
_REFRESH = (
    "",
    "infinite",
    "specific_lifetime:7:DAYS",
    "specific_inactivity:3:DAYS",
    "specific_lifetime:12:HOURS",
    "specific_inactivity:2:MONTHS",
    "zero",
)
_RELAXATION: tuple[Literal["ENFORCE", "BYPASS", "BYPASS_2FACTOR", "ENFORCE_RELAXREFRESH"], ...] = (
    "ENFORCE",
    "BYPASS",
    "BYPASS_2FACTOR",
    "ENFORCE_RELAXREFRESH",
)
_SCOPES: tuple[tuple[form.Scope, ...], ...] = (
    ("Api", "RefreshToken"),
    ("Full", "RefreshToken"),
    ("Api",),
    ("Web", "RefreshToken"),
    ("OpenID",),
)
_OPTIONS: tuple[form.Option, ...] = (
    "isDeviceFlowEnabled",
    "isPkceRequired",
    "isRefreshTokenRotationEnabled",
    "isSecretRequiredForRefreshToken",
)
_ENDS = (None, NOW + timedelta(days=5), NOW - timedelta(days=10), NOW + timedelta(days=200))
_VIA_APP: tuple[Any, ...] = ("oauth", "refresh", "web", "password", "user_agent")


@dataclass(frozen=True, slots=True)
class Knobs:
    """What may occur, besides what always may.

    Attributes:
        hidden: policies of installed apps that an audit cannot read: IP relaxation, own ranges, and refresh token
            policies that are not told in days.
        soap_login_off: orgs in which nobody switched SOAP login() on; no query tells.
        assumptions: open questions that are answered against their default.
        networks: login IP ranges and hours.
        most_users: beside the administrator.
        most_apps: beside sfmeta's own.
    """

    hidden: bool = True
    soap_login_off: bool = True
    assumptions: bool = True
    networks: bool = True
    most_users: int = 5
    most_apps: int = 6


@st.composite
def seeds(draw: st.DrawFn, knobs: Knobs = Knobs()) -> form.Seed:
    """Any small org in which sfmeta's own administrator gets in."""
    org = draw(_org(knobs))
    sets = tuple(draw(_permission_set(number)) for number in range(1, draw(st.integers(0, 4)) + 1))
    names = [one.name for one in sets]
    groups = tuple(draw(_group(number, names)) for number in range(1, draw(st.integers(0, 2 if sets else 0)) + 1))
    profiles = tuple(draw(_profile(number, knobs)) for number in range(draw(st.integers(1, 3))))
    admin = form.User(
        username=ADMIN,
        profile=ADMIN_PROFILE.name,
        password="harness-pass-1",
        permission_sets=tuple(draw(some(names, 1))),
    )
    users = tuple(
        draw(_user(number, profiles, names, [group.name for group in groups]))
        for number in range(1, draw(st.integers(1, knobs.most_users)) + 1)
    )
    everyone = (admin, *users)
    apps = tuple(
        draw(_app(number, [one.name for one in (ADMIN_PROFILE, *profiles)], names, everyone, knobs))
        for number in range(1, draw(st.integers(1, knobs.most_apps)) + 1)
    )
    addresses = {user.username: draw(mostly(*_ADDRESSES)) for user in users}
    return form.Seed(
        org=org,
        admin=ADMIN,
        profiles=(ADMIN_PROFILE, *profiles),
        permission_sets=sets,
        permission_set_groups=groups,
        users=everyone,
        apps=apps,
        tokens=tuple(draw(_tokens(apps, everyone))),
        logins=tuple(draw(_logins(apps, everyone, addresses))),
        metadata=draw(_metadata(knobs)),
    )


@st.composite
def _org(draw: st.DrawFn, knobs: Knobs) -> form.Org:
    features: list[form.FeatureName] = []
    if not draw(rare()):
        features.append("ApiAccessControl")
    if not (knobs.soap_login_off and draw(rare())):
        features.append("SoapLogin")
    if draw(rare(4)):
        features.append("EventLogObjects")
    boxes: tuple[form.SettingName, ...] = (INTERNAL_BOX, EXTERNAL_BOX)  # type: ignore[assignment]
    flows: tuple[form.SettingName, ...] = ("blockOAuthUnPwFlow", "blockOAuthUsrAgtFlow", "isPkceRequired")
    names = [*(boxes if "ApiAccessControl" in features else ()), *flows]
    settings = {name: True for name in names if draw(rare(5))}
    questions = sorted(set(ASSUMPTIONS) - DECIDES_NOBODY) if knobs.assumptions else []
    turned = draw(some(questions, 5))
    assumptions = {name: not ASSUMPTIONS[name].default for name in turned}
    return form.Org(name="Random", features=tuple(features), settings=settings, assumptions=assumptions)


@st.composite
def _permission_set(draw: st.DrawFn, number: int) -> form.PermissionSet:
    permissions = draw(some((*SPECIAL, "ApiEnabled")))
    return form.PermissionSet(
        name=f"Set_{number}", label=f"Set {number}", permissions=tuple(permissions), session_based=draw(rare())
    )


@st.composite
def _group(draw: st.DrawFn, number: int, sets: list[str]) -> form.PermissionSetGroup:
    return form.PermissionSetGroup(
        name=f"Group_{number}",
        label=f"Group {number}",
        permission_sets=tuple(draw(some(sets, 3))),
        muted=tuple(draw(some((*SPECIAL, "ApiEnabled"), 1))),
        session_based=draw(rare()),
    )


@st.composite
def _profile(draw: st.DrawFn, number: int, knobs: Knobs) -> form.Profile:
    name, full_name = _PROFILES[number]
    permissions = [*(() if draw(rare(6)) else ("ApiEnabled",)), *(one for one in SPECIAL if draw(rare(10)))]
    hours: dict[Any, str] = {}
    ranges: tuple[str, ...] = ()
    if knobs.networks:
        ranges = draw(mostly(*_RANGES))
        hours = draw(mostly({}, {"monday": "480-1080"}, {"monday": "0-480"}, {"sunday": "0-60"}, one_in=6))
    return form.Profile(
        name=name,
        full_name=full_name,
        permissions=tuple(permissions),
        login_ip_ranges=ranges,
        login_hours=hours,
    )


@st.composite
def _assigned(draw: st.DrawFn, names: list[str]) -> tuple[str | form.Assigned, ...]:
    found: list[str | form.Assigned] = []
    for name in draw(some(names)):
        end = draw(mostly(*_ENDS, one_in=3))
        found.append(name if end is None else form.Assigned(name=name, until=end))
    return tuple(found)


@st.composite
def _user(
    draw: st.DrawFn, number: int, profiles: tuple[form.Profile, ...], sets: list[str], groups: list[str]
) -> form.User:
    kinds: tuple[Any, ...] = ("Standard", *_EXTERNAL)
    return form.User(
        username=f"user{number}@acme.example",
        profile=draw(st.sampled_from([profile.name for profile in profiles])),
        password="harness-pass-1",
        type=draw(mostly(*kinds, one_in=3)),
        active=not draw(rare(10)),
        frozen=draw(rare(10)),
        permission_sets=draw(_assigned(sets)),
        permission_set_groups=draw(_assigned(groups)),
    )


@st.composite
def _app(
    draw: st.DrawFn,
    number: int,
    profiles: list[str],
    sets: list[str],
    users: tuple[form.User, ...],
    knobs: Knobs,
) -> form.App:
    sort = draw(st.sampled_from(["installed", "owned", "external", "uninstalled"]))
    app = form.App(
        label=f"{sort.capitalize()} App {number}",
        kind="external_client_app" if sort == "external" else "connected_app",
        ownership=sort if sort != "external" else "owned",  # type: ignore[arg-type]
        consumer_key=f"consumer.key.{number}",
        consumer_secret=f"consumer.secret.{number}",
        key_pair=draw(rare(3)),
        scopes=draw(mostly(*_SCOPES)),
        options=tuple(draw(some(_OPTIONS, 2))),
    )
    if sort == "uninstalled":
        # whose policies nobody has set here: it has no execution user in this org
        return replace(app, client_credentials_user="", blocked=draw(mostly("", "block_list", one_in=6)))  # type: ignore[arg-type]
    app = replace(
        app,
        # who an app runs as is a policy, and an app that is not installed has none
        client_credentials_user=draw(mostly("", *(user.username for user in users), one_in=2)),
        permitted_users=draw(st.sampled_from(["everyone", "admin_approved"])),
        refresh_token=draw(st.sampled_from(_REFRESH)),
        ip_relaxation=draw(mostly(*_RELAXATION)) if knobs.networks else "ENFORCE",
        ip_ranges=draw(mostly((), ("10.1.0.0-10.1.255.255",))) if knobs.networks else (),
        blocked=draw(mostly("", *(("policy",) if sort == "external" else ("policy", "block_list")), one_in=6)),
        enabled=not (sort == "external" and draw(rare())),
        raise_session_level=draw(rare()),
        session_timeout=draw(mostly(0, 30)),
    )
    if app.blocked == "policy" and app.raise_session_level:
        app = replace(app, raise_session_level=False)
    if sort == "installed" and not knobs.hidden:
        seen = app.refresh_token if app.refresh_token.endswith("DAYS") else ""
        app = replace(app, ip_relaxation="ENFORCE", ip_ranges=(), refresh_token=seen)
    if app.permitted_users == "admin_approved":
        app = replace(app, profiles=tuple(draw(some(profiles))), permission_sets=tuple(draw(some(sets))))
    return app


@st.composite
def _tokens(draw: st.DrawFn, apps: tuple[form.App, ...], users: tuple[form.User, ...]) -> list[form.Token]:
    pairs = [(user.username, app.label) for app in apps for user in users]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=8))
    for app in apps:
        # an app that is not installed is known by its tokens only
        if app.ownership == "uninstalled" and all(label != app.label for _, label in chosen):
            chosen.append((draw(st.sampled_from([user.username for user in users])), app.label))
    return [draw(_token(*pair)) for pair in chosen]


@st.composite
def _token(draw: st.DrawFn, username: str, label: str) -> form.Token:
    last = draw(st.sampled_from([1.0, 0.1, 5.0, 40.0, 100.0]))
    return form.Token(
        user=username,
        app=label,
        uses=draw(st.sampled_from([3, 1, 0, 250])),
        last_used_days_ago=last,
        created_days_ago=last + draw(st.sampled_from([5.0, 0.2, 60.0, 500.0])),
    )


@st.composite
def _logins(
    draw: st.DrawFn, apps: tuple[form.App, ...], users: tuple[form.User, ...], addresses: dict[str, str]
) -> list[form.Login]:
    found = []
    for _ in range(draw(st.integers(0, 6))):
        user = draw(st.sampled_from(users))
        app = draw(st.sampled_from(apps))
        vias = ["soap", "browser", *_VIA_APP]
        vias += ["jwt"] if app.key_pair else []
        vias += ["client_credentials"] if app.client_credentials_user == user.username else []
        via = draw(st.sampled_from(vias))
        found.append(
            form.Login(
                user=user.username,
                via=via,
                app="" if via in ("soap", "browser") else app.label,
                status=draw(mostly("Success", "Failed: Not approved for access", one_in=6)),
                days_ago=draw(st.sampled_from([1.0, 0.2, 20.0, 80.0])),
                count=draw(st.sampled_from([1, 1, 4])),
                source_ip=addresses.get(user.username, _HOME),
            )
        )
    return found


def _metadata(knobs: Knobs) -> st.SearchStrategy[dict[str, str]]:
    every = (
        "<SecuritySettings><sessionSettings><enforceIpRangesEveryRequest>true</enforceIpRangesEveryRequest>"
        "</sessionSettings></SecuritySettings>"
    )
    return mostly({}, {"Settings:Security": every}) if knobs.networks else st.just({})
