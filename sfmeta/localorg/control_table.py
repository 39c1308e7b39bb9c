"""What the back door can do: the org's own switches, and what each room contributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sfmeta.localorg.assumptions import ASSUMPTIONS, assumed
from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.control import ControlRefused, Table
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.faults.control import fault_table
from sfmeta.localorg.faults.table import Faults
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.metadata.apex.told import APEX_CONTROL
from sfmeta.localorg.state import State

_MOST_SECONDS = 10 * 366 * 24 * 3600
_BOXES = {"internal": INTERNAL_BOX, "external": EXTERNAL_BOX}


def control_table(stop: Callable[[], None], faults: Faults) -> Table:
    """All that the back door can do.

    A room contributes by a ``Table`` of its own, joined here with ``|``.

    Args:
        stop: ends the server soon.
        faults: what goes wrong on demand.
    """

    def stopping(_: State, __: Mapping[str, Any]) -> Mapping[str, Any]:
        stop()
        return {"stopping": True}

    server = Table(actions={"stop": stopping})
    return _ORG | server | fault_table(faults) | APEX_CONTROL


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
    with state.transaction():
        if not state.org.has_feature(API_ACCESS_CONTROL):
            raise ControlRefused("API Access Control is not enabled in this org: in a real one Support enables it", 409)
        for name, value in wanted.items():
            state.set_setting(_BOXES[name], value)
    return _status(state, {})


def _clock(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
    seconds = content.get("advance_s")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not abs(seconds) <= _MOST_SECONDS:
        raise ControlRefused("give advance_s, a number of seconds, at most ten years")
    state.move_clock(timedelta(seconds=seconds))
    return _status(state, {})


_ORG = Table(reads={"status": _status}, actions={"access": _access, "clock": _clock})
