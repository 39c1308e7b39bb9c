"""SOQL as text, with its values quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime


def select(fields: Sequence[str], sobject: str, where: Mapping[str, str]) -> str:
    """A query for rows whose fields equal these values.

    Args:
        fields: names, relationship paths included.
        sobject: the object.
        where: field and text value; joined by AND.
    """
    text = ["SELECT", ", ".join(fields), "FROM", sobject]
    conditions = [f"{field} = {quoted(value)}" for field, value in where.items()]
    if conditions:
        text += ["WHERE", " AND ".join(conditions)]
    return " ".join(text)


def quoted(value: str) -> str:
    """A text literal. Source: SOQL and SOSL Reference, "Quoted String Escape Sequences"."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def lists(values: Sequence[str], size: int) -> Iterator[str]:
    """Text values as the insides of ``IN (...)``, so many to a list: a query's text has an end.

    Args:
        values: as they are.
        size: how many in one list, at most.
    """
    for start in range(0, len(values), size):
        yield ", ".join(map(quoted, values[start : start + size]))


def field_of(row: Mapping[str, object], path: str) -> object:
    """A field of an answer's row, through relationships: ``Assignee.Username``; None where one is empty."""
    if "." not in path:
        return row.get(path)
    value: object = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def moment_of(row: Mapping[str, object], path: str) -> datetime | None:
    """A date and time of an answer's row, in UTC; None where it is empty or none."""
    value = field_of(row, path)
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
