"""The functions of SOQL that SELECT, WHERE, GROUP BY and HAVING may use, in SQL.

Source: SOQL reference, Date Functions and Aggregate Functions. The year's fiscal parts are the calendar's: the org's
fiscal year begins in January (``Organization.FiscalYearStartMonth``). Times are UTC, as the org's users' are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sfmeta.localorg.data.soql_values import Call, unexpected, wrong
from sfmeta.localorg.sql_functions import NO_CASE


@dataclass(frozen=True, slots=True)
class Term:
    """Something that a row, or a group of rows, has a value of.

    Attributes:
        sql: an expression.
        type: of the value, as a describe names types; ``date`` for a day.
        name: of the field, for messages.
        filterable: whether a WHERE may name it; likewise the next ones.
        groupable: see above.
        sortable: see above.
    """

    sql: str
    type: str
    name: str
    filterable: bool = True
    groupable: bool = True
    sortable: bool = True


_NUMBERS = ("int", "double")
# a stamp's first 19 characters are what SQLite's date functions read
_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "CALENDAR_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
        "CALENDAR_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
        "CALENDAR_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
        "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
        "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 19)) AS INTEGER) + 1",
        "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 19)) AS INTEGER)",
        "FISCAL_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
        "FISCAL_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
        "FISCAL_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
        "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
        "WEEK_IN_MONTH": "(CAST(substr({0}, 9, 2) AS INTEGER) + 6) / 7",
        "WEEK_IN_YEAR": "(CAST(strftime('%j', substr({0}, 1, 19)) AS INTEGER) + 6) / 7",
    }
)


def apply(call: Call, argument: Term | None) -> Term:
    """A function of one value.

    Raises:
        SoqlError: there is no such function, or it is not for such a value.
    """
    if argument is None:
        raise unexpected(call.function, call.position)
    if call.function == "CONVERTTIMEZONE":
        # the user's time zone is GMT
        return argument
    if call.function == "DAY_ONLY" and argument.type == "datetime":
        return Term(f"substr({argument.sql}, 1, 10)", "date", argument.name)
    part = _PARTS.get(call.function)
    if part is None or argument.type != "datetime":
        # which of the two is wrong is not told apart in the messages that were found
        raise unexpected(call.function, call.position)
    return Term(f"({part.format(argument.sql)})", "int", argument.name)


def aggregate(call: Call, argument: Term | None, row: str) -> Term:
    """A function of many values.

    Args:
        call: as written.
        argument: what it is about, None for ``COUNT()``.
        row: the id of a row, for counting.

    Raises:
        SoqlError: it is not for such values.
    """
    if argument is None:
        if call.function == "COUNT":
            return Term(f"COUNT({row})", "int", "")
        raise unexpected(call.function, call.position)
    if call.function == "COUNT":
        return Term(f"COUNT({argument.sql})", "int", argument.name)
    if call.function == "COUNT_DISTINCT":
        return Term(f"COUNT(DISTINCT {argument.sql})", "int", argument.name)
    if call.function in ("SUM", "AVG"):
        if argument.type not in _NUMBERS:
            raise _no_aggregate(call, argument)
        type_ = "double" if call.function == "AVG" else argument.type
        return Term(f"{call.function}({argument.sql})", type_, argument.name)
    if argument.type in ("boolean", "textarea", "base64"):
        raise _no_aggregate(call, argument)
    return Term(f"{call.function}({argument.sql} COLLATE {NO_CASE})", argument.type, argument.name)


def _no_aggregate(call: Call, argument: Term) -> Exception:
    return wrong("soql-no-aggregate", call.position, name=argument.name, function=call.function)
