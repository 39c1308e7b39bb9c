"""Drift as a user meets it: a local org behind real HTTP, manual changes in Setup, the command line."""

from __future__ import annotations

import json
import signal
from datetime import timedelta
from pathlib import Path

import pytest

import sfmeta
from tests.cli.conftest import Shop

BILLING = "force-app/main/default/connectedApps/Billing_Sync.connectedApp-meta.xml"


class Setup:
    """Somebody else in Setup, a while after the deployment."""

    def __init__(self, shop: Shop) -> None:
        file = shop.root.parent / "ready.json"
        file.write_text(json.dumps(shop.org.ready()), encoding="utf-8")
        self.shop = shop
        self.local = ["--ready-file", str(file)]
        self.admin = shop.org.admin.username
        shop.org.advance_clock(timedelta(minutes=1))

    def open_billing(self) -> None:
        policy = ("--permitted-users", "everyone", "--refresh-token", "infinite")
        self.shop.ok("localorg", "app", "policy", "Billing Sync", *policy, *self.local)

    def assign(self) -> None:
        user = "super.user@acme.example"
        self.shop.ok("localorg", "user", "assign", user, "--permission-set", "Allow_Billing_Sync", *self.local)


def test_before_any_deployment(generated: Shop) -> None:
    refused = generated.run("drift", "--json")
    assert refused.code == 2
    assert "nothing to measure drift from" in refused.document["error"]["message"]


def test_clean_then_changed_by_hand_then_accepted(generated: Shop) -> None:
    shop = generated
    shop.ok("deploy", "--skip-forecast")
    clean = shop.run("drift")
    assert clean.code == 0, clean
    assert "Nothing differs" in clean.out
    setup = Setup(shop)
    setup.open_billing()
    setup.assign()
    found = shop.result("drift", "--junit", "drift.xml", "--sarif", "drift.sarif", code=3)
    [app] = found["components"]
    assert app["component"] == "ConnectedApp:Billing_Sync"
    values = {"/".join(field["path"]): (field["old"], field["new"]) for field in app["fields"]}
    assert values["oauthPolicy/refreshTokenPolicy"] == ("specific_inactivity:30:DAYS", "infinite")
    assert {trace["username"] for trace in app["who"]["candidates"]} == {setup.admin}
    assert any("Permitted Users" in trace["what"] for trace in app["who"]["candidates"])
    [grant] = found["records"]
    assert (grant["permission_set"], grant["subject"]) == ("Allow_Billing_Sync", "super.user@acme.example")
    assert [trace["action"] for trace in grant["who"]["candidates"]] == ["PermSetAssign"]
    assert "<failure" in (shop.root / "drift.xml").read_text(encoding="utf-8")
    log = json.loads((shop.root / "drift.sarif").read_text(encoding="utf-8"))
    places = [row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for row in log["runs"][0]["results"]]
    assert places[0] == BILLING
    # again over its own files, never over another's
    shop.run("drift", "--junit", "drift.xml", "--sarif", "drift.sarif")
    refused = shop.run("drift", "--junit", "drift.sarif")
    assert refused.code == 2
    assert "is no JUnit report" in refused.err

    unnamed = shop.run("drift", "--accept", "--yes")
    assert unnamed.code == 2
    assert "git does not know who you are" in unnamed.err
    shop.folder.git("config", "user.name", "Ada")
    shop.folder.git("config", "user.email", "ada@example.com")
    asked = shop.run("drift", "--accept")
    assert asked.code == 4
    assert "--yes" in asked.err
    taken = shop.result("drift", "--accept", "--yes")["accepted"]
    assert taken["files"] == [BILLING]
    assert shop.folder.git("show", "--name-only", "--format=", taken["commit"]) == BILLING
    text = (shop.root / BILLING).read_text(encoding="utf-8")
    assert "infinite" in text
    assert "consumerKey" not in text
    assert setup.admin in shop.folder.git("log", "-1", "--format=%B")
    assert shop.result("drift")["components"] == []
    assert shop.result("verify")["changes"] == []
    assert [entry["kind"] for entry in shop.result("history")["deployments"]] == ["accept", "deploy"]
    since = shop.result("history")["deployments"][1]["id"]
    assert shop.result("drift", "--since", since, code=3)["records"]


def test_no_secret_and_no_key_leaves_the_org(generated: Shop) -> None:
    shop = generated
    shop.ok("deploy", "--skip-forecast")
    Setup(shop).open_billing()
    said = shop.run("drift", "--json").out + shop.run("drift", "--junit", "d.xml", "--sarif", "d.sarif").out
    said += Path("d.xml").read_text(encoding="utf-8") + Path("d.sarif").read_text(encoding="utf-8")
    for secret in ("made-up-secret-of-billing", shop.org.admin.access_token):
        assert secret not in said


def test_accept_goes_with_nothing_that_looks_elsewhere(generated: Shop) -> None:
    for words in (["--since", "x"], ["--watch", "5"]):
        assert generated.run("drift", "--accept", *words).code == 2


class Watching:
    """``sfmeta drift --watch 1`` in a process of its own."""

    def __init__(self, shop: Shop, *words: str) -> None:
        self.process = shop.process("drift", "--watch", "1", *words)

    def first_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self, number: signal.Signals) -> int:
        """Its exit code; it says nothing more."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        assert out == "", err
        return self.process.returncode


def test_a_watch_ends_with_the_code_of_its_last_look(generated: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(sfmeta.__file__).parents[1]))
    shop = generated
    shop.ok("deploy", "--skip-forecast")
    clean = Watching(shop, "--json")
    first = json.loads(clean.first_line())
    assert (first["status"], first["result"]["components"], first["error"]) == (0, [], None)
    assert clean.end(signal.SIGTERM) == 0
    Setup(shop).open_billing()
    drifting = Watching(shop)
    assert "ConnectedApp:Billing_Sync changed" in drifting.first_line()
    assert drifting.end(signal.SIGINT) == 3
    shop.org.stop()
    away = Watching(shop)
    assert "not looked at" in away.first_line()
    assert away.end(signal.SIGTERM) == 6
