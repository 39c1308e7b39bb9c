"""The steps of a command, counted inside its process: every HTTP call and every git command that writes.

Each has a beginning and an end, and each of these is a moment at which the process can be killed.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_OPERATION = re.compile(rb"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)")
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)
_VERSIONED = re.compile(r"^/services/data/v[\d.]+/")
_ID = re.compile(r"/\w{15,18}$")
_WRITING = frozenset(
    {"fast-import", "update-ref", "hash-object", "mktree", "commit-tree", "write-tree", "push", "fetch", "commit"}
)


def name_of_call(method: str, url: str, body: object) -> str:
    """An HTTP call by what it is for: ``deploy``, ``query Organization``, ``GET /services/data``.

    Args:
        method: of HTTP.
        url: with its query.
        body: as it is sent; one that is no bytes is the stream of a ``deploy``.
    """
    parts = urlsplit(url)
    if parts.path.startswith("/services/Soap/"):
        text = body.encode() if isinstance(body, str) else body
        found = _OPERATION.search(text) if isinstance(text, bytes) else None
        return found[1].decode() if found else "deploy"
    path = _ID.sub("", _VERSIONED.sub("", parts.path))
    if path in ("query", "tooling/query"):
        about = _FROM.search(parse_qs(parts.query)["q"][0])
        return f"{path} {about[1] if about else ''}".replace("/query", "")
    return {"/services/oauth2/token": "login", "/services/oauth2/userinfo": "userinfo"}.get(path, f"{method} {path}")


def writing_verb(arguments: object) -> str:
    """The git command of a process, "" where it only reads or is no git."""
    words = [str(word) for word in arguments] if isinstance(arguments, list | tuple) else []
    if not words or Path(words[0]).name != "git":
        return ""
    return next((word for word in words if word in _WRITING), "")


class Steps:
    """Writes down each moment as it comes, and kills the process at the one that was asked for.

    Args:
        log: the file they are written to, a line each, at once.
        kill_at: which one, from 1; 0 for none.
        url: of the org; calls to others are told apart.
    """

    def __init__(self, log: str, kill_at: int, url: str) -> None:
        self._url = url
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._kill_at = kill_at
        self._number = 0
        self._one_at_a_time = threading.Lock()

    def moment(self, name: str) -> None:
        """Something begins or has ended."""
        with self._one_at_a_time:  # an audit asks in several threads
            self._number += 1
            os.write(self._log, f"{name}\n".encode())
            if self._number == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """From now on, in this process."""
        self._watch_calls()
        self._watch_git()

    def _watch_calls(self) -> None:
        import requests

        send = requests.Session.send

        def watched(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            name = name_of_call(str(request.method), str(request.url), request.body)
            call = "call" if str(request.url).startswith(self._url) else "elsewhere"
            self.moment(f"before {call} {name}")
            response = send(session, request, **options)
            self.moment(f"after {call} {name}")
            return response

        requests.Session.send = watched  # type: ignore[method-assign]

    def _watch_git(self) -> None:
        begin, wait, communicate = subprocess.Popen.__init__, subprocess.Popen.wait, subprocess.Popen.communicate
        running: dict[int, str] = {}

        def ended(process: subprocess.Popen[bytes]) -> None:
            verb = running.pop(id(process), "")
            if verb:
                self.moment(f"after git {verb}")

        def watched_begin(process: subprocess.Popen[bytes], args: Sequence[str], *more: Any, **options: Any) -> None:
            verb = writing_verb(args)
            if verb:
                self.moment(f"before git {verb}")
            begin(process, args, *more, **options)
            if verb:
                running[id(process)] = verb

        def watched_wait(process: subprocess.Popen[bytes], *arguments: Any, **options: Any) -> int:
            code = wait(process, *arguments, **options)
            ended(process)
            return code

        def watched_communicate(process: subprocess.Popen[bytes], *arguments: Any, **options: Any) -> Any:
            said = communicate(process, *arguments, **options)
            ended(process)
            return said

        subprocess.Popen.__init__ = watched_begin  # type: ignore[method-assign, assignment]
        subprocess.Popen.wait = watched_wait  # type: ignore[method-assign, assignment]
        subprocess.Popen.communicate = watched_communicate  # type: ignore[method-assign, assignment]
