"""What the back door can do: the org's own switches, and what each room contributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sfmeta.localorg.assumptions import ASSUMPTIONS, assumed
from sfmeta.localorg.backdoor.control import ControlRefused, Table
from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.faults.control import fault_table
from sfmeta.localorg.faults.table import Faults
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.metadata.apex.told import APEX_CONTROL
from sfmeta.localorg.running.credentials import credentials
from sfmeta.localorg.setup.boxes import set_boxes
from sfmeta.localorg.setup.control import acting, setup_table, translated
from sfmeta.localorg.state import State

_MOST_SECONDS = 10 * 366 * 24 * 3600
_BOXES = {"internal": INTERNAL_BOX, "external": EXTERNAL_BOX}


def control_table(
    stop: Callable[[], None], faults: Faults, keys: Path, administrator: Callable[[], Mapping[str, str]]
) -> Table:
    """All that the back door can do.

    A room contributes by a ``Table`` of its own, joined here with ``|``.

    Args:
        stop: ends the server soon.
        faults: what goes wrong on demand.
        keys: where the private keys of apps lie.
        administrator: the administrator's way in, with a session that lives.
    """

    def stopping(_: State, __: Mapping[str, Any]) -> Mapping[str, Any]:
        stop()
        return {"stopping": True}

    def known(state: State, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"apps": credentials(state, keys)}

    def admin(_: State, __: Mapping[str, Any]) -> Mapping[str, Any]:
        return administrator()

    server = Table(reads={"admin": admin, "credentials": known}, actions={"stop": stopping})
    return _ORG | server | fault_table(faults) | setup_table(keys) | APEX_CONTROL


def _status(state: State, _: Mapping[str, Any]) -> Mapping[str, Any]:
    org = state.org
    return {
        "org_id": org.id,
        "name": org.name,
        "production": org.is_production,
        "features": list(org.features),
        "access": {name: org.setting(setting) for name, setting in _BOXES.items()},
        "assumptions": {name: assumed(org, name) for name in ASSUMPTIONS},
        "time": to_stamp(state.clock.now()),
    }


def _access(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = {name: content[name] for name in _BOXES if content.get(name) is not None}
    if not wanted or not all(isinstance(value, bool) for value in wanted.values()):
        raise ControlRefused("give internal or external, true or false")
    if not state.org.has_feature(API_ACCESS_CONTROL):
        raise ControlRefused("API Access Control is not enabled in this org: in a real one Support enables it", 409)
    # a box is ticked by a person: the administrator, where nobody else is named
    by = acting(state, content if "by" in content else {"by": state.fact("admin", "")})
    set_boxes(state, {_BOXES[name]: value for name, value in wanted.items()}, by)
    return _status(state, {})


def _clock(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Moves the clock by a number of seconds, or so that it says a certain time, or back to real time."""
    with state.lock:
        state.move_clock(timedelta(seconds=_seconds(state, content)))
    return _status(state, {})


def _seconds(state: State, content: Mapping[str, Any]) -> float:
    seconds: Any = content.get("advance_s")
    if content.get("reset") is True:
        seconds = -float(state.fact("clock_offset_s", 0.0))
    elif "set" in content:
        try:
            seconds = (from_stamp(str(content["set"])) - state.clock.now()).total_seconds()
        except ValueError as error:
            raise ControlRefused(f"{content['set']!r} is no date or time as ISO 8601 spells it") from error
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not abs(seconds) <= _MOST_SECONDS:
        raise ControlRefused("give advance_s, a number of seconds, or set, a date; at most ten years away")
    return float(seconds)


_ORG = Table(reads={"status": _status}, actions={"access": translated(_access), "clock": _clock})
