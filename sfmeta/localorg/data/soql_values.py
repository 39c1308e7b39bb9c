"""A query as values, and the error that says what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from sfmeta.localorg.data.catalog import words

AGGREGATES = frozenset({"AVG", "COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM"})
"""The functions that make one value of many rows."""


class SoqlError(Exception):
    """A query that cannot be answered. ``position`` is the offset of the culprit in the text."""

    def __init__(self, code: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.position = code, message, position

    def told(self, text: str) -> str:
        """The message as an org words it: the line, a caret under the place, row and column."""
        if self.position is None:
            return self.message
        before = text[: self.position]
        row, column = before.count("\n") + 1, self.position - (before.rfind("\n") + 1) + 1
        line = text.split("\n")[row - 1]
        return f"\n{line}\n{' ' * (column - 1)}^\nERROR at Row:{row}:Column:{column}\n{self.message}"


def wrong(text_id: str, position: int | None = None, **names: object) -> SoqlError:
    """What is wrong with a query, in the words of the catalog."""
    return SoqlError(*words(text_id, **names), position)


def unexpected(token: object, position: int | None) -> SoqlError:
    """A word stands in the wrong place."""
    return wrong("soql-unexpected", position, token=token)


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps through relationships: ``Assignee.Profile.Name``."""

    names: tuple[str, ...]
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """A function: ``COUNT()``, ``MAX(LastUsedDate)``, ``DAY_ONLY(convertTimezone(CreatedDate))``."""

    function: str
    argument: Path | Call | None
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.function}({'' if self.argument is None else self.argument})"

    @property
    def aggregates(self) -> bool:
        """Whether it makes one value of many rows."""
        return self.function in AGGREGATES


Operand: TypeAlias = "Path | Call"


@dataclass(frozen=True, slots=True)
class Item:
    """What is selected, with its alias or ""."""

    of: Operand
    alias: str = ""
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FieldSet:
    """``FIELDS(ALL)``, ``FIELDS(STANDARD)`` or ``FIELDS(CUSTOM)``."""

    which: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DateLiteral:
    """``TODAY``, ``LAST_N_DAYS:7``."""

    name: str
    amount: int | None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a moment, as written."""

    text: str
    position: int = field(default=0, compare=False)

    @property
    def is_date(self) -> bool:
        """Without a time of day."""
        return "T" not in self.text


Constant: TypeAlias = "str | int | float | bool | Moment | DateLiteral | None"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operand operator value``; the operator is also LIKE, IN or NOT IN (with several values or a subquery)."""

    operand: Operand
    operator: str
    values: tuple[Constant, ...] = ()
    subquery: Query | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Both:
    """``a AND b AND c``, or with ``any`` ``a OR b OR c``."""

    conditions: tuple[Condition, ...]
    any: bool = False


Condition: TypeAlias = "Comparison | Not | Both"


@dataclass(frozen=True, slots=True)
class Order:
    """One ``ORDER BY`` entry; nulls come first unless said otherwise, as in SOQL."""

    by: Operand
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; ``items`` is empty for ``SELECT COUNT()``."""

    sobject: str
    items: tuple[Item | FieldSet | Query, ...] = ()
    where: Condition | None = None
    group_by: tuple[Operand, ...] = ()
    having: Condition | None = None
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    alias: str = ""
    position: int = field(default=0, compare=False)

    @property
    def counts_only(self) -> bool:
        """``SELECT COUNT() FROM ...``."""
        return not self.items

    @property
    def aggregates(self) -> bool:
        """Whether rows are results of aggregation."""
        return bool(self.group_by) or any(isinstance(item, Item) and isinstance(item.of, Call) for item in self.items)
