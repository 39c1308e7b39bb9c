"""ApiTotalUsageEventLog: one row for each API call, while the org has such logs.

Source: Object Reference, ApiTotalUsageEventLog (61+). How long a real org keeps rows, and how late they come, was not
found: here the latest are kept, and they are there at once.
"""

from __future__ import annotations

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.features import EVENT_LOG_OBJECTS
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.state import State

KEPT = 2000
"""Rows that are kept; a few more between two clearings."""
_CLEARED_EVERY = 200
_SOBJECT = "ApiTotalUsageEventLog"


def note_call(caller: Caller, call: Call, status: int) -> None:
    """Notes a REST call that was answered.

    Args:
        caller: who called.
        call: the request.
        status: of the answer.
    """
    client = _client(call.headers.get("sforce-call-options", "")) or call.headers.get("user-agent", "")
    # without the API's root, as event log files show it
    resource = "/" + "/".join(call.parts[2:])
    _note(caller, "REST", resource, call.source_ip, client, call.method, status, _object(call))


def note_operation(caller: Caller, operation: str, source_ip: str, client: str = "") -> None:
    """Notes a SOAP call that was answered.

    Args:
        caller: who called.
        operation: its name.
        source_ip: where from.
        client: of CallOptions, "" for none.
    """
    _note(caller, "SOAP", operation, source_ip, client, "POST", 200, None)


def _note(
    caller: Caller,
    family: str,
    resource: str,
    source_ip: str,
    client: str,
    method: str,
    status: int,
    sobject: str | None,
) -> None:
    state = caller.state
    if not state.org.has_feature(EVENT_LOG_OBJECTS):
        return
    with state.transaction():
        state.records.insert(
            _SOBJECT,
            {
                "ApiFamily": family,
                "ApiResource": resource,
                "ClientIp": source_ip,
                "ClientName": client or None,
                "ConnectedAppIdentifier": caller.app_id or None,
                "HttpMethod": method,
                "IsApiLimitCounted": True,
                "ObjectName": sobject,
                "StatusCode": status,
                "Timestamp": state.clock.stamp(),
                "UserIdentifier": caller.user_id,
            },
        )
        _clear(state)


def _client(options: str) -> str:
    pairs = (one.partition("=") for one in options.split(","))
    return next((value.strip() for name, _, value in pairs if name.strip().lower() == "client"), "")


def _object(call: Call) -> str | None:
    parts = call.parts
    place = parts.index("sobjects") + 1 if "sobjects" in parts else len(parts)
    return parts[place] if place < len(parts) else None


def _clear(state: State) -> None:
    connection = state.connection
    count = connection.execute("SELECT COUNT(*) FROM record WHERE sobject = ?", (_SOBJECT,)).fetchone()[0]
    if count > KEPT + _CLEARED_EVERY:
        connection.execute(
            "DELETE FROM record WHERE number IN (SELECT number FROM record WHERE sobject = ? ORDER BY number LIMIT ?)",
            (_SOBJECT, count - KEPT),
        )
