"""``sfmeta plan``, ``show`` and ``apply`` as a user runs them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import FAR_AWAY, SOON, Shop

BILLING = "force-app/main/default/connectedApps/Billing_Sync.connectedApp-meta.xml"


def kinds(shop: Shop) -> list[str]:
    return [entry["kind"] for entry in shop.result("history")["deployments"]]


def plan(shop: Shop, stage: str, *words: str, file: str = "it.plan", code: int = 0) -> dict[str, Any]:
    return shop.result("plan", "--stage", stage, "-f", file, *words, code=code)


def visit(shop: Shop) -> None:
    """What the plan of wave 1 asks a person to do for Dataloader.io."""
    words = ("--permitted-users", "admin_approved", "--permission-set", "Allow_Dataloader_io")
    shop.ok(
        "localorg", "app", "policy", "Dataloader.io", *words, "--profile", "System Administrator",
        "--refresh-token", "specific_lifetime:7:DAYS", *at(shop),
    )  # fmt: skip


def at(shop: Shop) -> tuple[str, str]:
    """The org, for ``sfmeta localorg``."""
    file = shop.root.parent / "ready.json"
    file.write_text(json.dumps(shop.org.ready()))
    return "--ready-file", str(file)


@pytest.fixture
def prepared(generated: Shop) -> Shop:
    """Prepare is applied."""
    plan(generated, "prepare")
    generated.ok("apply", "it.plan")
    return generated


class TestPrepare:
    def test_permission_sets_first_then_who_gets_them(self, generated: Shop) -> None:
        made = plan(generated, "prepare")
        assert [step["kind"] for step in made["steps"]] == ["metadata", "records"]
        assert [change["record"] for change in made["steps"][1]["grants"]] == [
            "PermissionSetAssignment:Allow_Dataloader_io/super.user@acme.example",
            "PermissionSetAssignment:Use_Any_API_Client/soapui.dev@acme.example",
        ]
        assert kinds(generated) == [], "a plan changes nothing"
        done = generated.result("apply", "it.plan")
        assert [step["before"] for step in done["steps"]] == ["to do", "to do"]
        assert all(step["done"] for step in done["steps"])
        assert kinds(generated) == ["apply", "apply"]

    def test_again_it_repeats_nothing(self, prepared: Shop) -> None:
        again = prepared.result("apply", "it.plan")
        assert [step["before"] for step in again["steps"]] == ["done", "done"]
        assert kinds(prepared) == ["apply", "apply"]
        assert plan(prepared, "prepare")["steps"] == []

    def test_with_a_detailed_exit_code_a_pipeline_knows_that_something_is_left(self, generated: Shop) -> None:
        assert generated.run("plan", "--stage", "prepare", "--detailed-exitcode").code == 3
        plan(generated, "prepare")
        generated.ok("apply", "it.plan")
        assert generated.run("plan", "--stage", "prepare", "--detailed-exitcode").code == 0

    def test_a_user_whom_the_org_does_not_have_stops_it_before_anything_is_written(self, generated: Shop) -> None:
        generated.edit("policy.yml", "        - super.user@acme.example\n", "        - nobody@acme.example\n")
        generated.ok("generate")
        ran = generated.run("plan", "--stage", "prepare", "-f", "it.plan")
        assert ran.code == 2
        assert "the org has no user nobody@acme.example" in ran.err
        assert not (generated.root / "it.plan").exists()

    def test_use_any_api_client_is_given_for_a_while_only(self, generated: Shop) -> None:
        generated.edit("policy.yml", f"until: {SOON:%Y-%m-%d}T18:00Z", f"until: {FAR_AWAY}")
        ran = generated.run("plan", "--stage", "prepare")
        assert ran.code == 2
        assert "Use Any API Client of soapui.dev@acme.example ends more than 90 days from now" in ran.err

    def test_installed_apps_are_opened_by_records_where_somebody_lets_us_try(self, generated: Shop) -> None:
        made = plan(generated, "prepare", "--app-access")
        record = "SetupEntityAccess:Allow_Dataloader_io/ConnectedApplication/Dataloader.io"
        assert record in [change["record"] for change in made["steps"][1]["grants"]]
        assert made["steps"][1]["title"] == "Assign 2 users and attach 1 permission set to installed apps"
        generated.ok("apply", "it.plan")
        assert plan(generated, "prepare", "--app-access")["steps"] == []
        words = ("--permitted-users", "admin_approved", "--profile", "System Administrator")
        generated.ok("localorg", "app", "policy", "Dataloader.io", *words, *at(generated))
        login = generated.ok("localorg", "login", "super.user@acme.example", "with", "Dataloader.io", *at(generated))
        assert "Let in" in login.out
        plan(generated, "restrict", "--wave", "1")
        ran = generated.run("apply", "it.plan", "--accept-loss", "--json")
        assert "--done 1" in ran.document["error"]["message"], "only what no API tells is left"
        assert generated.run("plan", "--stage", "restrict", "--app-access").code == 2

    def test_what_an_identity_provider_assigns_is_seen_and_not_written(self, generated: Shop) -> None:
        users = "      users:\n        - super.user"
        generated.edit("policy.yml", users, f"      assigned_by: external\n{users}")
        generated.ok("generate")
        made = plan(generated, "prepare")
        assert [step["kind"] for step in made["steps"]] == ["metadata", "records", "manual"]
        assert "super.user" not in str(made["steps"][1]["grants"])
        done = generated.result("apply", "it.plan", code=3)
        assert [step["done"] for step in done["steps"]] == [True, True, False]
        assert done["steps"][2]["why"] == ["super.user@acme.example does not have it"]
        words = ("--permission-set", "Allow_Dataloader_io")
        generated.ok("localorg", "user", "assign", "super.user@acme.example", *words, *at(generated))
        assert generated.result("apply", "it.plan")["steps"][2]["done"] is True
        assert plan(generated, "prepare")["steps"] == []


class TestRestrict:
    def test_a_visit_to_setup_that_is_not_done_stops_it_before_the_first_change(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        ran = prepared.run("apply", "it.plan", "--accept-loss", "--json")
        assert ran.code == 4
        assert ran.document["error"]["code"] == "manual-step"
        assert "Dataloader.io: its Permitted Users are all users" in ran.document["error"]["message"]
        assert kinds(prepared) == ["apply", "apply"]

    def test_what_no_api_tells_has_to_be_said(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        ran = prepared.run("apply", "it.plan", "--accept-loss", "--json")
        assert ran.code == 4
        assert "--done 1" in ran.document["error"]["message"]
        done = prepared.result("apply", "it.plan", "--accept-loss", "--done", "1")
        assert [(step["kind"], step["done"]) for step in done["steps"]] == [("manual", True), ("metadata", True)]
        assert kinds(prepared) == ["apply", "apply", "apply"]

    def test_what_a_plan_did_is_no_drift(self, prepared: Shop) -> None:
        old = "    ownership: installed\n    decision: allow\n    wave: 1"
        prepared.edit("policy.yml", old, old.replace("allow", "undecided"))
        prepared.ok("generate")
        plan(prepared, "restrict", "--wave", "1")
        prepared.ok("apply", "it.plan", "--accept-loss")
        seen = prepared.result("drift")
        assert (seen["components"], seen["records"]) == ([], [])

    def test_each_app_is_a_package_of_its_own_and_a_wave_has_its_apps_only(self, prepared: Shop) -> None:
        first = plan(prepared, "restrict", "--wave", "1")
        everything = plan(prepared, "restrict")
        assert [step["app"] for step in first["steps"]] == ["dataloader_io", "billing_sync"]
        assert [step["app"] for step in everything["steps"]] == ["dataloader_io", "billing_sync", "partner_portal"]
        assert [step["components"] for step in everything["steps"][1:]] == [
            ["ConnectedApp:Billing_Sync"],
            [
                "ExternalClientApplication:Partner_Portal",
                "ExtlClntAppConfigurablePolicies:Partner_Portal_defaultPolicy",
                "ExtlClntAppGlobalOauthSettings:Partner_Portal",
                "ExtlClntAppOauthConfigurablePolicies:Partner_Portal_defaultPolicy",
                "ExtlClntAppOauthSettings:Partner_Portal",
            ],
        ]

    def test_what_hangs_on_an_open_question_needs_agreement(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        ran = prepared.run("apply", "it.plan", "--done", "1")
        assert ran.code == 4
        assert "--accept-loss" in ran.err
        assert "--skip-forecast" not in ran.err
        assert prepared.run("apply", "it.plan", "--skip-forecast").code == 2

    def test_whoever_is_not_assigned_yet_would_stop(self, generated: Shop) -> None:
        generated.edit("policy.yml", "      profiles: [Integration User]\n\n  # Our own, one of the newer sort.",
                       "      profiles: [System Administrator]\n      users: [billing.integration@acme.example]\n\n"
                       "  # Our own, one of the newer sort.")  # fmt: skip
        generated.ok("generate")
        generated.ok("deploy", "-m", "PermissionSet")
        made = plan(generated, "restrict", "--wave", "1")
        named = {one["user"] for one in made["forecast"]["outstanding"]}
        assert "billing.integration@acme.example" in named
        visit(generated)
        ran = generated.run("apply", "it.plan", "--done", "1", "--accept-loss", "--json")
        assert (ran.code, ran.document["error"]["code"]) == (4, "plan-stale")
        # the visit has shut the door since: before it was made, nobody could say
        assert "super.user@acme.example with Dataloader.io would stop working" in ran.document["error"]["message"]
        plan(generated, "restrict", "--wave", "1")
        ran = generated.run("apply", "it.plan", "--done", "1", "--accept-loss", "--json")
        assert (ran.code, ran.document["error"]["code"]) == (4, "lock-out")
        assert "billing.integration@acme.example with Billing Sync" in ran.document["error"]["message"]
        assert kinds(generated) == ["deploy"]

    def test_undo_takes_back_what_the_plan_did_and_once_more_does_nothing(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        prepared.ok("apply", "it.plan", "--accept-loss", "--done", "1")
        assert prepared.run("apply", "it.plan", "--undo").code == 4, "what cannot be taken back has to be agreed to"
        back = prepared.result("apply", "it.plan", "--undo", "--accept-loss", "--yes")
        assert back["job"]["success"]
        assert kinds(prepared)[0] == "rollback"
        again = prepared.result("apply", "it.plan", "--undo", "--accept-loss", "--yes")
        assert again["job"] is None
        held = prepared.ok("retrieve", "-m", "ConnectedApp:Billing_Sync", "--target", "held")
        assert held.code == 0
        assert "<isAdminApproved>false</isAdminApproved>" in next(
            (prepared.root / "held").rglob("*.connectedApp*")
        ).read_text(encoding="utf-8")

    def test_where_somebody_changed_the_same_since_the_undo_asks_who_wins(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        prepared.ok("apply", "it.plan", "--accept-loss", "--done", "1")
        prepared.ok("localorg", "app", "policy", "Billing Sync", "--refresh-token", "zero", *at(prepared))
        back = ("apply", "it.plan", "--undo", "--accept-loss", "--yes")
        assert "--ours" in prepared.run(*back).err + prepared.run(*back).out
        assert prepared.run(*back, "--ours", "--theirs").code == 2
        assert prepared.run("apply", "it.plan", "--ours").code == 2
        assert prepared.result(*back, "--ours")["job"]["success"]

    def test_after_an_undo_it_can_be_applied_again_and_undone_again(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        go, back = ("--accept-loss", "--done", "1"), ("--undo", "--accept-loss", "--yes")
        prepared.ok("apply", "it.plan", *go)
        prepared.ok("apply", "it.plan", *back)
        again = prepared.result("apply", "it.plan", *go)
        assert [step["before"] for step in again["steps"]] == ["unseen", "to do"]
        assert prepared.result("apply", "it.plan", *back)["job"]["success"]
        assert kinds(prepared) == ["rollback", "apply", "rollback", "apply", "apply", "apply"]


class TestBlock:
    def test_where_only_a_person_can_do_it_that_is_what_is_left(self, generated: Shop) -> None:
        made = plan(generated, "block")
        assert [(step["kind"], step["title"]) for step in made["steps"]] == [("manual", "Block Rogue Exporter")]
        assert generated.run("apply", "it.plan").code == 3
        generated.ok("localorg", "app", "block", "Rogue Exporter", *at(generated))
        generated.ok("apply", "it.plan")
        assert plan(generated, "block")["steps"] == []

    def test_an_owned_app_is_blocked_by_its_policy(self, generated: Shop) -> None:
        old = "    match: {label: Billing Sync}\n    decision: allow\n"
        generated.edit("policy.yml", old, old.replace("allow", "block"))
        end = "\n\n  # Our own, one of the newer sort."
        generated.edit("policy.yml", f"    grants:\n      profiles: [Integration User]{end}", end[1:])
        user, why = "billing.integration@acme.example", "reason: SEC-9, approved_by: ciso@acme.example"
        loss = f"{{user: {user}, app: billing_sync, {why}, until: 2036-12-31}}"
        generated.edit("policy.yml", "accepted_losses:\n", f"accepted_losses:\n  - {loss}\n")
        generated.ok("generate")
        # what the policy wrote into the file before is its own no more
        assert (
            "permissionSetName[Allow_Billing_Sync]: the org has nothing"
            in generated.run("plan", "--stage", "block").err
        )
        made = plan(generated, "block", "--take-org")
        assert [step["title"] for step in made["steps"]] == ["Block Rogue Exporter", "Block Billing Sync"]
        assert any("policyAction" in line or "sessionPolicy" in line for line in made["steps"][1]["changes"])
        assert plan(generated, "restrict")["steps"][-1]["title"] == "Restrict Partner Portal"


class TestBound:
    """A plan is for what was seen when it was made."""

    def test_another_org_is_refused(self, generated: Shop, start_org: Callable[..., LocalOrg]) -> None:
        plan(generated, "prepare")
        generated.add_org("production", start_org("production", production=True))
        ran = generated.run("apply", "it.plan", "-o", "production", "--json")
        assert ran.code == 4
        assert ran.document["error"]["code"] == "plan-of-another-org"

    def test_the_org_is_found_by_its_id_whatever_the_default_is(
        self, generated: Shop, start_org: Callable[..., LocalOrg]
    ) -> None:
        plan(generated, "prepare")
        generated.add_org("production", start_org("production", production=True))
        generated.ok("org", "use", "production")
        assert generated.result("apply", "it.plan")["org_id"] == generated.org.org_id
        generated.ok("org", "remove", "sandbox")
        ran = generated.run("apply", "it.plan")
        assert ran.code == 2
        assert "No org here has the plan's id" in ran.err

    def test_of_two_logins_the_one_that_the_plan_was_made_with(self, generated: Shop) -> None:
        plan(generated, "prepare")
        keys = Path(generated.org.admin.private_key_file).parent
        canary = ["-i", "localorg.billing.sync", "-u", "billing.integration@acme.example"]
        where = ["--login-url", generated.org.url]
        generated.ok("org", "add", "a-canary", *canary, "-f", str(keys / "Billing_Sync.pem"), *where)
        generated.ok("org", "remove", "sandbox")
        ran = generated.run("apply", "it.plan")
        assert ran.code == 2
        assert "The plan was made as admin@acme.example, and no login here is (a-canary)" in ran.err
        generated.add_org("z-admin", generated.org)
        assert generated.result("apply", "it.plan")["steps"][0]["done"] is True

    def test_an_org_that_somebody_changed_meanwhile_is_refused(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        prepared.ok("localorg", "app", "policy", "Billing Sync", "--session-timeout", "60", *at(prepared))
        ran = prepared.run("apply", "it.plan", "--accept-loss", "--done", "1", "--json")
        assert ran.code == 4
        assert ran.document["error"]["code"] == "plan-stale"
        assert "ConnectedApp:Billing_Sync is not as it was" in ran.document["error"]["message"]
        assert kinds(prepared) == ["apply", "apply"]

    def test_another_policy_is_refused(self, generated: Shop) -> None:
        plan(generated, "prepare")
        generated.edit("policy.yml", "ticket: SEC-1001", "ticket: SEC-1009")
        ran = generated.run("apply", "it.plan", "--json")
        assert ran.code == 4
        assert ran.document["error"]["code"] == "plan-stale"

    def test_somebody_who_began_to_use_an_app_meanwhile_makes_it_worse(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        who = "soapui.dev@acme.example"
        prepared.ok("localorg", "login", who, "with", "Billing Sync", "--flow", "password", *at(prepared))
        ran = prepared.run("apply", "it.plan", "--accept-loss", "--done", "1", "--json")
        assert ran.code == 4
        assert ran.document["error"]["code"] == "plan-stale"
        assert f"{who} with Billing Sync" in ran.document["error"]["message"]
        assert kinds(prepared) == ["apply", "apply"]

    def test_files_that_are_not_what_the_policy_says_are_no_ground_for_a_plan(self, generated: Shop) -> None:
        generated.edit("policy.yml", "expire_if_unused_for: 30 days", "expire_after: 7 days")
        ran = generated.run("plan", "--stage", "restrict")
        assert ran.code == 2
        assert "sfmeta generate" in ran.err

    def test_production_is_asked_for(self, generated: Shop, start_org: Callable[..., LocalOrg]) -> None:
        generated.add_org("production", start_org("production", production=True))
        plan(generated, "prepare", "-o", "production")
        ran = generated.run("apply", "it.plan", "--json")
        assert ran.code == 4
        assert "This changes the production org" in ran.document["error"]["message"]
        generated.ok("apply", "it.plan", "--yes")


class TestUnsettled:
    """A file says something that neither the policy nor the org has."""

    def test_it_is_refused_and_take_org_settles_it(self, prepared: Shop) -> None:
        prepared.edit(BILLING, "    <label>", "    <description>Some words</description>\n    <label>")
        ran = prepared.run("plan", "--stage", "restrict", "-f", "new.plan", "--json")
        assert ran.code == 4
        assert ran.document["error"]["code"] == "unsettled-value"
        message = ran.document["error"]["message"]
        assert "ConnectedApp:Billing_Sync description: the org has nothing, the file 'Some words'" in message
        assert not (prepared.root / "new.plan").exists()
        made = plan(prepared, "restrict", "--take-org")
        assert len(made["steps"]) == 3
        assert "Some words" not in (prepared.root / BILLING).read_text(encoding="utf-8")

    def test_what_the_environment_sets_is_settled(self, prepared: Shop) -> None:
        (prepared.root / "environments.yml").write_text(
            f"version: 1\nenvironments:\n  uat:\n    org: sandbox\n    org_id: {prepared.org.org_id}\n"
            "    values:\n      ConnectedApp:Billing_Sync:\n        contactEmail: uat@acme.example\n",
            encoding="utf-8",
        )
        made = plan(prepared, "restrict", "--wave", "1")
        assert any("uat@acme.example" in line for line in made["steps"][1]["changes"])


class TestBadInput:
    def test_the_boxes_are_no_plans_business(self, generated: Shop) -> None:
        ran = generated.run("plan", "--stage", "enforce")
        assert ran.code == 2
        assert "sfmeta enforce" in ran.err

    def test_a_wave_is_of_restrict(self, generated: Shop) -> None:
        assert generated.run("plan", "--stage", "prepare", "--wave", "1").code == 2
        assert generated.run("plan", "--stage", "restrict", "--wave", "9").code == 2

    @pytest.mark.parametrize("words", [("show",), ("apply",)])
    def test_what_is_no_plan(self, generated: Shop, words: tuple[str, ...]) -> None:
        assert generated.run(*words, "nowhere.plan").code == 2
        generated.write("text.plan", "hello")
        assert generated.run(*words, "text.plan").code == 2
        empty = io.BytesIO()
        with zipfile.ZipFile(empty, "w") as archive:
            archive.writestr("plan.json", "{}")
        (generated.root / "empty.plan").write_bytes(empty.getvalue())
        ran = generated.run(*words, "empty.plan")
        assert ran.code == 2
        assert "no plan" in ran.err

    def test_a_package_that_somebody_put_into_a_plan_is_found_out(self, generated: Shop) -> None:
        plan(generated, "prepare")
        _change(generated.root / "it.plan", "packages/01.zip", _with_a_file)
        ran = generated.run("apply", "it.plan")
        assert ran.code == 2
        assert "packages/01.zip is not the package that the plan names" in ran.err

    def test_nothing_but_a_plan_is_written_over(self, generated: Shop) -> None:
        ran = generated.run("plan", "--stage", "prepare", "-f", "policy.yml")
        assert ran.code == 2
        generated.write("notes.txt", "mine")
        assert generated.run("plan", "--stage", "prepare", "-f", "notes.txt").code == 2
        plan(generated, "prepare")
        plan(generated, "prepare")

    def test_a_plan_holds_no_secret(self, generated: Shop) -> None:
        plan(generated, "prepare", file="p.plan")
        plan(generated, "restrict", file="r.plan")
        for name in ("p.plan", "r.plan"):
            text = b"".join(_contents(generated.root / name))
            assert b"PRIVATE KEY" not in text
            assert b"consumerSecret" not in text
            assert b"consumerKey" not in text


def _contents(file: Path) -> list[bytes]:
    """Every file of a zip, and of the zips in it."""
    found: list[bytes] = []
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(data)) as inner:
                    found += [inner.read(one) for one in inner.namelist()]
            found.append(data)
    return found


def _change(file: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    files[name] = change(files[name])
    with zipfile.ZipFile(file, "w") as archive:
        for one, data in files.items():
            archive.writestr(one, data)


def _with_a_file(data: bytes) -> bytes:
    sink = io.BytesIO(data)
    with zipfile.ZipFile(sink, "a") as archive:
        archive.writestr("profiles/Admin.profile", "<Profile xmlns='http://soap.sforce.com/2006/04/metadata'/>")
    return sink.getvalue()


def test_show_prints_what_plan_printed(generated: Shop) -> None:
    made = plan(generated, "prepare")
    shown = generated.result("show", "it.plan")
    assert shown == {key: value for key, value in made.items() if key != "file"}
    text = generated.ok("show", "it.plan").out
    assert "01  deploy   Make the permission sets" in text
    assert json.loads(_document(generated.root / "it.plan"))["sfmeta_plan"] == 1


def _document(file: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return archive.read("plan.json")


class TestGates:
    """``environments.yml`` asks for something before anything comes into an org."""

    @pytest.fixture
    def chain(self, generated: Shop, start_org: Callable[..., LocalOrg]) -> Shop:
        """Production after uat."""
        production = start_org("production", production=True)
        generated.add_org("production", production)
        (generated.root / "environments.yml").write_text(
            f"version: 1\nenvironments:\n  uat: {{org: sandbox, org_id: {generated.org.org_id}}}\n"
            f"  production:\n    org: production\n    org_id: {production.org_id}\n"
            "    gates: {after: uat}\n",
            encoding="utf-8",
        )
        generated.folder.commit("a chain")
        return generated

    def test_the_package_must_have_been_proven_before(self, chain: Shop) -> None:
        plan(chain, "prepare", "-o", "production", file="production.plan")
        ran = chain.run("apply", "production.plan", "--yes", "--json")
        assert ran.code == 4
        assert ran.document["error"]["code"] == "gate-refused"
        assert "uat did not have the package of step 01" in ran.document["error"]["message"]
        plan(chain, "prepare", "-o", "sandbox")
        chain.ok("apply", "it.plan")
        chain.ok("apply", "production.plan", "--yes")
        digests = {
            alias: [one["package_digest"] for one in chain.result("history", "-o", alias)["deployments"]]
            for alias in ("sandbox", "production")
        }
        assert digests["sandbox"] == digests["production"], "the very same packages"

    def test_what_was_taken_back_there_proves_nothing(self, chain: Shop) -> None:
        plan(chain, "prepare", "-o", "sandbox")
        chain.ok("apply", "it.plan")
        chain.ok("apply", "it.plan", "--undo", "--yes", "--accept-loss")
        plan(chain, "prepare", "-o", "production", file="production.plan")
        assert chain.run("apply", "production.plan", "--yes").code == 4

    def test_a_second_person_must_have_agreed(self, chain: Shop) -> None:
        chain.edit("environments.yml", "gates: {after: uat}", "gates: {after: uat, approval: second_person}")
        chain.folder.commit("approval")
        plan(chain, "prepare", "-o", "sandbox")
        chain.ok("apply", "it.plan")
        made = plan(chain, "prepare", "-o", "production", file="production.plan")
        ran = chain.run("apply", "production.plan", "--yes", "--json")
        assert ran.code == 4
        assert "nobody but its authors has agreed" in ran.document["error"]["message"]
        digest = made["steps"][0]["package_digest"]
        assert "policy-approval" in ran.document["error"]["message"], "who is granted what is in the policy"
        second = ("-c", "user.name=Second Person", "-c", "user.email=second@acme.example")
        words = ("commit", "--quiet", "--allow-empty", "-m", "Approve", "--trailer", f"Approved-package: {digest}")
        chain.folder.git(*second, *words, "--trailer", f"Approved-package: {made['policy_digest']}")
        chain.ok("apply", "production.plan", "--yes")

    def test_files_that_are_not_committed_are_not_looked_at_by_anybody(self, chain: Shop) -> None:
        plan(chain, "prepare", "-o", "sandbox")
        chain.ok("apply", "it.plan")
        chain.write("force-app/main/default/permissionsets/More.permissionset-meta.xml", "<PermissionSet/>")
        plan(chain, "prepare", "-o", "production", file="production.plan")
        ran = chain.run("apply", "production.plan", "--yes", "--json")
        assert ran.code == 4
        assert "clean-source" in ran.document["error"]["message"]
