"""Scalars with a grammar of their own: ends in time and durations. Pure; the clock is asked nowhere."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from sfmeta.model.policy import Duration, TimeUnit, Until

UNTIL_PATTERN = r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2})?( ?([Zz]|[+-]\d{2}:?\d{2}))?)?$"
UNTIL_EXPECTED = "a date (2027-01-31, the end of that day in UTC) or a time with its zone (2027-01-31T18:00+01:00)"
DURATION_PATTERN = r"^[1-9]\d{0,3}\s*(hour|day|month)s?$"
DURATION_EXPECTED = "a duration in hours, days or months (7 days)"

_END_OF_DAY = time(23, 59, 59, tzinfo=UTC)
_UNTIL = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?P<time>\d{2}:\d{2}(?::\d{2})?) ?(?P<zone>[Zz]|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_DURATION = re.compile(r"(?P<amount>[1-9]\d{0,3})\s*(?P<unit>hour|day|month)s?", re.ASCII)


def parse_until(text: str) -> Until | None:
    """An end in time.

    Args:
        text: ``2027-01-31`` (the end of that day, UTC), or a time with or without a zone. Without one it is UTC.

    Returns:
        The moment, remembering whether UTC was assumed; None where the text is no such thing, or no such day exists.
    """
    match = _UNTIL.fullmatch(text)
    if match is None:
        return None
    try:
        if match["time"] is None:
            return Until(datetime.combine(date.fromisoformat(match["date"]), _END_OF_DAY), True, text)
        zone = (match["zone"] or "Z").upper()
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}{zone}")
        return Until(moment.astimezone(UTC), match["zone"] is None, text)
    except (ValueError, OverflowError):  # 30 February, 25:00, the year 0
        return None


def parse_duration(text: str) -> Duration | None:
    """``7 days``, ``12 hours``, ``1 month``; None where the text is no such thing. Salesforce has no weeks."""
    match = _DURATION.fullmatch(text)
    return Duration(int(match["amount"]), TimeUnit(match["unit"].upper() + "S")) if match else None
