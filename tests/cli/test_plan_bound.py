"""A plan's file proves nothing by itself: what it says is held against its packages, the policy, the values and git."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sfmeta.localorg.running.server import LocalOrg
from sfmeta.source.archive import read_zip
from sfmeta.source.package import read_package
from tests.cli.conftest import Ran, Shop
from tests.cli.test_plan import at, visit

BILLING = "ConnectedApp:Billing_Sync"
ALLOW = "force-app/main/default/permissionsets/Allow_Dataloader_io.permissionset-meta.xml"


@pytest.fixture
def prepared(generated: Shop) -> Shop:
    """Prepare is applied, and the plan of wave 1 made."""
    plan(generated, "prepare")
    generated.ok("apply", "it.plan")
    return generated


def plan(shop: Shop, stage: str, *words: str) -> dict[str, Any]:
    return shop.result("plan", "--stage", stage, "-f", "it.plan", *words)


def edit(shop: Shop, change: Callable[[dict[str, Any]], None], package: bytes | None = None) -> None:
    """Edit plan.json by hand, and the package of the first step."""
    file = shop.root / "it.plan"
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(files["plan.json"])
    change(document)
    files["plan.json"] = json.dumps(document).encode()
    if package is not None:
        files["packages/01.zip"] = package
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def refused(ran: Ran, code: int, rule: str) -> str:
    assert ran.code == code, ran
    assert ran.document["error"]["code"] == rule
    return str(ran.document["error"]["message"])


class TestWhole:
    """What a plan must say of its packages."""

    @pytest.mark.parametrize(
        ("part", "value", "words"),
        [
            ("grants", None, "step 02 does not name those whom its package lets in"),
            ("baseline", [], "step 02 does not say what the org held of each component"),
        ],
    )
    def test_what_is_read_back_and_compared_cannot_be_taken_out(
        self, prepared: Shop, part: str, value: object, words: str
    ) -> None:
        plan(prepared, "restrict", "--wave", "1")

        def without(document: dict[str, Any]) -> None:
            document["steps"][1][part] = value

        edit(prepared, without)
        ran = prepared.run("apply", "it.plan", "--done", "1", "--accept-loss", "--json")
        assert words in refused(ran, 2, "SourceError")

    def test_a_plan_without_an_id_is_none(self, prepared: Shop) -> None:
        """Whatever no plan did is on record without one: its undo would take back that."""
        plan(prepared, "restrict", "--wave", "1")
        edit(prepared, lambda document: document.update(id=""))
        assert "it has no id" in refused(prepared.run("apply", "it.plan", "--undo", "--json"), 2, "SourceError")

    def test_only_steps_by_hand_can_be_said_to_be_done(self, prepared: Shop) -> None:
        plan(prepared, "restrict", "--wave", "1")
        ran = prepared.run("apply", "it.plan", "--done", "2", "--done", "9", "--json")
        assert "--done 2 --done 9: the plan has no such step by hand" in refused(ran, 2, "UsageError")


class TestSaid:
    """Grants are written as the policy says them now, or not at all."""

    def test_a_grant_that_the_policy_does_not_say_is_not_written(self, generated: Shop) -> None:
        plan(generated, "prepare")

        def one_more(document: dict[str, Any]) -> None:
            who = {"kind": "PermissionSetAssignment", "parent": "Use_Any_API_Client"}
            new = {"id": {**who, "subject": "former.tool.user@acme.example"}}
            document["steps"][1]["records"].append({"old": None, "new": new})

        edit(generated, one_more)
        message = refused(generated.run("apply", "it.plan", "--json"), 4, "plan-stale")
        assert "Use_Any_API_Client/former.tool.user@acme.example" in message
        assert generated.result("history")["deployments"] == []

    def test_a_longer_one_neither(self, generated: Shop) -> None:
        plan(generated, "prepare")

        def for_ever(document: dict[str, Any]) -> None:
            del document["steps"][1]["records"][1]["new"]["expires_at"]

        edit(generated, for_ever)
        assert "soapui.dev" in refused(generated.run("apply", "it.plan", "--json"), 4, "plan-stale")

    def test_a_variable_that_names_somebody_else_by_now(self, generated: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        generated.edit("policy.yml", "        - super.user@acme.example\n", "        - '${env:LOADER}'\n")
        monkeypatch.setenv("LOADER", "super.user@acme.example")
        plan(generated, "prepare")
        monkeypatch.setenv("LOADER", "former.tool.user@acme.example")
        assert "super.user" in refused(generated.run("apply", "it.plan", "--json"), 4, "plan-stale")
        monkeypatch.setenv("LOADER", "super.user@acme.example")
        generated.ok("apply", "it.plan")

    def test_what_is_there_already_is_not_asked_about(self, generated: Shop) -> None:
        plan(generated, "prepare")
        generated.ok("deploy", "-m", "PermissionSet")
        generated.ok("grant", "sync", "--app", "dataloader_io")
        assert generated.result("apply", "it.plan")["steps"][1]["done"]


class TestValues:
    """A package was made with the values of the org's environment."""

    def environments(self, shop: Shop, email: str) -> None:
        shop.write(
            "environments.yml",
            f"version: 1\nenvironments:\n  uat:\n    org: sandbox\n    org_id: {shop.org.org_id}\n"
            f"    values:\n      {BILLING}:\n        contactEmail: {email}\n",
        )

    def test_other_values_make_it_stale(self, prepared: Shop) -> None:
        self.environments(prepared, "uat@acme.example")
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        go = ("apply", "it.plan", "--done", "1", "--accept-loss", "--json")
        self.environments(prepared, "other@acme.example")
        assert "environments.yml has other values" in refused(prepared.run(*go), 4, "plan-stale")
        (prepared.root / "environments.yml").unlink()
        assert "environments.yml has other values" in refused(prepared.run(*go), 4, "plan-stale")
        self.environments(prepared, "uat@acme.example")
        prepared.ok(*go)

    def test_what_was_proven_here_can_be_promoted(self, prepared: Shop, start_org: Callable[..., LocalOrg]) -> None:
        """The ledger has the package as it was before the values."""
        production = start_org("production", production=True)
        prepared.add_org("production", production)
        self.environments(prepared, "uat@acme.example")
        with (prepared.root / "environments.yml").open("a", encoding="utf-8") as file:
            file.write(f"  production: {{org: production, org_id: {production.org_id}, gates: {{after: uat}}}}\n")
        prepared.folder.commit("a chain")
        plan(prepared, "restrict", "--wave", "1")
        visit(prepared)
        prepared.ok("apply", "it.plan", "--done", "1", "--accept-loss")
        ran = prepared.run("promote", "--to", "production", "--check-only", "--json")
        gates = {gate["name"]: gate["verdict"] for gate in ran.document["result"]["gates"]}
        assert (gates["deployed"], gates["verify"], gates["clean-source"]) == ("passed", "passed", "passed")

    def test_what_it_is_said_to_come_from_must_be_in_it(self, prepared: Shop) -> None:
        self.environments(prepared, "uat@acme.example")
        plan(prepared, "restrict", "--wave", "1")

        def of_another(document: dict[str, Any]) -> None:
            document["steps"][1]["base_digest"] = "0" * 64

        edit(prepared, of_another)
        ran = prepared.run("apply", "it.plan", "--json")
        assert "step 02 does not come from the package that the plan names" in refused(ran, 2, "SourceError")


class TestGate:
    """A package is known by its digest before values were set: what the file says of that is looked up in git."""

    @pytest.fixture
    def gated(self, generated: Shop, start_org: Callable[..., LocalOrg]) -> Shop:
        """Production, after the sandbox and with a second person, who has looked at what is committed."""
        production = start_org("production", production=True)
        generated.add_org("production", production)
        generated.write(
            "environments.yml",
            f"version: 1\nenvironments:\n  uat: {{org: sandbox, org_id: {generated.org.org_id}}}\n"
            f"  production:\n    org: production\n    org_id: {production.org_id}\n"
            "    gates: {after: uat, approval: second_person}\n",
        )
        generated.folder.commit("a chain")
        second = ("-c", "user.name=Second Person", "-c", "user.email=second@acme.example")
        words = ("--trailer", "Reviewed-by: Second Person <second@acme.example>")
        generated.folder.git(*second, "commit", "--quiet", "--allow-empty", "-m", "Looked at", *words)
        return generated

    def test_a_package_of_files_that_nobody_committed_is_not_the_one_that_was_reviewed(self, gated: Shop) -> None:
        more = "    <userPermissions>\n        <enabled>true</enabled>\n        <name>ModifyAllData</name>\n"
        gated.edit(ALLOW, "</PermissionSet>", f"{more}    </userPermissions>\n</PermissionSet>")
        plan(gated, "prepare", "-o", "sandbox")
        gated.ok("apply", "it.plan")
        plan(gated, "prepare", "-o", "production")
        edit(gated, lambda document: document.update(dirty=False))
        message = refused(gated.run("apply", "it.plan", "--yes", "--json"), 4, "gate-refused")
        assert "does not give the package of step 01" in message

    def test_what_the_commit_gives_passes(self, gated: Shop) -> None:
        plan(gated, "prepare", "-o", "sandbox")
        gated.ok("apply", "it.plan")
        plan(gated, "prepare", "-o", "production")
        gated.ok("apply", "it.plan", "--yes")

    def test_nothing_is_known_by_a_digest_that_is_not_its_own(self, gated: Shop) -> None:
        """Neither here, nor in the ledger of the environment that another one comes after."""
        plan(gated, "prepare", "-o", "sandbox")
        package, forged = _with_all_data(gated.root / "it.plan")
        edit(gated, lambda document: document["steps"][0].update(digest=forged), package)
        message = refused(gated.run("apply", "it.plan", "--json"), 2, "SourceError")
        assert "step 01 does not come from the package that the plan names" in message


def _with_all_data(file: Path) -> tuple[bytes, str]:
    """The first package of a plan, its permission sets with one permission more; and its digest."""
    more = b"<userPermissions><enabled>true</enabled><name>ModifyAllData</name></userPermissions></PermissionSet>"
    sink = io.BytesIO()
    with zipfile.ZipFile(file) as plan_file:
        package_file = io.BytesIO(plan_file.read("packages/01.zip"))
    with zipfile.ZipFile(package_file) as old, zipfile.ZipFile(sink, "w") as made:
        for name in old.namelist():
            made.writestr(name, old.read(name).replace(b"</PermissionSet>", more))
    package = read_package(read_zip(io.BytesIO(sink.getvalue()), "package"), "package")
    return sink.getvalue(), package.digest


def test_whom_the_packages_might_lock_out_is_in_the_plan(prepared: Shop) -> None:
    """The file says nothing of a grant that the org has: whether a deployment keeps it is an open question."""
    prepared.edit("policy.yml", '  permission_set: "Allow {label}"\n', "")
    match = "    match: {label: Dataloader.io}\n"
    prepared.edit("policy.yml", match, f"{match}    permission_set: Allow Dataloader.io\n")
    prepared.ok("generate")
    billing = "force-app/main/default/connectedApps/Billing_Sync.connectedApp-meta.xml"
    prepared.edit(billing, "    <permissionSetName>Allow_Billing_Sync</permissionSetName>\n", "")
    who, by_hand = "super.user@acme.example", ("--permission-set", "Allow_Partner_Portal")
    prepared.ok("localorg", "app", "policy", "Billing Sync", *by_hand, *at(prepared))
    prepared.ok("localorg", "user", "assign", who, *by_hand, *at(prepared))
    prepared.ok("localorg", "login", who, "with", "Billing Sync", "--flow", "password", *at(prepared))
    made = plan(prepared, "restrict", "--wave", "1")
    assert (who, "Billing Sync") in {(one["user"], one["app"]) for one in made["forecast"]["outstanding"]}
    visit(prepared)
    go = ("apply", "it.plan", "--done", "1", "--yes")
    ran = prepared.run(*go)
    assert ran.code == 4
    assert f"{who} with Billing Sync" in ran.err, "what --accept-loss would agree to is shown"
    prepared.ok(*go, "--accept-loss")


def test_a_person_is_told_the_names_of_that_org(generated: Shop) -> None:
    generated.edit(
        "policy.yml", "      users:\n        - super", "      assigned_by: external\n      users:\n        - super"
    )
    generated.ok("generate")
    generated.write(
        "environments.yml",
        f"version: 1\nenvironments:\n  uat:\n    org: sandbox\n    org_id: {generated.org.org_id}\n"
        "    usernames: {map: {super.user@acme.example: former.tool.user@acme.example}}\n",
    )
    visit_of_idp = plan(generated, "prepare")["steps"][-1]
    assert visit_of_idp["kind"] == "manual"
    assert "See former.tool.user@acme.example" in visit_of_idp["actions"]
