"""Rows of a statement as the JSON that a query answers with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sfmeta.localorg.data.schema import SObject

Raw: TypeAlias = Sequence[Any]
Shown: TypeAlias = dict[str, Any]

_NUMBERS = ("int", "double")


@dataclass(frozen=True, slots=True)
class Result:
    """The whole answer, before it is cut into batches.

    Attributes:
        total: ``totalSize``.
        rows: as the statement gave them; empty for ``COUNT()``.
        show: turns rows into what JSON shows.
        columns: for ``columns=true``.
        batch_size: the records of a batch, where the sobject decides it and not the client.
    """

    total: int
    rows: Sequence[Raw]
    show: Callable[[Sequence[Raw]], list[Shown]]
    columns: Mapping[str, Any]
    batch_size: int | None = None

    def records(self, start: int = 0, end: int | None = None) -> list[Shown]:
        """Some of the records."""
        return self.show(self.rows[start:end])


@dataclass(slots=True)
class Leaf:
    """A field in a row.

    Attributes:
        place: which value of the row.
        type: of the field.
    """

    place: int
    type: str

    def of(self, raw: Raw) -> Any:
        """The value as JSON shows it."""
        value = raw[self.place]
        if value is None:
            return None
        if self.type == "boolean":
            return bool(value)
        if self.type == "complexvalue":
            return json.loads(value)
        return float(value) if self.type == "double" else value


@dataclass(slots=True)
class Branch:
    """A record in a row: the query's own, or one that a relationship leads to.

    Attributes:
        sobject: its table.
        place: where its id is.
        base: what its url begins with.
        parts: what is shown of it, by name, in the order of the query.
    """

    sobject: SObject
    place: int
    base: str
    parts: dict[str, Leaf | Branch | None] = field(default_factory=dict)

    def of(self, raw: Raw) -> Shown | None:
        """The record as JSON shows it; None where there is none."""
        id_ = raw[self.place]
        if id_ is None:
            return None
        # the object reference says that an OauthToken's Id is always null
        url_id = "000000000000000AAA" if self.sobject.name == "OauthToken" else id_
        shown: Shown = {"attributes": {"type": self.sobject.name, "url": f"{self.base}/{self.sobject.name}/{url_id}"}}
        for name, part in self.parts.items():
            # the place of a subquery is kept, and filled in later
            shown[name] = None if part is None else part.of(raw)
        return shown


def column(name: str, type_: str, *, label: str = "", aggregate: bool = False, inner: Sequence[Any] = ()) -> Shown:
    """One entry of ``columnMetadata``.

    Args:
        name: of the column; of a relationship with ``inner`` columns.
        type_: of the field.
        label: what is displayed, where that is another.
        aggregate: it is an aggregate, or a subquery.
        inner: the columns of a parent or of children.
    """
    return {
        "aggregate": aggregate,
        "apexType": {"boolean": "Boolean", "int": "Integer", "double": "Double", "datetime": "Datetime"}.get(
            type_, "Id" if type_ in ("id", "reference") else "String"
        ),
        "booleanType": type_ == "boolean",
        "columnName": name,
        "custom": False,
        "displayName": label or name,
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": list(inner),
        "numberType": type_ in _NUMBERS,
        "textType": type_ not in (*_NUMBERS, "boolean", "datetime"),
        "updatable": False,
    }
