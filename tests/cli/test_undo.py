"""Undoing a deployment through the command line, against an org in which somebody else works, too."""

from __future__ import annotations

import json
from collections.abc import Callable

from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import Shop

APP = "ConnectedApp:Billing_Sync"


def in_setup(shop: Shop, *words: str) -> None:
    """What a person does in the org."""
    file = shop.root.parent / "ready.json"
    file.write_text(json.dumps(shop.org.ready()), encoding="utf-8")
    shop.ok("localorg", *words, "--ready-file", str(file))


def policies(shop: Shop) -> dict[str, str]:
    shop.ok("retrieve", "-m", APP, "--target", "out")
    text = (shop.root / "out/connectedApps/Billing_Sync.connectedApp-meta.xml").read_text(encoding="utf-8")
    return {name: text.partition(f"<{name}>")[2].partition("<")[0] for name in ("refreshTokenPolicy", "ipRelaxation")}


def another_policy(shop: Shop) -> None:
    """Its files are generated: an app's tokens live for another time."""
    shop.edit("policy.yml", "expire_if_unused_for: 30 days", "expire_after: 7 days")
    shop.ok("generate")


def test_the_last_deployment_is_taken_back_and_what_a_person_did_elsewhere_stays(generated: Shop) -> None:
    shop = generated
    before = policies(shop)
    assert before["refreshTokenPolicy"] != "specific_inactivity:30:DAYS"
    shop.ok("deploy", "--skip-forecast")
    another_policy(shop)
    deployed = shop.run("deploy", "--skip-forecast")
    assert "The way back is validated" in deployed.out, deployed
    in_setup(shop, "app", "policy", "Billing Sync", "--ip-relaxation", "BYPASS")
    in_setup(shop, "user", "assign", "super.user@acme.example", "--permission-set", "Allow_Billing_Sync")

    back = shop.result("rollback", "--last", "--yes", "--accept-loss")
    assert back["conflicts"] == []
    assert [change["component"] for change in back["kept_as_drift"]] == [APP]
    grant = "PermissionSetAssignment:Allow_Billing_Sync/super.user@acme.example"
    assert [(kept["record"], kept["kind"]) for kept in back["kept_grants"]] == [(grant, "added")]
    assert policies(shop) == {"refreshTokenPolicy": "specific_inactivity:30:DAYS", "ipRelaxation": "BYPASS"}

    first = shop.result("history")["deployments"][-1]["id"]
    undone = shop.result("rollback", "--deployment", first, "--yes", "--accept-loss")
    assert len(undone["undone"]) == 3
    assert (APP, "sessionPolicy") in [(loss["component"], loss["path"]) for loss in undone["losses"]]
    assert policies(shop)["refreshTokenPolicy"] == before["refreshTokenPolicy"]


def test_a_conflict_is_shown_field_by_field_and_nothing_is_sent(generated: Shop) -> None:
    shop = generated
    shop.ok("deploy", "--skip-forecast")
    another_policy(shop)
    shop.ok("deploy", "--skip-forecast")
    in_setup(shop, "app", "policy", "Billing Sync", "--refresh-token", "zero")

    refused = shop.run("rollback", "--last", "--yes")
    assert refused.code == 4
    line = (
        "ConnectedApp:Billing_Sync oauthPolicy/refreshTokenPolicy: the org has zero since our last deployment, the "
        "rollback wants specific_inactivity:30:DAYS"
    )
    assert line in refused.err
    assert "--ours" in refused.out
    assert policies(shop)["refreshTokenPolicy"] == "zero"
    assert len(shop.result("history")["deployments"]) == 2
    told = shop.result("rollback", "--last", "--yes", code=4)
    assert [(item["path"], item["now"]) for item in told["conflicts"]] == [("oauthPolicy/refreshTokenPolicy", "zero")]
    assert (told["kept_as_drift"], told["kept_grants"]) == ([], [])

    theirs = shop.result("rollback", "--last", "--theirs", "--yes")
    assert [item["path"] for item in theirs["conflicts"]] == ["oauthPolicy/refreshTokenPolicy"]
    assert policies(shop)["refreshTokenPolicy"] == "zero"
    shop.ok("rollback", "--last", "--ours", "--yes", "--accept-loss")
    assert policies(shop)["refreshTokenPolicy"] == "specific_inactivity:30:DAYS"


def test_a_permission_set_that_is_assigned_needs_consent_and_comes_back_with_its_users(generated: Shop) -> None:
    shop = generated
    shop.ok("deploy", "--skip-forecast", "-m", "PermissionSet")
    in_setup(shop, "user", "assign", "super.user@acme.example", "--permission-set", "Allow_Billing_Sync")
    refused = shop.run("rollback", "--last", "--yes")
    assert refused.code == 4
    assert "super.user@acme.example" in refused.err
    gone = shop.result("rollback", "--last", "--yes", "--accept-loss")
    assert "PermissionSet:Allow_Billing_Sync" in gone["deletions"]
    twice = shop.run("rollback", "--last", "--yes", "--accept-loss")
    assert twice.code == 4
    rollback = shop.result("history")["deployments"][0]["id"]
    assert f"The last deployment, {rollback}, is a rollback" in twice.err
    assert f"sfmeta rollback --deployment {rollback}" in twice.err
    again = shop.result("rollback", "--deployment", rollback, "--yes")
    assert [grant["record"] for grant in again["grants"]] == [
        "PermissionSetAssignment:Allow_Billing_Sync/super.user@acme.example"
    ]
    assert again["grants_not_written"] == []


def test_a_grant_that_a_person_made_stays_and_is_listed(generated: Shop) -> None:
    shop = generated
    shop.ok("deploy", "--skip-forecast", "-m", "PermissionSet")
    file = "force-app/main/default/permissionsets/Allow_Billing_Sync.permissionset-meta.xml"
    shop.edit(file, "<label>", "<description>For the nightly run</description>\n    <label>")
    shop.ok("deploy", "--skip-forecast", "-m", "PermissionSet")
    in_setup(shop, "user", "assign", "super.user@acme.example", "--permission-set", "Allow_Billing_Sync")
    back = shop.result("rollback", "--last", "--yes", "--skip-forecast")
    assert back["kept_grants"] == [
        {
            "record": "PermissionSetAssignment:Allow_Billing_Sync/super.user@acme.example",
            "kind": "added",
            "old": None,
            "new": {"expires_at": None},
        }
    ]
    assert back["kept_as_drift"] == []


def test_going_back_to_a_revision_keeps_to_the_environments_values(generated: Shop) -> None:
    shop = generated
    url = "https://uat.example.com/callback"
    shop.write(
        "environments.yml",
        f"version: 1\nenvironments:\n  uat:\n    org: sandbox\n    org_id: {shop.org.org_id}\n"
        f"    values: {{{APP}: {{oauthConfig/callbackUrl: {url}}}}}\n",
    )
    shop.folder.commit("values of uat")
    shop.ok("deploy", "--skip-forecast")
    another_policy(shop)
    shop.folder.commit("another policy")
    shop.ok("deploy", "--skip-forecast")
    back = shop.result("rollback", "--to", "HEAD~1", "--yes", "--accept-loss")
    assert [field["path"] for change in back["changes"] for field in change["fields"]] == [
        ["oauthPolicy", "refreshTokenPolicy"]
    ]
    assert back["verification"]["changes"] == []
    shop.ok("retrieve", "-m", APP, "--target", "out")
    file = shop.root / "out/connectedApps/Billing_Sync.connectedApp-meta.xml"
    assert f"<callbackUrl>{url}</callbackUrl>" in file.read_text(encoding="utf-8")


def test_what_to_go_back_to_is_said_once(generated: Shop) -> None:
    for words in ((), ("--last", "--to", "HEAD"), ("--deployment", "x", "--last")):
        ran = generated.run("rollback", *words)
        assert ran.code == 2
        assert "--deployment ID" in ran.err
    both = generated.run("rollback", "--last", "--ours", "--theirs")
    assert both.code == 2
    nothing = generated.run("rollback", "--last")
    assert nothing.code == 2
    assert "No deployment to this org is recorded here" in nothing.err


def test_production_asks_before_it_is_rolled_back(generated: Shop, start_org: Callable[..., LocalOrg]) -> None:
    shop = generated
    shop.add_org("production", start_org("production", production=True))
    shop.ok("deploy", "--skip-forecast", "-o", "production", "-m", "PermissionSet", "--yes")
    refused = shop.run("rollback", "-o", "production", "--last")
    assert refused.code == 4
    assert "rolls" in refused.err


def test_whom_a_rollback_locks_out_is_said_first_and_stops_it(generated: Shop) -> None:
    shop = generated
    shop.ok("deploy", "--skip-forecast")
    another_policy(shop)
    shop.ok("deploy", "--skip-forecast")
    before = policies(shop)
    refused = shop.run("rollback", "--last", "--yes")
    assert refused.code == 4
    assert "1 user might stop working after the rollback" in refused.err
    assert "billing.integration@acme.example" in refused.err
    assert "--accept-loss" in refused.err
    assert policies(shop) == before

    ran = shop.run("rollback", "--last", "--yes", "--skip-forecast")
    assert ran.code == 0, ran
    assert "stop working" not in ran.err


def test_without_a_policy_nobody_is_accepted(generated: Shop) -> None:
    generated.ok("deploy", "--skip-forecast", "-m", "PermissionSet")
    (generated.root / "policy.yml").unlink()
    done = generated.ok("rollback", "--last", "--yes")
    assert "There is no policy.yml, so that nobody's loss of access is accepted" in done.err


def test_going_back_to_a_revision_that_was_never_deployed_keeps_the_grants_that_its_files_name(generated: Shop) -> None:
    shop = generated
    another_policy(shop)
    shop.folder.commit("another policy")
    shop.ok("deploy", "--skip-forecast")
    back = shop.result("rollback", "--to", "HEAD~1", "--yes", "--accept-loss")
    assert [field["path"] for change in back["changes"] for field in change["fields"]] == [
        ["oauthPolicy", "refreshTokenPolicy"]
    ]
    assert back["grants"] == []
    assert back["verification"]["changes"] == []
