"""What waits for a person or a client on the way to a token: approval tickets, authorization codes, device codes.

Each is a row that nobody can query, known again by the hash of what its holder has, and good for a short time and once.
"""

from __future__ import annotations

from datetime import timedelta

from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.doors.sessions import hashed, random_text
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

TICKET, CODE, DEVICE, FRONTDOOR = "ApprovalTicket", "AuthorizationCode", "DeviceCode", "FrontdoorTicket"
_LIVES = {
    TICKET: timedelta(minutes=15),
    # Help remoteaccess_oauth_web_server_flow
    CODE: timedelta(minutes=15),
    # Help remoteaccess_oauth_device_flow
    DEVICE: timedelta(minutes=10),
    # how long a frontdoor URL opens was not found
    FRONTDOOR: timedelta(minutes=1),
}
_STARTS = {CODE: "aPrx", DEVICE: "", TICKET: "", FRONTDOOR: ""}


def issue(state: State, kind: str, fields: dict[str, Value]) -> str:
    """Makes one.

    Args:
        state: the org.
        kind: ``TICKET``, ``CODE``, ``DEVICE`` or ``FRONTDOOR``.
        fields: what it stands for.

    Returns:
        What its holder gets.
    """
    secret = _STARTS[kind] + random_text(60)
    state.records.insert(kind, {**fields, "Token": hashed(secret), "CreatedDate": state.clock.stamp()})
    return secret


def find(state: State, kind: str, secret: str) -> Record | None:
    """The row of what a holder shows, however old, or None."""
    return state.records.first(kind, Token=hashed(secret)) if secret else None


def is_fresh(state: State, row: Record) -> bool:
    """Whether a row is still good by its age."""
    return state.clock.now() - from_stamp(row.text("CreatedDate")) <= _LIVES[row.sobject]


def take(state: State, kind: str, secret: str) -> Record | None:
    """The row of what a holder shows, which is then gone; None where there is none or it is too old."""
    row = find(state, kind, secret)
    if row is None:
        return None
    state.records.delete(row.id)
    return row if is_fresh(state, row) else None
