"""Grants as JSON, as the ledger keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind


def records_json(records: Iterable[Record]) -> bytes:
    """A list of objects, sorted, one per record."""
    return _text([_row(one) for one in sorted(records)])


def records_from(data: bytes) -> tuple[Record, ...]:
    """The other way round."""
    return tuple(_record(row) for row in json.loads(data))


def writes_json(changes: Iterable[RecordChange]) -> bytes:
    """A list of objects with ``old`` and ``new``, one per change."""
    return _text(
        [{"old": _row(one.old) if one.old else None, "new": _row(one.new) if one.new else None} for one in changes]
    )


def writes_from(data: bytes) -> tuple[RecordChange, ...]:
    """The other way round."""
    return tuple(
        RecordChange(_record(row["old"]) if row["old"] else None, _record(row["new"]) if row["new"] else None)
        for row in json.loads(data)
    )


def _row(record: Record) -> dict[str, str]:
    of = record.id
    return {"sobject": of.kind, "parent": of.parent, "subject": of.subject, "expires_at": record.expires_at}


def _record(row: dict[str, str]) -> Record:
    return Record(RecordId(RecordKind(row["sobject"]), row["parent"], row["subject"]), row["expires_at"])


def _text(rows: list[Any]) -> bytes:
    return json.dumps(rows, indent=2).encode() + b"\n"
