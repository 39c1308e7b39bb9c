"""Users down, apps across: what each has before and after, at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sfmeta.model.forecast import Forecast, Harm, Row
from sfmeta.model.inventory import User
from sfmeta.report.forecast_words import app_title
from sfmeta.report.html.table import Gathered

APPS_SHOWN = 12
_WORST = {Harm.STOPS: 0, Harm.MIGHT_STOP: 1, Harm.NONE: 2}


@dataclass(frozen=True, slots=True)
class Line:
    """One user.

    Attributes:
        user: who.
        cells: for each app of the head the row that matters most, None where the user does not use it.
    """

    user: User
    cells: tuple[Row | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole of it.

    Attributes:
        apps: the head, those with most harm first.
        lines: users, those with harm first.
        more_users: how many users have no line.
        more_apps: how many apps of these users have no column.
    """

    apps: tuple[str, ...]
    lines: Sequence[Line]
    more_users: int
    more_apps: int


def matrix(forecast: Forecast, gathered: Gathered) -> Matrix:
    """The users who come first in the forecast, with the apps that matter most to them."""
    weights: Counter[str] = Counter()
    titles: dict[str, str] = {}
    users: dict[str, User] = {}
    for (user, key), rows in gathered.cells.items():
        weights[key] += sum(1000 if row.harm is not Harm.NONE else 1 for row in rows)
        titles[key] = app_title(rows[0])
        users[user] = rows[0].user
    keys = sorted(weights, key=lambda key: (-weights[key], titles[key]))[:APPS_SHOWN]
    lines = [
        Line(who, tuple(_worst(gathered.cells.get((user, key), [])) for key in keys)) for user, who in users.items()
    ]
    shown = [line for line in lines if any(line.cells)]
    everyone = {use.user_id for use in forecast.inventory.uses} | set(users)
    return Matrix(tuple(titles[key] for key in keys), shown, len(everyone) - len(shown), len(weights) - len(keys))


def _worst(rows: Sequence[Row]) -> Row | None:
    return min(rows, key=lambda row: (row.accepted is not None, _WORST[row.harm]), default=None)
