"""The main job over real HTTP: policy, files, org, difference, rollback."""

from __future__ import annotations

from collections.abc import Callable

from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import Shop

BILLING = "force-app/main/default/connectedApps/Billing_Sync.connectedApp-meta.xml"
ALLOW = "force-app/main/default/permissionsets/Allow_Billing_Sync.permissionset-meta.xml"


def test_deploy_verify_change_roll_back(generated: Shop) -> None:
    shop = generated
    assert shop.result("diff", code=3)["changes"]
    checked = shop.result("deploy", "--check-only")
    assert checked["job"]["check_only"]
    assert shop.result("verify", code=3)["changes"], "a check-only deployment saves nothing"

    deployed = shop.result("deploy", "--skip-forecast")
    assert deployed["job"]["success"]
    assert deployed["not_as_sent"] == []
    assert shop.result("verify")["changes"] == []
    assert shop.result("diff")["changes"] == []

    shop.edit("policy.yml", "expire_if_unused_for: 30 days", "expire_after: 7 days")
    shop.ok("generate")
    [change] = shop.result("diff", code=3)["changes"]
    assert change["component"] == "ConnectedApp:Billing_Sync"
    assert change["fields"] == [
        {
            "path": ["oauthPolicy", "refreshTokenPolicy"],
            "kind": "changed",
            "old": "specific_inactivity:30:DAYS",
            "new": "specific_lifetime:7:DAYS",
        }
    ]
    assert shop.result("diff", "--from", "HEAD", code=3)["changes"] == [change]
    shop.folder.commit("second")
    shop.ok("deploy", "--skip-forecast")

    back = shop.result("rollback", "--to", "HEAD~1", "--yes", "--accept-loss")
    assert back["verification"]["changes"] == []
    assert back["make_the_branch_agree"].startswith("git revert")
    assert shop.result("verify", "--rev", "HEAD~1")["changes"] == []
    assert shop.result("verify", code=3)["changes"]
    kinds = [(entry["kind"], entry["success"]) for entry in shop.result("history")["deployments"]]
    assert kinds == [("rollback", True), ("deploy", True), ("deploy", True)]


def test_rolling_back_everything_deletes_what_was_made_and_keeps_apps(shop: Shop) -> None:
    shop.folder.commit("nothing yet")
    shop.ok("generate")
    shop.folder.commit("first")
    shop.ok("deploy", "--skip-forecast", "--yes")
    shop.edit(
        "policy.yml",
        "user_permissions: {ApiEnabled: true, UseAnyApiClient: false}",
        "user_permissions: {ViewSetup: true}",
    )
    shop.ok("generate")
    shop.folder.commit("second")
    shop.ok("deploy", "--skip-forecast", "--yes")

    refused = shop.run("rollback", "--to", "HEAD~2", "--yes")
    assert refused.code == 4
    assert "sessionPolicy stays as it is: no way is established to take it away" in refused.err
    back = shop.result("rollback", "--to", "HEAD~2", "--yes", "--accept-loss")
    assert any("sessionPolicy" in loss["message"] for loss in back["losses"])
    deleted = back["deletions"]
    assert "PermissionSet:Allow_Billing_Sync" in deleted
    assert not any(item.startswith(("ConnectedApp", "External", "Extl", "Profile")) for item in deleted)
    profile = shop.ok("retrieve", "-m", "Profile:Integration User", "--target", "out")
    assert profile.code == 0
    text = (shop.root / "out/profiles/Integration User.profile-meta.xml").read_text()
    assert "ViewSetup" not in text
    assert "ApiEnabled" in text, "it had that before sfmeta came"
    app = shop.ok("retrieve", "-m", "ConnectedApp:Billing_Sync", "--target", "out")
    assert app.code == 0
    text = (shop.root / "out/connectedApps/Billing_Sync.connectedApp-meta.xml").read_text()
    assert "<certificate>" in text, "the files never spoke of it, the org dropped it, the rollback brought it back"


def test_the_same_package_goes_to_production_after_consent(generated: Shop, start_org: Callable[..., LocalOrg]) -> None:
    shop = generated
    shop.add_org("production", start_org("production", production=True))
    sandbox = shop.result("deploy", "--skip-forecast", "-o", "sandbox")
    refused = shop.run("deploy", "--skip-forecast", "-o", "production", "--json")
    assert refused.code == 4
    assert "--yes" in refused.document["error"]["message"]
    assert shop.result("history", "-o", "production")["deployments"] == []
    production = shop.result("deploy", "--skip-forecast", "-o", "production", "--yes")
    assert sandbox["package_digest"] == production["package_digest"]
    assert shop.result("verify", "-o", "production")["changes"] == []


def test_a_switch_is_never_deployed(generated: Shop) -> None:
    ran = generated.run("deploy", "--skip-forecast", "-d", "force-app/enforcement", "--json")
    assert ran.code == 4
    assert ran.document["error"]["code"] == "enforcement-by-deploy"
    assert "sfmeta enforce on -o sandbox" in ran.document["error"]["message"]
    ordinary = generated.result("deploy", "--skip-forecast")
    assert not any("Settings" in change["component"] for change in ordinary["changes"])
    assert not any("settings" in path for path in _sent_files(generated))


def test_deploying_twice_does_nothing_the_second_time(generated: Shop) -> None:
    generated.ok("deploy", "--skip-forecast")
    again = generated.result("deploy", "--skip-forecast")
    assert again["job"] is None
    assert again["deployment"] is None


def test_only_what_is_named_is_deployed(generated: Shop) -> None:
    one = generated.result("deploy", "--skip-forecast", "-m", "PermissionSet:Allow_Billing_Sync")
    assert [item["component"] for item in one["changes"]] == ["PermissionSet:Allow_Billing_Sync"]
    generated.write(
        "package.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types>'
        "<members>Allow_Dataloader_io</members><name>PermissionSet</name></types><version>63.0</version></Package>",
    )
    two = generated.result("deploy", "--skip-forecast", "-x", "package.xml")
    assert [item["component"] for item in two["changes"]] == ["PermissionSet:Allow_Dataloader_io"]
    three = generated.result("deploy", "--skip-forecast", "-d", "force-app/main/default/permissionsets")
    assert {item["component"] for item in three["changes"]} == {
        "PermissionSet:Allow_Partner_Portal",
        "PermissionSet:Use_Any_API_Client",
    }
    missing = generated.run("deploy", "--skip-forecast", "-m", "PermissionSet:Nope", "--json")
    assert missing.code == 2
    assert "Nope" in missing.document["error"]["message"]


def test_retrieve_brings_files_that_differ_in_nothing(generated: Shop) -> None:
    generated.ok("deploy", "--skip-forecast")
    generated.ok("retrieve")
    assert generated.result("verify")["changes"] == []
    assert generated.result("diff", "--from", "HEAD", code=3), "the org's own values came into the files"
    again = generated.result("retrieve")
    assert again["files"] == []


def test_retrieve_as_zip_and_what_is_not_there(generated: Shop) -> None:
    found = generated.result(
        "retrieve", "-m", "ConnectedApp:Billing_Sync", "-m", "PermissionSet:Nope", "--zip", "answer.zip", code=1
    )
    assert found["absent"] == ["PermissionSet:Nope"]
    validated = generated.run("validate", "answer.zip", "--json")
    assert validated.document["result"]["files"] == 2


def test_what_a_person_changed_in_the_org_is_seen(generated: Shop) -> None:
    generated.ok("deploy", "--skip-forecast")
    generated.write(
        "other/permissionsets/Allow_Billing_Sync.permissionset-meta.xml", (generated.root / ALLOW).read_text()
    )
    generated.edit("other/permissionsets/Allow_Billing_Sync.permissionset-meta.xml", "Allow Billing Sync", "Renamed")
    generated.ok("deploy", "--skip-forecast", "-d", "other")
    [change] = generated.result("verify", code=3)["changes"]
    assert change["component"] == "PermissionSet:Allow_Billing_Sync"
    assert [field["path"] for field in change["fields"]] == [["label"]]


def test_names_that_are_spelled_with_percent_codes(generated: Shop) -> None:
    layout = "force-app/main/default/layouts/Account-Account %28Marketing%29 Ä Layout.layout-meta.xml"
    generated.write(
        layout,
        '<?xml version="1.0" encoding="UTF-8"?>\n<Layout xmlns="http://soap.sforce.com/2006/04/metadata">'
        "<showEmailCheckbox>false</showEmailCheckbox></Layout>",
    )
    name = "Layout:Account-Account (Marketing) Ä Layout"
    deployed = generated.result("deploy", "--skip-forecast", "-m", name)
    assert [item["component"] for item in deployed["changes"]] == [name]
    assert generated.result("verify", "-m", name)["changes"] == []
    assert generated.result("retrieve", "-m", name)["files"] == [layout]


def test_a_custom_object_in_parts_is_one_component_of_the_org(generated: Shop) -> None:
    folder = "force-app/main/default/objects/Invoice__c"
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    namespace = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
    generated.write(
        f"{folder}/Invoice__c.object-meta.xml",
        f"{head}<CustomObject {namespace}><label>Invoice</label><pluralLabel>Invoices</pluralLabel></CustomObject>",
    )
    generated.write(
        f"{folder}/fields/Total__c.field-meta.xml",
        f"{head}<CustomField {namespace}><fullName>Total__c</fullName><label>Total</label><type>Number</type>"
        "<precision>18</precision><scale>2</scale></CustomField>",
    )
    generated.ok("deploy", "--skip-forecast")
    assert generated.result("verify")["changes"] == []
    generated.edit(f"{folder}/fields/Total__c.field-meta.xml", "<label>Total</label>", "<label>Sum</label>")
    [change] = generated.result("diff", code=3)["changes"]
    assert change["component"] == "CustomObject:Invoice__c"
    assert change["fields"][0]["path"] == ["fields[Total__c]", "label"]


def test_comparing_nothing_is_no_agreement(generated: Shop) -> None:
    for words in (("verify", "-m", "PermissionSet:Nope"), ("verify", "-m", "Layout"), ("diff", "-m", "Layout:X")):
        assert generated.run(*words).code == 2, words
    generated.write("force-app/main/default/permissionsets/readme.permisionset-meta.xml", "<PermissionSet/>")
    assert generated.run("verify").code == 2


def test_async_then_resume(generated: Shop) -> None:
    Jobs(generated.org.state).set_mode("polls:2")
    sent = generated.result("deploy", "--skip-forecast", "--async")
    job = sent["job_id"]
    assert generated.result("history")["deployments"][0]["stage"] == "sent"
    assert generated.run("job", "report", job).code == 5
    again = generated.run("deploy", "--skip-forecast", "--json")
    assert again.code == 4
    assert job in again.document["error"]["message"]
    resumed = generated.result("job", "resume", job)
    assert resumed["job"]["success"]
    assert generated.result("history")["deployments"][0]["stage"] == "finished"
    assert generated.result("verify")["changes"] == []


def test_reading_past_the_deadline_changes_nothing(generated: Shop) -> None:
    generated.ok("deploy", "--check-only")
    Jobs(generated.org.state).set_mode("polls:1000000")
    # the retrieve before the deployment is a job too, and meets the deadline first
    ran = generated.run("deploy", "--skip-forecast", "--wait", "0", "--json")
    assert ran.code == 6
    assert "did not finish reading" in ran.document["error"]["message"]
    assert generated.result("history")["deployments"] == []


def test_a_job_that_ended_first_is_recorded_when_somebody_cancels_it(generated: Shop) -> None:
    job = generated.result("deploy", "--skip-forecast", "--async")["job_id"]
    cancelled = generated.result("job", "cancel", job, code=1)
    assert cancelled["status"] == "Succeeded"
    [entry] = generated.result("history")["deployments"]
    assert (entry["stage"], entry["success"]) == ("finished", True)


def test_a_running_job_can_be_cancelled(generated: Shop) -> None:
    Jobs(generated.org.state).set_mode("polls:3")
    job = generated.result("deploy", "--skip-forecast", "--async")["job_id"]
    cancelled = generated.result("job", "cancel", job)
    assert cancelled["status"] == "Canceled"
    resumed = generated.run("job", "resume", job)
    assert resumed.code == 1
    assert generated.result("history")["deployments"][0]["status"] == "Canceled"


def _sent_files(shop: Shop) -> list[str]:
    """The files of the last package, from the ledger."""
    org_id = shop.result("org", "show")["org_id"]
    return shop.folder.git("ls-tree", "-r", "--name-only", f"refs/sfmeta/orgs/{org_id}", "package").splitlines()
