"""The time that an audit looks back on, and how it is cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sfmeta.ops.audit.rows import stamp

_SHORTEST = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Window:
    """From a moment on, up to another one.

    Attributes:
        start: included.
        end: not included; None: whatever comes.
        now: by our clock; the org's may differ, which is why the last window has no end.
    """

    start: datetime
    end: datetime | None
    now: datetime

    @classmethod
    def of_days(cls, now: datetime, days: int) -> Window:
        """The last so many days."""
        return cls((now - timedelta(days=days)).replace(microsecond=0), None, now)

    def where(self, field: str) -> str:
        """The condition that a moment lies in it."""
        until = f" AND {field} < {stamp(self.end)}" if self.end else ""
        return f"{field} >= {stamp(self.start)}{until}"

    def halves(self) -> tuple[Window, Window] | None:
        """Two windows that are this one together; None where it is too short to be cut."""
        end = self.end or self.now + timedelta(hours=1)
        middle = (self.start + (end - self.start) / 2).replace(microsecond=0)
        if end - self.start < _SHORTEST or not self.start < middle < end:
            return None
        return Window(self.start, middle, self.now), Window(middle, self.end, self.now)
