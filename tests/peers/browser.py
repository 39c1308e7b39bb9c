"""A real Chromium without JavaScript, driven by ``browser.mjs`` beside this file."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.peers.installed import NODE_OPTIONS, chrome, folders, node_binaries, path_with

_DRIVER = Path(__file__).with_name("browser.mjs")
_END_S = 20


@dataclass(frozen=True)
class Seen:
    """What stands on the page.

    Attributes:
        title: of the window.
        said: the main part as text.
        url: where it is.
        overflow: by how many pixels the page is wider than the window.
    """

    title: str
    said: str
    url: str
    overflow: int


class Browser:
    """One window. Every complaint of the browser (a blocked script, a failed request) is a failure."""

    def __init__(self, home: Path) -> None:
        [packages] = folders("browser")
        env = {
            "PATH": path_with(node_binaries()),
            "HOME": str(home),
            "NODE_OPTIONS": NODE_OPTIONS,
            "PEER_PACKAGES": str(packages),
        }
        command = ["node", str(_DRIVER), str(chrome())]
        self._process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _pipe(self._process.stdin).close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_END_S)
        _pipe(self._process.stdout).close()

    def __call__(self, verb: str, *arguments: str | int) -> Seen:
        """Does something: ``go``, ``link``, ``button``, ``fill`` and the other verbs of ``browser.mjs``."""
        asked = _pipe(self._process.stdin)
        asked.write(json.dumps([verb, *arguments]) + "\n")
        asked.flush()
        answer = _pipe(self._process.stdout).readline()
        assert answer, f"the browser ended at {verb} {arguments}"
        found = json.loads(answer)
        assert not found["error"], (verb, arguments, found)
        assert found["complaints"] == [], (verb, arguments, found)
        return Seen(found["title"], found["said"], found["url"], found["overflow"])


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
