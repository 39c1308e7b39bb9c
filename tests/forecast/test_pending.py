"""What a forecast counts as done is named where it is not; ``as_is`` counts nothing as done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sfmeta.access.forecasting.forecast import forecast
from sfmeta.model.forecast import Forecast, Harm, Stage
from sfmeta.model.inventory import Blocked, Inventory, Standing
from sfmeta.model.policy import Policy
from tests.forecast.small import NOW, app, assigned, inventory, permission_set, policy, use, user
from tests.forecast.test_forecast import SURE

_USERS = "{username: a@acme.example, until: 2027-03-31}, b@acme.example"


def granted(*more: str, users: str = _USERS, others: str = "") -> Policy:
    """A policy that grants Loader to two users, blocks Rogue and ticks a box; ``more`` stands under Loader."""
    lines = ["match: {label: Loader}", "ownership: installed", "decision: allow", "permitted_users: admin_approved"]
    loader = "".join(f"    {line}\n" for line in (*lines, f"grants: {{users: [{users}], profiles: []}}", *more))
    rogue = "  rogue: {match: {label: Rogue}, ownership: installed, decision: block}\n"
    return policy(
        f"defaults: {{permission_set: 'Allow {{label}}'}}\napps:\n  loader:\n{loader}{rogue}{others}"
        "enforcement: {internal_users: true}\n"
    )


PEOPLE = (user("a"), user("b"), use("a", "Loader"), use("b", "Loader"))
ALLOW = permission_set("Allow_Loader")


def told(found: Forecast, *, visible: bool = True) -> list[str]:
    """What is pending, one line each."""
    return [f"{one.stage}: {one.what}" for one in found.pending if one.is_visible is visible]


def org(*more: object, loader: object = None, rogue: object = None) -> Inventory:
    return inventory(loader or app("Loader"), rogue or app("Rogue"), *PEOPLE, *more)


def test_an_org_where_nothing_is_done() -> None:
    found = forecast(org(), granted(), Stage.ENFORCE, answers=SURE)
    assert told(found) == [
        "prepare: Allow Loader: the org has no such permission set; it is not assigned to "
        "a@acme.example, b@acme.example",
        "restrict: Loader: its Permitted Users are all users; it is not granted to Allow Loader",
        "block: Rogue is not blocked",
    ]


def test_only_what_belongs_before_the_stage_is_told() -> None:
    stages = [(Stage.PREPARE, None), (Stage.RESTRICT, 1), (Stage.RESTRICT, None), (Stage.BLOCK, None)]
    numbers = [len(forecast(org(), granted(), stage, wave=wave, answers=SURE).pending) for stage, wave in stages]
    assert numbers == [0, 1, 1, 2]
    # wave 1 is before wave 2, and restricts nothing; wave 2 is before wave 3
    third = "  third: {match: {label: Third}, ownership: installed, decision: allow, wave: 3}\n"
    longer = granted("wave: 2", others=third)
    assert len(forecast(org(), longer, Stage.RESTRICT, wave=2, answers=SURE).pending) == 1
    assert len(forecast(org(), longer, Stage.RESTRICT, wave=3, answers=SURE).pending) == 2


def test_an_org_where_all_is_done() -> None:
    done = app("Loader", admin_approved=True, grants=frozenset({"set-Allow_Loader"}))
    held = [assigned("a", "Allow_Loader", datetime(2027, 4, 1, tzinfo=UTC)), assigned("b", "Allow_Loader")]
    seen = org(ALLOW, *held, loader=done, rogue=app("Rogue", blocked=Blocked.BY_LIST))
    assert forecast(seen, granted(), Stage.ENFORCE, answers=SURE).pending == ()


def test_an_assignment_that_ends_before_the_policys_grant_is_not_the_one_that_was_asked_for() -> None:
    early = NOW + timedelta(days=3)
    seen = org(ALLOW, assigned("a", "Allow_Loader", early), assigned("b", "Allow_Loader", early))
    [line] = told(forecast(seen, granted(), Stage.RESTRICT, answers=SURE))
    assert line == (
        "prepare: Allow Loader: it is not assigned to "
        "a@acme.example (that ends on 2026-11-26, before the policy's grant), "
        "b@acme.example (that ends on 2026-11-26, before the policy's grant)"
    )


def test_many_people_are_counted() -> None:
    people = [user(f"u{number}") for number in range(9)]
    users = ", ".join(f"u{number}@acme.example" for number in range(9))
    decided = granted(users=users)
    found = forecast(org(ALLOW, *people), decided, Stage.RESTRICT, answers=SURE)
    assert told(found)[0].endswith("u3@acme.example, u4@acme.example and 4 more")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (
            {"standing": Standing.USED_ONLY, "admin_approved": None, "blocked": Blocked.BY_LIST},
            "Loader is not installed, and so has no policies and grants yet, and it is blocked",
        ),
        ({"blocked": Blocked.BY_LIST}, "it is blocked; "),
        ({"refresh_policy": "infinite"}, "its refresh token policy is infinite"),
        ({"ip_relaxation": "BYPASS"}, "its IP relaxation is BYPASS"),
        ({"session_minutes": 720}, "its sessions last 720 minutes"),
        ({"grants": frozenset({"own-standard"})}, "it is granted to the profile Standard User, too"),
    ],
)
def test_policies_of_an_app_that_are_otherwise(now: dict[str, object], said: str) -> None:
    decided = granted(
        "refresh_token: {expire_after: 7 days}", "ip_relaxation: enforce", "session: {timeout_minutes: 60}"
    )
    found = forecast(org(loader=app("Loader", **now)), decided, Stage.BLOCK, answers=SURE)
    assert any(said in line for line in told(found)), told(found)


def test_what_no_api_tells_of_an_installed_app_is_kept_apart() -> None:
    decided = granted("refresh_token: {expire_after: 7 days}", "ip_relaxation: relax")
    grants = frozenset({"set-Allow_Loader"})
    hidden = app("Loader", admin_approved=True, ip_relaxation="", refresh_policy="", grants=grants)
    found = forecast(org(ALLOW, loader=hidden), decided, Stage.BLOCK, answers=SURE)
    assert told(found, visible=False) == [
        "restrict: Loader: the refresh token policy and the IP relaxation as the policy writes it"
    ]


def test_what_an_owned_app_does_not_say_is_not_set() -> None:
    text = (
        "apps: {loader: {match: {label: Loader}, decision: allow, permitted_users: everyone, ip_relaxation: relax, "
        "refresh_token: {expire_after: 7 days}, session: {timeout_minutes: 60}}}"
    )
    unset = "Permitted Users, the refresh token policy, the IP relaxation and the session timeout"
    bare = app("Loader", standing=Standing.OWNED, ip_relaxation="", admin_approved=None)
    found = forecast(org(loader=bare), policy(text), Stage.BLOCK)
    assert (told(found), told(found, visible=False)) == ([f"restrict: Loader: {unset} are not set"], [])
    theirs = policy(text.replace("decision", "ownership: installed, decision"))
    found = forecast(org(loader=replace(bare, standing=Standing.INSTALLED)), theirs, Stage.BLOCK)
    assert told(found, visible=False) == [f"restrict: Loader: {unset} as the policy writes it"]


def test_the_longest_of_two_assignments_counts() -> None:
    early, late = assigned("a", "Allow_Loader", NOW + timedelta(days=3)), assigned("a", "Allow_Loader")
    for two in ((early, late), (late, early)):
        found = forecast(org(ALLOW, *two), granted(users="a@acme.example"), Stage.RESTRICT, answers=SURE)
        assert found.pending == ()


def test_profiles_and_exceptions() -> None:
    text = (
        "profiles: {Standard User: {user_permissions: {ApiEnabled: false, ViewAllData: false}}}\n"
        "any_api_client: [{username: a@acme.example, until: 2027-01-31, reason: r}]\n"
    )
    holds_nothing = permission_set("Use_Any_API_Client")
    found = forecast(inventory(user("a"), holds_nothing), policy(text), Stage.BLOCK)
    assert told(found) == [
        "prepare: Use Any API Client: it does not give UseAnyApiClient; it is not assigned to a@acme.example",
        "restrict: the profile Standard User: ApiEnabled is on",
    ]
    assert told(found, visible=False) == ["restrict: the profile Standard User: ViewAllData as the policy writes it"]


class TestAsIs:
    """The stage alone: what belongs before it and is not done takes people their access."""

    def test_users_without_their_permission_set_stop_where_the_app_is_restricted_first(self) -> None:
        assert forecast(org(), granted(), Stage.RESTRICT, answers=SURE).is_clean
        alone = forecast(org(), granted(), Stage.RESTRICT, answers=SURE, as_is=True)
        assert [(row.user.username, row.harm) for row in alone.outstanding] == [
            ("a@acme.example", Harm.STOPS),
            ("b@acme.example", Harm.STOPS),
        ]
        assert (alone.as_is, alone.pending) == (True, ())
        fix = "Assign the permission set of 'loader' to a@acme.example first, as sfmeta generate lists it"
        assert alone.outstanding[0].fix == fix

    def test_an_app_that_is_not_installed_stops_with_the_box(self) -> None:
        foreign = app("Loader", standing=Standing.USED_ONLY, admin_approved=None)
        counted = forecast(org(loader=foreign), granted(), Stage.ENFORCE, answers=SURE)
        assert not [row for row in counted.outstanding if row.app and row.app.label == "Loader"]
        alone = forecast(org(loader=foreign), granted(), Stage.ENFORCE, answers=SURE, as_is=True)
        assert [row.after.rule.id for row in alone.outstanding] == ["uninstalled-under-box"] * 2

    def test_what_no_api_tells_is_worth_a_look_all_the_same(self) -> None:
        hidden = app("Loader", admin_approved=True, refresh_policy="", grants=frozenset({"set-Allow_Loader"}))
        seen = org(ALLOW, assigned("a", "Allow_Loader"), loader=hidden)
        decided = granted("refresh_token: {expire_after: 7 days}")
        found = forecast(seen, decided, Stage.ENFORCE, answers=SURE, as_is=True)
        assert [(one.what, one.is_visible) for one in found.pending] == [
            ("Loader: the refresh token policy as the policy writes it", False)
        ]
        assert not any(row.after.rule.id == "refresh-token-too-old" for row in found.rows)
