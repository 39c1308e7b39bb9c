"""The org's own clock. Expiry dates, token lifetimes and login times are judged by it, so it can be moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _system_time() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Real time plus an offset.

    Args:
        source: where real time comes from; a test gives its own.
        offset: how far the org's time is ahead of it.
    """

    def __init__(self, source: Callable[[], datetime] = _system_time, offset: timedelta = timedelta(0)) -> None:
        self._source = source
        self.offset = offset

    def now(self) -> datetime:
        """The org's time: aware, UTC."""
        return self._source().astimezone(UTC) + self.offset

    def outside(self) -> datetime:
        """The time outside the org: what its clients live by, wherever the org's own clock was moved."""
        return self._source().astimezone(UTC)

    def stamp(self) -> str:
        """The org's time as records hold it."""
        return to_stamp(self.now())


def to_stamp(moment: datetime) -> str:
    """A moment as REST answers and records spell it: ``2026-11-23T15:00:00.000+0000``. Such texts sort by time."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def to_soap_stamp(moment: datetime) -> str:
    """A moment as SOAP answers spell it: ``2026-11-23T15:00:00.000Z``."""
    return to_stamp(moment).removesuffix("+0000") + "Z"


def from_stamp(text: str) -> datetime:
    """The moment of a text in any ISO 8601 form; without a zone it is UTC.

    Raises:
        ValueError: it is no date or time.
    """
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is before or after all years in UTC") from error
