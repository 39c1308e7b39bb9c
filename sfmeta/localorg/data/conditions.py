"""The WHERE clause: a condition becomes a test on records."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.data.names import Names
from sfmeta.localorg.data.sobjects import Field, SObject
from sfmeta.localorg.data.soql_values import (
    Both,
    Comparison,
    Condition,
    Constant,
    DateLiteral,
    Moment,
    Not,
    Path,
    Query,
    SoqlError,
)
from sfmeta.localorg.ids import is_id, to_18
from sfmeta.localorg.records import Record, Value

Test: TypeAlias = Callable[[Record], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_DAY = timedelta(days=1)
_MOST_DAYS = 100_000
_ID_TYPES = {"id", "reference"}


class Matcher:
    """Compiles conditions.

    Args:
        names: to check names with.
        value: what a path leads to from a record.
        subquery: the values of a semi-join.
        now: what ``TODAY`` is counted from.
    """

    def __init__(
        self,
        names: Names,
        value: Callable[[SObject, Record, Path], Value],
        subquery: Callable[[Query], set[Value]],
        now: datetime,
    ) -> None:
        self._names, self._value, self._subquery, self._now = names, value, subquery, now

    def compile(self, sobject: SObject, query: Query, condition: Condition) -> Test:
        """A test for one condition.

        Raises:
            SoqlError: a name is unknown, or a value does not fit its field.
        """
        if isinstance(condition, Not):
            inner = self.compile(sobject, query, condition.condition)
            return lambda record: not inner(record)
        if isinstance(condition, Both):
            tests = [self.compile(sobject, query, one) for one in condition.conditions]
            if condition.any:
                return lambda record: any(test(record) for test in tests)
            return lambda record: all(test(record) for test in tests)
        return self._comparison(sobject, query, condition)

    def _comparison(self, sobject: SObject, query: Query, condition: Comparison) -> Test:
        path = self._names.path(sobject, query, condition.path)
        field = self._names.field_of(sobject, path)
        if not field.filterable:
            message = f"field '{field.name}' can not be filtered in a query call"
            raise SoqlError("INVALID_FIELD", message, condition.path.position)

        def read(record: Record) -> Value:
            return _folded(self._value(sobject, record, path), field)

        if condition.operator in ("IN", "NOT IN"):
            wanted = self._wanted(condition, field)
            negated = condition.operator == "NOT IN"
            return lambda record: (read(record) in wanted) is not negated
        constant = condition.values[0]
        if isinstance(constant, DateLiteral):
            return self._in_days(read, condition.operator, *self._days(constant))
        if condition.operator == "LIKE":
            pattern = _like(str(constant))
            return lambda record: bool(pattern.fullmatch(str(read(record) or "")))
        right = self._constant(constant, field, condition)
        if condition.operator in ("=", "!="):
            equal = condition.operator == "="
            return lambda record: (read(record) == right) is equal
        compare = _COMPARE[condition.operator]

        def test(record: Record) -> bool:
            left = read(record)
            return left is not None and right is not None and compare(left, right)

        return test

    def _wanted(self, condition: Comparison, field: Field) -> set[Value]:
        if condition.subquery is not None:
            return {_folded(value, field) for value in self._subquery(condition.subquery)}
        return {self._constant(value, field, condition) for value in condition.values}

    def _constant(self, constant: Constant, field: Field, condition: Comparison) -> Value:
        if isinstance(constant, DateLiteral):
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{constant.name}'", constant.position)
        if isinstance(constant, Moment):
            try:
                return to_stamp(from_stamp(constant.text))
            except ValueError as error:
                raise SoqlError("MALFORMED_QUERY", f"Invalid datetime: {constant.text}") from error
        if constant is not None and not _fits(constant, field):
            message = f"value of filter criterion for field '{field.name}' must be of type {field.type}"
            message += "" if isinstance(constant, str) else " and should be enclosed in quotes"
            raise SoqlError("INVALID_FIELD", message, condition.path.position)
        return _folded(constant, field)

    def _in_days(self, read: Callable[[Record], Value], operator: str, start: str, end: str) -> Test:
        tests: dict[str, Callable[[str], bool]] = {
            "=": lambda text: start <= text < end,
            "!=": lambda text: not start <= text < end,
            "<": lambda text: text < start,
            "<=": lambda text: text < end,
            ">": lambda text: text >= end,
            ">=": lambda text: text >= start,
        }
        inner = tests[operator]
        return lambda record: (value := read(record)) is not None and inner(str(value))

    def _days(self, literal: DateLiteral) -> tuple[str, str]:
        """The days that a literal means, from the start of the first to the start of the day after the last (UTC)."""
        today = self._now.replace(hour=0, minute=0, second=0, microsecond=0)
        if abs(literal.amount or 0) > _MOST_DAYS:
            raise SoqlError("MALFORMED_QUERY", f"{literal.name}: too many days", literal.position)
        amount = (literal.amount or 0) * _DAY
        spans = {
            ("TODAY", False): (today, today + _DAY),
            ("YESTERDAY", False): (today - _DAY, today),
            ("TOMORROW", False): (today + _DAY, today + 2 * _DAY),
            ("LAST_N_DAYS", True): (today - amount, today + _DAY),
            ("NEXT_N_DAYS", True): (today + _DAY, today + _DAY + amount),
        }
        span = spans.get((literal.name, literal.amount is not None))
        if span is None:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{literal.name}'", literal.position)
        return to_stamp(span[0]), to_stamp(span[1])


def _fits(constant: object, field: Field) -> bool:
    if field.type == "boolean":
        return isinstance(constant, bool)
    if field.type == "int":
        return isinstance(constant, int | float) and not isinstance(constant, bool)
    if field.type == "datetime":
        return False
    return isinstance(constant, str)


def _folded(value: Value, field: Field) -> Value:
    """Text compares without regard to case; ids of 15 and 18 characters are the same, and have a case."""
    if not isinstance(value, str) or field.type == "datetime":
        return value
    if field.type in _ID_TYPES:
        return to_18(value) if is_id(value) else value
    return value.lower()


def _like(pattern: str) -> re.Pattern[str]:
    parts = (".*" if letter == "%" else "." if letter == "_" else re.escape(letter) for letter in pattern)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
