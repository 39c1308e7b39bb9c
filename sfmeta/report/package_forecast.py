"""The forecast of a package, short enough to stand inside another command: who stops, by which rule, what helps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sfmeta.model.forecast import Forecast, Harm, Row
from sfmeta.report.changes import Style
from sfmeta.report.columns import wrapped
from sfmeta.report.digest import digest
from sfmeta.report.forecast_json import forecast_json
from sfmeta.report.forecast_words import WAYS, app_title, because, last_use, plain, who_it_is
from sfmeta.report.outcome import outcome

SHOWN = 5
"""So many rows, unless more are asked for."""

_MARK = {Harm.STOPS: ("x", "red"), Harm.MIGHT_STOP: ("?", "yellow"), Harm.NONE: (" ", "")}


def headline(forecast: Forecast) -> str:
    """The whole forecast in one sentence."""
    return outcome(forecast, digest(forecast))


def short_text(forecast: Forecast, style: Style, width: int = 100, shown: int = SHOWN) -> str:
    """The outcome, then the first of those who stop or might, what is to be settled, what is not visible.

    Args:
        forecast: what was found.
        style: colours a text.
        width: of the terminal, in columns.
        shown: how many of each.
    """
    return "\n".join(_lines(forecast, style, width, shown))


def short_json(forecast: Forecast, shown: int = SHOWN) -> dict[str, Any]:
    """The same for machines: the keys are those of ``sfmeta forecast --json``, ``rows`` the first with harm.

    Args:
        forecast: what was found.
        shown: how many rows.
    """
    whole = forecast_json(forecast, shown)
    keys = ("subject", "at", "clean", "counts", "rows", "unresolved", "blind_spots", "warnings")
    return {"outcome": headline(forecast), **{key: whole[key] for key in keys if key in whole}}


def _lines(forecast: Forecast, style: Style, width: int, shown: int) -> Iterator[str]:
    found = digest(forecast)
    color = "red" if found.outstanding else "green" if forecast.is_clean else "yellow"
    yield from (style(line, color) for line in wrapped(outcome(forecast, found), width, 0))
    for row in found.outstanding_rows[:shown]:
        yield from _person(row, style, width)
    if found.outstanding > shown:
        yield f"  ... and {found.outstanding - shown:,} more"
    for what in forecast.unresolved[:shown]:
        yield from wrapped(f"! to be settled: {plain(what)}", width, 2, 2)
    if len(forecast.unresolved) > shown:
        yield f"  ... and {len(forecast.unresolved) - shown:,} more to be settled"
    for spot in forecast.blind_spots:
        said = f"! not visible: {plain(spot.title)}; accept {spot.name} under accepted_blind_spots, or make it visible"
        yield from wrapped(said, width, 2, 2)
    for warning in forecast.warnings[:shown]:
        yield from wrapped(plain(warning), width, 2, 2)
    if len(forecast.warnings) > shown:
        yield f"  ... and {len(forecast.warnings) - shown:,} more warnings"


def _person(row: Row, style: Style, width: int) -> Iterator[str]:
    mark, color = _MARK[row.harm]
    tags = f" ({', '.join(who_it_is(row))})" if who_it_is(row) else ""
    way = f", {WAYS[row.way]}" if row.app else ""
    who = f"{mark} {plain(row.user.username)}{tags} with {plain(app_title(row))}{way}; {last_use(row)}"
    yield from (style(line, color) for line in wrapped(who, width, 2, 2))
    yield from wrapped(because(row.after), width, 4)
    if row.fix:
        yield from wrapped(f"fix: {plain(row.fix)}", width, 4, 5)
