"""Queries whose rows are groups: GROUP BY and aggregate functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sfmeta.localorg.data.functions import Term
from sfmeta.localorg.data.results import Leaf, Raw, Result, Shown, column
from sfmeta.localorg.data.soql_values import Call, Item, Operand, Path, unexpected, wrong
from sfmeta.localorg.data.statement import Statement, cut

# rule data-audit-trail-filter
_NOT_AGGREGATED = frozenset({"SetupAuditTrail"})


class Grouped:
    """One such query."""

    def __init__(self, statement: Statement) -> None:
        self._statement, self._query, self._scope = statement, statement.query, statement.scope
        self._keys = [self._key(operand) for operand in self._query.group_by]

    def result(self) -> Result:
        """Its answer."""
        query, scope = self._query, self._scope
        names, terms = self._selected()
        if not query.group_by and query.limit is not None:
            raise wrong("soql-limit-without-group")
        where = self._statement.conditions.where(query.where)
        having = self._statement.conditions.having(query.having, self._term)
        order = self._statement.order(self._term, f"MIN({scope.row.alias}.number)")
        keys = f" GROUP BY {', '.join(term.sql for _, term in self._keys)}" if self._keys else ""
        rows = scope.sources.run(
            f"SELECT {', '.join(term.sql for term in terms)} {scope.from_where(where)}{keys}"
            f"{'' if having == '1' else f' HAVING {having}'}{order}{cut(query)}"
        )
        leaves = [(name, Leaf(place, term.type)) for place, (name, term) in enumerate(zip(names, terms, strict=True))]

        def show(wanted: Sequence[Raw]) -> list[Shown]:
            return [_line(leaves, raw) for raw in wanted]

        return Result(len(rows), rows, show, self._statement.described(self._columns(names, terms)))

    def _selected(self) -> tuple[list[str], list[Term]]:
        names: list[str] = []
        terms: list[Term] = []
        unnamed = 0
        for item in self._query.items:
            if not isinstance(item, Item):
                raise wrong("soql-only-fields-with-aggregates", item.position)
            if item.alias:
                name = item.alias
            elif isinstance(item.of, Path):
                name = self._field_name(item.of)
            else:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            if name.lower() in (one.lower() for one in names):
                raise wrong("soql-duplicate-alias", item.position, name=name)
            names.append(name)
            terms.append(self._term(item.of))
        return names, terms

    def _field_name(self, path: Path) -> str:
        return self._scope.find(path)[2].name

    def _key(self, operand: Operand) -> tuple[Operand, Term]:
        if isinstance(operand, Call) and operand.aggregates:
            raise unexpected(operand.function, operand.position)
        if isinstance(operand, Call) and operand.function in ("ROLLUP", "CUBE"):
            raise wrong("soql-rollup", operand.position, name=operand.function)
        term = self._scope.term(operand)
        if not term.groupable:
            raise wrong("soql-not-groupable", operand.position, name=term.name)
        return operand, term

    def _term(self, operand: Operand) -> Term:
        """What SELECT, HAVING and ORDER BY may name: an aggregate, or what is grouped by."""
        if isinstance(operand, Call) and operand.aggregates:
            term = self._scope.term(operand)
            if self._scope.sobject.name in _NOT_AGGREGATED:
                raise wrong("soql-no-aggregate", operand.position, name=term.name, function=operand.function)
            return term
        wanted = self._scope.term(operand)
        found = next((term for _, term in self._keys if term.sql == wanted.sql), None)
        if found is None:
            raise wrong("soql-ungrouped", operand.position, name=operand)
        return found

    def _columns(self, names: Sequence[str], terms: Sequence[Term]) -> list[Shown]:
        columns = []
        for item, name, term in zip(self._query.items, names, terms, strict=True):
            called = isinstance(item, Item) and isinstance(item.of, Call)
            label = _called(item.of) if isinstance(item, Item) else name
            columns.append(column(name, term.type, label=label, aggregate=called))
        return columns


def _called(of: Operand) -> str:
    return f"{of.function.lower()}({of.argument or ''})" if isinstance(of, Call) else ""


def _line(leaves: Sequence[tuple[str, Leaf]], raw: Raw) -> Shown:
    line: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    line.update((name, leaf.of(raw)) for name, leaf in leaves)
    return line
