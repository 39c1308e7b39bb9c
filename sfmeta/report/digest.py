"""What the rows with harm come to, from one look at each: there may be many, and they are made when looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sfmeta.model.forecast import Forecast, Harm, Row
from sfmeta.report.forecast_words import app_title, may_be_out_already

SHOWN = 20
"""So many rows of a kind are kept; the others are counted."""


@dataclass(slots=True)
class OfApp:
    """The outstanding rows of one app.

    Attributes:
        title: the app, or how a client without one comes in.
        rows: how many.
        fix: what would help the first of them.
    """

    title: str
    rows: int = 0
    fix: str = ""


@dataclass(slots=True)
class Digest:
    """What one forecast comes to.

    Attributes:
        stops: how many rows stop and are not accepted.
        might: how many might stop and are not accepted.
        accepted: how many losses are accepted.
        outstanding_rows: the first of those that are not accepted.
        accepted_rows: the first of those that are.
        own_rows: sfmeta's own among those that are not accepted.
        already_rows: how many of those that might stop may have done so already.
        questions: for how many rows each open question decides, by its name.
        apps: the outstanding rows by app.
    """

    stops: int = 0
    might: int = 0
    accepted: int = 0
    already_rows: int = 0
    outstanding_rows: list[Row] = field(default_factory=list)
    accepted_rows: list[Row] = field(default_factory=list)
    own_rows: list[Row] = field(default_factory=list)
    questions: Counter[str] = field(default_factory=Counter)
    apps: dict[str, OfApp] = field(default_factory=dict)
    _stopping: set[str] = field(default_factory=set)
    _doubtful: set[str] = field(default_factory=set)
    _already: set[str] = field(default_factory=set)

    @property
    def outstanding(self) -> int:
        """How many rows are not accepted."""
        return self.stops + self.might

    @property
    def users_stop(self) -> int:
        """How many users stop working with something."""
        return len(self._stopping)

    @property
    def users_might(self) -> int:
        """How many other users might."""
        return len(self._doubtful - self._stopping)

    @property
    def users_already(self) -> int:
        """How many others again may be locked out already."""
        return len(self._already - self._stopping - self._doubtful)

    def add(self, row: Row) -> None:
        """Count one row with harm."""
        self.questions.update(row.questions)
        if row.accepted is not None:
            self.accepted += 1
            _keep(self.accepted_rows, row)
            return
        _keep(self.outstanding_rows, row)
        if row.is_own:
            _keep(self.own_rows, row)
        if row.harm is Harm.STOPS:
            self.stops += 1
            self._stopping.add(row.user.id)
        else:
            self.might += 1
            is_already = may_be_out_already(row)
            self.already_rows += is_already
            (self._already if is_already else self._doubtful).add(row.user.id)
        of_app = self.apps.setdefault(row.app.key if row.app else row.way, OfApp(app_title(row)))
        of_app.rows += 1
        of_app.fix = of_app.fix or row.fix


def digest(forecast: Forecast, rows: Sequence[Row] | None = None) -> Digest:
    """Looks at every row with harm once.

    Args:
        forecast: what was found.
        rows: its rows, where somebody has made them already.
    """
    made = Digest()
    for row in (forecast.rows if rows is None else rows)[: forecast.harmed]:
        made.add(row)
    return made


def _keep(rows: list[Row], row: Row) -> None:
    if len(rows) < SHOWN:
        rows.append(row)
