"""The flip end to end: confirmed, refused, broken, taken back; what it changes by itself is named."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli import enforce_on
from sfmeta.model.deployment import Undo, UndoState
from sfmeta.model.names import OrgId
from sfmeta.ops import closing
from sfmeta.ops.enforce import logins
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.cli.conftest import Shop
from tests.enforce.conftest import ADMIN, CANARY, ON, Hurried, boxes, ticked

pytestmark = pytest.mark.usefixtures("hurried")
FLIPPED = ("enableAdminApprovedAppsOnly",)


def kinds(shop: Shop) -> list[tuple[str, bool]]:
    """The deployments in the ledger, newest first: what for, and whether somebody confirmed."""
    found = shop.result("history")["deployments"]
    return [(entry["kind"], bool(entry["confirmed_at"])) for entry in found]


def assume(shop: Shop, **answers: bool) -> None:
    """How the org answers open questions about Salesforce."""
    state = shop.org.state
    state.change_org(assumptions={**state.org.assumptions, **answers})


def test_confirmed_by_another_process(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out
    seen: list[Any] = []

    def elsewhere() -> None:
        seen.append(shop.result("enforce", "status", code=3))
        seen.append(shop.run("deploy", "--json"))
        shop.ok("enforce", "confirm")

    hurried.at_first_sleep = elsewhere
    done = shop.result(*ON)
    assert done["state"] == "confirmed"
    assert ticked(shop)
    assert [one["username"] for one in done["logins"]] == [ADMIN, CANARY]
    assert all(one["works"] for one in done["logins"])
    status, deploy = seen
    assert (status["flip"]["stage"], status["flip"]["deadline"] > status["flip"]["began_at"]) == ("waiting", True)
    assert deploy.code == 4
    assert deploy.document["error"]["code"] == "flip-unsettled"
    assert any("waiting to be confirmed" in text for text in deploy.document["warnings"])

    after = shop.result("enforce", "status")
    assert after["boxes"]["enableAdminApprovedAppsOnly"] is True
    assert after["last_recorded"]["confirmed_by"]
    assert kinds(shop)[0] == ("enforce", True)
    foreseen = json.loads(shop.folder.git("show", f"refs/sfmeta/orgs/{shop.org.org_id}:forecast.json"))
    assert foreseen["clean"] is True, "what was foreseen is on record with the flip"
    # again: nothing to do
    assert shop.result(*ON)["state"] == "already"
    assert shop.run("enforce", "confirm").code == 0
    # other work goes on, and nothing of it touches the boxes
    assert shop.result("deploy", "--yes")["deployment"] is None
    refused = shop.run("rollback", "--last", "--yes", "--json")
    assert (refused.code, refused.document["error"]["code"]) == (4, "rollback-enforcement")
    assert "enforce off" in refused.document["error"]["message"]

    # and back
    assert shop.run("enforce", "off", "--json").code == 4
    off = shop.result("enforce", "off", "--yes")
    assert off["unticked"]["boxes"] == list(FLIPPED)
    assert not off["not_as_before"]["changes"]
    assert not ticked(shop)
    assert kinds(shop)[0] == ("enforce", False)
    assert shop.ok("enforce", "off", "--yes").out.startswith("Nothing to do")


def test_nobody_confirms(rolled_out: Shop) -> None:
    shop = rolled_out
    ran = shop.run(*ON)
    assert ran.code == 1
    assert "Nobody confirmed in time" in ran.out
    assert "Setup > API Access Control" in ran.err
    assert not ticked(shop)
    assert kinds(shop)[:2] == [("enforce", False), ("enforce", False)]
    late = shop.run("enforce", "confirm", "--json")
    assert (late.code, late.document["error"]["code"]) == (4, "flip-not-waiting")
    # nothing is left open
    assert shop.result("enforce", "status")["open"] is False
    shop.ok("deploy", "--yes")


def test_a_canary_that_does_not_get_in_any_more(rolled_out: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = rolled_out
    begin = enforce_on.tick

    def break_it(*arguments: Any) -> Any:
        # between the conditions and the flip: the app goes from all users to admin approved
        ready = str(shop.root.parent / "ready.json")
        policy = ["--permitted-users", "admin_approved", "--ready-file", ready]
        shop.ok("localorg", "app", "policy", "Salesforce for Android", *policy)
        return begin(*arguments)

    monkeypatch.setattr(enforce_on, "tick", break_it)
    done = shop.run(*ON, "--json")
    assert done.code == 1
    document = done.document
    assert document["result"]["state"] == "reverted"
    assert CANARY in document["error"]["message"]
    assert document["result"]["reverted"]["by"] == "the session that was kept open"
    assert [one["works"] for one in document["result"]["logins"]] == [True, False]
    assert not ticked(shop)
    assert shop.result("enforce", "status")["flip"]["stage"] == "reverted"


def test_sfmeta_itself_does_not_get_in_any_more(rolled_out: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = rolled_out
    monkeypatch.setattr(logins.Doors, "prove_all", lambda *_: (logins.Proof(ADMIN, "sandbox", "no way in"),))
    done = shop.run(*ON, "--json")
    assert done.code == 1
    assert "no way in" in done.document["error"]["message"]
    assert not ticked(shop)


def test_the_flip_ends_the_session_that_made_it(rolled_out: Shop) -> None:
    """Whether it does is not established: the kept session takes it back all the same."""
    shop = rolled_out
    assume(shop, flip_ends_callers_session=True)
    done = shop.result(*ON, code=1)
    assert done["state"] == "reverted"
    assert not ticked(shop)


def test_what_the_flip_changes_by_itself_is_named(rolled_out: Shop) -> None:
    shop = rolled_out
    ready = str(shop.root.parent / "ready.json")
    shop.ok("localorg", "app", "unblock", "Rogue Exporter", "--ready-file", ready)
    assume(shop, flip_writes_blocks=True, flip_rewrites_app_policies=True, unticking_undoes_the_flip=False)
    # the app of the canary is rewritten to admin approved users, so that the canary does not get in any more
    done = shop.result(*ON, "--skip-canary", CANARY, code=1)
    assert done["state"] == "reverted"
    changed = done["changed_by_itself"]
    assert any(one["component"].startswith("BlacklistedConsumer:") for one in changed["changes"])
    assert any("Salesforce for Android" in row for row in changed["records_new"])

    # unticking did not bring it back here, and that is said
    assert done["not_as_before"] == changed
    assert shop.run("enforce", "status").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_it_waits(rolled_out: Shop, hurried: type[Hurried], number: signal.Signals) -> None:
    shop = rolled_out
    hurried.at_first_sleep = lambda: os.kill(os.getpid(), number)
    done = shop.result(*ON, code=130)
    assert done["state"] == "reverted"
    assert not ticked(shop)
    assert shop.result("enforce", "status")["flip"]["stage"] == "reverted"


def test_off_asks_the_process_that_waits(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out

    def elsewhere() -> None:
        # the process that waits is this one: it goes on when this returns, so the answer is not waited for
        assert shop.run("enforce", "off", "--yes", "--json").code == 5

    hurried.at_first_sleep = elsewhere
    done = shop.run(*ON, "--json")
    assert done.code == 1
    assert "Another process asked for it" in done.document["error"]["message"]
    assert not ticked(shop)


def test_one_that_cannot_be_taken_back_says_who_has_to(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out

    def cut_off() -> None:
        for operation in ("deploy", "retrieve", "login"):
            shop.org.faults.add("unavailable", operation=operation, every=1)

    hurried.at_first_sleep = cut_off
    done = shop.run(*ON, "--json")
    assert done.code == 1
    assert done.document["result"]["state"] == "stuck"
    message = done.document["error"]["message"]
    assert "NOT" in message
    assert "Setup > API Access Control" in message
    assert ADMIN in message
    assert ticked(shop)
    shop.org.faults.clear()
    assert shop.result("enforce", "status", code=3)["flip"]["stage"] == "reverting"


def test_both_boxes_and_each_alone(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out
    shop.edit("policy.yml", "external_users: false", "external_users: true")
    hurried.at_first_sleep = lambda: shop.ok("enforce", "confirm")
    shop.ok(*ON, "--users", "internal")
    assert boxes(shop) == {"internal": True, "external": False}
    hurried.at_first_sleep = lambda: shop.ok("enforce", "confirm")
    assert shop.result(*ON)["flip"]["boxes"] == ["enableAdminApprovedAppsOnlyForExternalUser"]
    assert boxes(shop) == {"internal": True, "external": True}
    shop.ok("enforce", "off", "--users", "external", "--yes")
    assert boxes(shop) == {"internal": True, "external": False}
    assert shop.ok("enforce", "off", "--users", "external", "--yes").out.startswith("Nothing to do")
    shop.ok("enforce", "off", "--yes")
    assert boxes(shop) == {"internal": False, "external": False}


@pytest.mark.parametrize("minutes", ["0", "-1", "1441"])
def test_a_time_in_which_nobody_could_confirm(shop: Shop, minutes: str) -> None:
    ran = shop.run(*ON, "--confirm-within", minutes)
    assert ran.code == 2
    assert "--confirm-within" in ran.err


def test_a_way_back_that_the_org_refuses_is_said_while_somebody_can_act(
    rolled_out: Shop, hurried: type[Hurried], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = rolled_out
    refused = Undo(UndoState.REFUSED, problems=("not by this way",))
    monkeypatch.setattr(closing, "proven", lambda *_: refused)
    hurried.at_first_sleep = lambda: shop.ok("enforce", "confirm")
    ran = shop.run(*ON)
    assert ran.code == 0
    assert "refused the package that would untick the boxes: not by this way" in ran.err


def test_a_flip_of_another_machine_is_seen_in_the_ledger(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out
    hurried.at_first_sleep = lambda: shop.ok("enforce", "confirm")
    shop.ok(*ON)
    [folder] = Path(os.environ["SFMETA_HOME"]).rglob("flips")
    # as another machine sees it: nothing is written down there
    for file in folder.iterdir():
        file.unlink()
    assert shop.result("enforce", "status")["open"] is False
    ledger = Ledger(find_repository(shop.root), OrgId.parse(shop.org.org_id))
    commit, entry = next(iter(ledger.deployments()))
    ledger.advance(replace(entry, confirmed_at="", confirmed_by=""), commit)
    status = shop.run("enforce", "status")
    assert status.code == 3
    assert "made on another machine" in status.out
    refused = shop.run("enforce", "confirm", "--json")
    assert refused.code == 4
    assert "on the machine that made it" in refused.document["error"]["message"]
    # and back without it: what cannot be compared is said
    off = shop.run("enforce", "off", "--yes")
    assert off.code == 0
    assert not ticked(shop)
