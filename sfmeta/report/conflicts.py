"""Where a rollback meets what somebody changed since, field by field, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sfmeta.change.conflicts import Conflict
from sfmeta.model.element import Element
from sfmeta.model.records import Record, RecordChange
from sfmeta.report.changes import shown, value_json


def conflict_text(conflict: Conflict) -> str:
    """One line: where, what the org holds, what the rollback would write."""
    if conflict.is_guess:
        return f"{conflict.component} was not given by the org after a deployment: who changed what in it is not known"
    if conflict.is_whole:
        return f"{conflict.component} was made, changed or deleted in the org since our last deployment"
    place = f"{conflict.component} {'/'.join(conflict.path)}"
    return f"{place}: {_since(_value(conflict.now), _value(conflict.wanted))}"


def grant_conflict_text(change: RecordChange) -> str:
    """The same for a grant."""
    return f"{change.id}: {_since(_grant(change.old), _grant(change.new))}"


def conflicts_json(found: Iterable[Conflict], grants: Iterable[RecordChange]) -> list[dict[str, Any]]:
    """All of them."""
    rows: list[dict[str, Any]] = [
        {
            "component": str(conflict.component),
            "path": "/".join(conflict.path) or None,
            "now": value_json(conflict.now),
            "wanted": value_json(conflict.wanted),
            "not_known": conflict.is_guess,
        }
        for conflict in found
    ]
    return rows + [grant_json(change) for change in grants]


def grant_json(change: RecordChange) -> dict[str, Any]:
    """A change of a grant."""
    return {
        "record": str(change.id),
        "kind": str(change.kind),
        "now": _grant(change.old) if change.old else None,
        "wanted": _grant(change.new) if change.new else None,
    }


def kept_grants_json(changes: Iterable[RecordChange]) -> list[dict[str, Any]]:
    """Grants that stay as somebody changed them: what was there before, and what is there."""
    return [
        {
            "record": str(change.id),
            "kind": str(change.kind),
            "old": _held_json(change.old),
            "new": _held_json(change.new),
        }
        for change in changes
    ]


def grant_text(change: RecordChange) -> str:
    """One line with the sign of a difference."""
    sign = {"added": "+", "removed": "-", "changed": "~"}[str(change.kind)]
    until = f" until {change.new.expires_at}" if change.new and change.new.expires_at else ""
    return f"{sign} {change.id}{until}"


def _since(now: str, wanted: str) -> str:
    return f"the org has {now} since our last deployment, the rollback wants {wanted}"


def _grant(record: Record | None) -> str:
    if record is None:
        return "no such grant"
    return f"it until {record.expires_at}" if record.expires_at else "it without an end"


def _held_json(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else {"expires_at": record.expires_at or None}


def _value(element: Element | None) -> str:
    return "nothing there" if element is None else shown(element)
