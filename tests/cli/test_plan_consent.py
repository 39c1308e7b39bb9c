"""What ``sfmeta apply`` asks before it sends anything: the same as any deployment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sfmeta.localorg.running.server import LocalOrg
from sfmeta.ops.plan import making, standing
from tests.cli.conftest import Shop
from tests.cli.test_plan import at, kinds, plan, visit

ENDS = "ConnectedApp:Billing_Sync blocks the app: all its sessions end, for good"


@pytest.fixture
def prepared(generated: Shop) -> Shop:
    """Prepare is applied."""
    plan(generated, "prepare")
    generated.ok("apply", "it.plan")
    return generated


def test_to_block_an_app_ends_sessions_and_is_asked_for_in_a_sandbox_too(generated: Shop) -> None:
    old = "    match: {label: Billing Sync}\n    decision: allow\n"
    generated.edit("policy.yml", old, old.replace("allow", "block"))
    generated.edit(
        "policy.yml", "    grants:\n      profiles: [Integration User]\n\n  # Our own, one of", "\n  # Our own, one of"
    )
    who = "user: billing.integration@acme.example, app: billing_sync"
    loss = f"{{{who}, reason: SEC-9, approved_by: ciso@acme.example, until: 2036-12-31}}"
    generated.edit("policy.yml", "accepted_losses:\n", f"accepted_losses:\n  - {loss}\n")
    generated.ok("generate")
    assert ENDS in plan(generated, "block", "--take-org")["notes"]
    generated.ok("localorg", "app", "block", "Rogue Exporter", *at(generated))
    ran = generated.run("apply", "it.plan", "--json")
    assert ran.code == 4
    assert ENDS in ran.document["error"]["message"]
    assert kinds(generated) == []
    generated.ok("apply", "it.plan", "--yes")
    assert kinds(generated) == ["apply"]


def test_to_take_a_step_back_changes_production_too(
    shop: Shop, start_org: Callable[..., LocalOrg], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.org = start_org("production", production=True)
    shop.add_org("production", shop.org)
    shop.ok("org", "use", "production")
    shop.retrieve_apps()
    shop.ok("generate")
    plan(shop, "prepare")
    shop.ok("apply", "it.plan", "--yes")
    plan(shop, "restrict", "--wave", "1")
    visit(shop)
    go = ("apply", "it.plan", "--accept-loss", "--done", "1")
    shop.ok(*go, "--yes")
    before = kinds(shop)
    monkeypatch.setattr(standing, "missing_grants", lambda _, wanted, __: dict.fromkeys(wanted, ("profile X",)))
    ran = shop.run(*go, "--json")
    assert ran.code == 4
    assert "take back Restrict Billing Sync" in ran.document["error"]["message"]
    assert kinds(shop) == before
    assert shop.run(*go, "--yes").code == 1
    assert kinds(shop) == ["rollback", *before]


def test_an_app_that_is_granted_to_nobody_though_its_file_says_so_is_noted(
    prepared: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run was killed before that was seen, and policy or plan are others by now."""
    plan(prepared, "restrict", "--wave", "1")
    visit(prepared)
    prepared.ok("apply", "it.plan", "--accept-loss", "--done", "1")
    assert plan(prepared, "restrict", "--wave", "1")["notes"] == []
    monkeypatch.setattr(making, "missing_grants", lambda _, wanted, __: dict.fromkeys(wanted, ("profile X",)))
    [note] = plan(prepared, "restrict", "--wave", "1")["notes"]
    assert "Billing Sync is as its file says, and the org shows no grant of it to profile X" in note


def test_what_was_done_by_hand_no_undo_takes_back_and_that_is_said(prepared: Shop) -> None:
    plan(prepared, "restrict", "--wave", "1")
    visit(prepared)
    prepared.ok("apply", "it.plan", "--accept-loss", "--done", "1")
    ran = prepared.run("apply", "it.plan", "--undo", "--json")
    assert ran.code == 4
    assert "What was done by hand for this plan stays as it is: Set up Dataloader.io" in ran.document["warnings"]
