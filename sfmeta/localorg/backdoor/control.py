"""The back door of a local org: what a person would do in Setup, and what only an emulator can. Below ``/_local``.

It needs the control token, which stands in the ready file and in the data directory, both readable by their owner only.
``control_table.py`` says what there is: rooms contribute their functions there.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from sfmeta.localorg.http.reply import Reply, as_json
from sfmeta.localorg.state import State

Action: TypeAlias = Callable[[State, Mapping[str, Any]], Mapping[str, Any]]
"""What the org does for a request: given the org and the request's content, it returns the answer's."""


class ControlRefused(Exception):
    """The back door said no.

    Args:
        message: why, for the person who asked.
        status: the HTTP status of the answer: 400 the request is wrong, 404 what it names is not there, 409 the org
            is not in a state for it.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Table:
    """What the back door can do.

    Attributes:
        reads: answered to GET ``/_local/{name}``; the content is the query string's parameters.
        actions: answered to POST ``/_local/{name}``; the content is the body's JSON object.
    """

    reads: Mapping[str, Action] = field(default_factory=lambda: MappingProxyType({}))
    actions: Mapping[str, Action] = field(default_factory=lambda: MappingProxyType({}))

    def __or__(self, other: Table) -> Table:
        """Both together.

        Raises:
            ValueError: they share a name.
        """
        shared = (self.reads.keys() & other.reads.keys()) | (self.actions.keys() & other.actions.keys())
        if shared:
            raise ValueError(f"twice in the back door: {', '.join(sorted(shared))}")
        return Table({**self.reads, **other.reads}, {**self.actions, **other.actions})


@dataclass(frozen=True, slots=True)
class Control:
    """The back door.

    Attributes:
        state: the org.
        token: who has it may come in.
        table: what there is behind it.
    """

    state: State
    token: str
    table: Table

    def handle(self, method: str, name: str, bearer: str, query: Mapping[str, str], body: bytes) -> Reply:
        """Answers ``/_local/{name}``; a name may have slashes."""
        if not hmac.compare_digest(bearer.encode(), self.token.encode()):
            return _error("the control token is missing or wrong", 403)
        reading = method in ("GET", "HEAD")
        known = self.table.reads if reading else self.table.actions if method == "POST" else {}
        if name not in known:
            return _error(f"there is no {method} /_local/{name}", 404)
        content = dict(query) if reading else _content(body)
        if content is None:
            return _error("the body is no JSON object", 400)
        try:
            return as_json(known[name](self.state, content))
        except ControlRefused as error:
            return _error(error.message, error.status)


def _content(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _error(message: str, status: int) -> Reply:
    return as_json({"error": message}, status)
