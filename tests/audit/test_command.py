"""``sfmeta audit`` as a user runs it: text that fits the terminal, one document, a file that is whole or not there."""

from __future__ import annotations

import json
import signal
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from sfmeta.codec.inventory_json import read_inventory
from sfmeta.org.http import HttpSettings
from tests.cli.conftest import Shop, acme_data, shop, start_org

__all__ = ["acme_data", "shop", "start_org"]


def test_the_text_says_who_uses_what_and_what_cannot_be_seen(shop: Shop) -> None:
    text = shop.ok("audit").out
    rows = {line.split("  ")[1]: line.split() for line in text.splitlines() if line.startswith("  ") and "20" in line}
    assert rows["Salesforce for Android"][-4:-1] == ["installed", "everyone", "4"]
    assert rows["Rogue Exporter"][-6:-1] == ["used", "only", "not", "known", "1"]
    assert rows["Partner Portal (external client app)"][-2] == "1"
    assert "soapui.dev@acme.example  SOAP login()  20     0" in text
    assert "CustomizeApplication: admin@acme.example" in text
    assert "could assign themselves a permission set: admin@acme.example" in text
    assert "not visible    Tools that reuse a browser session (browser_session)" in text
    assert "OauthToken: all 10 rows read" in text
    assert "API Access Control is off for internal users" in text


@pytest.mark.parametrize("width", [80, 100])
def test_the_text_fits_the_terminal(shop: Shop, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = shop.ok("audit").out.splitlines()
    assert [line for line in lines if len(line) > width] == []


def test_the_document_and_the_file_are_one(shop: Shop) -> None:
    result = shop.result("audit", "-f", "out/inventory.json", "--days", "30")
    path = shop.root / "out" / "inventory.json"
    assert json.loads(path.read_bytes()) == result
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    inventory = read_inventory(path.read_bytes(), "inventory.json")
    assert (inventory.days, str(inventory.org_id)) == (30, shop.org.org_id)
    assert inventory.client_id == shop.org.admin.client_id
    assert [one.name for one in path.parent.iterdir()] == ["inventory.json"]


def test_secrets_of_the_org_are_not_in_it(shop: Shop) -> None:
    shop.ok("audit", "-f", "inventory.json")
    text = (shop.root / "inventory.json").read_text()
    with shop.org.state.lock:
        rows = [row for kind in ("ConnectedApplication", "OauthToken") for row in shop.org.state.records.find(kind)]
    secrets = [str(row[name]) for row in rows for name in ("ConsumerSecret", "Token", "DeleteToken") if row[name]]
    assert len(secrets) > 5
    assert [one for one in secrets if one in text] == []


def test_a_user_who_may_not_see_enough_is_exit_4(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", shop.org.login("billing.integration@acme.example", "Billing Sync").token)
    shop.ok("org", "add", "weak", "--access-token-env", "SOME_TOKEN", "-r", shop.org.url)
    ran = shop.run("audit", "-o", "weak", "-f", "inventory.json")
    assert ran.code == 4
    assert "billing.integration@acme.example lacks the permission Customize Application" in ran.err
    assert not (shop.root / "inventory.json").exists()


@pytest.mark.parametrize("options", [["--days", "0"], ["--parallel", "0"], ["--parallel", "11"]])
def test_wrong_options_are_exit_2(shop: Shop, options: list[str]) -> None:
    assert shop.run("audit", *options).code == 2


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command's client tries again at once."""
    real = HttpSettings.from_environ
    monkeypatch.setattr(HttpSettings, "from_environ", lambda environ: replace(real(environ), retry_waits_s=(0.0, 0.0)))


@pytest.mark.usefixtures("no_pauses")
def test_an_org_that_breaks_off_leaves_no_file_and_an_old_one_alone(shop: Shop) -> None:
    old = shop.write("inventory.json", '{"sfmeta_inventory": 1, "old": true}')
    before = old.read_text()
    shop.org.faults.add("drop-after", path="/services/data/*/query*", after=6)
    ran = shop.run("audit", "-f", "inventory.json")
    assert ran.code == 6
    assert "cannot reach" in ran.err
    assert old.read_text() == before


def test_an_interrupted_audit_leaves_no_half_file(shop: Shop) -> None:
    shop.org.faults.add("delay", path="/services/data/*/query*", after=5, delay_s=1.5)
    process = shop.process("audit", "-f", "inventory.json")
    assert process.stderr is not None
    assert "Reading who uses what" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Interrupted" in err
    left = [path.name for path in Path(shop.root).iterdir() if "inventory" in path.name]
    assert left == []
