"""AuthSession: a session is ended by deleting it (Object Reference, AuthSession)."""

from __future__ import annotations

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.writes.checks import needs
from sfmeta.localorg.records import Record


def delete(caller: Caller, record: Record) -> None:
    """Ends a session: one's own, or with Manage Users any."""
    if record["UsersId"] != caller.user_id:
        needs(caller, ("ManageUsers",))
    caller.state.records.delete(record.id)
