"""Ctrl-C while a job runs: a question on a terminal, and the job left alone elsewhere."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from sfmeta.localorg.metadata.jobs import DEPLOY, Jobs
from tests.cli.conftest import Shop

QUESTION = "Leave it alone"
LIMIT_S = 60


class Terminal:
    """A run of sfmeta on a terminal of its own."""

    def __init__(self, shop: Shop, *words: str) -> None:
        self.said = ""
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sfmeta", *words],
            cwd=shop.root,
            env=dict(os.environ),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def read_until(self, text: str, times: int = 1) -> None:
        deadline = time.monotonic() + LIMIT_S
        while self.said.count(text) < times:
            assert time.monotonic() < deadline, self.said
            assert self._read(), self.said

    def ended(self) -> int:
        while self._read():
            pass
        return self.process.wait(LIMIT_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    def _read(self) -> bool:
        if not select.select([self._master], [], [], LIMIT_S)[0]:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # the other end is gone
            return False
        self.said += piece.decode("utf-8", "replace")
        return bool(piece)


def arrived(shop: Shop, operation: str) -> None:
    """Wait until the org has been asked for something that a fault counts."""
    deadline = time.monotonic() + LIMIT_S
    while not any(one["matched"] for one in shop.org.faults.listed() if one["operation"] == operation):
        assert time.monotonic() < deadline, f"{operation} was never called"


def interrupted(shop: Shop, terminal: Terminal) -> None:
    arrived(shop, "checkDeployStatus")
    terminal.interrupt()
    terminal.read_until(QUESTION)


@pytest.fixture
def waiting(generated: Shop) -> Iterator[Callable[[], Terminal]]:
    """A deployment on a terminal whose job takes for ever, and which is being waited for."""
    opened: list[Terminal] = []

    def start() -> Terminal:
        # only the deployment is slow: what is read before it is an asynchronous job, too
        generated.org.faults.add("delay", operation="deploy", delay_s=3)
        generated.org.faults.add("delay", operation="checkDeployStatus", delay_s=0)
        opened.append(Terminal(generated, "deploy", "--skip-forecast"))
        arrived(generated, "deploy")
        generated.org.faults.slow_jobs("seconds:600")
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def stage(shop: Shop) -> tuple[str, str | None]:
    entry = shop.result("history")["deployments"][0]
    return entry["stage"], entry["status"]


def test_left_alone(generated: Shop, waiting: Callable[[], Terminal]) -> None:
    terminal = waiting()
    interrupted(generated, terminal)
    terminal.type("d\n")
    assert terminal.ended() == 130
    assert "goes on in the org" in terminal.said
    assert stage(generated) == ("sent", None)


def test_stopped(generated: Shop, waiting: Callable[[], Terminal]) -> None:
    terminal = waiting()
    interrupted(generated, terminal)
    terminal.type("c\n")
    terminal.read_until("Cancelling job")
    jobs, deadline = Jobs(generated.org.state), time.monotonic() + LIMIT_S
    while jobs.all(DEPLOY)[0].status != "Canceled":
        assert time.monotonic() < deadline, terminal.said
    generated.org.faults.slow_jobs("immediate")
    assert terminal.ended() == 1
    assert stage(generated) == ("finished", "Canceled")


def test_waited_for(generated: Shop, waiting: Callable[[], Terminal]) -> None:
    terminal = waiting()
    interrupted(generated, terminal)
    terminal.type("w\n")
    terminal.read_until("Waiting for job")
    generated.org.faults.slow_jobs("immediate")
    assert terminal.ended() == 0
    assert stage(generated) == ("finished", "Succeeded")


def test_a_second_one_leaves_it_alone(generated: Shop, waiting: Callable[[], Terminal]) -> None:
    terminal = waiting()
    interrupted(generated, terminal)
    # Python does not see a signal between the question and the call that reads the answer: nobody presses as fast
    time.sleep(0.5)
    terminal.interrupt()
    assert terminal.ended() == 130
    assert stage(generated) == ("sent", None)


def test_without_a_terminal_nobody_is_asked(generated: Shop) -> None:
    generated.org.faults.add("delay", operation="checkDeployStatus", delay_s=0)
    generated.org.faults.add("drop-before", operation="checkDeployStatus")
    process = generated.process("deploy", "--skip-forecast")
    arrived(generated, "checkDeployStatus")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert "goes on in the org" in err
    assert QUESTION not in err
