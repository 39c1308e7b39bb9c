"""Conditions in SQL: WHERE, HAVING and semi-joins.

A condition is true or false, never unknown: ``!=`` and ``NOT IN`` find what is empty, everything else does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.data.dates import span
from sfmeta.localorg.data.functions import Term
from sfmeta.localorg.data.scope import Scope
from sfmeta.localorg.data.soql_values import (
    Both,
    Comparison,
    Condition,
    Constant,
    DateLiteral,
    Item,
    Moment,
    Not,
    Operand,
    Path,
    Query,
    SoqlError,
    unexpected,
    wrong,
)
from sfmeta.localorg.ids import is_id, to_18
from sfmeta.localorg.sql_functions import fold

_ID_TYPES = ("id", "reference")
_NUMBERS = ("int", "double")
_TIMES = ("datetime", "date")
# words that a message about a wrong constant ends in
_QUOTED, _BARE = " and should be enclosed in quotes", " and should not be enclosed in quotes"
_SHOWN_TYPES = {"datetime": "dateTime", "id": "ID", "reference": "ID"}


class Conditions:
    """Compiles the conditions of one SELECT.

    Args:
        scope: of the SELECT.
        now: what ``TODAY`` is counted from.
        inner: makes the scope of a semi-join.
    """

    def __init__(self, scope: Scope, now: datetime, inner: Callable[[Query], Scope]) -> None:
        self._scope, self._now, self._inner = scope, now, inner

    def of(self, scope: Scope) -> Conditions:
        """The same for another SELECT of the statement."""
        return Conditions(scope, self._now, self._inner)

    def where(self, condition: Condition | None) -> str:
        """The WHERE clause's condition.

        Raises:
            SoqlError: a name is unknown, or a value does not fit its field.
        """
        return "1" if condition is None else self._compile(condition, self._filtered, 0)

    def having(self, condition: Condition | None, term: Callable[[Operand], Term]) -> str:
        """The HAVING clause's condition, about what ``term`` allows."""
        return "1" if condition is None else self._compile(condition, term, 0)

    def _compile(self, condition: Condition, term: Callable[[Operand], Term], depth: int) -> str:
        if isinstance(condition, Not):
            return f"NOT coalesce({self._compile(condition.condition, term, depth)}, 0)"
        if isinstance(condition, Both):
            parts = [self._compile(one, term, depth + 1) for one in condition.conditions]
            return _balanced(parts, " OR " if condition.any else " AND ")
        if condition.subquery is not None and depth > 1:
            raise wrong("soql-semi-join-nested", condition.subquery.position)
        return self._comparison(condition, term(condition.operand))

    def _filtered(self, operand: Operand) -> Term:
        if not isinstance(operand, Path) and operand.aggregates:
            raise wrong("soql-aggregate-in-where", operand.position, name=operand.function)
        term = self._scope.term(operand)
        if not term.filterable:
            raise wrong("soql-not-filterable", operand.position, name=term.name)
        return term

    def _comparison(self, condition: Comparison, term: Term) -> str:
        operator = condition.operator
        if operator in ("IN", "NOT IN"):
            found = self._in_subquery(condition, term) if condition.subquery else self._in_list(condition, term)
            return found if operator == "IN" else f"NOT coalesce({found}, 0)"
        constant = condition.values[0]
        if operator == "LIKE":
            return self._like(condition, term, constant)
        if term.type in _TIMES and isinstance(constant, DateLiteral):
            return self._in_days(term, operator, *span(constant, self._now))
        value = self._value(constant, term, condition.operand)
        if value is None:
            return {"=": f"{term.sql} IS NULL", "!=": f"{term.sql} IS NOT NULL"}.get(operator, "0")
        if operator not in ("=", "!=") and term.type in (*_ID_TYPES, "boolean"):
            raise _operator(condition, term)
        place = self._scope.sources.bind(value)
        return f"{_folded(term)} {'IS NOT' if operator == '!=' else operator} {place}"

    def _like(self, condition: Comparison, term: Term, constant: Constant) -> str:
        if not isinstance(constant, str) or term.type in (*_ID_TYPES, *_NUMBERS, *_TIMES, "boolean"):
            raise _operator(condition, term)
        return f"{_folded(term)} LIKE {self._scope.sources.bind(fold(constant))} ESCAPE '\\'"

    def _in_list(self, condition: Comparison, term: Term) -> str:
        values = [self._value(one, term, condition.operand) for one in condition.values]
        found = f"{_folded(term)} IN {self._scope.sources.bind_list([one for one in values if one is not None])}"
        return f"({found} OR {term.sql} IS NULL)" if None in values else found

    def _in_subquery(self, condition: Comparison, term: Term) -> str:
        query = condition.subquery
        if query is None:
            raise AssertionError("only called for a semi-join")
        item = query.items[0] if len(query.items) == 1 else None
        if not isinstance(item, Item) or not isinstance(item.of, Path) or query.group_by:
            raise wrong("soql-semi-join-field", query.position)
        inner = self._inner(query)
        if inner.sobject is self._scope.sobject:
            raise wrong("soql-semi-join-same", query.position)
        selected = inner.term(item.of)
        where = self.of(inner).where(query.where)
        limit = "" if query.limit is None else f" LIMIT {min(query.limit, 2**31)}"
        value = _folded(selected) if selected.type == term.type or term.type not in _ID_TYPES else selected.sql
        rows = f"SELECT {value} {inner.from_where(where)} AND {selected.sql} IS NOT NULL{limit}"
        return f"{_folded(term)} IN ({rows})"

    def _in_days(self, term: Term, operator: str, start: str, end: str) -> str:
        if term.type == "date":
            start, end = start[:10], end[:10]
        sql, first, after = term.sql, self._scope.sources.bind(start), self._scope.sources.bind(end)
        within = f"({sql} >= {first} AND {sql} < {after})"
        return {
            "=": within,
            "!=": f"NOT coalesce({within}, 0)",
            "<": f"{sql} < {first}",
            "<=": f"{sql} < {after}",
            ">": f"{sql} >= {after}",
            ">=": f"{sql} >= {first}",
        }[operator]

    def _value(self, constant: Constant, term: Term, operand: Operand) -> Any:
        """A constant as it is compared with a term.

        Raises:
            SoqlError: it is of another type.
        """
        if constant is None:
            return None
        if isinstance(constant, DateLiteral):
            raise unexpected(constant.name, constant.position)
        if not _fits(constant, term):
            ending = _QUOTED if _is_text(term) else _BARE if isinstance(constant, str) else ""
            type_ = _shown_type(term)
            raise wrong("soql-value-type", operand.position, name=term.name, type=type_, ending=ending)
        if isinstance(constant, Moment):
            return _moment(constant)
        if term.type in _ID_TYPES:
            text = str(constant)
            if text and not is_id(text):
                raise wrong("soql-id", operand.position, value=text)
            return to_18(text) if text else None
        return fold(constant) if constant != "" else None


def _operator(condition: Comparison, term: Term) -> SoqlError:
    names = {"operator": condition.operator, "type": _shown_type(term)}
    return wrong("soql-operator", condition.operand.position, **names)


def _moment(moment: Moment) -> str:
    try:
        stamp = to_stamp(from_stamp(moment.text))
    except ValueError as error:
        kind = "date" if moment.is_date else "datetime"
        raise wrong("soql-moment", moment.position, kind=kind, text=moment.text) from error
    return stamp[:10] if moment.is_date else stamp


def _fits(constant: Constant, term: Term) -> bool:
    if term.type == "boolean":
        return isinstance(constant, bool)
    if term.type in _NUMBERS:
        return isinstance(constant, int | float) and not isinstance(constant, bool)
    if term.type in _TIMES:
        # a moment is no day and a day is no moment: users quote the refusal
        return isinstance(constant, Moment) and constant.is_date is (term.type == "date")
    return isinstance(constant, str)


def _is_text(term: Term) -> bool:
    return term.type not in (*_NUMBERS, *_TIMES, "boolean")


def _shown_type(term: Term) -> str:
    return _SHOWN_TYPES.get(term.type, "string" if _is_text(term) else term.type)


def _folded(term: Term) -> str:
    """Text compares without regard to case; ids have a case, and are kept with 18 characters."""
    return f"fold({term.sql})" if _is_text(term) and term.type not in _ID_TYPES else term.sql


def _balanced(parts: Sequence[str], word: str) -> str:
    """A chain as a tree: SQLite's expressions may be a thousand deep, SOQL's conditions longer than that."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({_balanced(parts[:middle], word)}{word}{_balanced(parts[middle:], word)})"
