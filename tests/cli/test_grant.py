"""``sfmeta grant`` against a local org over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sfmeta.localorg.doors.frozen import set_frozen
from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import SOON, Shop

LOADER = "dataloader_io"
SET = "Allow_Dataloader_io"
SUPER = "super.user@acme.example"
SOAP = "soapui.dev@acme.example"
ADMIN = "admin@acme.example"
BILLING = "billing.integration@acme.example"


def in_setup(shop: Shop, *words: str) -> None:
    """What a person does in the org."""
    file = shop.root.parent / "ready.json"
    file.write_text(json.dumps(shop.org.ready()), encoding="utf-8")
    shop.ok("localorg", *words, "--ready-file", str(file))


def day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).strftime("%Y-%m-%d")


def held(shop: Shop, permission_set: str = SET) -> dict[str, str]:
    """Who holds it in the org, until when."""
    rows = shop.org.state.records
    found = {}
    for one in rows.find("PermissionSetAssignment"):
        given, user = rows.get(one.text("PermissionSetId")), rows.get(one.text("AssigneeId"))
        assert given is not None
        assert user is not None
        if given.text("Name") == permission_set:
            found[user.text("Username")] = one.text("ExpirationDate")[:10]
    return found


def policy(shop: Shop) -> str:
    return (shop.root / "policy.yml").read_text(encoding="utf-8")


@pytest.fixture
def prepared(generated: Shop) -> Shop:
    """Acme with its permission sets in the org; nobody is assigned."""
    generated.ok("deploy", "-m", "PermissionSet")
    return generated


def test_a_grant_stands_in_the_policy_and_in_the_org_and_goes_from_both(prepared: Shop) -> None:
    shop, before = prepared, policy(prepared)
    words = ("--app", LOADER, "--user", SOAP)
    added = shop.result("grant", "add", *words, "--until", day(20), "--reason", "year-end load")
    line = f"        - {{username: {SOAP}, until: {day(20)}, reason: year-end load}}\n"
    assert policy(shop) == before.replace(f"        - {SUPER}\n", f"        - {SUPER}\n{line}")
    assert added["policy_changed"] is True
    assert held(shop) == {SOAP: day(20)}
    again = shop.ok("grant", "add", *words)
    assert f"policy.yml names {SOAP} on '{LOADER}' already." in again.out
    assert "holds already what is asked for" in again.out
    assert [entry["kind"] for entry in shop.result("history")["deployments"]] == ["grant", "deploy"]
    assert "  grants  " in shop.ok("history").out

    gone = shop.result("grant", "revoke", *words, "--yes")
    assert [grant["kind"] for grant in gone["grants"]] == ["removed"]
    assert policy(shop) == before
    assert held(shop) == {}
    assert shop.result("grant", "revoke", *words)["grants"] == []


def test_what_the_policy_says_is_written_and_only_that(prepared: Shop) -> None:
    shop = prepared
    in_setup(shop, "user", "assign", ADMIN, "--permission-set", SET)
    missing = shop.run("grant", "list")
    assert missing.code == 3
    assert "by hand" in missing.out
    states = {(one["app"], one["user"]): one["state"] for one in shop.result("grant", "list", code=3)["grants"]}
    assert states == {
        (LOADER, SUPER): "missing", (LOADER, ADMIN): "by_hand", ("any_api_client", SOAP): "missing"
    }  # fmt: skip
    synced = shop.ok("grant", "sync")
    assert "2 of 2 grants written and read back" in synced.out
    assert f"Not in the policy, and left:\n  {LOADER}: {ADMIN}\n" in synced.err
    assert held(shop) == {SUPER: "", ADMIN: ""}
    assert held(shop, "Use_Any_API_Client") == {SOAP: f"{SOON:%Y-%m-%d}"}
    listed = shop.ok("grant", "list", "--app", LOADER)
    assert ADMIN in listed.out
    assert SOAP not in listed.out
    assert shop.result("grant", "sync")["grants"] == []
    refused = shop.run("grant", "sync", "--prune")
    assert refused.code == 4
    assert f"This takes away {SET} from {ADMIN}" in refused.err
    assert held(shop) == {SUPER: "", ADMIN: ""}
    shop.ok("grant", "sync", "--prune", "--yes")
    assert held(shop) == {SUPER: ""}


def test_an_end_that_differs_is_set_right_and_said(prepared: Shop) -> None:
    shop = prepared
    shop.ok("grant", "sync", "--app", LOADER)
    in_setup(shop, "user", "assign", SOAP, "--permission-set", SET, "--days", "5")
    shop.ok("grant", "add", "--app", LOADER, "--user", SOAP)
    assert held(shop) == {SUPER: "", SOAP: ""}
    shop.edit("policy.yml", f"- {SOAP}", f"- {{username: {SOAP}, until: {day(30)}}}")
    assert "other end" in shop.run("grant", "list").out
    asked = shop.run("grant", "sync", "--json")
    assert (asked.code, "This ends sooner: " in asked.document["error"]["message"]) == (4, True)
    synced = shop.ok("grant", "sync", "--yes")
    assert f"~ {LOADER}: {SOAP} until {day(30)} 23:59 UTC (now without an end)" in synced.err
    shop.edit("policy.yml", f"{{username: {SOAP}, until: {day(30)}}}", SOAP)
    loose = shop.ok("grant", "sync")
    assert f"has {SET} until {day(30)} 23:59 UTC in the org; the policy writes no end, so it gets none" in loose.err
    assert held(shop)[SOAP] == ""


def test_all_that_is_wrong_is_said_before_the_first_write(prepared: Shop) -> None:
    shop, users = prepared, f"        - {SUPER}\n"
    state = shop.org.state
    ids = {one.text("Username"): one.id for one in state.records.find("User")}
    set_frozen(state, ids[SUPER], True, "")
    shop.edit(
        "policy.yml", users,
        f"{users}        - nobody@acme.example\n        - {{username: {ADMIN}, until: 2020-01-01}}\n"
        "        - former.tool.user@acme.example\n",
    )  # fmt: skip
    state.records.update(ids["former.tool.user@acme.example"], IsActive=False)
    refused = shop.run("grant", "sync")
    assert refused.code == 2, refused
    for words in (
        "policy.yml:25:11: the org has no user nobody@acme.example ('dataloader_io')",
        "the grant of 'dataloader_io' to admin@acme.example ended on 2020-01-01 23:59:59 UTC",
        "former.tool.user@acme.example is not active",
        "3 problems in the grants",
    ):
        assert words in refused.err
    assert held(shop) == {}
    frozen = shop.ok("grant", "add", "--app", LOADER, "--user", SUPER)
    assert f"{SUPER} is frozen and cannot log in, whatever is granted" in frozen.err


def test_a_permission_set_is_deployed_before_it_is_assigned(generated: Shop) -> None:
    refused = generated.run("grant", "add", "--app", LOADER, "--user", SOAP)
    assert refused.code == 2
    assert f"the org has no permission set {SET} yet" in refused.err
    assert f"sfmeta deploy -m PermissionSet:{SET} -o sandbox" in refused.err
    assert SOAP not in policy(generated).partition("any_api_client")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--app", "dataloader", "--user", SOAP), "policy.yml knows no app 'dataloader'"),
        (("--app", LOADER, "--user", "soapui"), "'soapui' is no username"),
        (("--app", LOADER, "--user", "nobody@acme.example"), "the org has no user nobody@acme.example"),
        (("--app", LOADER, "--user", SOAP, "--until", "soon"), "--until soon is no date"),
        (("--app", LOADER, "--user", SOAP, "--until", "2020-01-01"), "--until 2020-01-01 has passed"),
        (("--app", "any_api_client", "--user", SUPER), "for a while only"),
        (("--app", "any_api_client", "--user", SUPER, "--until", "2099-01-01"), "more than 90 days ahead"),
        (("--app", "rogue_exporter", "--user", SUPER), "gets no permission set: it has 'decision: block'"),
        (("--app", "salesforce_for_android", "--user", SUPER), "it has 'permitted_users: everyone'"),
    ],
)
def test_what_cannot_be_granted_is_said_in_one_line(prepared: Shop, words: tuple[str, ...], said: str) -> None:
    before = policy(prepared)
    ran = prepared.run("grant", "add", *words)
    assert ran.code == 2, ran
    [line] = [line for line in ran.err.splitlines() if line.startswith("Error: ")]
    assert said in line
    assert policy(prepared) == before
    assert prepared.run("grant", "add", *words, "--json").document["error"]["message"]


def test_use_any_api_client_is_given_for_a_while(prepared: Shop) -> None:
    shop = prepared
    shop.ok("grant", "add", "--app", "any_api_client", "--user", SUPER, "--until", day(60), "--reason", "SEC-9")
    assert held(shop, "Use_Any_API_Client") == {SUPER: day(60)}
    assert f"\n  - {{username: {SUPER}, until: {day(60)}, reason: SEC-9}}\n" in policy(shop)
    shop.ok("grant", "revoke", "--app", "any_api_client", "--user", SUPER, "--yes")
    assert held(shop, "Use_Any_API_Client") == {}


def test_whom_a_revoke_locks_out_is_said_and_nothing_is_written_anywhere(prepared: Shop) -> None:
    shop = prepared
    shop.ok("grant", "sync", "--app", LOADER)
    # the vendor's app is restricted in Setup: from now on the assignment is what lets the super user in
    in_setup(shop, "app", "policy", "Dataloader.io", "--permitted-users", "admin_approved", "--permission-set", SET)
    before, words = policy(shop), ("--app", LOADER, "--user", SUPER)
    refused = shop.run("grant", "revoke", *words, "--yes")
    assert refused.code == 4, refused
    assert "1 user stops working after the revoke" in refused.err
    assert SUPER in refused.err
    assert (policy(shop), held(shop)) == (before, {SUPER: ""})
    shop.edit("policy.yml", f"- {SUPER}", f"- {{username: {SUPER}, until: {day(3)}}}")
    shop.ok("grant", "sync", "--yes")  # an end that is still to come locks nobody out today, and is listed
    shop.write("policy.yml", before)
    shop.edit(
        "policy.yml", "accepted_losses:\n",
        f"accepted_losses:\n"
        f"  - {{user: {SUPER}, app: {LOADER}, reason: r, approved_by: c@x.example, until: {day(9)}}}\n",
    )  # fmt: skip
    shop.ok("grant", "revoke", *words, "--yes", "--accept-loss")
    assert held(shop) == {}


def test_an_emergency_asks_nobody(prepared: Shop) -> None:
    shop = prepared
    shop.ok("grant", "sync", "--app", LOADER)
    in_setup(shop, "app", "policy", "Dataloader.io", "--permitted-users", "admin_approved", "--permission-set", SET)
    shop.ok("grant", "revoke", "--app", LOADER, "--user", SUPER, "--yes", "--skip-forecast")
    assert held(shop) == {}


def test_an_identity_providers_assignments_are_only_verified(prepared: Shop) -> None:
    shop = prepared
    shop.edit(
        "policy.yml",
        "    grants:\n      profiles: [System",
        "    grants:\n      assigned_by: external\n      profiles: [System",
    )
    in_setup(shop, "user", "assign", ADMIN, "--permission-set", SET)
    synced = shop.run("grant", "sync", "--app", LOADER, "--prune")
    assert synced.code == 3
    assert f"has not assigned {LOADER} to {SUPER}" in synced.out
    assert held(shop) == {ADMIN: ""}
    assert shop.result("grant", "list", "--app", LOADER, code=3)["grants"][0]["assigned_by"] == "external"
    for verb in ("add", "revoke"):
        refused = shop.run("grant", verb, "--app", LOADER, "--user", SUPER)
        assert refused.code == 2
        assert "An identity provider assigns" in refused.err
    in_setup(shop, "user", "assign", SUPER, "--permission-set", SET)
    shop.ok("grant", "list", "--app", LOADER)


def test_an_end_on_an_integration_user_warns(prepared: Shop) -> None:
    ran = prepared.ok("grant", "add", "--app", "billing_sync", "--user", BILLING, "--until", day(20))
    assert f"{BILLING} looks like an integration user (API Only User)" in ran.err
    assert "it stops working without a word" in ran.err


def test_users_are_called_as_the_environment_calls_them(prepared: Shop) -> None:
    shop = prepared
    here = "super.user@acme.example.uat"
    in_setup(shop, "user", "add", here, "--profile", "Standard User")
    shop.write(
        "environments.yml",
        f"version: 1\nenvironments:\n  uat:\n    org: sandbox\n    org_id: {shop.org.org_id}\n"
        f"    usernames: {{map: {{{SUPER}: {here}, {SOAP}: soap@acme.example.uat}}}}\n",
    )
    absent = shop.run("grant", "add", "--app", LOADER, "--user", SOAP)
    assert absent.code == 2
    assert f"the org has no user soap@acme.example.uat ('{LOADER}', the policy's {SOAP})" in absent.err
    ran = shop.ok("grant", "add", "--app", LOADER, "--user", here.upper())
    assert f"policy.yml names {SUPER} on '{LOADER}' already" in ran.out
    assert held(shop) == {here: ""}
    shop.edit("policy.yml", f"- {SUPER}\n", f"- {SUPER}\n        - {here}\n")
    twice = shop.run("grant", "list")
    assert f"is granted twice to {here}; first in line" in twice.err
    assert shop.run("grant", "sync").code == 2


def test_a_grant_is_rolled_back_like_any_deployment(prepared: Shop) -> None:
    shop = prepared
    shop.ok("grant", "sync", "--app", LOADER)
    shop.ok("grant", "add", "--app", LOADER, "--user", SOAP, "--until", day(20))
    back = shop.result("rollback", "--last", "--yes")
    assert [grant["record"] for grant in back["grants"]] == [f"PermissionSetAssignment:{SET}/{SOAP}"]
    assert held(shop) == {SUPER: ""}
    assert SOAP in policy(shop)
    assert shop.run("grant", "list", "--app", LOADER).code == 3


def test_who_is_refused_is_said_and_the_others_are_done(prepared: Shop) -> None:
    shop = prepared
    shop.edit("policy.yml", f"        - {SUPER}\n", f"        - {SUPER}\n        - {SOAP}\n        - {ADMIN}\n")
    faults = shop.org.faults
    faults.add("request-limit", method="POST", path="*/sobjects/PermissionSetAssignment", nth=2)
    ran = shop.run("grant", "sync", "--app", LOADER)
    assert ran.code == 1, ran
    assert f"Not written: PermissionSetAssignment:{SET}/" in ran.out
    assert "2 of 3 grants written and read back" in ran.out
    assert len(held(shop)) == 2
    left = shop.result("grant", "list", "--app", LOADER, code=3)["grants"]
    assert [one["state"] for one in left].count("missing") == 1
    faults.clear()
    rest = shop.result("grant", "sync", "--app", LOADER)
    assert len(rest["grants"]) == 1
    assert len(held(shop)) == 3


@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "bad-gateway", "expire-session"])
@pytest.mark.parametrize("verb", ["add", "extend", "revoke"])
def test_a_lost_answer_is_healed_by_running_it_again(prepared: Shop, verb: str, kind: str) -> None:
    shop, words = prepared, ("--app", LOADER, "--user", SOAP, "--yes")
    command = {
        "add": ("grant", "add", *words, "--until", day(20)),
        "extend": ("grant", "add", *words, "--until", day(30)),
        "revoke": ("grant", "revoke", *words),
    }[verb]
    if verb != "add":
        shop.ok("grant", "add", *words, "--until", day(20))
    method = {"add": "POST", "extend": "PATCH", "revoke": "DELETE"}[verb]
    shop.org.faults.add(kind, method=method, path="*/sobjects/PermissionSetAssignment*", times=1)
    assert shop.run(*command).code in (0, 1, 6)
    assert shop.org.faults.listed()[0]["hits"] == 1
    shop.ok(*command)
    assert held(shop) == {"add": {SOAP: day(20)}, "extend": {SOAP: day(30)}, "revoke": {}}[verb]
    assert (SOAP in policy(shop).partition("any_api_client")[0]) is (verb != "revoke")
    assert {entry["stage"] for entry in shop.result("history")["deployments"]} == {"finished"}
    assert shop.result(*command)["grants"] == []


class Killed(BaseException):
    """The process is gone: nothing that follows runs."""


@pytest.mark.parametrize("verb", ["add", "revoke"])
@pytest.mark.parametrize("moment", ["policy", "org", "record"])
def test_a_kill_between_org_and_policy_leaves_what_running_it_again_heals(
    prepared: Shop, verb: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, target = prepared, {
        "policy": "sfmeta.workspace.project.Project.write",
        "org": "sfmeta.ops.grants._Writing.write",
        "record": "sfmeta.workspace.ledger.Ledger.advance",
    }  # fmt: skip
    words = ("--app", LOADER, "--user", SOAP, "--yes")
    if verb == "revoke":
        shop.ok("grant", "add", *words)

    def kill(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(target[moment], kill)
        with pytest.raises(Killed):
            shop.run("grant", verb, *words)
    # at no moment does the org hold what the policy does not say
    assert SOAP not in held(shop) or SOAP in policy(shop).partition("any_api_client")[0]
    shop.ok("grant", verb, *words)
    wanted = {SOAP} if verb == "add" else set()
    assert held(shop).keys() == wanted
    assert (SOAP in policy(shop).partition("any_api_client")[0]) is bool(wanted)
    assert shop.result("grant", verb, *words)["grants"] == []
    assert {entry["stage"] for entry in shop.result("history")["deployments"]} == {"finished"}


def test_what_somebody_writes_into_the_policy_meanwhile_is_not_overwritten(
    prepared: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = prepared
    from sfmeta.cli import granting

    plain = granting.op.prepare

    def slow(*args: object, **named: object) -> object:
        shop.edit("policy.yml", "canaries:", "# mine\ncanaries:")
        return plain(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(granting.op, "prepare", slow)
    ran = shop.run("grant", "add", "--app", LOADER, "--user", SOAP)
    assert ran.code == 1
    assert "policy.yml was changed while it was being worked on" in ran.err
    assert held(shop) == {}
    assert "# mine" in policy(shop)


def test_production_asks_first(prepared: Shop, start_org: Callable[..., LocalOrg]) -> None:
    shop = prepared
    shop.add_org("production", start_org("production", production=True))
    shop.ok("deploy", "-m", "PermissionSet", "-o", "production", "--yes")
    before = policy(shop)
    refused = shop.run("grant", "add", "--app", LOADER, "--user", SOAP, "-o", "production")
    assert refused.code == 4
    assert "This changes the production org" in refused.err
    assert policy(shop) == before
    shop.ok("grant", "add", "--app", LOADER, "--user", SOAP, "-o", "production", "--yes")


def test_a_promotion_goes_past_grants(prepared: Shop, start_org: Callable[..., LocalOrg]) -> None:
    shop = prepared
    shop.ok("grant", "sync", "--app", LOADER)
    production = start_org("production", production=True)
    shop.add_org("production", production)
    shop.write(
        "environments.yml",
        "version: 1\nenvironments:\n"
        f"  uat: {{org: sandbox, org_id: {shop.org.org_id}}}\n"
        f"  production: {{org: production, org_id: {production.org_id}, gates: {{after: uat}}}}\n",
    )
    shop.folder.commit("the chain")
    promoted = shop.result("promote", "--to", "production", "--check-only")
    assert promoted["source"] == shop.result("history")["deployments"][-1]["id"]


def test_the_policy_must_be_there(prepared: Shop, tmp_path: Path) -> None:
    (prepared.root / "policy.yml").unlink()
    ran = prepared.run("grant", "list")
    assert ran.code == 2
    assert "There is no policy.yml" in ran.err
