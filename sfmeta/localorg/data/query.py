"""Answers a query: parsed, turned into one SQL statement with bound values, its rows shown as JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.conditions import Conditions
from sfmeta.localorg.data.grouped import Grouped
from sfmeta.localorg.data.names import Names
from sfmeta.localorg.data.plain import Plain
from sfmeta.localorg.data.results import Raw, Result, Shown
from sfmeta.localorg.data.schema import Field, SObject, View
from sfmeta.localorg.data.scope import Scope
from sfmeta.localorg.data.soql import parse, too_deep
from sfmeta.localorg.data.soql_values import Comparison, Item, Path, Query, wrong
from sfmeta.localorg.data.sources import Sources
from sfmeta.localorg.data.statement import Statement, cut

_MAXIMUM_OFFSET = 2000


class Engine:
    """Runs queries for one caller.

    Args:
        caller: whose eyes to see with.
        version: of the API.
        tooling: the Tooling API's tables and fields are there too.
    """

    def __init__(self, caller: Caller, version: int, *, tooling: bool = False) -> None:
        self._caller = caller
        self.view = View(caller.state.org, version, tooling, caller.has)
        self._names = Names(self.view)
        self._base = f"/services/data/v{version}.0/{'tooling/' if tooling else ''}sobjects"

    def run(self, text: str) -> Result:
        """Answers a query.

        Raises:
            SoqlError: the query is wrong; the message names the place.
        """
        return self.answer(parse(text))

    def answer(self, query: Query) -> Result:
        """Answers a query that was read.

        Raises:
            SoqlError: it names what is not there, or values do not fit.
        """
        if query.offset > _MAXIMUM_OFFSET:
            raise wrong("soql-offset", most=_MAXIMUM_OFFSET)
        statement = self._statement(query)
        try:
            if query.counts_only:
                return _count(statement)
            if query.aggregates or query.having is not None:
                return Grouped(statement).result()
            return Plain(statement, self._names, self._base).result()
        except RecursionError as error:
            raise too_deep() from error
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise wrong("soql-timeout") from error
            if "too large" in str(error) or "overflow" in str(error) or "too many" in str(error):
                raise too_deep() from error
            raise

    def record(self, sobject: SObject, id_: str, fields: Sequence[Field]) -> Shown | None:
        """A record with some of its fields; None where the caller sees none with that id."""
        items = tuple(Item(Path((field.name,))) for field in fields)
        query = Query(sobject.name, items, Comparison(Path(("Id",)), "=", (id_,)))
        return next(iter(self.answer(query).records()), None)

    def _statement(self, query: Query) -> Statement:
        sources = Sources(self._caller)

        def inner(wanted: Query) -> Scope:
            return Scope(self._names, sources, wanted)

        scope = inner(query)
        return Statement(scope, Conditions(scope, self._caller.state.clock.now(), inner))


def _count(statement: Statement) -> Result:
    query, scope = statement.query, statement.scope
    rows = f"SELECT 1 {scope.from_where(statement.conditions.where(query.where))}{cut(query)}"
    # a limit bounds what is counted
    counted = scope.sources.run(f"SELECT COUNT(*) FROM ({rows})")

    def show(_: Sequence[Raw]) -> list[Shown]:
        return []

    return Result(int(counted[0][0]), (), show, statement.described([]))
