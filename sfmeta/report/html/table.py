"""Which rows stand on the page, and what is told of the others: one look at each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from sfmeta.model.forecast import Forecast, Harm, Row, Verdict
from sfmeta.report.forecast_words import app_title

WHOLE = 2_000
"""Up to so many rows, all of them stand on the page."""

ROWS_SHOWN = 10_000
"""Of more rows, those with harm, and never more than so many."""

_MATRIX_USERS = 50


@dataclass(slots=True)
class AppCount:
    """One app (or a way without one) in numbers.

    Attributes:
        title: for people.
        rows: users with this app, counted by their ways in.
        stops: who stop and are not accepted.
        might: who might.
        accepted: whose loss is accepted.
        refused: who get in neither before nor after.
        latest: the last use by anybody.
        days: last uses by day and harm; None where the day is not known.
        people: the first users with their last use.
    """

    title: str
    rows: int = 0
    stops: int = 0
    might: int = 0
    accepted: int = 0
    refused: int = 0
    latest: datetime | None = None
    days: Counter[tuple[int | None, Harm]] = field(default_factory=Counter)
    people: list[Row] = field(default_factory=list)

    @property
    def keeps(self) -> int:
        """Who have what they had, or get in from then on."""
        return self.rows - self.stops - self.might - self.accepted - self.refused


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one look at every row gave.

    Attributes:
        rows: those that stand on the page.
        apps: every app, the most harmed first.
        left_out: how many rows have no harm and do not stand on it.
        harmed_left_out: how many have harm and do not either.
        cells: rows of the users of the matrix, by user and app.
    """

    rows: Sequence[Row]
    apps: Sequence[AppCount]
    left_out: int
    harmed_left_out: int
    cells: dict[tuple[str, str], list[Row]]


def gather(forecast: Forecast) -> Gathered:
    """Looks at every row once, as a forecast may make them only then."""
    total, harmed = len(forecast.rows), forecast.harmed
    rows = list(forecast.rows[: total if total <= WHOLE else min(harmed, ROWS_SHOWN)])
    in_matrix = set(list(dict.fromkeys(row.user.id for row in (rows or forecast.rows[:WHOLE])))[:_MATRIX_USERS])
    apps: dict[str, AppCount] = {}
    cells: dict[tuple[str, str], list[Row]] = {}
    for row in chain(rows, forecast.rows[len(rows) :]):
        title = app_title(row)
        key = row.app.key if row.app else title
        _count(apps.setdefault(key, AppCount(title)), row, forecast.inventory.taken_at)
        if row.user.id in in_matrix:
            cells.setdefault((row.user.id, key), []).append(row)
    ordered = sorted(apps.values(), key=lambda app: (-app.stops, -app.might, -app.accepted, -app.rows, app.title))
    hidden = max(harmed - len(rows), 0)
    return Gathered(rows, ordered, total - len(rows) - hidden, hidden, cells)


PEOPLE_SHOWN = 20
"""So many users of an app are named with their last use."""


def _count(app: AppCount, row: Row, now: datetime) -> None:
    app.rows += 1
    if row.harm is not Harm.NONE:
        app.accepted += row.accepted is not None
        app.stops += row.accepted is None and row.harm is Harm.STOPS
        app.might += row.accepted is None and row.harm is Harm.MIGHT_STOP
    elif row.after.verdict is not Verdict.WORKS:
        app.refused += 1
    last = row.use.last_used if row.use else None
    app.days[((now - last).days if last else None, row.harm)] += 1
    if last and (app.latest is None or last > app.latest):
        app.latest = last
    if len(app.people) < PEOPLE_SHOWN:
        app.people.append(row)
