"""The days that a date literal means.

Source: SOQL reference, Date Formats and Date Literals. Weeks begin on Sunday (locale en_US), days at midnight UTC (the
users' time zone is GMT), fiscal quarters and years are the calendar's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias

from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.data.soql_values import DateLiteral, SoqlError, unexpected, wrong

Unit: TypeAlias = Literal["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]

_UNITS: tuple[Unit, ...] = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_MONTHS: dict[Unit, int] = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_DAY_NAMES = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_RELATIVE = {"LAST": -1, "THIS": 0, "NEXT": 1}


def span(literal: DateLiteral, now: datetime) -> tuple[str, str]:
    """The stamp of the first moment that belongs to a literal, and of the first one after it.

    Raises:
        SoqlError: there is no such literal, or it leads out of the calendar.
    """
    found = _span(literal, now.astimezone(UTC).date())
    if found is None:
        raise unexpected(literal.name, literal.position)
    first, after = found
    return _stamp(first), _stamp(after)


def _stamp(day: date) -> str:
    return to_stamp(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _span(literal: DateLiteral, today: date) -> tuple[date, date] | None:
    name, amount = literal.name.replace("FISCAL_", ""), literal.amount
    if name != literal.name and not any(unit in name for unit in ("QUARTER", "YEAR")):
        return None
    try:
        if amount is None:
            return _fixed(name, today)
        if amount < 0:
            raise unexpected(amount, literal.position)
        return _counted(name, amount, today)
    except (OverflowError, ValueError) as error:
        raise _out_of_calendar(literal) from error


def _out_of_calendar(literal: DateLiteral) -> SoqlError:
    return wrong("soql-literal-range", literal.position, name=literal.name, amount=literal.amount)


def _fixed(name: str, today: date) -> tuple[date, date] | None:
    """``TODAY``, ``LAST_WEEK``, ``THIS_QUARTER``, ``NEXT_90_DAYS``."""
    if name in _DAY_NAMES:
        return _units("DAY", today, _DAY_NAMES[name], 1)
    if name in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        return _counted(name.replace("90", "N"), 90, today)
    when, _, rest = name.partition("_")
    unit = next((one for one in _UNITS[1:] if one == rest), None)
    return _units(unit, today, _RELATIVE[when], 1) if unit and when in _RELATIVE else None


def _counted(name: str, amount: int, today: date) -> tuple[date, date] | None:
    """``LAST_N_DAYS``, ``NEXT_N_MONTHS``, ``N_YEARS_AGO``."""
    for unit in _UNITS:
        if name == f"LAST_N_{unit}S":
            # days count up to now, the others up to the end of the last whole one
            first, after = _units(unit, today, -amount, amount)
            return first, after + timedelta(days=1) if unit == "DAY" else after
        if name == f"NEXT_N_{unit}S":
            return _units(unit, today, 1, amount)
        if name == f"N_{unit}S_AGO":
            return _units(unit, today, -amount, 1)
    return None


def _units(unit: Unit, today: date, distance: int, count: int) -> tuple[date, date]:
    """So many units, the first of them that far from the one that today is in."""
    return _start(unit, today, distance), _start(unit, today, distance + count)


def _start(unit: Unit, today: date, distance: int) -> date:
    if unit == "DAY":
        return today + timedelta(days=distance)
    if unit == "WEEK":
        return today - timedelta(days=today.isoweekday() % 7) + timedelta(weeks=distance)
    size = _MONTHS[unit]
    months = (today.year * 12 + today.month - 1) // size * size + distance * size
    return date(months // 12, months % 12 + 1, 1)
