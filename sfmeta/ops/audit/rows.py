"""The values of a query's row, as an inventory holds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sfmeta.model.names import to_18
from sfmeta.org.soql import field_of

Row = Mapping[str, object]


def text(row: Row, path: str) -> str:
    """A text, "" where it is empty."""
    value = field_of(row, path)
    return "" if value is None else str(value)


def record_id(row: Row, path: str) -> str:
    """An id with 18 characters, "" where it is empty."""
    value = text(row, path)
    return to_18(value) if len(value) == 15 else value


def number(row: Row, path: str) -> int:
    """A whole number, 0 where it is empty."""
    value = field_of(row, path)
    return int(value) if isinstance(value, int | float) else 0


def latest(*moments: datetime | None) -> datetime | None:
    """The latest of those that are known."""
    return max((one for one in moments if one is not None), default=None)


def stamp(time: datetime) -> str:
    """A moment as SOQL spells it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
