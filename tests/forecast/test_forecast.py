"""What a forecast says beside the verdicts: harm, order, what is accepted, what ends by itself, what it warns of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sfmeta.access.forecasting.forecast import forecast
from sfmeta.errors import SourceError
from sfmeta.model.forecast import Answer, Harm, Row, Stage, Verdict
from sfmeta.model.inventory import (
    Coverage,
    IpRange,
    LoginHours,
    OrgSettings,
    Source,
    Standing,
    Visibility,
    Way,
)
from sfmeta.ops.forecast import ForecastRequest, look_ahead, resolved
from tests.forecast.small import NOW, app, assigned, inventory, permission_set, policy, use, user

LOADER = (
    "apps: {loader: {match: {label: Loader}, ownership: installed, decision: allow, permitted_users: admin_approved"
)
RESTRICTED = policy(LOADER + "}}")
SURE = {
    name: Answer(name, False, NOW, "00D000000000001AAA", "Acme", "told")
    for name in ("admin_approval_ends_authorizations", "install_ends_authorizations", "flip_writes_blocks")
}


def names(rows: tuple[Row, ...] | list[Row]) -> list[str]:
    return [row.user.username.partition("@")[0] for row in rows]


def test_own_way_in_comes_first_then_integrations_then_by_use() -> None:
    people = [
        user("seldom"),
        user("often"),
        user("robot", last_browser_login=None),
        user("busy_robot", last_browser_login=None),
    ]
    uses = [
        use("seldom", "Loader", count=1),
        use("often", "Loader", count=900),
        use("robot", "Loader", count=2),
        use("busy_robot", "Loader", count=30),
        use("admin", "Loader", count=1),
    ]
    seen = inventory(app("Loader", consumer_key="own.key"), *people, *uses, client_id="own.key")
    found = forecast(seen, RESTRICTED, Stage.RESTRICT)
    assert names(found.outstanding) == ["admin", "busy_robot", "robot", "often", "seldom"]
    assert [row.is_own for row in found.rows] == [True, False, False, False, False]
    assert [row.is_integration for row in found.rows] == [False, True, True, False, False]
    assert {row.harm for row in found.rows} == {Harm.STOPS}


def test_whoever_is_refused_today_loses_nothing() -> None:
    seen = inventory(app("Loader"), user("leaver", is_active=False), use("leaver", "Loader"))
    found = forecast(seen, RESTRICTED, Stage.RESTRICT)
    [row] = found.rows
    assert (row.before.rule.id, row.after.rule.id, row.harm) == ("user-inactive", "user-inactive", Harm.NONE)
    assert found.is_clean


def test_a_loss_is_accepted_by_name_until_it_ends() -> None:
    losses = (
        "accepted_losses:\n- {user: tool@acme.example, app: loader, reason: r, approved_by: ciso, until: 2026-12-31}\n"
        "- {user: soap@acme.example, protocol: soap_login, reason: r, approved_by: ciso, until: 2026-12-31}\n"
    )
    decided = policy(LOADER + "}}\n" + losses + "enforcement: {internal_users: true}\n")
    seen = inventory(app("Loader"), user("tool"), user("soap"), use("tool", "Loader"), use("soap", "", Way.SOAP_LOGIN))
    found = forecast(seen, decided, Stage.ENFORCE)
    assert [row.accepted is not None for row in found.rows] == [True, True]
    assert found.is_clean
    later = forecast(seen, decided, Stage.ENFORCE, at=datetime(2027, 1, 1, tzinfo=UTC))
    assert sorted(names(later.outstanding)) == ["soap", "tool"]
    assert any("the loss of" in review.what for review in later.reviews)


def test_a_loss_of_somebody_else_or_another_app_accepts_nothing() -> None:
    losses = "accepted_losses: [{user: tool@acme.example, app: other, reason: r, approved_by: c, until: 2026-12-31}]"
    apps = LOADER + "}, other: {match: {label: Other}, ownership: installed}}\n"
    seen = inventory(app("Loader"), app("Other"), user("tool"), use("tool", "Loader"))
    assert names(forecast(seen, policy(apps + losses), Stage.RESTRICT).outstanding) == ["tool"]


def test_a_grant_of_the_policy_keeps_its_user_and_ends_with_it() -> None:
    grants = (
        "defaults: {permission_set: 'Allow {label}'}\n"
        + LOADER
        + ", grants: {users: [{username: kept@acme.example, until: 2026-12-10}]}}}"
    )
    seen = inventory(app("Loader"), user("kept"), user("lost"), use("kept", "Loader"), use("lost", "Loader"))
    found = forecast(seen, policy(grants), Stage.RESTRICT, answers=SURE)
    kept = next(row for row in found.rows if names([row]) == ["kept"])
    assert (kept.after.rule.id, kept.is_granted_by_policy) == ("granted", True)
    assert kept.ending is not None
    assert kept.ending.at == datetime(2026, 12, 10, 23, 59, 59, tzinfo=UTC)
    assert kept.ending.why == "the assignment of Allow Loader ends"
    assert names(found.endings) == ["kept"]
    [lost] = found.outstanding
    assert lost.fix == "Add lost@acme.example to grants.users of 'loader'"
    later = forecast(seen, policy(grants), Stage.RESTRICT, answers=SURE, at=datetime(2026, 12, 11, tzinfo=UTC))
    assert sorted(names(later.outstanding)) == ["kept", "lost"]


def test_a_grant_that_nobody_used_yet_is_forecast_too() -> None:
    grants = (
        "defaults: {permission_set: 'Allow {label}'}\n" + LOADER + ", grants: {users: [new@acme.example, ghost@x.y]}}}"
    )
    seen = inventory(app("Loader", admin_approved=True), user("new"))
    found = forecast(seen, policy(grants), Stage.RESTRICT)
    [row] = found.rows
    assert (row.use, row.before.verdict, row.after.verdict) == (None, Verdict.REFUSED, Verdict.WORKS)
    assert any("ghost@x.y" in warning for warning in found.warnings)
    # an identity provider assigns: nothing of ours makes it work
    external = policy(grants.replace("{users:", "{assigned_by: external, users:"))
    [row] = forecast(seen, external, Stage.RESTRICT).rows
    assert row.after.verdict is Verdict.REFUSED


@pytest.mark.parametrize(("stage", "named"), [(Stage.PREPARE, []), (Stage.RESTRICT, ["rare_jobs"])])
def test_blind_spots_count_where_the_stage_touches_them(stage: Stage, named: list[str]) -> None:
    coverage = (
        Coverage("oauth_tokens", "OAuth", Visibility.SEEN, "all rows"),
        Coverage("rare_jobs", "Rare jobs", Visibility.PARTLY, "window"),
        Coverage("browser_session", "Browser", Visibility.NOT_VISIBLE, "no events"),
    )
    seen = inventory(app("Loader"), coverage=coverage)
    assert [one.name for one in forecast(seen, RESTRICTED, stage).blind_spots] == named
    boxed = policy("enforcement: {internal_users: true}\naccepted_blind_spots: [{name: rare_jobs, reason: asked}]")
    found = forecast(seen, boxed, Stage.ENFORCE)
    assert [one.name for one in found.blind_spots] == ["browser_session"]
    assert [one.name for one in found.accepted_blind_spots] == ["rare_jobs"]
    assert not found.is_clean


def test_refresh_tokens_end_by_their_policy() -> None:
    seen = inventory(
        app("Loader", refresh_policy="specific_lifetime:40:DAYS"),
        user("a"),
        use("a", "Loader"),
        user("b"),
        use("b", "Loader", authorised=NOW),
    )
    found = forecast(seen, policy(""), Stage.PREPARE)
    assert [(names([row])[0], row.ending and row.ending.at) for row in found.endings] == [
        ("a", NOW + timedelta(days=10))
    ]
    later = forecast(seen, policy(""), Stage.PREPARE, at=NOW + timedelta(days=11))
    assert [(names([row])[0], row.after.rule.id) for row in later.outstanding] == [("a", "refresh-token-too-old")]
    # one that is used in time is taken to go on so
    idle = inventory(app("Loader", refresh_policy="specific_inactivity:7:DAYS"), user("a"), use("a", "Loader"))
    assert forecast(idle, policy(""), Stage.PREPARE, at=NOW + timedelta(days=200)).is_clean


def test_login_hours_count_by_the_clock_only_where_a_time_is_asked_for() -> None:
    hours = LoginHours((None, (480, 1080), None, None, None, None, None))
    seen = inventory(app("Loader"), user("a"), use("a", "Loader"))
    profiles = dict(seen.profiles)
    profiles["profile-standard"] = replace(profiles["profile-standard"], hours=hours)
    seen = replace(seen, profiles=profiles)
    tuesday_night = datetime(2026, 11, 24, 22, tzinfo=UTC)
    assert forecast(seen, policy(""), Stage.PREPARE, at=tuesday_night).is_clean
    night = forecast(seen, policy(""), Stage.PREPARE, at=tuesday_night, by_the_clock=True)
    assert [row.after.rule.id for row in night.outstanding] == ["login-hours"]
    # the hours are told in the org's own time zone: 22:00 UTC is 17:00 in New York
    there = replace(seen, settings=replace(seen.settings, time_zone="America/New_York"))
    assert forecast(there, policy(""), Stage.PREPARE, at=tuesday_night, by_the_clock=True).is_clean


def test_addresses_outside_the_profiles_ranges_count_once_nothing_relaxes_them() -> None:
    enforce = policy(
        LOADER.replace("permitted_users: admin_approved", "permitted_users: everyone, ip_relaxation: enforce") + "}}"
    )
    far = use("a", "Loader", addresses=frozenset({"203.0.113.9"}))
    seen = inventory(app("Loader", ip_relaxation="BYPASS"), user("a"), far)
    profiles = dict(seen.profiles)
    ranges = (IpRange("10.0.0.0", "10.255.255.255"),)
    profiles["profile-standard"] = replace(profiles["profile-standard"], ip_ranges=ranges)
    seen = replace(seen, profiles=profiles)
    assert [row.after.rule.id for row in forecast(seen, enforce, Stage.RESTRICT).outstanding] == ["login-ip-ranges"]
    unseen = replace(seen, uses=(replace(far, addresses=frozenset()),))
    [row] = forecast(unseen, enforce, Stage.RESTRICT).outstanding
    assert (row.harm, row.after.questions) == (Harm.MIGHT_STOP, ("address_not_seen",))


def test_what_nobody_knows_is_a_risk_and_is_named() -> None:
    boxed = policy(
        "apps: {loader: {match: {label: Loader}, ownership: installed, decision: allow}}\n"
        "enforcement: {internal_users: true}"
    )
    seen = inventory(app("Loader"), user("a"), use("a", "Loader"))
    found = forecast(seen, boxed, Stage.ENFORCE)
    [row] = found.outstanding
    assert row.harm is Harm.MIGHT_STOP
    assert set(row.after.questions) == {"flip_rewrites_app_policies", "self_authorize_survives_first_box"}
    assert set(found.questions) == set(row.after.questions)
    answers = {
        name: Answer(name, value, NOW, "00D000000000001AAA", "Acme", "told")
        for name, value in (("flip_rewrites_app_policies", False), ("self_authorize_survives_first_box", True))
    }
    sure = forecast(seen, boxed, Stage.ENFORCE, answers=answers)
    assert sure.is_clean
    assert sure.rows[0].after.learned == ("flip_rewrites_app_policies", "self_authorize_survives_first_box")


def test_a_soap_login_of_this_week_shows_that_any_api_auth_is_not_asked_for() -> None:
    fresh = use("a", "", Way.SOAP_LOGIN, sources=frozenset({Source.LOGIN_HISTORY}))
    seen = inventory(user("a"), fresh)
    found = forecast(seen, policy(""), Stage.PREPARE)
    assert found.rows[0].before.verdict is Verdict.WORKS
    assert "logged in with SOAP login() on 2026-11-22" in found.answers["use_any_api_auth_required"].how
    old = inventory(user("a"), replace(fresh, last_used=NOW - timedelta(days=20)))
    assert forecast(old, policy(""), Stage.PREPARE).rows[0].before.verdict is Verdict.UNKNOWN
    holder = inventory(user("a"), fresh, permission_set("Auth", "UseAnyApiAuth"), assigned("a", "Auth"))
    assert "use_any_api_auth_required" not in forecast(holder, policy(""), Stage.PREPARE).answers


def test_an_org_without_the_feature_is_forecast_as_if_it_had_it() -> None:
    settings = OrgSettings(None, None, False, False, known_permissions=frozenset({"ApiEnabled"}))
    seen = inventory(user("soap"), use("soap", "", Way.SOAP_LOGIN), settings=settings)
    found = forecast(seen, policy("enforcement: {internal_users: true}"), Stage.ENFORCE)
    assert found.rows[0].after.rule.id == "no-app-under-box"
    assert any("no API Access Control yet" in warning for warning in found.warnings)


def test_undecided_apps_in_use_are_told_before_the_boxes() -> None:
    seen = inventory(app("Loader"), app("Idle"), app("Other"), user("a"), use("a", "Loader"), use("a", "Other"))
    found = forecast(seen, policy("apps: {loader: {match: {label: Loader}, ownership: installed}}"), Stage.ENFORCE)
    assert any(warning.endswith("has not decided about: Loader, Other") for warning in found.warnings)


class TestMatching:
    def test_a_name_that_is_nearly_right_is_an_error(self) -> None:
        seen = inventory(app("Dataloader.io"))
        wrong = policy("apps: {x: {match: {label: Data loader.io}, ownership: installed, decision: block}}")
        with pytest.raises(SourceError, match=r"the org shows no app 'Data loader.io' of 'x', but 'Dataloader.io'"):
            forecast(seen, wrong, Stage.BLOCK)

    def test_an_app_that_the_org_does_not_show_is_said(self) -> None:
        found = forecast(
            inventory(app("Loader")), policy("apps: {x: {match: {label: Zeta}, decision: allow}}"), Stage.BLOCK
        )
        assert any("the org shows no app Zeta ('x')" in warning for warning in found.warnings)

    def test_two_apps_of_one_label_are_told_apart_or_refused(self) -> None:
        twins = inventory(
            replace(app("Sync"), key="1", api_name="Sync", standing=Standing.OWNED),
            replace(app("Sync"), key="2", api_name="Sync2", standing=Standing.OWNED),
        )
        with pytest.raises(SourceError, match=r"'x' fits several apps of the org: Sync \(owned, Sync\), Sync \(owned"):
            forecast(twins, policy("apps: {x: {match: {label: Sync}, decision: block}}"), Stage.BLOCK)
        forecast(twins, policy("apps: {x: {match: {label: Sync, api_name: sync2}, decision: block}}"), Stage.BLOCK)

    def test_of_two_the_one_that_stands_as_the_policy_says_is_meant(self) -> None:
        both = inventory(
            replace(app("Sync"), key="1", standing=Standing.OWNED),
            replace(app("Sync"), key="2", standing=Standing.USED_ONLY),
            user("a"),
            replace(use("a", "Sync"), app="2"),
        )
        found = forecast(
            both, policy("apps: {x: {match: {label: Sync}, ownership: installed, decision: block}}"), Stage.BLOCK
        )
        assert names(found.outstanding) == ["a"]

    def test_a_policy_that_calls_an_app_owned_is_corrected(self) -> None:
        found = forecast(
            inventory(app("Loader")), policy("apps: {x: {match: {label: Loader}, decision: block}}"), Stage.BLOCK
        )
        assert any("calls 'x' owned, but in this org it is installed" in warning for warning in found.warnings)


class TestRequest:
    def test_waves_are_cumulative_and_an_app_without_one_is_in_the_last(self) -> None:
        decided = policy(
            "apps:\n"
            + "".join(
                f"  {name}: {{match: {{label: {name}}}, ownership: installed, decision: allow, "
                f"permitted_users: admin_approved{wave}}}\n"
                for name, wave in (("One", ", wave: 1"), ("Two", ", wave: 2"), ("Late", ""))
            )
        )
        seen = inventory(
            app("One"), app("Two"), app("Late"), user("a"), *(use("a", one) for one in ("One", "Two", "Late"))
        )

        def hit(wave: int | None) -> list[str]:
            found = look_ahead(seen, decided, ForecastRequest(Stage.RESTRICT, wave), {})
            return sorted(row.app.label for row in found.outstanding if row.app)

        assert (hit(1), hit(2), hit(None)) == (["One"], ["Late", "One", "Two"], ["Late", "One", "Two"])

    def test_without_a_stage_it_goes_as_far_as_the_policy(self) -> None:
        seen = inventory(app("Loader"))
        assert look_ahead(seen, RESTRICTED, ForecastRequest(), {}).stage is Stage.RESTRICT
        blocks = policy("apps: {x: {match: {label: Loader}, ownership: installed, decision: block}}")
        assert look_ahead(seen, blocks, ForecastRequest(), {}).stage is Stage.BLOCK
        boxed = policy("enforcement: {internal_users: false}")
        assert look_ahead(seen, boxed, ForecastRequest(), {}).stage is Stage.ENFORCE

    def test_usernames_may_come_from_the_environment(self) -> None:
        grants = (
            "defaults: {permission_set: 'Allow {label}'}\n" + LOADER + ", grants: {users: ['${env:LOADER_USER}']}}}"
        )
        decided = resolved(policy(grants), {"LOADER_USER": "a@acme.example"})
        seen = inventory(app("Loader"), user("a"), use("a", "Loader"))
        assert forecast(seen, decided, Stage.RESTRICT, answers=SURE).is_clean


def test_a_shorter_session_is_told_where_no_refresh_token_renews_it() -> None:
    decided = policy(LOADER.replace("permitted_users: admin_approved", "session: {timeout_minutes: 15}") + "}}")
    pages = app("Loader", scopes=frozenset({"api", "web"}), session_minutes=720)
    found = forecast(inventory(pages, user("a"), use("a", "Loader")), decided, Stage.RESTRICT)
    [row] = found.endings
    assert row.ending is not None
    assert (row.ending.at, row.ending.rule.id) == (NOW + timedelta(minutes=15), "session-length")
    assert found.is_clean
    for other in (replace(pages, scopes=frozenset({"api", "refresh_token"})), replace(pages, session_minutes=15)):
        assert forecast(inventory(other, user("a"), use("a", "Loader")), decided, Stage.RESTRICT).endings == ()
