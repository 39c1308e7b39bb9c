"""Queries whose rows are records: with what relationships lead up to, and subqueries one level down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfmeta.localorg.data.functions import Term
from sfmeta.localorg.data.names import Names
from sfmeta.localorg.data.results import Branch, Leaf, Raw, Result, Shown, column
from sfmeta.localorg.data.schema import Field
from sfmeta.localorg.data.scope import Row, Scope
from sfmeta.localorg.data.soql_values import (
    Call,
    FieldSet,
    Item,
    Operand,
    Path,
    Query,
    unexpected,
    wrong,
)
from sfmeta.localorg.data.statement import Statement, cut

TOKENS_IN_ALL = 2500
"""OauthToken gives at most this many rows, and says nothing about the rest (object reference, OauthToken)."""
TOKENS_IN_BATCH = 500
_ONE_ROW_ONLY = frozenset({"FullName", "Metadata"})
_MOST_WITH_FIELDS = 200
_FIELDS_SINCE = 51


@dataclass(frozen=True, slots=True)
class _Child:
    """A subquery in SELECT.

    Attributes:
        name: of the way down.
        field: of the children, that points up.
        plain: the subquery itself.
    """

    name: str
    field: Field
    plain: Plain


class Plain:
    """One such query.

    Args:
        statement: the query.
        names: to look names up with.
        base: what the urls of records begin with.
        parent: of a subquery, the field of its rows that points up.
    """

    def __init__(self, statement: Statement, names: Names, base: str, parent: Field | None = None) -> None:
        self._statement, self._names, self._base = statement, names, base
        self._query, self._scope = statement.query, statement.scope
        row = self._scope.row
        self._selected = [f"{row.alias}.id"] + ([row.term(parent).sql] if parent else [])
        self._parent = parent
        self._branch = Branch(row.sobject, 0, base)
        self._children: list[_Child] = []
        self._columns: list[Shown] = []
        for item in self._query.items:
            self._select(item)

    def result(self) -> Result:
        """Its answer."""
        rows = self._scope.sources.run(self._sql("1"))
        if len(rows) > 1 and not _ONE_ROW_ONLY.isdisjoint(self._branch.parts) and self._scope.sobject.tooling:
            raise wrong("soql-metadata-rows")
        size = TOKENS_IN_BATCH if self._scope.sobject.name == "OauthToken" else None
        return Result(len(rows), rows, self._show, self._statement.described(self._columns), size)

    def _sql(self, condition: str) -> str:
        where = self._statement.conditions.where(self._query.where)
        both = " AND ".join(one for one in (condition, where) if one != "1") or "1"
        # the plus sign keeps SQLite from walking through all rows for the sake of their order
        order = self._statement.order(self._sorted_by, f"+{self._scope.row.alias}.number")
        selected = ", ".join(self._selected)
        most = {"most": TOKENS_IN_ALL} if self._scope.sobject.name == "OauthToken" else {}
        limit = "" if self._parent else cut(self._query, **most)
        return f"SELECT {selected} {self._scope.from_where(both)}{order}{limit}"

    def _sorted_by(self, operand: Operand) -> Term:
        if isinstance(operand, Call) and operand.aggregates:
            raise unexpected(operand.function, operand.position)
        return self._scope.term(operand)

    def _select(self, item: Item | FieldSet | Query) -> None:
        if isinstance(item, Query):
            self._select_children(item)
        elif isinstance(item, FieldSet):
            for field in self._fields(item):
                self._put((), self._scope.row, field, item.position)
        elif item.alias:
            raise wrong("soql-alias", item.position)
        elif isinstance(item.of, Path):
            names, row, field = self._scope.find(item.of)
            self._put(names, row, field, item.position)

    def _fields(self, wanted: FieldSet) -> list[Field]:
        """``FIELDS(...)``. Source: SOQL reference, SELECT, FIELDS()."""
        if self._names.view.version < _FIELDS_SINCE:
            raise wrong("soql-fields-version", wanted.position)
        if wanted.which not in ("ALL", "CUSTOM", "STANDARD"):
            raise unexpected(wanted.which, wanted.position)
        if wanted.which != "STANDARD" and (self._query.limit is None or self._query.limit > _MOST_WITH_FIELDS):
            raise wrong("soql-fields-limit", wanted.position, most=_MOST_WITH_FIELDS)
        # no sobject of this org has custom fields
        return [] if wanted.which == "CUSTOM" else self._scope.sobject.seen(self._names.view)

    def _put(self, names: tuple[str, ...], row: Row, field: Field, position: int) -> None:
        branch, columns = self._branch, self._columns
        for depth, name in enumerate(names, 1):
            part = branch.parts.get(name)
            if not isinstance(part, Branch):
                target = self._scope.joined(names[:depth])
                part = branch.parts[name] = Branch(target.sobject, self._place(f"{target.alias}.id"), self._base)
                columns.append(column(name, "string"))
            branch, columns = part, next(one["joinColumns"] for one in columns if one["columnName"] == name)
        if field.name in branch.parts:
            raise wrong("soql-duplicate-field", position, name=field.name)
        branch.parts[field.name] = Leaf(self._place(row.shown(field)), field.type)
        columns.append(column(field.name, field.type))

    def _place(self, sql: str) -> int:
        self._selected.append(sql)
        return len(self._selected) - 1

    def _select_children(self, query: Query) -> None:
        if self._parent is not None:
            raise wrong("soql-child-of-child", query.position)
        if query.counts_only or query.aggregates:
            raise wrong("soql-child-aggregates", query.position)
        table, field, name = self._names.child(self._scope.sobject, query)
        if name in self._branch.parts:
            raise wrong("soql-duplicate-field", query.position, name=name)
        scope = Scope(self._names, self._scope.sources, query, table)
        statement = Statement(scope, self._statement.conditions.of(scope))
        child = _Child(name, field, Plain(statement, self._names, self._base, field))
        self._children.append(child)
        self._branch.parts[name] = None
        self._columns.append(column(name, "string", aggregate=True, inner=child.plain._columns))

    def _show(self, rows: Sequence[Raw]) -> list[Shown]:
        shown = [one for raw in rows if (one := self._branch.of(raw)) is not None]
        for child in self._children:
            found = child.plain._of_parents([raw[0] for raw in rows])
            for raw, record in zip(rows, shown, strict=True):
                records = found.get(raw[0], [])
                more = {"totalSize": len(records), "done": True, "records": records}
                record[child.name] = more if records else None
        return shown

    def _of_parents(self, ids: Sequence[str]) -> dict[str, list[Shown]]:
        """The rows of a subquery for each of some parents, cut for each of them."""
        parent = self._parent
        if parent is None:
            raise AssertionError("only called for a subquery")
        wanted = f"{self._scope.row.term(parent).sql} IN {self._scope.sources.bind_list(list(ids))}"
        groups: dict[str, list[Raw]] = {}
        for raw in self._scope.sources.run(self._sql(wanted)):
            groups.setdefault(raw[1], []).append(raw)
        end = None if self._query.limit is None else self._query.offset + self._query.limit
        return {id_: self._show(rows[self._query.offset : end]) for id_, rows in groups.items()}
