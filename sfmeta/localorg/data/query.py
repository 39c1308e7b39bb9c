"""Answers a query: names checked against the tables, rows filtered, grouped, ordered, cut and shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.conditions import Matcher
from sfmeta.localorg.data.names import Names
from sfmeta.localorg.data.rows import Rows
from sfmeta.localorg.data.sobjects import SObject
from sfmeta.localorg.data.soql import parse, too_deep
from sfmeta.localorg.data.soql_values import Call, Order, Path, Query, SoqlError
from sfmeta.localorg.records import Record, Value

_TOKENS_IN_ALL = 2500
"""OauthToken gives at most this many rows, and says nothing about the rest (object reference, OauthToken)."""
_MAXIMUM_OFFSET = 2000


@dataclass(frozen=True, slots=True)
class Result:
    """The whole answer, before it is cut into batches.

    Attributes:
        total: ``totalSize``.
        records: as JSON shows them; empty for ``COUNT()``.
        columns: for ``columns=true``.
    """

    total: int
    records: list[dict[str, Any]]
    columns: list[dict[str, Any]]


class Engine:
    """Runs queries for one caller.

    Args:
        caller: whose eyes to see with.
        version: of the API, for the urls in the answer.
        tooling: the Tooling API's fields are there too.
    """

    def __init__(self, caller: Caller, version: int, *, tooling: bool = False) -> None:
        self._rows = Rows(caller)
        self._names = Names(caller.state.org, tooling=tooling)
        self._now = caller.state.clock.now()
        self._base = f"/services/data/v{version}.0/{'tooling/' if tooling else ''}sobjects"

    def run(self, text: str) -> Result:
        """Answers a query.

        Raises:
            SoqlError: the query is wrong; the message names the place.
        """
        query = parse(text)
        if query.offset > _MAXIMUM_OFFSET:
            message = f"Maximum SOQL offset allowed is {_MAXIMUM_OFFSET}"
            raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", message)
        sobject = self._names.sobject(query)
        records = self._matching(query, sobject)
        if query.counts_only:
            # a limit bounds what is counted
            counted = len(records) if query.limit is None else min(len(records), query.limit)
            return Result(counted, [], [])
        answer = self._aggregated if query.aggregates else self._plain
        shown = answer(query, sobject, records)
        return Result(len(shown), shown, [_column(item) for item in query.items])

    def show(self, sobject: SObject, record: Record, paths: Sequence[Path]) -> dict[str, Any]:
        """A record with the fields of these paths."""
        shown: dict[str, Any] = {"attributes": self._attributes(sobject, record)}
        for path in paths:
            self._put(shown, sobject, record, path, path.names)
        return shown

    def _matching(self, query: Query, sobject: SObject) -> list[Record]:
        records = self._rows.all(sobject)
        if query.where is None:
            return records
        matcher = Matcher(self._names, self.value, self._subquery, self._now)
        try:
            test = matcher.compile(sobject, query, query.where)
            return [record for record in records if test(record)]
        except RecursionError as error:
            raise too_deep() from error

    def _subquery(self, query: Query) -> set[Value]:
        sobject = self._names.sobject(query)
        item = query.items[0] if query.items else None
        if not isinstance(item, Path):
            raise SoqlError("MALFORMED_QUERY", "semi join sub-selects need exactly one field", query.position)
        path = self._names.path(sobject, query, item)
        return {self.value(sobject, record, path) for record in self._matching(query, sobject)}

    def _plain(self, query: Query, sobject: SObject, records: list[Record]) -> list[dict[str, Any]]:
        paths = [self._names.path(sobject, query, item) for item in query.items if isinstance(item, Path)]
        for order in reversed(query.order_by):
            records = self._ordered(query, sobject, records, order)
        shown = records[query.offset :][: query.limit]
        if sobject.name == "OauthToken":
            shown = shown[:_TOKENS_IN_ALL]
        return [self.show(sobject, record, paths) for record in shown]

    def _ordered(self, query: Query, sobject: SObject, records: list[Record], order: Order) -> list[Record]:
        if isinstance(order.by, Call):
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{order.by.function}'", order.by.position)
        path = self._names.path(sobject, query, order.by)
        return _sorted(records, order, lambda record: self.value(sobject, record, path))

    def _aggregated(self, query: Query, sobject: SObject, records: list[Record]) -> list[dict[str, Any]]:
        keys = [self._names.path(sobject, query, path) for path in query.group_by]
        groups: dict[tuple[Value, ...], list[Record]] = {} if keys else {(): records}
        for record in records if keys else ():
            groups.setdefault(tuple(self.value(sobject, record, key) for key in keys), []).append(record)
        lines: list[tuple[list[Value], dict[str, Any]]] = []
        for values, members in groups.items():
            group = _Group(self, query, sobject, keys, values, members)
            lines.append(([group.value(order.by) for order in query.order_by], group.line()))
        for index in reversed(range(len(query.order_by))):
            lines = _sorted(lines, query.order_by[index], lambda line, at=index: line[0][at])  # type: ignore[misc]
        return [line for _, line in lines][query.offset :][: query.limit]

    def aggregate(self, query: Query, sobject: SObject, call: Call, members: list[Record]) -> Value:
        """One aggregate over some records."""
        compute = _AGGREGATES.get(call.function)
        if compute is None or (call.path is None and call.function != "COUNT"):
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{call.function}'", call.position)
        if call.path is None:
            return len(members)
        path = self._names.path(sobject, query, call.path)
        values = [value for record in members if (value := self.value(sobject, record, path)) is not None]
        if call.function in ("SUM", "AVG") and self._names.field_of(sobject, path).type != "int":
            message = f"field {path} does not support aggregate operator {call.function}"
            raise SoqlError("MALFORMED_QUERY", message, call.position)
        return compute(values) if values or call.function.startswith("COUNT") else None

    def grouped(self, query: Query, sobject: SObject, path: Path, keys: list[Path]) -> int:
        """Which of the grouping fields a path is."""
        checked = self._names.path(sobject, query, path)
        if checked not in keys:
            raise SoqlError("MALFORMED_QUERY", f"Field must be grouped or aggregated: {path}", path.position)
        return keys.index(checked)

    def value(self, sobject: SObject, record: Record, path: Path) -> Value:
        """What a path leads to from a record; None where a relationship leads nowhere."""
        for name in path.names[:-1]:
            reference = sobject.relationship(name)
            if reference is None:
                return None
            sobject = self._names.table(reference.reference_to)
            target = self._rows.one(sobject.name, record.text(reference.name))
            if target is None:
                return None
            record = target
        return self._field(sobject, record, path.names[-1])

    def _field(self, sobject: SObject, record: Record, name: str) -> Value:
        if sobject.name == "OauthToken" and name == "Id":
            # the object reference: reserved, always null
            return None
        value = record[name]
        found = sobject.fields[name.lower()]
        return found.default if value is None else value

    def _put(self, shown: dict[str, Any], sobject: SObject, record: Record, path: Path, names: tuple[str, ...]) -> None:
        if len(names) == 1:
            shown[names[0]] = self._field(sobject, record, names[0])
            return
        reference = sobject.relationship(names[0])
        if reference is None:
            return
        target_table = self._names.table(reference.reference_to)
        target = self._rows.one(target_table.name, record.text(reference.name))
        if target is None:
            shown[names[0]] = None
            return
        inner = shown.setdefault(names[0], {"attributes": self._attributes(target_table, target)})
        self._put(inner, target_table, target, path, names[1:])

    def _attributes(self, sobject: SObject, record: Record) -> dict[str, str]:
        # the object reference says that an OauthToken's Id is always null
        id_ = "000000000000000AAA" if sobject.name == "OauthToken" else record.id
        return {"type": sobject.name, "url": f"{self._base}/{sobject.name}/{id_}"}


@dataclass(frozen=True, slots=True)
class _Group:
    """One line of an aggregating query, in the making."""

    engine: Engine
    query: Query
    sobject: SObject
    keys: list[Path]
    values: tuple[Value, ...]
    members: list[Record]

    def value(self, item: Path | Call) -> Value:
        if isinstance(item, Call):
            return self.engine.aggregate(self.query, self.sobject, item, self.members)
        return self.values[self.engine.grouped(self.query, self.sobject, item, self.keys)]

    def line(self) -> dict[str, Any]:
        line: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        unnamed = 0
        for item in self.query.items:
            if isinstance(item, Call):
                name = item.alias or f"expr{unnamed}"
                unnamed += not item.alias
            else:
                name = self.keys[self.engine.grouped(self.query, self.sobject, item, self.keys)].names[-1]
            line[name] = self.value(item)
        return line


_AGGREGATES: dict[str, Callable[[list[Any]], Value]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len(set(values)),
    "MAX": max,
    "MIN": min,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
}


def _sorted(rows: list[Any], order: Order, value: Callable[[Any], Value]) -> list[Any]:
    """Stable; text without regard to case; nulls first, or last where asked."""
    nulls = [row for row in rows if value(row) is None]
    others = [row for row in rows if value(row) is not None]
    others.sort(key=lambda row: _sort_key(value(row)), reverse=order.descending)
    return others + nulls if order.nulls_last else nulls + others


def _sort_key(value: Value) -> Any:
    return value.lower() if isinstance(value, str) else value


def _column(item: Path | Call) -> dict[str, Any]:
    name = str(item) if isinstance(item, Path) else item.alias or "expr0"
    return {
        "aggregate": isinstance(item, Call),
        "apexType": "String",
        "booleanType": False,
        "columnName": name,
        "custom": False,
        "displayName": name,
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": [],
        "numberType": False,
        "textType": True,
        "updatable": False,
    }
