"""The back door of a local org: what a person would do in Setup, and what only an emulator can. Below ``/_local``.

It needs the control token, which stands in the ready file and in the data directory, both readable by their owner only.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sfmeta.localorg.assumptions import ASSUMPTIONS, assumed
from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.reply import Reply, as_json
from sfmeta.localorg.state import State

_MOST_SECONDS = 10 * 366 * 24 * 3600
_BOXES = {"internal": INTERNAL_BOX, "external": EXTERNAL_BOX}


@dataclass(frozen=True, slots=True)
class Control:
    """The back door.

    Attributes:
        state: the org.
        token: who has it may come in.
        stop: ends the server soon.
    """

    state: State
    token: str
    stop: Callable[[], None]

    def handle(self, method: str, name: str, bearer: str, body: bytes) -> Reply:
        """Answers ``/_local/{name}``."""
        if not hmac.compare_digest(bearer.encode(), self.token.encode()):
            return _error("the control token is missing or wrong", 403)
        answer = {
            ("GET", "status"): self._status,
            ("POST", "access"): self._access,
            ("POST", "clock"): self._clock,
            ("POST", "stop"): self._stop,
        }.get((method, name))
        if answer is None:
            return _error(f"there is no {method} /_local/{name}", 404)
        try:
            content = json.loads(body) if body else {}
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            return _error("the body is no JSON object", 400)
        return answer(content)

    def _status(self, _: Mapping[str, Any]) -> Reply:
        org = self.state.org
        return as_json(
            {
                "org_id": org.id,
                "name": org.name,
                "production": org.is_production,
                "features": list(org.features),
                "access": {name: org.setting(setting) for name, setting in _BOXES.items()},
                "assumptions": {name: assumed(org, name) for name in ASSUMPTIONS},
                "time": to_stamp(self.state.clock.now()),
            }
        )

    def _access(self, content: Mapping[str, Any]) -> Reply:
        wanted = {name: content[name] for name in _BOXES if content.get(name) is not None}
        if not wanted or not all(isinstance(value, bool) for value in wanted.values()):
            return _error("give internal or external, true or false", 400)
        with self.state.transaction():
            if not self.state.org.has_feature(API_ACCESS_CONTROL):
                return _error("API Access Control is not enabled in this org: in a real one Support enables it", 409)
            for name, value in wanted.items():
                self.state.set_setting(_BOXES[name], value)
        return self._status({})

    def _clock(self, content: Mapping[str, Any]) -> Reply:
        seconds = content.get("advance_s")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not abs(seconds) <= _MOST_SECONDS:
            return _error("give advance_s, a number of seconds, at most ten years", 400)
        self.state.move_clock(timedelta(seconds=seconds))
        return self._status({})

    def _stop(self, _: Mapping[str, Any]) -> Reply:
        self.stop()
        return as_json({"stopping": True})


def _error(message: str, status: int) -> Reply:
    return as_json({"error": message}, status)
