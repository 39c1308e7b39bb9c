"""API calls of the window, also those that came through no app (ApiTotalUsageEventLog).

Source: Object Reference, ApiTotalUsageEventLog: every field here can be grouped; who may see it needs View Event Log
Object Data. It exists only where event monitoring is licensed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sfmeta.errors import OrgRefused
from sfmeta.model.inventory import Gap, Proof
from sfmeta.ops.audit.groups import Log, read_groups
from sfmeta.ops.audit.reading import Reader, ends_all, is_no_table
from sfmeta.ops.audit.rows import Row, number, record_id, text
from sfmeta.ops.audit.window import Window
from sfmeta.org.soql import moment_of

_LOG = Log(
    "ApiTotalUsageEventLog",
    "Timestamp",
    ("UserIdentifier", "ConnectedAppIdentifier", "ClientName", "ClientIp"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """Calls of one user that are alike.

    Attributes:
        user_id: who.
        app_id: through which app, "" for none.
        client: the program, as it names itself.
        address: where from.
        count: how many.
        latest: the last one.
    """

    user_id: str
    app_id: str
    client: str
    address: str
    count: int
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of the window.

    Attributes:
        all: as they were grouped.
        is_read: the org has such a log for us.
        proof: that they are all.
        gaps: where they are not.
    """

    all: tuple[Call, ...] = ()
    is_read: bool = True
    proof: Proof | None = None
    gaps: tuple[Gap, ...] = ()


def read_calls(reader: Reader, window: Window) -> Calls:
    """Reads them, where there are any to be read."""
    try:
        groups = read_groups(reader, _LOG, window)
    except OrgRefused as refusal:
        if ends_all(refusal):
            raise
        if not is_no_table(refusal):
            said = f"The org would not group ApiTotalUsageEventLog ({refusal.code}): calls are not seen"
            return Calls(is_read=False, gaps=(Gap("calls", said),))
        return Calls(is_read=False)
    return Calls(tuple(_call(row) for row in groups.rows), True, groups.proof, groups.gaps)


def _call(row: Row) -> Call:
    return Call(
        record_id(row, "UserIdentifier"),
        record_id(row, "ConnectedAppIdentifier"),
        text(row, "ClientName"),
        text(row, "ClientIp"),
        number(row, "n"),
        moment_of(row, "latest"),
    )
