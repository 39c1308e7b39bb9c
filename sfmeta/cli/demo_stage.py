"""Where the demo's story is played: a folder, two local orgs, and sfmeta itself as a process."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import typer

from sfmeta.cli.ui import Ui
from sfmeta.errors import OperationFailed

START_TIMEOUT_S = 30.0
SHOWN_LINES = 14
IDENTITY = ("-c", "user.name=Acme Admin", "-c", "user.email=admin@acme.example")


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has run.

    Attributes:
        code: its exit code.
        text: what it printed, results and messages together.
    """

    code: int
    text: str


class Stage:
    """A context manager; at its end the orgs are stopped.

    Attributes:
        root: everything lies in here.
        project: the project, a git repository.
        facts: what the steps found, by name, for ``--json`` and for tests.
    """

    def __init__(self, ui: Ui, root: Path) -> None:
        self.root = root
        self.project = root / "project"
        self.facts: dict[str, Any] = {}
        self._ui = ui
        self._stack = ExitStack()
        self._number = 0
        # Settings of the user (default org, proxies, git configuration) have no part in the story.
        kept = {name: value for name, value in ui.environ.items() if not name.startswith(("SFMETA_", "GIT_"))}
        self._environ = {
            **kept,
            "SFMETA_HOME": str(root / "home"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "NO_COLOR": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def say(self, text: str) -> None:
        """A line of the story."""
        if not self._ui.as_json and not self._ui.quiet:
            typer.echo(text)

    def begin(self, title: str) -> None:
        """A new step."""
        self._number += 1
        self.say(f"\n{self._ui.style(f'{self._number}. {title}', bold=True)}")

    def prove(self, claim: str) -> None:
        """What the step has shown; it would have failed otherwise."""
        self.say(self._ui.style(f"   => {claim}", "green"))

    def expect(self, *, truth: bool, claim: str) -> None:
        """Fail the demo where a claim does not hold.

        Raises:
            OperationFailed: it does not.
        """
        if not truth:
            raise OperationFailed(f"Step {self._number} does not prove its claim: {claim}")

    def start_org(self, alias: str, *, production: bool) -> None:
        """Start a local org with Acme's story in a process of its own."""
        ready = self.root / f"{alias}.json"
        # one company: its apps use the same key pairs in the sandbox as in production
        for keys in self.root.glob("*/keys"):
            shutil.copytree(keys, self.root / alias / "keys", dirs_exist_ok=True)
        words = ["localorg", "start", "--seed", "acme", "--data", str(self.root / alias), "--ready-file", str(ready)]
        words += ["--production"] if production else []
        log = self._stack.enter_context((self.root / f"{alias}.log").open("wb"))
        process = subprocess.Popen([*self._program(), *words], env=self._environ, stdout=log, stderr=log)
        self._stack.callback(_stop, process)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                reason = (self.root / f"{alias}.log").read_text(errors="replace").strip()
                raise OperationFailed(f"The local org did not start: {reason or 'no answer in time'}")
            time.sleep(0.02)
        self.say(f"   started {'a production org' if production else 'a sandbox'} at {self.org(alias)['url']}")

    def org(self, alias: str) -> dict[str, Any]:
        """What a local org wrote when it was ready."""
        data: dict[str, Any] = json.loads((self.root / f"{alias}.json").read_text())
        return data

    def sfmeta(
        self,
        *words: str,
        code: int = 0,
        secrets: dict[str, str] | None = None,
        shown: int = SHOWN_LINES,
        progress: bool = True,
    ) -> Done:
        """Run sfmeta, show the command and what it prints.

        Args:
            words: its arguments.
            code: the exit code that the story needs.
            secrets: variables for this run.
            shown: how many lines of output to show.
            progress: whether what it says on stderr is output, too.
        """
        self.say(f"   $ sfmeta {' '.join(_quoted(word) for word in words)}")
        where = self.project if self.project.is_dir() else self.root
        done = self._run([*self._program(), *words], where, secrets or {}, errors=progress)
        lines = [line for line in done.text.splitlines() if line.strip()]
        for line in lines[:shown]:
            self.say(f"     {line}")
        if len(lines) > shown:
            self.say(f"     ... {len(lines) - shown} more lines")
        if done.code != code:
            self.say(done.text)
            raise OperationFailed(f"Step {self._number}: sfmeta {words[0]} gave exit code {done.code}, not {code}")
        return done

    def read_json(self, *words: str) -> dict[str, Any]:
        """Run sfmeta quietly with ``--json``; its result."""
        done = self._run([*self._program(), *words, "--json"], self.project, {}, errors=False)
        result: dict[str, Any] = json.loads(done.text)["result"]
        return result

    def git(self, *words: str) -> str:
        """Run git in the project, show the command."""
        self.say(f"   $ git {' '.join(_quoted(word) for word in words)}")
        done = self._run(["git", *IDENTITY, *words], self.project, {})
        if done.code != 0:
            raise OperationFailed(f"Step {self._number}: git {words[0]} failed: {done.text.strip()}")
        return done.text.strip()

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.project / path).write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        """A file of the project."""
        return (self.project / path).read_text(encoding="utf-8")

    def _program(self) -> list[str]:
        return [sys.executable, "-m", "sfmeta"]

    def _run(self, command: list[str], where: Path, secrets: dict[str, str], *, errors: bool = True) -> Done:
        if shutil.which(command[0]) is None:
            raise OperationFailed(f"{command[0]} is not installed, or not on PATH")
        done = subprocess.run(
            command,
            cwd=where,
            env={**self._environ, **secrets},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if errors else subprocess.DEVNULL,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _quoted(word: str) -> str:
    return shlex.quote(word) if set(word) & set(" *'") else word
