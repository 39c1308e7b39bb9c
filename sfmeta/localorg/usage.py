"""How many API requests the org answered in the last 24 hours, and how many it may.

Source: REST API guide, Limit Info Header (every REST call but the one for the versions counts and shows the count);
API Request Limits and Allocations (24 hours, rolling). Counted by the hour of the org's clock. A real org
goes on for a while beyond its limit (the header's example has 110018 of 100000 and counts these bursts), so here no
limit stands in the way until somebody sets one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.peek import soap_api, soap_operation
from sfmeta.localorg.sourced import Sourced
from sfmeta.localorg.state import State

DAILY_API_REQUESTS = 100_000
"""An Enterprise Edition's base; a real org's hangs on its licences (API Request Limits and Allocations)."""

COUNTED = Sourced(
    "api_requests_counted",
    "Every REST request but that for the versions counts, and every SOAP call but login(). Whether a refused one "
    "counts was not found: here it does, the refusal for want of requests itself does not.",
    "REST API guide, Limit Info Header; SOAP API guide, LimitInfoHeader",
    "emulator",
)

_LIMIT = "daily_api_limit"
_SCHEMA = "CREATE TABLE IF NOT EXISTS api_usage (hour TEXT PRIMARY KEY, calls INTEGER NOT NULL)"


def counts(call: Call) -> bool:
    """Whether a request is one of the API requests that are limited."""
    api = soap_api(call.path)
    if api:
        return soap_operation(call) != "login"
    return call.parts[:2] == ("services", "data") and len(call.parts) > 2


def admit(state: State, call: Call) -> bool:
    """Counts a request; False where the org has none left for it."""
    if not counts(call):
        return True
    with state.transaction():
        limit = state.fact(_LIMIT)
        if limit is not None and used(state) >= limit:
            return False
        state.connection.execute(
            "INSERT INTO api_usage VALUES (?, 1) ON CONFLICT (hour) DO UPDATE SET calls = calls + 1",
            (_hour(state),),
        )
    return True


def used(state: State) -> int:
    """How many were counted in the last 24 hours."""
    with state.lock:
        row = state.connection.execute(
            "SELECT COALESCE(SUM(calls), 0) FROM api_usage WHERE hour > ? AND hour <= ?",
            (_hour(state, 24), _hour(state)),
        ).fetchone()
    return int(row[0])


def prepare(state: State) -> None:
    """Makes the place where they are counted; what is older than a day goes."""
    with state.lock:
        state.connection.execute(_SCHEMA)
        state.connection.execute("DELETE FROM api_usage WHERE hour <= ?", (_hour(state, 24),))


def daily_requests(state: State) -> Mapping[str, int]:
    """``DailyApiRequests`` as the limits resource shows it."""
    with state.lock:
        most = _most(state)
        return {"Max": most, "Remaining": max(0, most - used(state))}


def limit_info(state: State) -> str:
    """The value of ``Sforce-Limit-Info``."""
    with state.lock:
        return f"api-usage={used(state)}/{_most(state)}"


def _most(state: State) -> int:
    limit = state.fact(_LIMIT)
    return DAILY_API_REQUESTS if limit is None else int(limit)


def set_daily_limit(state: State, remaining: int | None) -> None:
    """Sets the limit so that a certain number of requests is left; None takes it away."""
    with state.transaction():
        state.set_fact(_LIMIT, None if remaining is None else used(state) + remaining)


def shown_limit(state: State) -> Mapping[str, Any]:
    """The count and the limit, for the back door."""
    with state.lock:
        return {"used": used(state), "limit": state.fact(_LIMIT)}


def _hour(state: State, ago: int = 0) -> str:
    return f"{state.clock.now() - timedelta(hours=ago):%Y-%m-%dT%H}"
