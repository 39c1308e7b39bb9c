"""One SELECT in the making: its table, and the tables that its paths lead to."""

from __future__ import annotations

from dataclasses import dataclass

from sfmeta.localorg.data.columns import column, shown
from sfmeta.localorg.data.functions import Term, aggregate, apply
from sfmeta.localorg.data.names import Names
from sfmeta.localorg.data.schema import Field, SObject
from sfmeta.localorg.data.soql_values import Call, Operand, Path, Query, unexpected, wrong
from sfmeta.localorg.data.sources import Sources
from sfmeta.localorg.data.tables import SOBJECTS

_MOST_JOINS = 55
"""Relationships up that one query may name (SOQL and SOSL limits)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that a statement reads.

    Attributes:
        sobject: its table.
        alias: its name in the statement.
        joined: it may be missing.
    """

    sobject: SObject
    alias: str
    joined: bool = False

    def term(self, field: Field) -> Term:
        """One of its fields, to be compared, grouped or ordered."""
        sql = column(self.sobject, field, self.alias, joined=self.joined)
        return Term(sql, field.type, field.name, field.filterable, field.groupable, field.sortable)

    def shown(self, field: Field) -> str:
        """One of its fields, as a record shows it."""
        return shown(self.sobject, field, self.alias, joined=self.joined)


class Scope:
    """What the names in one SELECT mean.

    Args:
        names: to look them up with.
        sources: of the whole statement.
        query: the SELECT.
        sobject: its table; looked up by the query's FROM unless given.
    """

    def __init__(self, names: Names, sources: Sources, query: Query, sobject: SObject | None = None) -> None:
        self._names, self.sources, self.query = names, sources, query
        self.row = Row(sobject or names.sobject(query), sources.alias())
        self._joined: dict[tuple[str, ...], Row] = {}
        self._joins: list[str] = []

    @property
    def sobject(self) -> SObject:
        """The table."""
        return self.row.sobject

    def find(self, path: Path) -> tuple[tuple[str, ...], Row, Field]:
        """The names of the relationships that a path follows, the row that they lead to and its field.

        Raises:
            SoqlError: a name is unknown.
        """
        way, field = self._names.path(self.sobject, self.query, path)
        row, names = self.row, ()
        for reference in way:
            names = (*names, reference.relationship)  # type: ignore[assignment]
            row = self._joined.get(names) or self._join(row, reference, names)
        return names, row, field

    def joined(self, names: tuple[str, ...]) -> Row:
        """The row that some relationships lead to, after a path through them was found."""
        return self._joined[names]

    def _join(self, row: Row, reference: Field, names: tuple[str, ...]) -> Row:
        if len(self._joined) == _MOST_JOINS:
            raise wrong("soql-too-many-relationships", most=_MOST_JOINS)
        target = Row(SOBJECTS[reference.reference_to.lower()], self.sources.alias(), joined=True)
        self._joins.append(
            f"LEFT JOIN {self.sources.table(target.sobject, target.alias)} ON {target.alias}.id = "
            f"{row.term(reference).sql} AND {self.sources.is_row(target.sobject, target.alias)}"
        )
        self._joined[names] = target
        return target

    def term(self, operand: Operand) -> Term:
        """What a path or a function of one gives.

        Raises:
            SoqlError: a name is unknown, or a function is not for that.
        """
        if isinstance(operand, Path):
            _, row, field = self.find(operand)
            return row.term(field)
        argument = None if operand.argument is None else self.term(operand.argument)
        if isinstance(operand.argument, Call) and operand.argument.aggregates:
            raise unexpected(operand.argument.function, operand.argument.position)
        if operand.aggregates:
            return aggregate(operand, argument, f"{self.row.alias}.id")
        return apply(operand, argument)

    def from_where(self, condition: str = "1") -> str:
        """``FROM ... WHERE ...``, once all names were looked up."""
        alias = self.row.alias
        conditions = [self.sources.is_row(self.sobject, alias), self.sources.may_see(self.sobject, alias), condition]
        wanted = " AND ".join(one for one in conditions if one != "1") or "1"
        return f"FROM {' '.join([self.sources.table(self.sobject, alias), *self._joins])} WHERE {wanted}"
