"""The faults at the back door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sfmeta.localorg.backdoor.control import ControlRefused, Table
from sfmeta.localorg.faults.table import Faults
from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.state import State
from sfmeta.localorg.usage import set_daily_limit, shown_limit

_IMMEDIATE = "immediate"


def fault_table(faults: Faults) -> Table:
    """What the back door can do with the faults of an org: list, add, remove, clear, slow jobs, an API limit.

    Args:
        faults: its faults.
    """

    def listed(state: State, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"faults": faults.listed(), "jobs": _mode(state), "api_requests": shown_limit(state)}

    def add(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            name = faults.add(**{"kind": "", **content})
        except ValueError as error:
            raise ControlRefused(str(error)) from error
        return {"id": name, **listed(state, {})}

    def remove(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            faults.remove(str(content.get("id")))
        except LookupError as error:
            raise ControlRefused(str(error), 404) from error
        return listed(state, {})

    def clear(state: State, _: Mapping[str, Any]) -> Mapping[str, Any]:
        faults.clear()
        Jobs(state).set_mode(_IMMEDIATE)
        set_daily_limit(state, None)
        return listed(state, {})

    def jobs(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
        mode = content.get("mode")
        try:
            Jobs(state).set_mode(str(mode))
        except ValueError as error:
            raise ControlRefused(f"{mode!r} is none of immediate, polls:N and seconds:N (N a number)") from error
        return listed(state, {})

    def api_limit(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
        left = content.get("remaining")
        if left is not None and (isinstance(left, bool) or not isinstance(left, int) or not 0 <= left <= 10**9):
            raise ControlRefused("give remaining, a whole number, or null for no limit")
        set_daily_limit(state, left)
        return listed(state, {})

    return Table(
        reads={"faults": listed},
        actions={
            "faults/add": add,
            "faults/remove": remove,
            "faults/clear": clear,
            "faults/jobs": jobs,
            "faults/api-limit": api_limit,
        },
    )


def _mode(state: State) -> str:
    mode = Jobs(state).mode
    return mode.kind if mode.kind == _IMMEDIATE else f"{mode.kind}:{mode.amount:g}"
