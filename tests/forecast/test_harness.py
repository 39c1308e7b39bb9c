"""The harness of the forecast's property test: what it draws, what its stages change, that its tries leave no trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sfmeta.config.policy import read_policy
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.seed import format as form
from sfmeta.localorg.seed.reader import load_seed, read_seed
from sfmeta.localorg.seed.references import References
from sfmeta.model.forecast import Stage
from sfmeta.model.inventory import Way
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Decision, PermittedUsers, Policy
from tests.forecast.orgs.golden import describe, keep, kept, seed_yaml, tried_lines
from tests.forecast.orgs.memory import NOW, MemoryOrg
from tests.forecast.orgs.seeds import ADMIN, ADMIN_PROFILE, DECIDES_NOBODY
from tests.forecast.orgs.stager import Stager
from tests.forecast.orgs.tries import WAYS, CannotTry, Client, Tries
from tests.forecast.random_orgs import Knobs, RandomCase, cases

USER = "user1@acme.example"
STANDARD = form.Profile(name="Standard User", full_name="Standard", permissions=("ApiEnabled",))


def small(app: form.App | None = None, **more: Any) -> form.Seed:
    """An administrator, a user, and one app that the user authorised."""
    app = app or form.App(label="App", ownership="installed", consumer_key="app.key.1", consumer_secret="s")
    fields = {
        "org": form.Org(features=("ApiAccessControl", "SoapLogin")),
        "admin": ADMIN,
        "profiles": (ADMIN_PROFILE, STANDARD),
        "users": (
            form.User(username=ADMIN, profile=ADMIN_PROFILE.name),
            form.User(username=USER, profile=STANDARD.name),
        ),
        "apps": (app,),
        "tokens": (form.Token(user=USER, app=app.label),),
        **more,
    }
    return form.Seed(**fields)


def policy(text: str) -> Policy:
    return read_policy("version: 1\ndefaults: {permission_set: 'Allow {label}'}\n" + text)


def works(tries: Tries, way: Way, app: str = "App") -> bool:
    return tries.attempt(Client(USER, "" if not way.has_app else app, way)).works


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(cases())
def test_every_case_is_sound_and_reads_back_from_its_text(case: RandomCase) -> None:
    assert list(References(case.seed).problems()) == []
    assert read_seed(seed_yaml(case.seed), "seed.yml") == case.seed
    assert case.policy.apps is not None
    assert case.policy_text in describe(case.seed, case.policy_text)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(cases())
def test_tries_leave_no_trace(case: RandomCase) -> None:
    with MemoryOrg.build(case.seed) as org:
        tries = Tries(org)
        before = everything(org)
        tried = tries.all()
        assert everything(org) == before
        assert tried == Tries(org).all()
        assert len(tried_lines(tried)) == len(tried)


def everything(org: MemoryOrg) -> list[list[tuple[Any, ...]]]:
    """All that an org knows, but the last id it gave out: an id that was told is not given again."""
    names = [row[0] for row in org.state.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert {"record", "fact"} <= set(names)
    return [
        org.state.connection.execute(f"SELECT * FROM {name}").fetchall()
        for name in sorted(names)
        if name != "id_number"
    ]


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(cases())
def test_the_administrator_gets_in_whatever_the_policy_says(case: RandomCase) -> None:
    with MemoryOrg.build(case.seed) as org:
        client, _ = org.client()
        assert client.info.username == ADMIN
        tries = Tries(org)
        Stager(org, case.policy).reach(case.stage, case.wave)
        assert tries.attempt(Client(ADMIN, "sfmeta", Way.JWT_BEARER)).works


def test_the_real_client_speaks_to_an_org_in_memory() -> None:
    with MemoryOrg.build(load_seed("acme")) as org:
        client, http = org.client()
        assert [row["Name"] for row in client.query("SELECT Name FROM Profile WHERE Name = 'System Administrator'")]
        job = client.start_retrieve([ComponentId.of("ConnectedApp", "*"), ComponentId.of("Settings", "Security")])
        assert job
        assert "ConnectedApp:Billing_Sync" in {str(one) for one in client.list_metadata(["ConnectedApp"])}  # type: ignore[list-item]
        assert http.calls < 12


Knob = Callable[[RandomCase], bool]


def any_app(test: Callable[[form.App], object]) -> Knob:
    return lambda case: any(test(app) for app in case.seed.apps)


def any_user(test: Callable[[form.User], object]) -> Knob:
    return lambda case: any(test(user) for user in case.seed.users)


def any_policy(test: Callable[[Any], object]) -> Knob:
    return lambda case: any(test(app) for app in case.policy.apps.values())


def gives(permission: str) -> Knob:
    return lambda case: any(
        permission in one.permissions for one in (*case.seed.permission_sets, *case.seed.profiles[1:])
    )


def until(sign: int) -> Knob:
    """Somebody's assignment has ended, or will."""
    return any_user(
        lambda user: any(
            isinstance(one, form.Assigned) and (one.until > NOW) is (sign > 0)
            for one in (*user.permission_sets, *user.permission_set_groups)
        )
    )


KNOBS: Mapping[str, Knob] = {
    "owned app": any_app(lambda app: app.ownership == "owned" and app.kind == "connected_app"),
    "installed app": any_app(lambda app: app.ownership == "installed"),
    "uninstalled app": any_app(lambda app: app.ownership == "uninstalled"),
    "external client app": any_app(lambda app: app.kind == "external_client_app"),
    "admin approved": any_app(lambda app: app.permitted_users == "admin_approved"),
    "granted by profile": any_app(lambda app: app.profiles),
    "granted by permission set": any_app(lambda app: app.permission_sets),
    "blocked by list": any_app(lambda app: app.blocked == "block_list"),
    "blocked by policy": any_app(lambda app: app.blocked == "policy"),
    "switched off": any_app(lambda app: not app.enabled),
    "session level": any_app(lambda app: app.raise_session_level),
    "session timeout": any_app(lambda app: app.session_timeout),
    "refresh lifetime": any_app(lambda app: app.refresh_token.startswith("specific_lifetime")),
    "refresh inactivity": any_app(lambda app: app.refresh_token.startswith("specific_inactivity")),
    "refresh immediately": any_app(lambda app: app.refresh_token == "zero"),
    "ip relaxation": any_app(lambda app: app.ip_relaxation != "ENFORCE"),
    "own ip ranges": any_app(lambda app: app.ip_ranges),
    "no api scope": any_app(lambda app: not {"Api", "Full"} & set(app.scopes)),
    "no refresh scope": any_app(lambda app: "RefreshToken" not in app.scopes),
    "client credentials": any_app(lambda app: app.client_credentials_user),
    "key pair": any_app(lambda app: app.key_pair),
    "external user": any_user(lambda user: user.type != "Standard"),
    "inactive": any_user(lambda user: not user.active),
    "frozen": any_user(lambda user: user.frozen),
    "expired assignment": until(-1),
    "expiring assignment": until(1),
    "in a group": any_user(lambda user: user.permission_set_groups),
    "group of a granted set": lambda case: any(
        set(group.permission_sets) & set(app.permission_sets)
        for group in case.seed.permission_set_groups
        for app in case.seed.apps
    ),
    "muting": lambda case: any(group.muted for group in case.seed.permission_set_groups),
    "session-based set": lambda case: any(one.session_based for one in case.seed.permission_sets),
    "session-based group": lambda case: any(one.session_based for one in case.seed.permission_set_groups),
    "no API Enabled": lambda case: any("ApiEnabled" not in one.permissions for one in case.seed.profiles),
    **{name: gives(name) for name in ("UseAnyApiClient", "CanApproveUninstalledApps", "UseAnyApiAuth", "ApiUserOnly")},
    "login ranges": lambda case: any(one.login_ip_ranges for one in case.seed.profiles),
    "login hours": lambda case: any(one.login_hours for one in case.seed.profiles),
    "every request": lambda case: bool(case.seed.metadata),
    "fresh token": lambda case: any(token.created_days_ago < 1 for token in case.seed.tokens),
    "old token": lambda case: any(token.last_used_days_ago > 60 for token in case.seed.tokens),
    "unused token": lambda case: any(token.uses == 0 for token in case.seed.tokens),
    "two tokens": lambda case: any(n > 1 for n in Counter((one.user, one.app) for one in case.seed.tokens).values()),
    "SOAP login": lambda case: any(login.via == "soap" for login in case.seed.logins),
    "browser login": lambda case: any(login.via == "browser" for login in case.seed.logins),
    "JWT login": lambda case: any(login.via == "jwt" for login in case.seed.logins),
    "refused login": lambda case: any(login.status != "Success" for login in case.seed.logins),
    "other address": lambda case: any(login.source_ip != "127.0.0.1" for login in case.seed.logins),
    "internal box on": lambda case: case.seed.org.settings.get(INTERNAL_BOX, False),
    "external box on": lambda case: case.seed.org.settings.get(EXTERNAL_BOX, False),
    "password flow blocked": lambda case: case.seed.org.settings.get("blockOAuthUnPwFlow", False),
    "user-agent flow blocked": lambda case: case.seed.org.settings.get("blockOAuthUsrAgtFlow", False),
    "no API Access Control": lambda case: "ApiAccessControl" not in case.seed.org.features,
    "no SOAP login": lambda case: "SoapLogin" not in case.seed.org.features,
    **{
        f"other answer: {name}": lambda case, name=name: name in case.seed.org.assumptions  # type: ignore[misc]
        for name in ASSUMPTIONS
        if name not in DECIDES_NOBODY
    },
    "policy: allow": any_policy(lambda app: app.decision is Decision.ALLOW),
    "policy: block": any_policy(lambda app: app.decision is Decision.BLOCK),
    "policy: undecided": any_policy(lambda app: app.decision is Decision.UNDECIDED),
    "policy: approved": any_policy(lambda app: app.permitted_users is PermittedUsers.ADMIN_APPROVED),
    "policy: everyone": any_policy(lambda app: app.permitted_users is PermittedUsers.EVERYONE),
    "policy: waves": any_policy(lambda app: app.wave == 2),
    "policy: refresh": any_policy(lambda app: app.refresh_token),
    "policy: relaxation": any_policy(lambda app: app.ip_relaxation),
    "policy: session": any_policy(lambda app: app.session),
    "policy: profiles granted": any_policy(lambda app: app.grants and app.grants.profiles),
    "policy: no profiles": any_policy(lambda app: app.grants and app.grants.profiles == ()),
    "policy: sets granted": any_policy(lambda app: app.grants and app.grants.permission_sets),
    "policy: users granted": any_policy(lambda app: app.grants and app.grants.users),
    "policy: until": any_policy(lambda app: app.grants and any(user.until for user in app.grants.users)),
    "policy: no allow set": any_policy(lambda app: not app.permission_set),
    "policy: any API client": lambda case: bool(case.policy.any_api_client),
    "policy: profile": lambda case: bool(case.policy.profiles),
    "policy: losses": lambda case: bool(case.policy.accepted_losses),
    "policy: boxes": lambda case: case.policy.enforcement is not None and bool(case.policy.enforcement.internal_users),
    "policy: box off": lambda case: (
        case.policy.enforcement is not None and case.policy.enforcement.internal_users is False
    ),
    **{f"stage {stage.value}": lambda case, stage=stage: case.stage is stage for stage in Stage},  # type: ignore[misc]
    "wave 1": lambda case: case.wave == 1,
}


class AllSeen(Exception):
    """Every knob has occurred: no need to draw more."""


def test_each_knob_occurs() -> None:
    missing = dict(KNOBS)

    @settings(max_examples=600, database=None, derandomize=True, phases=[Phase.generate], deadline=None)
    @given(cases())
    def draw(case: RandomCase) -> None:
        for name in [name for name, occurs in missing.items() if occurs(case)]:
            del missing[name]
        if not missing:
            raise AllSeen

    with suppress(AllSeen):
        draw()
    assert list(missing) == []


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(cases(Knobs(hidden=False, soap_login_off=False, assumptions=False, networks=False, most_users=2, most_apps=2)))
def test_knobs_can_be_held_still(case: RandomCase) -> None:
    assert "SoapLogin" in case.seed.org.features
    assert not case.seed.org.assumptions
    assert len(case.seed.users) <= 3
    assert len(case.seed.apps) <= 2
    assert not any(one.login_ip_ranges or one.login_hours for one in case.seed.profiles)
    assert all(app.ip_relaxation == "ENFORCE" for app in case.seed.apps)


EVERY_WAY = form.App(
    label="App",
    developer_name="App",
    consumer_key="app.key.1",
    consumer_secret="s",
    key_pair=True,
    client_credentials_user=USER,
    options=("isDeviceFlowEnabled",),
)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gets_in_where_nothing_stands_in_it(way: Way) -> None:
    with MemoryOrg.build(small(EVERY_WAY)) as org:
        tried = Tries(org).attempt(Client(USER, "App" if way.has_app else "", way))
        assert tried.works, tried.said


@pytest.mark.parametrize("way", WAYS)
def test_no_way_gets_a_frozen_user_in(way: Way) -> None:
    seed = small(EVERY_WAY)
    frozen = replace(seed, users=(seed.users[0], replace(seed.users[1], frozen=True)))
    with MemoryOrg.build(frozen) as org:
        tried = Tries(org).attempt(Client(USER, "App" if way.has_app else "", way))
        assert not tried.works
        assert tried.said


def test_a_try_is_made_again_as_soon_as_the_org_is_another() -> None:
    with MemoryOrg.build(small()) as org:
        tries = Tries(org)
        assert works(tries, Way.SOAP_LOGIN)
        org.state.set_setting(INTERNAL_BOX, True)
        assert not works(tries, Way.SOAP_LOGIN)
        org.state.set_setting(INTERNAL_BOX, False)
        assert works(tries, Way.SOAP_LOGIN)
        assert works(tries, Way.REFRESH_TOKEN)
        policy_of_app = "specific_inactivity:3:DAYS"
        org.state.records.update(org.app("App").id, RefreshTokenPolicy=policy_of_app)
        assert works(tries, Way.REFRESH_TOKEN)
        org.state.move_clock(timedelta(days=3))
        assert not works(tries, Way.REFRESH_TOKEN)


def test_who_has_no_credentials_cannot_try() -> None:
    with MemoryOrg.build(small()) as org:
        tries = Tries(org)
        for way in (Way.JWT_BEARER, Way.CLIENT_CREDENTIALS):
            with pytest.raises(CannotTry):
                tries.attempt(Client(USER, "App", way))
        with pytest.raises(CannotTry):
            tries.attempt(Client(ADMIN, "App", Way.REFRESH_TOKEN))


def test_one_of_several_authorisations_is_enough() -> None:
    app = form.App(
        label="App", ownership="installed", consumer_key="app.key.1", refresh_token="specific_lifetime:7:DAYS"
    )
    old = form.Token(user=USER, app="App", created_days_ago=90)
    fresh = form.Token(user=USER, app="App", created_days_ago=2)
    for tokens, opens in (((old,), False), ((old, fresh), True)):
        with MemoryOrg.build(small(app, tokens=tokens)) as org:
            assert Tries(org).attempt(Client(USER, "App", Way.REFRESH_TOKEN)).works is opens


def test_a_user_comes_from_where_the_logins_came_from() -> None:
    profile = replace(STANDARD, login_ip_ranges=("10.0.0.0-10.0.0.9",))
    login = form.Login(user=USER, via="soap", source_ip="10.0.0.5")
    for logins, opens in (((login,), True), ((), False)):
        with MemoryOrg.build(small(profiles=(ADMIN_PROFILE, profile), logins=logins)) as org:
            assert Tries(org).attempt(Client(USER, "App", Way.REFRESH_TOKEN)).works is opens


def test_prepare_takes_nothing_and_restrict_shuts_out_who_is_not_granted() -> None:
    wanted = policy(
        f"apps: {{app: {{match: {{label: App}}, ownership: installed, decision: allow, permitted_users: admin_approved,"
        f" grants: {{users: [{{username: {ADMIN}, until: 2026-12-01}}]}}}}}}\n"
    )
    tokens = (form.Token(user=USER, app="App"), form.Token(user=ADMIN, app="App"))
    with MemoryOrg.build(small(tokens=tokens)) as org:
        tries, stager = Tries(org), Stager(org, wanted)
        admin = Client(ADMIN, "App", Way.REFRESH_TOKEN)
        stager.reach(Stage.PREPARE)
        allow = org.state.records.first("PermissionSet", Name="Allow_App", Label="Allow App")
        assert allow is not None
        given_to = org.state.records.find("PermissionSetAssignment", PermissionSetId=allow.id)
        assert [(row["AssigneeId"], row["ExpirationDate"]) for row in given_to] == [
            (org.user(ADMIN).id, "2026-12-01T23:59:59.000+0000")
        ]
        assert works(tries, Way.REFRESH_TOKEN)
        stager.reach(Stage.RESTRICT)
        assert not works(tries, Way.REFRESH_TOKEN)
        assert tries.attempt(admin).works
        assert len(org.state.records.find("SetupEntityAccess", SetupEntityId=org.app("App").id)) == 1


def test_waves_come_one_after_the_other_and_profiles_with_the_last() -> None:
    apps = tuple(form.App(label=f"App {n}", ownership="installed", consumer_key=f"app.key.{n}") for n in (1, 2, 3))
    app = "match: {{label: App {0}}}, ownership: installed, decision: allow, permitted_users: admin_approved"
    wanted = policy(
        f"apps:\n  one: {{{app.format(1)}, wave: 1}}\n  two: {{{app.format(2)}, wave: 2}}\n"
        f"  three: {{{app.format(3)}}}\n"
        "profiles: {Standard User: {user_permissions: {ApiEnabled: false}}}\n"
    )
    with MemoryOrg.build(small(apps[0], apps=apps)) as org:
        stager = Stager(org, wanted)

        def approved() -> list[bool]:
            return [org.app(one.label).admin_approved_only for one in apps]

        def api_enabled() -> bool:
            profile = org.state.records.first("Profile", Name="Standard User")
            assert profile is not None
            owned = org.state.records.first("PermissionSet", ProfileId=profile.id)
            return owned is not None and owned.flag("PermissionsApiEnabled")

        stager.reach(Stage.RESTRICT, 1)
        assert (approved(), api_enabled()) == ([True, False, False], True)
        stager.reach(Stage.RESTRICT, 2)
        assert (approved(), api_enabled()) == ([True, True, True], False)


KINDS = {
    "installed": form.App(label="App", ownership="installed", consumer_key="app.key.1"),
    "uninstalled": form.App(label="App", ownership="uninstalled", consumer_key="app.key.1"),
    "owned": form.App(label="App", consumer_key="app.key.1"),
    "external": form.App(label="App", kind="external_client_app", consumer_key="app.key.1"),
}


def of_kind(kind: str, more: str) -> Policy:
    owned = "" if kind in ("owned", "external") else ", ownership: installed"
    sort = ", kind: external_client_app" if kind == "external" else ""
    return policy(f"apps: {{app: {{match: {{label: App}}{owned}{sort}, {more}}}}}\n")


@pytest.mark.parametrize("kind", KINDS)
def test_block_shuts_an_app_of_any_kind_and_allow_opens_what_it_may(kind: str) -> None:
    with MemoryOrg.build(small(KINDS[kind])) as org:
        tries = Tries(org)
        Stager(org, of_kind(kind, "decision: block")).reach(Stage.RESTRICT)
        assert works(tries, Way.REFRESH_TOKEN)
        Stager(org, of_kind(kind, "decision: block")).reach(Stage.BLOCK)
        assert not works(tries, Way.REFRESH_TOKEN)
        Stager(org, of_kind(kind, "decision: allow")).reach(Stage.RESTRICT)
        assert works(tries, Way.REFRESH_TOKEN)


@pytest.mark.parametrize("kind", KINDS)
def test_restrict_writes_the_policies_that_are_written_and_leaves_the_others(kind: str) -> None:
    text = (
        "decision: allow, refresh_token: {expire_after: 2 hours}, ip_relaxation: relax, session: {timeout_minutes: 60}"
    )
    with MemoryOrg.build(small(KINDS[kind])) as org:
        Stager(org, of_kind(kind, text)).reach(Stage.RESTRICT)
        app = org.app("App")
        found = (app.refresh_policy, app.ip_relaxation, app.timeout_minutes, app.admin_approved_only)
        assert found == ("specific_lifetime:2:HOURS", "BYPASS", 60, False)
        Stager(org, of_kind(kind, "decision: allow, permitted_users: admin_approved")).reach(Stage.RESTRICT)
        app = org.app("App")
        found = (app.refresh_policy, app.ip_relaxation, app.timeout_minutes, app.admin_approved_only)
        assert found == ("specific_lifetime:2:HOURS", "BYPASS", 60, True)


def test_grants_that_are_written_are_the_whole_list() -> None:
    sets = tuple(form.PermissionSet(name=name) for name in ("One", "Two"))
    app = replace(
        KINDS["owned"], permitted_users="admin_approved", profiles=("Standard User",), permission_sets=("One",)
    )
    seed = small(app, permission_sets=sets)
    cases_ = {
        "grants: {}": {"One", "Allow_App", "Standard User"},
        "grants: {permission_sets: [Two]}": {"Two", "Allow_App", "Standard User"},
        "grants: {permission_sets: [], profiles: []}": {"Allow_App"},
        "permitted_users: everyone": set(),
        "wave: 1": {"One", "Standard User"},
    }
    for text, expected in cases_.items():
        with MemoryOrg.build(seed) as org:
            Stager(org, of_kind("owned", f"decision: allow, {text}")).reach(Stage.RESTRICT)
            assert attached(org) == expected, text


def attached(org: MemoryOrg) -> set[str]:
    found = set()
    for row in org.state.records.find("SetupEntityAccess", SetupEntityId=org.app("App").id):
        parent = org.state.records.get(row.text("ParentId"))
        assert parent is not None
        profile = org.state.records.get(parent.text("ProfileId")) if parent.flag("IsOwnedByProfile") else None
        found.add(profile.text("Name") if profile is not None else parent.text("Name"))
    return found


def test_enforce_ticks_the_boxes_that_are_written_and_exceptions_hold() -> None:
    text = "enforcement: {internal_users: true}\n"
    exception = f"any_api_client: [{{username: {USER}, until: 2026-12-20}}]\n"
    for more, opens in (("", False), (exception, True)):
        with MemoryOrg.build(small()) as org:
            tries = Tries(org)
            assert works(tries, Way.SOAP_LOGIN)
            Stager(org, policy(text + more)).reach(Stage.ENFORCE)
            assert org.state.org.setting(INTERNAL_BOX)
            assert not org.state.org.setting(EXTERNAL_BOX)
            assert works(tries, Way.SOAP_LOGIN) is opens


def test_a_case_is_kept_as_a_folder_whose_intent_is_a_persons(tmp_path: Path) -> None:
    seed = small(EVERY_WAY)
    text = "version: 1\n"
    folder = keep("first", seed, text, ["a: works"], "What it is about.", root=tmp_path)
    (folder / "intent.md").write_text("Mine.\n")
    keep("first", seed, text, ["a: refused"], "Another.", root=tmp_path)
    (case,) = kept(tmp_path)
    assert (case.name, case.seed, case.policy_text) == ("first", seed, text)
    assert (case.intent, case.expected) == ("Mine.\n", "a: refused\n")
    assert case.policy.apps == {}
    assert kept(tmp_path / "nowhere") == []
