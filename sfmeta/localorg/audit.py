"""The org's own diary of changes: SetupAuditTrail, as View Setup Audit Trail and SOQL show it."""

from __future__ import annotations

from sfmeta.localorg.state import State


def note(state: State, user_id: str, action: str, section: str, display: str) -> str:
    """Adds a line to the audit trail, at the org's time.

    Args:
        state: the org.
        user_id: who changed something; "" for the org itself and for what came in by the emulator's back door.
        action: what kind of change, as Salesforce names it (``insertConnectedApplication``).
        section: the section of Setup (``Connected Apps``), "" where Setup shows none.
        display: the whole sentence that Setup shows.

    Returns:
        The id of the row.

    Source: object reference, SetupAuditTrail.
    """
    fields = {
        "Action": action,
        "Section": section or None,
        "Display": display,
        "CreatedById": user_id or None,
        "CreatedDate": state.clock.stamp(),
    }
    return state.records.insert("SetupAuditTrail", fields)
