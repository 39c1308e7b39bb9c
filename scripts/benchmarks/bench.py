"""What every measurement is given, and what they share: tools, a scratch folder, a local org."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import MeasuredProcessError, run
from benchmarks.tools import Tool

_START_DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class Bench:
    """One run of the benchmarks.

    Attributes:
        runs: how often each process is measured.
        work: an empty folder that is removed at the end.
        sfmeta: this checkout's, as a user installs it.
        python: the interpreter sfmeta is installed in.
        sf: the Salesforce CLI; None where it cannot be installed.
    """

    runs: int
    work: Path
    sfmeta: Tool
    python: Path
    sf: Tool | None

    def folder(self, name: str) -> Path:
        """A new folder in the scratch folder."""
        path = self.work / name
        path.mkdir(parents=True)
        return path


@dataclass(frozen=True, slots=True)
class LocalOrg:
    """A running local org.

    Attributes:
        url: where it listens.
        token: an access token of its admin.
    """

    url: str
    token: str


@contextmanager
def local_org(bench: Bench, folder: Path, seed: str | Path = "acme") -> Iterator[LocalOrg]:
    """A local org in a process of its own, for the time of the block."""
    ready = folder / "ready.json"
    command: list[str | Path] = [bench.sfmeta.command, "localorg", "start", "--seed", seed, "--ready-file", ready]
    with (folder / "org.log").open("wb") as log:
        process = subprocess.Popen(command, env=bench.sfmeta.env, cwd=folder, stdout=log, stderr=log)
        try:
            facts = _awaited(ready, process)
            yield LocalOrg(facts["url"], facts["admin"]["access_token"])
        finally:
            process.terminate()
            process.wait(_START_DEADLINE_S)


def _awaited(ready: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + _START_DEADLINE_S
    while process.poll() is None and time.monotonic() < deadline:
        if ready.is_file():
            facts: dict[str, Any] = json.loads(ready.read_bytes())
            return facts
        time.sleep(0.05)
    raise MeasuredProcessError("the local org did not start")


def project(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write a Salesforce project with these files under ``force-app/main/default``."""
    settings = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": "63.0"}
    write(folder / "sfdx-project.json", json.dumps(settings))
    for path, content in files.items():
        write(folder / "force-app/main/default" / path, content)


def write(path: Path, content: str | bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(folder: Path, message: str) -> None:
    """Commit all of a folder, in a repository that is made where there is none."""
    git = ["git", "-c", "user.name=Bench", "-c", "user.email=bench@example.com", "-C", str(folder)]
    if not (folder / ".git").exists():
        run([*git, "init", "--quiet"])
        run([*git, "config", "user.name", "Bench"])
        run([*git, "config", "user.email", "bench@example.com"])
    run([*git, "add", "--all"])
    run([*git, "commit", "--quiet", "--message", message])
