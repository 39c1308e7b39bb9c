"""Queries of an audit: polite, counted, and content with a column less where an org lacks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

from sfmeta.errors import Interrupted, OrgRefused, SessionExpired
from sfmeta.ops.audit.ports import AuditOrg
from sfmeta.ops.audit.rows import Row
from sfmeta.ops.ports import Clock

T = TypeVar("T")

# Texts that users quote; the local org gives them too (rule soql-no-column)
_NO_COLUMN = re.compile(r"No such column '(?P<name>[\w.]+)'|Didn't understand relationship '(?P<way>\w+)'")
_CONCURRENT = re.compile("concurrent", re.IGNORECASE)
_LIMIT = "REQUEST_LIMIT_EXCEEDED"
_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one query.

    Attributes:
        rows: all of them.
        missing: columns that were asked for and that the org does not have.
        calls: pages that it took.
    """

    rows: Sequence[Row] = ()
    missing: frozenset[str] = frozenset()
    calls: int = 0


class Reader:
    """Asks an org for rows.

    Args:
        org: the org.
        clock: to wait where too many calls run at a time.
    """

    def __init__(self, org: AuditOrg, clock: Clock) -> None:
        self.org = org
        self._clock = clock
        self._given_up = Event()

    def give_up(self) -> None:
        """Lets no further call be made: whatever another worker reads is for nothing."""
        self._given_up.set()

    def go_on(self) -> None:
        """Asked before each call.

        Raises:
            Interrupted: the audit has been given up.
        """
        if self._given_up.is_set():
            raise Interrupted("The audit was given up")

    def count(self, sobject: str, where: str = "") -> int:
        """How many rows there are."""
        soql = f"SELECT COUNT() FROM {sobject}{_condition(where)}"  # noqa: S608 (no text of a stranger is in it)
        return self._patiently(lambda: self.org.count(soql))

    def _pages(self, soql: str, *, tooling: bool) -> list[Sequence[Row]]:
        found = []
        for page in self.org.pages(soql, tooling=tooling):
            found.append(page)
            self.go_on()
        return found

    def table(
        self,
        sobject: str,
        fields: Sequence[str],
        *,
        optional: Sequence[str] = (),
        where: str = "",
        rest: str = "",
        tooling: bool = False,
    ) -> Table:
        """All rows.

        Args:
            sobject: from where.
            fields: what the org must have.
            optional: what it may lack: such a column is left out, and named in the answer.
            where: a condition.
            rest: what follows it.
            tooling: ask the Tooling API.

        Raises:
            OrgRefused: it has no such sobject, or lacks one of ``fields``.
        """

        def soql(columns: Sequence[str]) -> str:
            return f"SELECT {', '.join(columns)} FROM {sobject}{_condition(where)}{rest}"  # noqa: S608 (likewise)

        return self._with_what_there_is(soql, fields, optional, tooling=tooling)

    def table_if_any(
        self,
        sobject: str,
        fields: Sequence[str],
        *,
        optional: Sequence[str] = (),
        where: str = "",
        tooling: bool = False,
    ) -> Table | None:
        """The same; None where the org has no such sobject, or none for us."""
        try:
            return self.table(sobject, fields, optional=optional, where=where, tooling=tooling)
        except OrgRefused as refusal:
            if is_no_table(refusal):
                return None
            raise

    def groups(
        self,
        sobject: str,
        keys: Sequence[str],
        optional: Sequence[str],
        time: str,
        where: str,
        most: int,
        *,
        tells_first: bool = False,
    ) -> Table:
        """Rows in groups: the keys of each, ``n`` for how many and ``latest`` for the last one's time.

        Args:
            sobject: from where.
            keys: what to group by.
            optional: keys that the org may lack.
            time: the field that says when.
            where: a condition.
            most: groups to be given.
            tells_first: ``earliest`` for the first one's time, too.
        """
        first = f", MIN({time}) earliest" if tells_first else ""

        def soql(columns: Sequence[str]) -> str:
            listed = ", ".join(columns)
            found = f"{listed}, COUNT(Id) n, MAX({time}) latest{first}"
            return f"SELECT {found} FROM {sobject} WHERE {where} GROUP BY {listed} LIMIT {most}"  # noqa: S608 (likewise)

        return self._with_what_there_is(soql, keys, optional)

    def _with_what_there_is(
        self,
        soql: Callable[[Sequence[str]], str],
        fields: Sequence[str],
        optional: Sequence[str],
        *,
        tooling: bool = False,
    ) -> Table:
        wanted, missing = [*fields, *optional], set[str]()
        while True:
            statement = soql(wanted)
            try:
                pages = self._patiently(lambda: self._pages(statement, tooling=tooling))  # noqa: B023 (called at once)
            except OrgRefused as refusal:
                lacking = _lacking(refusal, wanted, optional)
                if not lacking:
                    raise
                missing |= lacking
                wanted = [name for name in wanted if name not in lacking]
            else:
                return Table([row for page in pages for row in page], frozenset(missing), len(pages))

    def _patiently(self, call: Callable[[], T]) -> T:
        """The call, made again after a pause where the org is at its limit of calls at a time."""
        for pause in _PAUSES_S:
            self.go_on()
            try:
                return call()
            except OrgRefused as refusal:
                if refusal.code != _LIMIT or not _CONCURRENT.search(refusal.message):
                    raise
                self._clock.sleep(pause)
        return call()


def _condition(where: str) -> str:
    return f" WHERE {where}" if where else ""


def ends_all(refusal: OrgRefused) -> bool:
    """Whether a refusal is about every call to come, and not about what was asked."""
    return isinstance(refusal, SessionExpired) or refusal.code == _LIMIT


def is_no_table(refusal: OrgRefused) -> bool:
    """Whether the org says that it has no such sobject, or none for us."""
    return refusal.code == "INVALID_TYPE"


def _lacking(refusal: OrgRefused, wanted: Sequence[str], optional: Sequence[str]) -> set[str]:
    """The optional columns that a refusal is about."""
    named = _NO_COLUMN.search(refusal.message)
    if named is None:
        return set()
    name, way = named["name"] or "", named["way"] or ""
    return {
        one
        for one in optional
        if one in wanted and (one.rpartition(".")[2] == name or (way and way in one.split(".")[:-1]))
    }
