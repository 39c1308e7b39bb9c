"""The Salesforce CLI and sfmeta on one org: what one of them writes, the other reads as the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import Shop
from tests.peers.conftest import Sf

pytestmark = pytest.mark.npm

Writer = Callable[..., Path]


def test_sf_logs_in_by_access_token_and_shows_the_org(sf: Sf, acme: LocalOrg, tmp_path: Path) -> None:
    login = ["org", "login", "access-token", "--instance-url", acme.url, "--alias", "by-token", "--no-prompt"]
    sf.ok(*login, cwd=tmp_path, SF_ACCESS_TOKEN=acme.admin.access_token)
    shown = sf.ok("org", "display", "-o", "by-token", cwd=tmp_path)
    assert (shown["username"], shown["connectedStatus"]) == (acme.admin.username, "Connected")
    assert shown["id"].startswith("00D")


def test_sf_starts_no_update_of_itself(sf: Sf, tmp_path: Path) -> None:
    sf.ok("org", "list", cwd=tmp_path, HOME=str(tmp_path))
    assert list(tmp_path.rglob("autoupdate*")) == []


def test_sf_queries(sf: Sf, alias: str, tmp_path: Path) -> None:
    query = "SELECT Username, Profile.Name FROM User WHERE Username = 'admin@acme.example'"
    found = sf.ok("data", "query", "-o", alias, "-q", query, cwd=tmp_path)
    assert found["totalSize"] == 1
    assert found["records"][0]["Profile"]["Name"] == "System Administrator"


def test_what_sf_deploys_sfmeta_verifies(sf: Sf, alias: str, shop: Shop, permission_set: Writer) -> None:
    permission_set("Sent_By_Sf")
    only = ["-m", "PermissionSet:Sent_By_Sf"]
    assert shop.result("verify", *only, code=3)["changes"]

    sent = sf.ok("project", "deploy", "start", "-o", alias, "-d", "force-app", cwd=shop.root)
    assert sent["success"]
    assert [file["fullName"] for file in sent["files"]] == ["Sent_By_Sf"]
    assert shop.result("verify", *only)["changes"] == []

    permission_set("Sent_By_Sf", description="two")
    [change] = shop.result("verify", *only, code=3)["changes"]
    assert [field["path"] for field in change["fields"]] == [["description"]]


def test_what_sfmeta_deploys_sf_retrieves_unchanged(sf: Sf, alias: str, shop: Shop, permission_set: Writer) -> None:
    permission_set("Sent_By_Sfmeta")
    billing = "force-app/main/default/connectedApps/Billing_Sync.connectedApp-meta.xml"
    shop.ok("retrieve", "-m", "ConnectedApp:Billing_Sync")
    shop.edit(billing, "<label>", "<description>Sends invoices</description>\n    <label>")
    shop.folder.commit("what is deployed")
    shop.ok("deploy", "--skip-forecast", "--begin-history")

    shop.edit(billing, "Sends invoices", "changed on disk only")
    wanted = ["-m", "PermissionSet:Sent_By_Sfmeta", "-m", "ConnectedApp:Billing_Sync"]
    sf.ok("project", "retrieve", "start", "-o", alias, *wanted, cwd=shop.root)
    assert "Sends invoices" in (shop.root / billing).read_text(encoding="utf-8")
    differing = shop.run("diff", "--from", "HEAD", "--json").document["result"]["changes"]
    assert differing == []

    again = sf.ok("project", "deploy", "start", "-o", alias, *wanted, cwd=shop.root)
    assert {file["state"] for file in again["files"]} == {"Unchanged"}


def test_both_show_a_refusal_in_the_same_words(sf: Sf, alias: str, shop: Shop, permission_set: Writer) -> None:
    permission_set("Refused", permission="NoSuchPermission")
    said = sf.run("project", "deploy", "start", "-o", alias, "-d", "force-app", cwd=shop.root)
    assert said.code == 1
    [theirs] = said.result["details"]["componentFailures"]
    ours = shop.result("deploy", "--skip-forecast", "--begin-history", code=1)["job"]["messages"]
    [message] = [message for message in ours if not message["success"]]
    assert message["problem"] == theirs["problem"] == "Unknown user permission: NoSuchPermission"


def test_sfmeta_uses_the_login_of_sf(
    sf: Sf, alias: str, acme: LocalOrg, shop: Shop, permission_set: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sf.environ.items():
        monkeypatch.setenv(name, value)
    added = shop.result("org", "add", "through-sf", "--sf", alias)
    assert added["username"] == acme.admin.username
    assert shop.result("org", "show", "through-sf")
    permission_set("New")
    assert shop.result("verify", "-o", "through-sf", code=3)["changes"]
