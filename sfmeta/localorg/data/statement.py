"""What all kinds of SELECT have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sfmeta.localorg.data.conditions import Conditions
from sfmeta.localorg.data.functions import Term
from sfmeta.localorg.data.results import Shown
from sfmeta.localorg.data.scope import Scope
from sfmeta.localorg.data.soql_values import Item, Operand, Path, Query, wrong

_ENDLESS = 2**31


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT.

    Attributes:
        scope: what its names mean.
        conditions: compiles its conditions.
    """

    scope: Scope
    conditions: Conditions

    @property
    def query(self) -> Query:
        """As it was read."""
        return self.scope.query

    def order(self, term: Callable[[Operand], Term], last: str) -> str:
        """``ORDER BY ...``; rows that are equal in it come in the order in which they were made.

        Args:
            term: what the clause may name.
            last: an expression for that order.
        """
        terms = []
        for order in self.query.order_by:
            by = term(order.by)
            if not by.sortable:
                raise wrong("soql-not-sortable", order.by.position, name=by.name)
            sql = by.sql if by.type in ("id", "reference", "int", "double", "boolean") else f"fold({by.sql})"
            direction = "DESC" if order.descending else "ASC"
            terms.append(f"{sql} {direction} NULLS {'LAST' if order.nulls_last else 'FIRST'}")
        return " ORDER BY " + ", ".join([*terms, last])

    def described(self, columns: Sequence[Shown]) -> dict[str, Any]:
        """What ``columns=true`` answers."""
        query = self.query
        selected = (item.of for item in query.items if isinstance(item, Item))
        return {
            "columnMetadata": list(columns),
            "entityName": self.scope.sobject.name,
            "groupBy": bool(query.group_by),
            "idSelected": any(isinstance(of, Path) and of.names[-1].lower() == "id" for of in selected),
            "keyPrefix": self.scope.sobject.key_prefix or None,
        }


def cut(query: Query, most: int = _ENDLESS) -> str:
    """``LIMIT ... OFFSET ...``, or "" where a query asks for neither.

    Args:
        query: as it was read.
        most: rows that there can be at all.
    """
    if query.limit is None and not query.offset and most == _ENDLESS:
        return ""
    return f" LIMIT {min(most, _ENDLESS if query.limit is None else query.limit)} OFFSET {query.offset}"
