"""``sfmeta evidence``: from git and the org, on paper."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from tests.cli.conftest import Shop
from tests.cli.test_plan import plan, visit


@pytest.fixture
def restricted(generated: Shop) -> Shop:
    """Prepare and the first wave are applied."""
    plan(generated, "prepare")
    generated.ok("apply", "it.plan")
    plan(generated, "restrict", "--wave", "1")
    visit(generated)
    generated.ok("apply", "it.plan", "--accept-loss", "--done", "1")
    return generated


def document(shop: Shop) -> dict[str, Any]:
    shop.ok("evidence", "-f", "evidence.json", "--html", "evidence.html")
    found: dict[str, Any] = json.loads((shop.root / "evidence.json").read_text(encoding="utf-8"))
    return found


def test_what_was_decided_done_and_foreseen(restricted: Shop) -> None:
    found = document(restricted)
    head = restricted.folder.git("rev-parse", "HEAD")
    assert (found["policy"]["revision"], found["policy"]["dirty"]) == (head, False)
    assert found["policy"]["authors"] == ["Ada <ada@example.com>"]
    assert found["policy"]["approval"] is None
    last, *_, first = found["deployments"]
    assert (last["kind"], last["job_id"][:3], len(last["package_digest"])) == ("apply", "0Af", 64)
    assert last["review"]["authors"] == ["Ada <ada@example.com>"]
    assert found["forecast_before"]["deployment"] == last["id"]
    assert "might stop working after restrict" in found["forecast_before"]["said"]["outcome"]
    assert "Nobody stops working after prepare" in first["forecast"]
    granted = found["deployments"][1]
    record = "PermissionSetAssignment:Allow_Dataloader_io/super.user@acme.example"
    assert record in {change["record"] for change in granted["grants"]}
    page = (restricted.root / "evidence.html").read_text(encoding="utf-8")
    assert f"+ {record}" in page
    rows = {row["user"]["username"] for row in found["forecast_before"]["said"]["rows"]}
    assert "billing.integration@acme.example" in rows, "all whom it hit are kept, not only what a terminal shows"


def test_who_gets_in_today_and_who_is_an_exception(restricted: Shop) -> None:
    found = document(restricted)
    cells = {(cell["user"], cell["app"]): cell for cell in found["matrix"]}
    assert cells["super.user@acme.example", "Dataloader.io"]["verdict"] == "works"
    assert cells["super.user@acme.example", "Dataloader.io"]["grade"] in ("A", "B", "C", "assumption")
    kinds = {(one["kind"], one["who"], one["source"]): one for one in found["exceptions"]}
    loss = kinds["accepted_loss", "former.tool.user@acme.example", "policy"]
    assert (loss["approved_by"], loss["until"]) == ("ciso@acme.example", "2036-12-31T23:59:00Z")
    assert ("any_api_client", "soapui.dev@acme.example", "policy") in kinds
    assert ("powerful_permission", "admin@acme.example", "org") in kinds
    assert found["watch"]["clean"] is True
    assert {one["username"] for one in found["watch"]["unproven"]} >= {"super.user@acme.example"}
    assert {one["name"] for one in found["not_visible"]} >= {"rare_jobs"}


def test_a_second_person_and_a_commit_that_is_not_here(restricted: Shop) -> None:
    second = ("-c", "user.name=Second", "-c", "user.email=second@acme.example")
    trailer = ("--trailer", "Reviewed-by: Second <second@acme.example>")
    restricted.folder.git(*second, "commit", "--quiet", "--allow-empty", "-m", "Reviewed", *trailer)
    found = document(restricted)
    assert found["policy"]["approval"]["by"] == "Second <second@acme.example>"
    assert found["deployments"][0]["review"]["approval"]["how"] == "is named as its reviewer"
    restricted.edit("policy.yml", "SEC-1001", "SEC-1002")
    assert document(restricted)["policy"]["dirty"] is True


def test_before_anything_was_done(generated: Shop) -> None:
    found = document(generated)
    assert found["deployments"] == []
    assert found["forecast_before"] is None
    assert found["watch"] is None
    assert "no flip and no deployment" in found["unwatched"]
    page = (generated.root / "evidence.html").read_text(encoding="utf-8")
    assert "No deployment on record was forecast" in page


def test_the_files_are_the_readers_alone_and_hold_no_secret(restricted: Shop) -> None:
    document(restricted)
    for name in ("evidence.json", "evidence.html"):
        file = restricted.root / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        text = file.read_text(encoding="utf-8")
        assert restricted.org.admin.access_token not in text
        assert "PRIVATE KEY" not in text
    page = (restricted.root / "evidence.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    # older ones are replaced, anything else is not
    document(restricted)
    assert restricted.run("evidence", "-f", "policy.yml").code == 2
    restricted.write("notes.json", '{"mine": 1}')
    assert restricted.run("evidence", "-f", "notes.json").code == 2
