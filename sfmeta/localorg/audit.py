"""The org's own diary of changes: SetupAuditTrail, as View Setup Audit Trail and SOQL show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sfmeta.localorg.state import State


class Line(NamedTuple):
    """One row of the audit trail.

    Attributes:
        action: what kind of change, as Salesforce names it (``insertConnectedApplication``).
        section: the section of Setup (``Connected Apps``), "" where Setup shows none.
        display: the whole sentence that Setup shows.
    """

    action: str
    section: str
    display: str


def note(state: State, user_id: str, action: str, section: str, display: str) -> str:
    """Adds a line to the audit trail, at the org's time.

    Args:
        state: the org.
        user_id: who changed something; "" for the org itself and for what came in by the emulator's back door.
        action: see ``Line``; the others likewise.
        section: of Setup.
        display: the sentence.

    Returns:
        The id of the row.

    Source: object reference, SetupAuditTrail.
    """
    return note_all(state, user_id, [Line(action, section, display)])[0]


def note_all(state: State, user_id: str, lines: Iterable[Line]) -> list[str]:
    """``note`` for what one user did at one moment: 40,000 lines in a second.

    Returns:
        The ids of the rows.
    """
    when = state.clock.stamp()
    return state.records.insert_many(
        "SetupAuditTrail",
        (
            {
                "Action": line.action,
                "Section": line.section or None,
                "Display": line.display,
                "CreatedById": user_id or None,
                "CreatedDate": when,
            }
            for line in lines
        ),
    )
