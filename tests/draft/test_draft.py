"""What is proposed of each app: careful, complete, named without doubt, the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.access.drafting.catalogue import CATALOGUE
from sfmeta.access.drafting.draft import Draft, Proposal, draft
from sfmeta.access.forecasting.forecast import forecast
from sfmeta.access.matching import match_apps
from sfmeta.config.policy import read_policy
from sfmeta.model.forecast import Harm, Stage
from sfmeta.model.inventory import (
    App,
    Blocked,
    Coverage,
    Gap,
    Inventory,
    PermissionSet,
    Source,
    Standing,
    Use,
    Visibility,
    Way,
)
from sfmeta.model.policy import AppKind, Decision, Match, Ownership, PermittedUsers, Policy
from sfmeta.ops.draft import DraftRequest, DraftResult, draft_policy
from tests.draft.builder import ADMIN_PROFILE, MACHINE_PROFILE, inventory, person, use
from tests.draft.builder import app as an_app
from tests.draft.test_policy_edit import HOSTILE

ANN = person("ann")
BOB = person("bob", profile=ADMIN_PROFILE)
ROBOT = person("robot", profile=MACHINE_PROFILE, browser=None)
EVERYBODY = (ANN, BOB, ROBOT)


def drafted(found: Inventory, policy: str = "version: 1") -> dict[str, Proposal]:
    """The proposals by label."""
    return {one.seen.label: one for one in draft(found, read_policy(policy)).proposals}


def only(found: Inventory, policy: str = "version: 1") -> Proposal:
    (one,) = drafted(found, policy).values()
    return one


def written(found: Inventory, policy: str | None = None) -> DraftResult:
    return draft_policy(DraftRequest(found, None if policy is None else policy.encode()))


def users_of(one: Proposal) -> list[str]:
    shown = one.prepared or one.app
    return [grant.username.text for grant in shown.grants.users] if shown.grants else []


@pytest.mark.parametrize("standing", [Standing.OWNED, Standing.INSTALLED])
def test_what_somebody_brought_in_and_uses_is_allowed_for_its_users(standing: Standing) -> None:
    tool = an_app("Tool", standing)
    one = only(inventory([tool], [use(ANN, tool), use(BOB, tool, 89)], EVERYBODY))
    assert one.app.decision is Decision.ALLOW
    assert one.app.permitted_users is PermittedUsers.ADMIN_APPROVED
    assert one.app.ownership is (Ownership.OWNED if standing is Standing.OWNED else Ownership.INSTALLED)
    assert users_of(one) == ["ann@acme.example", "bob@acme.example"]


def test_what_is_only_used_waits_for_a_person() -> None:
    tool = an_app("Tool", Standing.USED_ONLY)
    one = only(inventory([tool], [use(ANN, tool)], EVERYBODY))
    assert (one.app.decision, one.app.grants, one.app.permitted_users) == (Decision.UNDECIDED, None, None)
    assert users_of(one) == ["ann@acme.example"], "what an allow would say is prepared"


def forgotten(**values: object) -> Inventory:
    tool = an_app("Tool", Standing.USED_ONLY)
    return inventory([tool], [use(ANN, tool, 91)], EVERYBODY, **values)


def test_what_is_only_used_and_by_nobody_lately_is_blocked() -> None:
    one = only(forgotten())
    assert (one.app.decision, one.app.grants, one.app.wave) == (Decision.BLOCK, None, None)


@pytest.mark.parametrize(
    "found",
    [
        forgotten(days=29),
        forgotten(gaps=(Gap("tokens-moved", "Tokens came and went"),)),
        forgotten(coverage=(Coverage("oauth_tokens", "OAuth", Visibility.PARTLY, "why"),)),
    ],
    ids=["a short window", "a gap", "a blind spot"],
)
def test_thin_evidence_blocks_nothing(found: Inventory) -> None:
    assert only(found).app.decision is Decision.UNDECIDED


def test_a_use_without_a_date_is_no_proof_of_disuse() -> None:
    tool = an_app("Tool", Standing.USED_ONLY)
    assert only(inventory([tool], [use(ANN, tool, None, 0)], EVERYBODY)).app.decision is Decision.UNDECIDED
    assert (
        only(inventory([tool], [use(ANN, tool, 99), use(BOB, tool, None)], EVERYBODY)).app.decision
        is Decision.UNDECIDED
    )
    assert only(inventory([tool], [], EVERYBODY)).app.decision is Decision.UNDECIDED


@pytest.mark.parametrize("standing", [Standing.OWNED, Standing.INSTALLED])
def test_what_somebody_brought_in_is_never_blocked(standing: Standing) -> None:
    tool = an_app("Tool", standing)
    for uses in ([], [use(ANN, tool, 400)], [use(ANN, tool, None)]):
        assert only(inventory([tool], uses, EVERYBODY)).app.decision is Decision.UNDECIDED


NAMES = [claim.text for entry in CATALOGUE for claim in (*entry.names, *entry.words)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("standing", Standing)
def test_no_app_of_the_catalogue_is_ever_blocked(name: str, standing: Standing) -> None:
    for label in (name, name.upper()):
        tool = an_app(label, standing)
        for days in (1, 400, None):
            one = only(inventory([tool], [use(ANN, tool, days)], EVERYBODY))
            assert one.app.decision is not Decision.BLOCK


def test_an_imitation_of_what_salesforce_installs_itself_is_not_allowed() -> None:
    fake, real = an_app("Dataloader Bulk", Standing.USED_ONLY), an_app("Dataloader Partner")
    found = drafted(inventory([fake, real], [use(ANN, fake), use(ANN, real)], EVERYBODY))
    assert found["Dataloader Bulk"].app.decision is Decision.UNDECIDED
    assert "imitation" in found["Dataloader Bulk"].reason
    assert found["Dataloader Partner"].app.decision is Decision.ALLOW


def test_an_app_that_is_blocked_already_is_asked_about() -> None:
    tool = an_app("Tool", Standing.OWNED, blocked=Blocked.BY_POLICY)
    one = only(inventory([tool], [use(ANN, tool)], EVERYBODY))
    assert (one.app.decision, "blocked" in one.reason) == (Decision.UNDECIDED, True)


def test_nobody_who_cannot_log_in_is_granted_anything() -> None:
    tool = an_app("Tool")
    gone, cold = person("gone", is_active=False), person("cold", is_frozen=True)
    found = inventory([tool], [use(ANN, tool), use(gone, tool), use(cold, tool)], [ANN, gone, cold])
    assert users_of(only(found)) == ["ann@acme.example"]
    alone = only(inventory([tool], [use(gone, tool)], [gone]))
    assert alone.app.decision is Decision.UNDECIDED, "an allow without users would end everybody's access"


def test_a_user_that_was_only_refused_did_not_use_it() -> None:
    tool = an_app("Tool")
    one = only(inventory([tool], [use(ANN, tool), use(BOB, tool, 1, 0, failures=3)], EVERYBODY))
    assert users_of(one) == ["ann@acme.example"]
    assert one.evidence.refused == ("bob@acme.example",)


def test_users_days_says_whom_to_grant_and_the_others_are_named() -> None:
    tool = an_app("Tool")
    found = inventory([tool], [use(ANN, tool, 1), use(BOB, tool, 60)], EVERYBODY)
    result = draft_policy(DraftRequest(found, users_days=30))
    (one,) = result.draft.proposals
    assert users_of(one) == ["ann@acme.example"]
    assert "not in the last 30 days, so not granted: bob@acme.example" in result.after.decode()


def test_more_days_than_were_looked_at_grant_nobody_who_left() -> None:
    tool = an_app("Tool")
    gone = person("gone", is_active=False)
    found = inventory([tool], [use(ANN, tool), use(gone, tool, 100)], [ANN, gone])
    (one,) = draft(found, Policy(), 365).proposals
    assert users_of(one) == ["ann@acme.example"]


def test_the_user_that_an_app_runs_as_is_granted_it_without_being_seen() -> None:
    tool = an_app("Tool", Standing.OWNED, execution_user="Robot@Acme.example")
    one = only(inventory([tool], [use(ANN, tool)], EVERYBODY))
    assert users_of(one) == ["ann@acme.example", "robot@acme.example"]
    assert one.app.wave == 4
    named = [use(ROBOT, tool, None, 0, sources=frozenset({Source.APP_METADATA}))]
    assert only(inventory([tool], named, EVERYBODY)).app.decision is Decision.ALLOW


def test_sfmeta_does_not_lock_itself_out() -> None:
    own = an_app("sfmeta", Standing.OWNED, consumer_key="3MVG9ofsfmeta")
    deployer = person("deployer", browser=None)
    found = inventory([own], [], [deployer], client_id="3MVG9ofsfmeta")
    one = only(found)
    assert (one.app.decision, one.app.wave, one.own_way_in) == (Decision.ALLOW, 4, True)
    assert users_of(one) == ["deployer@acme.example"]


def test_an_app_that_may_be_sfmeta_s_own_comes_last() -> None:
    here, other = an_app("Somebody's sfmeta"), an_app("Other")
    deployer = person("deployer")
    uses = [use(deployer, here, 0.01), use(deployer, other, 1)]
    found = drafted(inventory([here, other], uses, [deployer], client_id="3MVG9unknown"))
    assert (found["Somebody's sfmeta"].app.wave, found["Other"].app.wave) == (4, 1)


@pytest.mark.parametrize(
    ("people", "count", "wave"), [(1, 1, 1), (5, 10, 1), (5, 11, 2), (6, 1, 2), (6, 9, 3), (1, 51, 2)]
)
def test_waves_least_harm_first(people: int, count: int, wave: int) -> None:
    tool = an_app("Tool")
    users = [person(f"p{number}") for number in range(people)]
    assert only(inventory([tool], [use(one, tool, 1, count) for one in users], users)).app.wave == wave


@pytest.mark.parametrize("way", [Way.JWT_BEARER, Way.CLIENT_CREDENTIALS, Way.OAUTH_PASSWORD])
def test_integrations_come_last(way: Way) -> None:
    tool = an_app("Tool")
    assert only(inventory([tool], [use(ANN, tool, 1, 1, way=way)], EVERYBODY)).app.wave == 4
    assert only(inventory([tool], [use(ROBOT, tool, 1, 1)], EVERYBODY)).app.wave == 4


def test_people_on_the_telephone_are_no_integrations() -> None:
    mobile, other = an_app("Salesforce for iOS"), an_app("Tool")
    cleo = person("cleo", browser=None)
    found = drafted(inventory([mobile, other], [use(cleo, mobile), use(cleo, other)], [ANN, cleo]))
    assert (found["Salesforce for iOS"].app.wave, found["Tool"].app.wave) == (1, 4)
    unseen = inventory([other], [use(cleo, other)], [replace(ANN, last_browser_login=None), cleo])
    assert only(unseen).app.wave == 1, "where no browser login was read, the absence of one says nothing"


BILLING = an_app("Billing", Standing.OWNED, api_name="Billing_Sync", consumer_key="3MVG9billing")


@pytest.mark.parametrize(
    "match",
    [
        "label: Billing",
        "api_name: billing_sync",
        "consumer_key: 3MVG9billing",
        "label: Billing, api_name: Billing_Sync",
        "label: Billing, consumer_key: 3MVG9billing",
    ],
)
def test_an_app_in_the_policy_is_not_added_twice(match: str) -> None:
    found = inventory([BILLING], [use(ANN, BILLING)], EVERYBODY)
    policy = f"version: 1\napps:\n  ours: {{match: {{{match}}}}}\n"
    assert drafted(found, policy) == {}
    assert list(read_policy(written(found, policy).after).apps) == ["ours"]


def test_apps_of_one_label_are_told_apart() -> None:
    twins = [
        an_app("Twin", Standing.OWNED, key="a", api_name="Twin_A"),
        an_app("Twin", Standing.OWNED, key="b", api_name="Twin_B"),
        an_app("Twin", Standing.INSTALLED, key="c", consumer_key="3MVG9twin"),
        an_app("Twin", Standing.OWNED, key="d", api_name="Twin_A", kind=AppKind.EXTERNAL_CLIENT_APP),
    ]
    result = written(inventory(twins, [use(ANN, one) for one in twins], EVERYBODY))
    assert not result.draft.left_out
    matched = match_apps(read_policy(result.after), result.draft.inventory)
    assert sorted(seen.key for seen in matched.apps.values()) == ["a", "b", "c", "d"]
    assert not matched.problems
    keys = [one.app.key for one in result.draft.proposals]
    assert sorted(keys) == ["twin", "twin_2", "twin_3", "twin_4"]


def test_what_cannot_be_told_apart_is_left_out_and_said() -> None:
    used, here = an_app("Twin", Standing.USED_ONLY), an_app("Twin", Standing.INSTALLED)
    result = written(inventory([used, here], [use(ANN, used), use(ANN, here)], EVERYBODY))
    assert [one.seen.standing for one in result.draft.left_out] == [Standing.INSTALLED, Standing.USED_ONLY]
    assert read_policy(result.after).apps == {}
    assert "# Not drafted: Twin: nothing that the org tells sets it apart" in result.after.decode()
    assert not written(result.draft.inventory, result.after.decode()).differs


def test_an_ambiguous_entry_of_the_policy_hides_what_it_may_mean() -> None:
    twins = [an_app("Twin", Standing.OWNED, key=name, api_name=f"Twin_{name}") for name in "ab"]
    found = draft(inventory(twins), read_policy("version: 1\napps: {t: {match: {label: Twin}}}"))
    assert not found.proposals
    assert [one.reason for one in found.left_out] == ["'t' of the policy may mean it, or another one"] * 2
    assert found.problems


def test_a_policy_app_of_the_same_label_and_another_key_does_not_stop_the_draft() -> None:
    policy = "version: 1\napps: {old: {match: {label: Billing, consumer_key: 3MVG9another}}}"
    result = written(inventory([BILLING], [use(ANN, BILLING)], EVERYBODY), policy)
    (one,) = result.draft.proposals
    assert one.app.match == Match("Billing", "Billing_Sync")


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Dataloader.io", "dataloader_io"),
        ("  Ünï Cödé  ", "n_c_d"),
        ("7-Zip", "app_7_zip"),
        ("\U0001f680", "app"),
        ("null", "app_null"),
        ("On/Off", "on_off"),
        ("No", "app_no"),
        ("x" * 100, "x" * 60),
    ],
)
def test_keys_come_from_labels(label: str, key: str) -> None:
    tool = an_app(label, Standing.OWNED, key="k", consumer_key="3MVG9abc")
    assert only(inventory([tool], [use(ANN, tool)], EVERYBODY)).app.key == key


def test_a_key_of_the_policy_is_not_taken_again() -> None:
    tool = an_app("Tool")
    policy = "version: 1\napps: {Tool: {match: {label: Else}}, tool_2: {match: {label: More}}}"
    assert only(inventory([tool], [use(ANN, tool)], EVERYBODY), policy).app.key == "tool_3"


def test_permission_sets_do_not_clash() -> None:
    labels = ["A.B", "A B", "A-B", "\U0001f680", "Very " * 20 + "long", "Any API Client"]
    apps = [an_app(label) for label in labels] + [an_app("Use Any")]
    result = written(
        inventory(apps, [use(ANN, one) for one in apps], EVERYBODY),
        "version: 1\ndefaults: {permission_set: 'Use {label}'}\n"
        "any_api_client: [{username: a@b.c, until: 2026-12-24, reason: x}]\n",
    )
    policy = read_policy(result.after)
    names = [app.permission_set.replace("{label}", app.match.label) for app in policy.apps.values()]
    assert len({name.lower() for name in names}) == len(apps)
    assert all(len(name) <= 80 for name in names)


def test_without_a_default_the_permission_set_is_written() -> None:
    tool = an_app("Tool")
    found = inventory([tool], [use(ANN, tool)], EVERYBODY)
    assert only(found).app.permission_set == "Allow {label}"
    assert only(found, "version: 1\ndefaults: {permission_set: 'X {label}'}").app.permission_set == ""


def test_nothing_is_invented() -> None:
    tool = an_app("Tool")
    found = read_policy(written(inventory([tool], [use(ANN, tool)], EVERYBODY)).after)
    (app,) = found.apps.values()
    assert (app.owner, app.ticket, app.review_by, app.refresh_token, app.ip_relaxation) == ("", "", None, None, None)
    assert (app.session, app.scopes, app.callback_url, app.contact_email) == (None, None, None, None)
    assert (found.break_glass, found.canaries, found.any_api_client, found.enforcement) == (None, (), (), None)


def test_who_logs_in_without_an_app_is_named_until_the_policy_settles_it() -> None:
    uses = [use(ROBOT, None, way=Way.SOAP_LOGIN), use(ANN, None, 1, 0, way=Way.SOAP_LOGIN, failures=2)]
    found = inventory([], uses, EVERYBODY)
    result = written(found, "version: 1\n")
    assert "#   - {username: robot@acme.example, until: , reason: }" in result.after.decode()
    assert "ann@acme" not in result.after.decode()
    for settled in (
        "any_api_client: [{username: ROBOT@acme.example, until: 2026-12-24, reason: x}]\n",
        "accepted_losses:\n  - user: robot@acme.example\n    protocol: soap_login\n"
        "    reason: x\n    approved_by: y\n    until: 2026-12-24\n",
    ):
        assert "without an app" not in written(found, f"version: 1\n{settled}").after.decode()


def test_people_are_proposed_not_appointed() -> None:
    late = person("late", profile=ADMIN_PROFILE, browser=3)
    outside = person("outside", profile=ADMIN_PROFILE, user_type="PowerPartner")
    tool = an_app("Tool")
    users = [ANN, BOB, ROBOT, late, outside, person("gone", profile=ADMIN_PROFILE, is_active=False)]
    found = draft(inventory([tool], [use(user, tool) for user in users], users), Policy())
    assert found.break_glass == ("bob@acme.example", "late@acme.example")
    assert found.canaries == ("ann@acme.example",)


@pytest.mark.parametrize("label", HOSTILE)
@pytest.mark.parametrize("policy", [None, "version: 1\napps: {}\n"])
def test_hostile_labels(label: str, policy: str | None) -> None:
    tool = an_app(label, Standing.OWNED, key="k", api_name="Tool", consumer_key="3MVG9abc")
    result = written(inventory([tool], [use(ANN, tool)], EVERYBODY), policy)
    matched = match_apps(read_policy(result.after), result.draft.inventory)
    assert [seen.key for seen in matched.apps.values()] == ["k"]
    assert not draft_policy(DraftRequest(result.draft.inventory, result.after)).differs


@pytest.mark.parametrize("label", ["", "   ", "two\nlines", "${env:HOME}", "a\rb", "\ud800", "nul\0"])
def test_a_label_that_no_policy_can_hold(label: str) -> None:
    bare = an_app(label, key="k")
    result = written(inventory([bare], [use(ANN, bare)], EVERYBODY))
    assert [one.seen.key for one in result.draft.left_out] == ["k"]
    named = replace(bare, api_name="Tool")
    result = written(inventory([named], [use(ANN, named)], EVERYBODY))
    assert [app.match for app in read_policy(result.after).apps.values()] == [Match("", "Tool")]


def test_many_apps_are_drafted_once() -> None:
    users = [person(f"u{number}") for number in range(30)]
    apps = [an_app(f"App number {number}", list(Standing)[number % 3]) for number in range(300)]
    uses = [use(users[(7 * number + more) % 30], one) for number, one in enumerate(apps) for more in range(4)]
    found = inventory(apps, uses, users)
    result = written(found)
    assert len(result.draft.proposals) == 300
    assert not draft_policy(DraftRequest(found, result.after)).differs


_labels = st.sampled_from(["Tool", "tool", "Slack", "Dataloader Bulk", "yes", "A.B", "A B", "# x", "", "T: ${x}"])
_apps = st.builds(
    App,
    key=st.just(""),
    label=_labels,
    kind=st.sampled_from(AppKind),
    standing=st.sampled_from(Standing),
    api_name=st.sampled_from(["", "Tool", "Other", "ns__Tool", "bad name"]),
    consumer_key=st.sampled_from(["", "3MVG9one11", "3MVG9two22"]),
    admin_approved=st.sampled_from([None, True, False]),
    blocked=st.sampled_from(Blocked),
)


@st.composite
def _inventories(draw: st.DrawFn) -> Inventory:
    apps = [replace(one, key=f"k{number}") for number, one in enumerate(draw(st.lists(_apps, max_size=6)))]
    days = st.sampled_from([None, 1.0, 50.0, 200.0])
    uses = []
    for one in apps:
        for user in draw(st.lists(st.sampled_from(EVERYBODY), max_size=3, unique=True)):
            uses.append(use(user, one, draw(days), draw(st.integers(0, 60)), failures=draw(st.integers(0, 1))))
    return inventory(apps, uses, EVERYBODY)


_policies = st.sampled_from(
    [
        None,
        "version: 1\n",
        "version: 1\napps:\n",
        "version: 1\napps: {}",
        "version: 1\ndefaults: {permission_set: 'Allow {label}'}\napps:\n  tool: {match: {label: Tool}}\n",
        "version: 1\napps:\n  slack: {match: {api_name: Tool}, kind: external_client_app, decision: block}\n",
        "version: 1\napps:\n  k: {match: {consumer_key: 3MVG9one11}}\n  j: {match: {label: A.B, api_name: Other}}\n",
    ]
)


@settings(max_examples=300)
@given(_inventories(), _policies)
def test_laws(found: Inventory, policy: str | None) -> None:
    result = written(found, policy)
    old = read_policy(policy).apps if policy else {}
    new = read_policy(result.after)
    matched = match_apps(new, found)
    # every app is in the policy, or said to be left out
    named = {seen.key for seen in matched.apps.values()} | {one.seen.key for one in result.draft.left_out}
    assert named == {*found.apps}
    # what people wrote stays
    assert {key: new.apps[key] for key in old} == old
    _check_proposals(result.draft)
    # once is enough, in whatever order the audit came
    assert not draft_policy(DraftRequest(found, result.after)).differs
    turned = replace(found, apps=dict(reversed(found.apps.items())), uses=found.uses[::-1])
    assert written(turned, policy).after == result.after


@settings(max_examples=200)
@given(_inventories())
def test_a_draft_ends_nobodys_access_unsaid(found: Inventory) -> None:
    """Drafted as it is and carried out, it stops nobody who worked before and used an allowed app lately."""
    result = written(found)
    granted = {
        (grant.username.text, one.seen.key)
        for one in result.draft.proposals
        if one.app.decision is Decision.ALLOW and one.app.grants
        for grant in one.app.grants.users
    }
    for stage in (Stage.RESTRICT, Stage.BLOCK):
        rows = forecast(found, read_policy(result.after), stage).rows
        stopped = {(row.user.username, row.app.key) for row in rows if row.app and row.harm is Harm.STOPS}
        assert not stopped & granted
        blocked = {one.seen.key for one in result.draft.proposals if one.app.decision is Decision.BLOCK}
        lately = {(found.users[use.user_id].username, use.app) for use in found.uses if _is_late(found, use)}
        assert {pair for pair in stopped & lately if pair[1] not in blocked} == set()


def test_without_its_grants_the_same_draft_would_end_access() -> None:
    """So the law above can fail."""
    tool = an_app("Tool", admin_approved=False)
    found = inventory([tool], [use(ANN, tool)], EVERYBODY)
    policy = read_policy(written(found).after.replace(b"ann@acme.example", b"bob@acme.example"))
    rows = forecast(found, policy, Stage.RESTRICT).rows
    assert [row.user.username for row in rows if row.harm is Harm.STOPS] == ["ann@acme.example"]


def _is_late(found: Inventory, use: Use) -> bool:
    return use.count > 0 and use.last_used is not None and use.last_used >= found.taken_at - timedelta(found.days)


def _check_proposals(found: Draft) -> None:
    for one in found.proposals:
        app = one.app
        if app.decision is Decision.BLOCK:
            assert one.seen.standing is Standing.USED_ONLY
            assert one.evidence.known_as is None
            assert not one.evidence.users
            assert app.grants is None
        if app.decision is Decision.ALLOW:
            assert app.permitted_users is PermittedUsers.ADMIN_APPROVED
            assert app.grants, "nobody could use it any more"
        if app.decision is Decision.UNDECIDED:
            assert (app.grants, app.permitted_users, app.wave) == (None, None, None)


def test_permission_set_api_user_only_by_assignment_is_a_sign() -> None:
    from sfmeta.model.inventory import Assignment

    only_api = PermissionSet("0PS000000000009AAA", "Only_Api", permissions=frozenset({"ApiUserOnly"}))
    tool = an_app("Tool")
    found = inventory([tool], [use(ANN, tool)], EVERYBODY)
    found = replace(
        found,
        permission_sets={**found.permission_sets, only_api.id: only_api},
        assignments=(Assignment(ANN.id, only_api.id),),
    )
    assert only(found).app.wave == 4
