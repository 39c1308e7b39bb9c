"""The stage: a running org and a project folder that can be put back to how they were, as often as one likes."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sfmeta.localorg.metadata.jobs import DEPLOY, Job, Jobs
from sfmeta.localorg.running.server import LocalOrg
from tests.faultmatrix.delays import DELAYS, install
from tests.faultmatrix.nursery import Nursery, Order

KILLED = -9
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has run.

    Attributes:
        words: after ``sfmeta``.
        code: its exit code; negative for the signal that killed it.
        out: what it printed.
        err: likewise, on stderr.
        steps: its steps, in order.
    """

    words: tuple[str, ...]
    code: int
    out: str
    err: str
    steps: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on stdout, {} where there is none."""
        try:
            found: dict[str, Any] = json.loads(self.out)
        except ValueError:
            return {}
        return found

    @property
    def message(self) -> str:
        """What the error says, "" without one."""
        return str((self.document.get("error") or {}).get("message", ""))

    @property
    def error_code(self) -> str:
        """The stable word of the error, "" without one."""
        return str((self.document.get("error") or {}).get("code", ""))

    @property
    def job(self) -> str:
        """The job that the error is about, "" where there is none."""
        return str((self.document.get("error") or {}).get("job_id") or "")

    @property
    def calls(self) -> tuple[str, ...]:
        """The HTTP calls to the org on stage that it began, in order."""
        return tuple(step.removeprefix("before call ") for step in self.steps if step.startswith("before call "))


@dataclass(frozen=True, slots=True)
class Scene:
    """How everything was before a command.

    Attributes:
        name: of the command, for tables.
        words: the command.
        folder: a copy of the project and the user's home.
        org: a copy of the org.
        ahead_s: how far its clock was ahead.
        jobs: how many packages it had taken.
        beside: copies of the other orgs.
    """

    name: str
    words: tuple[str, ...]
    folder: Path
    org: sqlite3.Connection
    ahead_s: float
    jobs: int
    beside: tuple[sqlite3.Connection, ...] = ()


class Stage:
    """One org, one project, commands run in processes of their own.

    Attributes:
        org: where the command goes; put back with everything else.
        beside: other orgs, by the same clock; put back, too.

    Args:
        folder: for everything; empty.
        org: running, in memory.
        nursery: runs the commands.
    """

    def __init__(self, folder: Path, org: LocalOrg, nursery: Nursery) -> None:
        self._folder = folder
        self._nursery = nursery
        self.org = org
        self.live = folder / "live"
        self.root = self.live / "repo"
        self.root.mkdir(parents=True)
        self._scenes = 0
        self.beside: list[LocalOrg] = []

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the machine's own."""
        home = self.live / "home"
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "HOME": str(home),
            "SFMETA_HOME": str(home / "sfmeta"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "COLUMNS": "120",
        }

    @property
    def ahead_s(self) -> float:
        """How far the org's clock is ahead of the machine's."""
        return self.org.state.clock.offset.total_seconds()

    def run(
        self, *words: str, kill_at: int = 0, patience_s: float = 0.0, by: Nursery | None = None, name: str = ""
    ) -> Ran:
        """Runs ``sfmeta``.

        Args:
            words: its arguments; ``--json`` is added.
            kill_at: the step at which it is killed, 0 for none.
            patience_s: how long it waits for an answer, 0 for as long as it likes.
            by: another nursery than the stage's own, for a command beside another.
            name: of its files, where another command has its own at the same time.
        """
        out, err, log = (self._folder / f"{kind}{name}" for kind in ("out", "err", "log"))
        log.write_bytes(b"")
        for other in self.beside:
            other.state.clock.offset = self.org.state.clock.offset
        code = (by or self._nursery).run(
            Order(
                words=(*words, "--json"),
                folder=str(self.root),
                environment=self.environment,
                out=str(out),
                err=str(err),
                log=str(log),
                url=self.org.url,
                token=self.org.control_token,
                ahead_s=self.ahead_s,
                kill_at=kill_at,
                patience_s=patience_s,
            )
        )
        return Ran(words, code, out.read_text(), err.read_text(), tuple(log.read_text().splitlines()))

    def ok(self, *words: str) -> Ran:
        """Runs what must not fail."""
        ran = self.run(*words)
        assert ran.code == 0, ran
        return ran

    def git(self, *words: str) -> str:
        """Runs git in the project."""
        command = ["git", "-C", str(self.root), *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, message: str) -> None:
        """Commits the whole project."""
        self.git("add", "--all")
        self.git("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-q", "-m", message)

    def jobs(self) -> list[Job]:
        """The deployments that changed the org or will, the newest first; what was only checked or failed is none."""
        found = Jobs(self.org.state).all(DEPLOY)
        return [job for job in found if not job.request["check_only"] and job.status != "Failed"]

    def close(self) -> None:
        """Stops the orgs beside its own."""
        for other in self.beside:
            other.stop()

    def scene(self, name: str, words: Sequence[str]) -> Scene:
        """Everything as it is now, to come back to."""
        self._scenes += 1
        folder = self._folder / f"scene{self._scenes}"
        shutil.copytree(self.live, folder, symlinks=True)
        beside = tuple(_copy(other) for other in self.beside)
        return Scene(name, tuple(words), folder, _copy(self.org), self.ahead_s, len(self.jobs()), beside)

    def set(self, scene: Scene) -> None:
        """Puts everything back to how it was."""
        self.org.faults.clear()
        install()
        DELAYS.follow(self.org.state)
        shutil.rmtree(self.live)
        shutil.copytree(scene.folder, self.live, symlinks=True)
        for org, copy in ((self.org, scene.org), *zip(self.beside, scene.beside, strict=True)):
            _put_back(org, copy, scene.ahead_s)


def _copy(org: LocalOrg) -> sqlite3.Connection:
    # an org that has made its table of jobs takes for granted that it is there
    Jobs(org.state)
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with org.state.lock:
        org.state.connection.backup(copy)
    return copy


def _put_back(org: LocalOrg, copy: sqlite3.Connection, ahead_s: float) -> None:
    state = org.state
    with state.lock:
        copy.backup(state.connection)
        state.clock.offset = timedelta(seconds=ahead_s)
        # what it remembers of its rows holds no more
        state.changes.note_undone()
        state.set_fact("clock_offset_s", ahead_s)
