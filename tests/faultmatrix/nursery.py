"""Runs commands in processes of their own, quickly: each is a fork of one that has everything imported.

``python -m tests.faultmatrix.nursery`` reads one order a line and answers each with one line. The process has one
thread only, so that a fork of it is sound; the org runs elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.faultmatrix.stand_in_clock import StandInClock
from tests.faultmatrix.steps import Steps

_IMPORTED = (
    "git",
    "jinja2",
    "jwt",
    "keyring",
    "lxml.etree",
    "requests",
    "typer",
    "yaml",
    "zeep",
    *(
        f"sfmeta.cli.{name}"
        for name in (
            "apply",
            "deploy",
            "generate",
            "granting",
            "history",
            "init",
            "job",
            "localorg_setup",
            "org",
            "package_outlook",
            "plan",
            "policy",
            "retrieve",
            "rollback",
            "verify",
        )
    ),
    "sfmeta.cli.main",
    "sfmeta.ops.foresight",
    "sfmeta.ops.generate",
    "sfmeta.ops.orgs",
    "sfmeta.org.client",
    "sfmeta.workspace.cache",
    "sfmeta.workspace.ledger",
)


@dataclass(frozen=True, slots=True)
class Order:
    """A command to run.

    Attributes:
        words: after ``sfmeta``.
        folder: where.
        environment: all of it.
        out: the file for what it prints; ``err`` and ``log`` likewise, for errors and steps.
        err: see ``out``.
        log: see ``out``.
        url: of the org whose clock it follows.
        token: for that org's back door.
        ahead_s: how far that clock is ahead.
        kill_at: the step at which it is killed, 0 for none.
        patience_s: how long it waits for an answer, 0 for as long as it likes.
    """

    words: tuple[str, ...]
    folder: str
    environment: dict[str, str]
    out: str
    err: str
    log: str
    url: str
    token: str
    ahead_s: float = 0.0
    kill_at: int = 0
    patience_s: float = 0.0


class Nursery:
    """The process that forks, seen from outside."""

    def __init__(self) -> None:
        root = Path(__file__).parents[2]
        # the same order of calls in every run, also of those that come from a set
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faultmatrix.nursery"],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, order: Order) -> int:
        """Runs a command to its end; its exit code, negative for the signal that killed it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def main() -> None:
    """The process itself."""
    clock = StandInClock()
    clock.install()
    for name in _IMPORTED:
        __import__(name)
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if child == 0:
            _become(order, clock)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(order: Order, clock: StandInClock) -> None:
    """The command, in the fork; never returns."""
    code = 99
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(order.out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(os.open(order.err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.environ.clear()
        os.environ.update(order.environment)
        os.chdir(order.folder)
        clock.follow(order.ahead_s, order.url, order.token)
        if order.patience_s:
            _be_impatient(order.patience_s)
        Steps(order.log, order.kill_at, order.url).watch()
        from sfmeta.cli.main import main as sfmeta

        code = sfmeta(order.words)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _be_impatient(seconds: float) -> None:
    import requests

    request = requests.Session.request

    def impatient(session: requests.Session, *arguments: Any, **options: Any) -> requests.Response:
        return request(session, *arguments, **{**options, "timeout": (seconds, seconds)})

    requests.Session.request = impatient  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    main()
