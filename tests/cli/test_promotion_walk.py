"""From the sandbox to production through the command line: every gate refuses in its words, then lets through."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli.clock import SystemClock
from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import Ran, Shop
from tests.cli.test_quick_deploy import META, TEST

ALLOW = "force-app/main/default/permissionsets/Allow_Billing_Sync.permissionset-meta.xml"
APP = "ConnectedApp:Billing_Sync"
ACCEPTED = """accepted_losses:
  - user: billing.integration@acme.example
    app: billing_sync
    reason: SEC-1, moves in the same night
    approved_by: ciso@acme.example
    until: 2036-12-31T23:59Z
  - user: portal.integration@acme.example
    app: partner_portal
    reason: SEC-2, moves in the same night
    approved_by: ciso@acme.example
    until: 2036-12-31T23:59Z
"""
UAT_URL = "https://uat.billing.acme.example/callback"
BLIND = "[browser_session, visualforce_and_packages, jwt_and_client_credentials, rare_jobs]"


class Chain:
    """A sandbox and a production org, and what ``environments.yml`` says of them."""

    def __init__(self, shop: Shop, start_org: Callable[..., LocalOrg]) -> None:
        self.shop = shop
        self._start = start_org
        shop.add_org("uat", shop.org)
        shop.add_org("production", start_org("production", production=True))
        self.ids = {name: self.org_id(name) for name in ("uat", "production")}
        # production keeps the one that it has: whoever took it away would be told by the forecast
        self.urls = {"uat": UAT_URL, "production": "https://billing.acme.example/callback"}

    def org_id(self, alias: str) -> str:
        return str(self.shop.result("org", "show", alias)["org_id"])

    def write(self, gates: str) -> None:
        lines = ["version: 1", "environments:"]
        for name, org_id in self.ids.items():
            url = self.urls[name]
            lines += [f"  {name}:", f"    org: {name}", f"    org_id: {org_id}", "    values:"]
            lines += [f"      {APP}:", f"        oauthConfig/callbackUrl: {url}"]
        self.shop.write("environments.yml", "\n".join([*lines, gates, ""]))

    def refresh(self) -> None:
        """The alias ``uat`` stands for another org from now on."""
        (self.shop.root.parent / "fresh").mkdir()
        self.shop.ok("org", "remove", "uat")
        self.shop.add_org("uat", self._start("fresh"))

    def promote(self, *words: str) -> Ran:
        return self.shop.run("promote", "--to", "production", *words, "--json")

    def shut(self, *words: str) -> dict[str, str]:
        """What the gates that refuse say, and what they want."""
        ran = self.promote(*words)
        assert ran.code == 4, ran
        assert ran.document["error"]["code"] == "gate-refused"
        gates = ran.document["result"]["gates"]
        assert all(gate["satisfy"] for gate in gates if gate["verdict"] == "refused")
        return {gate["name"]: f"{gate['what']} -> {gate['satisfy']}" for gate in gates if gate["verdict"] == "refused"}

    def entry(self, alias: str) -> dict[str, Any]:
        """The last deployment in the ledger, as git has it."""
        blob = self.shop.folder.git("show", f"refs/sfmeta/orgs/{self.ids[alias]}:deployment.json")
        found: dict[str, Any] = json.loads(blob)
        return found

    def sent(self, alias: str) -> str:
        """The app's file of the last deployment."""
        ref = f"refs/sfmeta/orgs/{self.ids[alias]}"
        return self.shop.folder.git("show", f"{ref}:package/connectedApps/Billing_Sync.connectedApp")


@pytest.fixture
def chain(generated: Shop, start_org: Callable[..., LocalOrg]) -> Chain:
    return Chain(generated, start_org)


def test_each_gate_refuses_and_then_lets_through(chain: Chain, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shop = chain.shop
    chain.write("")
    unwritten = chain.promote()
    assert unwritten.code == 4
    assert "gates: {after: uat, soak: 24 hours, approval: second_person}" in unwritten.document["error"]["message"]

    chain.write("    gates: {after: uat, soak: 24 hours, approval: second_person}\n    test_level: RunLocalTests")
    assert "Deploy it there first: sfmeta deploy -o uat" in chain.shut()["deployed"]

    # not committed, and nobody says who may stop working
    policy = (shop.root / "policy.yml").read_text(encoding="utf-8")
    shop.edit(ALLOW, "<label>Allow Billing Sync", "<description>new</description><label>Allow Billing Sync")
    (shop.root / "policy.yml").unlink()
    deployed = shop.result("deploy", "--skip-forecast", "-o", "uat")
    assert deployed["derivation"]["environment"] == "uat"
    shut = chain.shut()
    assert shut.keys() == {"soak", "clean-source", "forecast"}
    assert "24 hours are asked for -> Wait until 20" in shut["soak"]
    assert "Commit the files as they were deployed" in shut["clean-source"]
    assert "Commit environments.yml and policy.yml" in shut["clean-source"]
    assert "sfmeta policy draft -o production" in shut["forecast"]

    # committed by one person; somebody changed the sandbox; people in production would stop working
    shop.write("policy.yml", policy)
    shop.folder.commit("by one person")
    _change_by_hand(shop, tmp_path / "elsewhere")
    shut = chain.shut()
    assert shut.keys() == {"soak", "verify", "forecast", "approval"}
    assert "PermissionSet:Allow_Billing_Sync" in shut["verify"]
    assert "billing.integration@acme.example with Billing Sync" in shut["forecast"]
    assert "in production" in shut["forecast"]
    assert "Ada <ada@example.com>" in shut["approval"]

    # a day later, all of it settled; the printed line is run by somebody else
    assert shop.result("deploy", "--skip-forecast", "-o", "uat")["job"]["success"], "the sandbox is put right"
    shop.edit("policy.yml", "accepted_losses:\n", ACCEPTED)
    shop.edit("policy.yml", "accepted_blind_spots: []", f"accepted_blind_spots: {BLIND}")
    shop.folder.commit("accepted by name")
    _, _, line = shut["approval"].partition("run: git ")
    shop.folder.git("-c", "user.name=Bob", "-c", "user.email=bob@example.com", *shlex.split(line))
    monkeypatch.setattr(SystemClock, "now", lambda _: time.time() + 25 * 3600)
    assert shop.run("promote", "--to", "production").code == 4, "production needs consent"
    checked = chain.promote("--check-only")
    assert checked.code == 0, checked
    assert checked.document["result"]["job"]["check_only"]
    assert _refs(shop, chain.ids["production"]) == ""
    assert shop.result("verify", "-o", "production", code=3)["changes"], "nothing was saved"

    done = chain.promote("--yes")
    assert done.code == 0, done
    assert {gate["verdict"] for gate in done.document["result"]["gates"]} == {"passed"}
    assert shop.result("verify", "-o", "production")["changes"] == []
    there, here = chain.entry("uat"), chain.entry("production")
    assert (here["kind"], here["source"], here["source_dirty"]) == ("promote", there["id"], False)
    assert here["derivation"]["base_digest"] == there["derivation"]["base_digest"]
    assert here["derivation"]["values_digest"] != there["derivation"]["values_digest"]
    assert f"<callbackUrl>{UAT_URL}<" in chain.sent("uat")
    assert "<callbackUrl>https://billing.acme.example/callback<" in chain.sent("production")

    # the sandbox is made anew: what was proven in the old one proves nothing
    chain.refresh()
    assert f"uat is {chain.org_id('uat')}" in chain.shut()["org"]
    chain.ids["uat"] = chain.org_id("uat")
    chain.write("    gates: {after: uat}")
    assert "No deployment to uat is recorded here" in chain.shut()["deployed"]
    again = shop.result("deploy", "--skip-forecast", "-o", "uat", "--yes")
    assert again["derivation"]["base_digest"] == there["derivation"]["base_digest"], "and is proven anew"


def test_values_are_set_for_the_org_that_they_are_of(chain: Chain) -> None:
    shop = chain.shop
    chain.urls["production"] = "https://new.billing.acme.example/callback"
    chain.write("")
    shop.ok("deploy", "--skip-forecast", "-o", "uat")
    assert shop.result("verify", "-o", "uat")["changes"] == []
    assert shop.result("diff", "-o", "uat")["changes"] == []
    [change] = [one for one in shop.result("diff", "-o", "production", code=3)["changes"] if one["component"] == APP]
    urls = [field["new"] for field in change["fields"] if field["path"] == ["oauthConfig", "callbackUrl"]]
    assert urls == ["https://new.billing.acme.example/callback"]
    part = shop.result("deploy", "--skip-forecast", "-o", "uat", "-m", "PermissionSet:Allow_Billing_Sync")
    assert part["job"] is None, "values of what is left out are no mistake"
    shop.edit("environments.yml", "oauthConfig/callbackUrl", "oauthConfig/callbackURL")
    wrong = shop.run("deploy", "--skip-forecast", "-o", "uat", "--json")
    assert wrong.code == 2
    assert "has no element oauthConfig/callbackURL" in wrong.document["error"]["message"]
    (shop.root / "environments.yml").unlink()
    assert shop.result("verify", "-o", "uat", code=3)["changes"], "without values it is another package"


def test_wrong_words(chain: Chain) -> None:
    shop = chain.shop
    assert "Write them into environments.yml" in shop.run("promote", "--to", "production").err
    chain.write("    gates: {after: uat}")
    ran = shop.run("promote", "--to", "prodution")
    assert (ran.code, "Did you mean production?" in ran.err) == (2, True)
    ran = shop.run("promote", "--to", "production", "--deployment", "nope")
    assert (ran.code, "'nope' names no deployment to uat" in ran.err) == (2, True)
    shop.write("environments.yml", "version: 1\nenvironments: {uat: {org: uat, orgid: x}}\n")
    ran = shop.run("promote", "--to", "uat")
    assert ran.code == 2
    assert "environments.yml:2:" in ran.err
    assert "Traceback" not in ran.err


def _refs(shop: Shop, org_id: str) -> str:
    return shop.folder.git("for-each-ref", f"refs/sfmeta/orgs/{org_id}")


def _change_by_hand(shop: Shop, elsewhere: Path) -> None:
    """Somebody with another project changes the sandbox; our ledger knows nothing of it."""
    file = elsewhere / ALLOW
    file.parent.mkdir(parents=True)
    file.write_text((shop.root / ALLOW).read_text(encoding="utf-8").replace(">new<", ">changed<"), encoding="utf-8")
    (elsewhere / "sfdx-project.json").write_bytes((shop.root / "sfdx-project.json").read_bytes())
    subprocess.run(["git", "init", "--quiet", str(elsewhere)], check=True)
    shop.ok("deploy", "--skip-forecast", "-o", "uat", "--begin-history", "--project", str(elsewhere))


def test_a_check_of_a_promotion_is_what_is_promoted(chain: Chain) -> None:
    shop = chain.shop
    shop.write("force-app/main/default/classes/Checks.cls", TEST)
    shop.write("force-app/main/default/classes/Checks.cls-meta.xml", META)
    chain.write("    gates: {after: uat, validated: RunLocalTests}")
    shop.edit("policy.yml", "accepted_losses:\n", ACCEPTED)
    shop.edit("policy.yml", "accepted_blind_spots: []", f"accepted_blind_spots: {BLIND}")
    shop.folder.commit("all of it")
    shop.ok("deploy", "--skip-forecast", "-o", "uat")
    assert chain.shut("--yes").keys() == {"validated"}
    assert chain.promote("--check-only", "--quick", "0Af000000000001AAA").code == 2
    said = shop.ok("promote", "--to", "production", "--check-only").out
    [job] = re.findall(r"sfmeta promote --to production --quick (0Af\w+)", said)
    done = chain.promote("--quick", job, "--yes")
    assert done.code == 0, done
    assert {gate["verdict"] for gate in done.document["result"]["gates"]} == {"passed"}
    entry = chain.entry("production")
    assert (entry["kind"], entry["validation"], entry["success"]) == ("promote", job, True)
