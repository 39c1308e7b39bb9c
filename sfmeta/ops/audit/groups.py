"""Large logs as groups with counts, complete at any size.

A query with GROUP BY answers at most 2,000 rows and has no next page (SOQL and SOSL Reference, Considerations When
Using GROUP BY). So the time is halved until every answer has fewer, and then the sum of the groups is compared with
``COUNT()``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sfmeta.errors import OrgRefused
from sfmeta.model.inventory import Gap, Proof
from sfmeta.ops.audit.reading import Reader
from sfmeta.ops.audit.rows import Row, number
from sfmeta.ops.audit.window import Window

MOST_GROUPS = 2000

# Texts that users quote: "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single
# batch" comes with EXCEEDED_ID_LIMIT
_TOO_MANY = frozenset({"EXCEEDED_ID_LIMIT"})


@dataclass(frozen=True, slots=True)
class Log:
    """A table that is read in groups.

    Attributes:
        sobject: its name.
        time: the field that says when.
        keys: what is grouped by.
        optional: keys that an org may lack.
        tells_first: each row has ``earliest``, too.
    """

    sobject: str
    time: str
    keys: tuple[str, ...]
    optional: tuple[str, ...] = ()
    tells_first: bool = False


@dataclass(frozen=True, slots=True)
class Groups:
    """What was read. Each row has the keys, ``n`` (how many) and ``latest`` (when last).

    Attributes:
        rows: the groups; one may show again in another part of the time.
        missing: keys that the org lacks.
        proof: that the sum is the whole.
        gaps: where it is not.
    """

    rows: Sequence[Row] = ()
    missing: frozenset[str] = frozenset()
    proof: Proof | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    rows: Sequence[Row]
    missing: frozenset[str] = frozenset()
    queries: int = 1
    chunks: int = 1
    is_cut: bool = False


def read_groups(reader: Reader, log: Log, window: Window) -> Groups:
    """Reads a log: in one answer where that is whole, in parts of the time otherwise.

    Raises:
        OrgRefused: there is no such table.
    """
    part = _whole(reader, log, window)
    if part is not None:
        read = sum(number(row, "n") for row in part.rows)
        return Groups(part.rows, part.missing, Proof(log.sobject, read, read, part.queries))
    counted = reader.count(log.sobject, window.where(log.time))
    part = _parts(reader, log, window)
    read = sum(number(row, "n") for row in part.rows)
    proof = Proof(log.sobject, counted, read, part.queries + 1, 1, part.chunks)
    # what came in meanwhile is read too; what is missing is not
    gaps = () if read >= counted and not part.is_cut else (_incomplete(log, counted, read),)
    return Groups(part.rows, part.missing, proof, gaps)


def _parts(reader: Reader, log: Log, window: Window) -> _Part:
    halves = window.halves()
    if halves is None:
        return _Part(_answer(reader, log, window).rows, is_cut=True)
    found = [_whole(reader, log, half) for half in halves]
    parts = [part or _more(_parts(reader, log, half)) for part, half in zip(found, halves, strict=True)]
    return _Part(
        [row for part in parts for row in part.rows],
        frozenset(name for part in parts for name in part.missing),
        sum(part.queries for part in parts),
        sum(part.chunks for part in parts),
        any(part.is_cut for part in parts),
    )


def _more(part: _Part) -> _Part:
    """A part after a query that was for nothing."""
    return replace(part, queries=part.queries + 1)


def _whole(reader: Reader, log: Log, window: Window) -> _Part | None:
    """The groups of a window; None where one answer does not hold them."""
    try:
        part = _answer(reader, log, window)
    except OrgRefused as refusal:
        if refusal.code in _TOO_MANY:
            return None
        raise
    return part if len(part.rows) < MOST_GROUPS else None


def _answer(reader: Reader, log: Log, window: Window) -> _Part:
    where = window.where(log.time)
    table = reader.groups(
        log.sobject, log.keys, log.optional, log.time, where, MOST_GROUPS, tells_first=log.tells_first
    )
    return _Part(table.rows, table.missing, table.calls)


def _incomplete(log: Log, counted: int, read: int) -> Gap:
    said = f"{log.sobject} counts {counted:,} rows in the window, {read:,} could be read"
    return Gap(f"incomplete-{log.sobject}", said, "Audit fewer days (--days)")
