"""Two processes and one flip: one waits, the other confirms, or asks for the way back; or the terminal goes away."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sfmeta.model.enforcement import Flip, FlipStage
from sfmeta.model.names import OrgId
from sfmeta.workspace.flips import OVERDUE_S, Flips, Noted
from sfmeta.workspace.processes import Process
from tests.cli.conftest import Shop
from tests.enforce.conftest import ON, ROOT, start, ticked

LIMIT_S = 60


def until_it_waits(shop: Shop) -> None:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        flip = shop.run("enforce", "status", "--json").document["result"].get("flip")
        if flip and flip["stage"] == "waiting":
            return
        time.sleep(0.1)
    pytest.fail("it never waited")


@pytest.fixture
def waiting(rolled_out: Shop) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    opened: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        opened.append(start(rolled_out, "", *ON, "--confirm-within", "2", "--json"))
        until_it_waits(rolled_out)
        return opened[-1]

    yield begin
    for process in opened:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_confirmed_in_another_process(rolled_out: Shop, waiting: Callable[[], subprocess.Popen[str]]) -> None:
    process = waiting()
    rolled_out.ok("enforce", "confirm")
    out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, err
    assert json.loads(out)["result"]["state"] == "confirmed"
    assert ticked(rolled_out)


def test_taken_back_by_another_process(rolled_out: Shop, waiting: Callable[[], subprocess.Popen[str]]) -> None:
    process = waiting()
    off = rolled_out.result("enforce", "off", "--yes")
    assert off["flip"]["stage"] == "reverted"
    assert not ticked(rolled_out)
    out, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert "Another process asked for it" in json.loads(out)["error"]["message"]


def test_the_terminal_goes_away(rolled_out: Shop) -> None:
    """SIGHUP, and nothing can be told any more: the boxes are unticked all the same."""
    shop = rolled_out
    master, slave = pty.openpty()
    code = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
    script = f"{code}\nimport sys\nfrom sfmeta.cli.main import main\nsys.exit(main(sys.argv[1:]))\n"
    process = subprocess.Popen(
        [sys.executable, "-c", script, *ON, "--confirm-within", "5"],
        cwd=shop.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        until_it_waits(shop)
        os.close(master)
        process.wait(LIMIT_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert not ticked(shop)
    assert shop.result("enforce", "status")["flip"]["stage"] == "reverted"


def test_two_signals_do_not_stop_the_way_back(rolled_out: Shop, waiting: Callable[[], subprocess.Popen[str]]) -> None:
    process = waiting()
    rolled_out.org.faults.add("delay", operation="deploy", delay_s=2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert "wait for that" in err
    assert not ticked(rolled_out)


FLIP = Flip(
    OrgId.parse("00D000000000001AAA"), "Acme", ("x",), FlipStage.WAITING, "2026-11-27T12:00:00Z", within_s=600.0
)
BEGAN = 1795780800.0


def test_a_process_of_another_machine_counts_as_ended_long_after_its_time() -> None:
    noted = Noted(FLIP, Process("elsewhere", "another boot", 1, "once"))
    assert not noted.is_left(BEGAN + 600 + OVERDUE_S - 1)
    assert noted.is_left(BEGAN + 600 + OVERDUE_S + 1)
    settled = Noted(replace(FLIP, stage=FlipStage.CONFIRMED), noted.process)
    assert not settled.is_left(BEGAN + 10 * OVERDUE_S)


def test_a_flip_reads_as_it_was_written(tmp_path: Path) -> None:
    flips = Flips(tmp_path, FLIP.org_id)
    assert flips.read() is None
    assert flips.family() == b""
    full = replace(FLIP, canaries=("a", "b"), skipped=("c",), deadline="2026-11-27T12:10:00Z", break_glass="d")
    flips.begin(full, b"family")
    noted = flips.open()
    assert noted is not None
    assert noted.flip == full
    assert not noted.process.has_ended
    assert flips.family() == b"family"
    flips.move(lambda one: replace(one, stage=FlipStage.REVERTED))
    assert flips.open() is None
