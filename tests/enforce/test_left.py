"""A process that is killed at any step of a flip: the next command says so, and settles what it left."""

from __future__ import annotations

import os
import signal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from sfmeta.cli.ui import Ui
from tests.cli.conftest import Shop
from tests.enforce.conftest import CANARY, ON, start, ticked

# kills the process at the nth call of a method, before or after it
KILLER = """
import os, signal
from importlib import import_module
def killed(place, when, nth):
    module, _, name = place.partition(":")
    owner, _, method = name.partition(".")
    cls, left = getattr(import_module(module), owner), [nth]
    before = getattr(cls, method)
    def call(self, *arguments, **options):
        left[0] -= 1
        if left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = before(self, *arguments, **options)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    setattr(cls, method, call)
"""
FLIPS, LEDGER = "sfmeta.workspace.flips:Flips", "sfmeta.workspace.ledger:Ledger"
ORG, DOORS = "sfmeta.org.client:OrgClient", "sfmeta.ops.enforce.logins:Doors"
STEPS: dict[str, tuple[str, str, int]] = {
    "written down": (f"{FLIPS}.begin", "after", 1),
    "prepared in the ledger": (f"{LEDGER}.prepare", "after", 1),
    "sent": (f"{ORG}.start_deploy", "after", 1),
    "sent, in the ledger": (f"{LEDGER}.advance", "after", 1),
    "finished, in the ledger": (f"{LEDGER}.advance", "after", 2),
    "logging in": (f"{DOORS}.prove_all", "before", 1),
    "logged in": (f"{DOORS}.prove_all", "after", 1),
    "waiting": (f"{FLIPS}.move", "after", 1),
    "reverting": (f"{FLIPS}.move", "after", 2),
    "the way back sent": (f"{ORG}.start_deploy", "after", 3),
    "the way back in the ledger": (f"{LEDGER}.advance", "after", 5),
    "reverted": (f"{FLIPS}.move", "before", 4),
}
NEVER_TICKED = ("written down", "prepared in the ledger")
UNTICKED = ("the way back sent", "the way back in the ledger", "reverted")


def kill_at(shop: Shop, step: str) -> None:
    place, when, nth = STEPS[step]
    code = f"{KILLER}\nkilled({place!r}, {when!r}, {nth})"
    process = start(shop, code, *ON, "--confirm-within", "0.001")
    out, err = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, (step, out, err)


def lets_in(shop: Shop, user: str, app: str) -> bool:
    return shop.org.login(user, app).let_in


def expected(shop: Shop) -> bool:
    """Whoever has to get in does, at this very moment."""
    wanted = [
        (CANARY, "Salesforce for Android"),
        ("portal.integration@acme.example", "Partner Portal"),
        ("billing.integration@acme.example", "Billing Sync"),
    ]
    return all(lets_in(shop, *one) for one in wanted)


def entries(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.result("history")["deployments"]
    return [one for one in found if one["kind"] == "enforce"]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("step", STEPS)
def test_killed_at(rolled_out: Shop, step: str) -> None:
    shop = rolled_out
    kill_at(shop, step)
    assert ticked(shop) is (step not in (*NEVER_TICKED, *UNTICKED))
    assert expected(shop)
    status = shop.result("enforce", "status", code=3)
    assert status["flip"]["left_by_its_process"]

    # every command says so, one that changes the org does nothing else, and none of them settles it by itself
    looked = shop.run("verify", "--json")
    assert any("left open by a process that has ended" in text for text in looked.document["warnings"])
    shut = shop.run("deploy", "--yes", "--json")
    assert (shut.code, shut.document["error"]["code"]) == (4, "flip-unsettled")
    again = shop.run(*ON, "--json")
    assert (again.code, again.document["error"]["code"]) == (4, "flip-unsettled")

    off = shop.result("enforce", "off", "--yes")
    assert not ticked(shop)
    assert bool(off["unticked"]["boxes"]) is (step not in (*NEVER_TICKED, *UNTICKED))
    assert expected(shop)
    after = shop.result("enforce", "status")
    assert after["flip"]["stage"] == "reverted"
    assert all(one["stage"] == "finished" for one in entries(shop))
    shop.ok("deploy", "--yes")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("step", list(STEPS)[: list(STEPS).index("reverting")])
def test_interrupted_at(rolled_out: Shop, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Ctrl-C where a kill was: the same process takes it back."""
    shop = rolled_out
    place, when, nth = STEPS[step]
    module, _, name = place.partition(":")
    owner, _, method = name.partition(".")
    before, calls = getattr(getattr(import_module(module), owner), method), []

    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        calls.append(method)
        if len(calls) == nth and when == "before":
            raise KeyboardInterrupt
        answer = before(self, *arguments, **options)
        if len(calls) == nth:
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(getattr(import_module(module), owner), method, call)
    if step == "written down":
        assert shop.run(*ON).code == 130  # nothing was sent, so that there is nothing to tell
    else:
        assert shop.result(*ON, code=130)["state"] == "reverted"
    assert not ticked(shop)
    status = shop.result("enforce", "status")
    assert status["flip"]["stage"] == "reverted"
    assert all(one["stage"] == "finished" for one in entries(shop))
    shop.ok("deploy", "--yes")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("step", ["sent", "logging in", "waiting", "reverting"])
def test_killed_and_confirmed_later(rolled_out: Shop, step: str) -> None:
    shop = rolled_out
    kill_at(shop, step)
    done = shop.result("enforce", "confirm")
    assert done["flip"]["stage"] == "confirmed"
    assert ticked(shop)
    assert expected(shop)
    assert shop.result("enforce", "status")["last_recorded"]["confirmed_by"]
    shop.ok("deploy", "--yes")


@pytest.mark.usefixtures("hurried")
def test_what_was_never_ticked_cannot_be_confirmed(rolled_out: Shop) -> None:
    shop = rolled_out
    kill_at(shop, "written down")
    ran = shop.run("enforce", "confirm", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (4, "flip-not-waiting")
    assert "enforce off" in ran.document["error"]["message"]


@pytest.mark.usefixtures("hurried")
def test_a_canary_that_does_not_get_in_is_not_confirmed_later(
    rolled_out: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = rolled_out
    kill_at(shop, "waiting")
    monkeypatch.setenv("CANARY_TOKEN", "gone")
    ran = shop.run("enforce", "confirm", "--json")
    assert ran.code == 1
    assert CANARY in ran.document["error"]["message"]
    assert shop.result("enforce", "status", code=3)["open"]


@pytest.mark.usefixtures("hurried")
def test_a_ledger_that_stands_in_the_way_does_not_stop_the_way_back(rolled_out: Shop) -> None:
    shop = rolled_out
    kill_at(shop, "waiting")
    ref = shop.folder.git("for-each-ref", "--format=%(refname)", "refs/sfmeta/orgs")
    other = shop.folder.commit("no entry of a ledger")
    shop.folder.git("update-ref", ref, other)
    off = shop.result("enforce", "off", "--yes")
    assert not ticked(shop)
    assert off["unticked"]["deployment"] is None
    assert any("is no ledger entry" in trouble for trouble in off["unticked"]["troubles"])


def test_a_terminal_is_offered_the_way_back(rolled_out: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = rolled_out
    kill_at(shop, "waiting")
    asked: list[str] = []

    def confirm(question: str, *_: object, **__: object) -> bool:
        asked.append(question)
        return len(asked) > 1

    monkeypatch.setattr(Ui, "interactive", property(lambda _: True))
    monkeypatch.setattr(typer, "confirm", confirm)
    ran = shop.run("verify")
    assert "Settle it" in ran.err
    assert ticked(shop)
    ran = shop.run("verify")
    assert "was taken back" in ran.err
    assert not ticked(shop)
    assert len(asked) == 2
    shop.run("verify")
    assert len(asked) == 2


def test_a_damaged_record_is_never_taken_for_none(rolled_out: Shop) -> None:
    shop = rolled_out
    kill_at(shop, "waiting")
    [file] = [
        path
        for path in Path(os.environ["SFMETA_HOME"], "config", "flips").glob("*.json")
        if not path.name.endswith(".family.json")
    ]
    file.write_text("{", encoding="utf-8")
    ran = shop.run("deploy", "--yes")
    assert ran.code == 1
    assert "damaged" in ran.err
    assert "Setup > API Access Control" in ran.err
