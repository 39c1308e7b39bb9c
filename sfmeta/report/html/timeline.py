"""When each app was last used and by how many: one strip per app, as a picture and in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sfmeta.model.forecast import Forecast, Harm
from sfmeta.report.forecast_words import day
from sfmeta.report.html.table import AppCount, Gathered
from sfmeta.report.words import counted

WIDTH, HEIGHT = 640, 30
STRIPS_SHOWN = 60
_LEFT, _RIGHT = 34.0, 630.0
_LANES = {Harm.STOPS: 6.5, Harm.MIGHT_STOP: 15.0, Harm.NONE: 23.5}
_BINS = 90
"""Marks of one strip and lane; days are taken together where the window is longer."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Some users whose last use fell together.

    Attributes:
        harm: theirs.
        x: across.
        y: down.
        size: half of the mark's width; it grows with their number.
        title: in words.
    """

    harm: Harm
    x: float
    y: float
    size: float
    title: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One app.

    Attributes:
        app: in numbers.
        marks: on its strip.
        words: the same as a sentence.
    """

    app: AppCount
    marks: Sequence[Mark]
    words: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All strips.

    Attributes:
        width: of each, in its own units.
        height: likewise.
        ticks: where lines stand, and for how many days ago.
        strips: the most harmed apps first.
        more: how many apps have none.
    """

    width: int
    height: int
    ticks: Sequence[tuple[float, str]]
    strips: Sequence[Strip]
    more: int


def timeline(forecast: Forecast, gathered: Gathered) -> Timeline:
    """The last uses of the audit's window; older ones stand together at the left."""
    days = max(forecast.inventory.days, 1)
    shown = gathered.apps[:STRIPS_SHOWN]
    strips = [Strip(app, list(_marks(app, days)), _words(app)) for app in shown]
    step = max(30, 30 * round(days / 120))
    ticks = [(_x(ago, days), "today" if ago == 0 else f"{ago} days ago") for ago in range(0, days + 1, step)]
    return Timeline(WIDTH, HEIGHT, ticks, strips, len(gathered.apps) - len(shown))


def _marks(app: AppCount, days: int) -> Iterator[Mark]:
    together = max(1, math.ceil(days / _BINS))
    bins: Counter[tuple[int, Harm]] = Counter()
    for (ago, harm), number in app.days.items():
        if ago is not None:
            bins[(min(max(ago, 0), days + together) // together, harm)] += number
    for (place, harm), number in sorted(bins.items()):
        ago = place * together
        when = f"more than {days} days ago" if ago > days else _ago(ago, together)
        title = f"{when}: {counted(number, 'user')}, {'no harm' if harm is Harm.NONE else harm}"
        yield Mark(harm, _x(ago, days), _LANES[harm], round(min(3 + math.log2(number) / 2, 5), 1), title)


def _x(ago: int, days: int) -> float:
    return 10.0 if ago > days else round(_RIGHT - (_RIGHT - _LEFT) * ago / days, 1)


def _ago(days: int, together: int) -> str:
    if together > 1:
        return f"{days} to {days + together - 1} days ago"
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def _words(app: AppCount) -> str:
    week = month = older = unknown = 0
    for (ago, _), number in app.days.items():
        if ago is None:
            unknown += number
        elif ago <= 7:
            week += number
        elif ago <= 30:
            month += number
        else:
            older += number
    parts = [
        f"{number:,} {words}"
        for number, words in (
            (week, "in the last 7 days"),
            (month, "in the last 30 days" if not week else "in the three weeks before"),
            (older, "longer ago"),
            (unknown, "not seen in use"),
        )
        if number
    ]
    latest = f"; latest {day(app.latest)}" if app.latest else ""
    return f"{', '.join(parts)}{latest}"
