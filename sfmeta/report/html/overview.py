"""The top of the page: the numbers, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sfmeta.model.forecast import Forecast, Harm, Row
from sfmeta.report.forecast_words import day, open_questions, users_hit
from sfmeta.report.words import counted

_FIXES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """One number.

    Attributes:
        number: how many.
        label: of what.
        kind: how it looks: ``stop``, ``might``, ``ok`` or ``calm``.
        target: the part of the page that says more.
    """

    number: int
    label: str
    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        title: a short sentence.
        details: more of it, each a sentence.
        command: what to type, "" where nothing is.
    """

    title: str
    details: tuple[str, ...] = ()
    command: str = ""


def tiles(forecast: Forecast) -> tuple[Tile, ...]:
    """What counts, in numbers."""
    stops, might = users_hit(forecast)
    spots = len(forecast.blind_spots)
    accepted = forecast.harmed - len(forecast.outstanding)
    return (
        Tile(stops, "user stops working" if stops == 1 else "users stop working", _kind(stops, "stop"), "who"),
        Tile(might, f"{'user' if might == 1 else 'users'} might stop", _kind(might, "might"), "who"),
        Tile(spots, f"{'way' if spots == 1 else 'ways'} in not visible", _kind(spots, "might"), "coverage"),
        Tile(accepted, f"accepted {'loss' if accepted == 1 else 'losses'}", "calm", "who"),
        Tile(len(forecast.endings), "end soon by themselves", "calm", "dates"),
    )


def next_steps(forecast: Forecast) -> tuple[Step, ...]:
    """What a person does now, the most pressing first."""
    return tuple(_steps(forecast))


def _steps(forecast: Forecast) -> Iterator[Step]:
    outstanding = forecast.outstanding
    own = [row for row in outstanding if row.is_own]
    if own:
        fixes = tuple(dict.fromkeys(row.fix for row in own if row.fix))
        yield Step("Save sfmeta's own way in first: without it nothing can be undone from here.", fixes)
    stops = [row for row in outstanding if row.harm is Harm.STOPS]
    if stops:
        title = f"Grant access or accept the loss by name: {counted(len(stops), 'pair')} of user and app stop."
        yield Step(title, _fixes(stops))
    questions = open_questions(forecast)
    if questions:
        title = f"Answer {counted(len(questions), 'open question')} in a sandbox, so that nobody is left at 'might'."
        yield Step(title, tuple(text or name for name, text, _ in questions), "sfmeta doctor -o SANDBOX --probe")
    if forecast.blind_spots:
        remedies = tuple(f"{spot.title}: {_remedy(spot.remedy, spot.name)}" for spot in forecast.blind_spots)
        yield Step("Make visible what the audit cannot see, or accept it by name.", remedies)
    if forecast.endings and (ending := forecast.endings[0].ending):
        number = len(forecast.endings)
        verb = "ends" if number == 1 else "end"
        yield Step(f"Renew what {verb} by itself: {number:,} in all, the first on {day(ending.at)}.")
    if forecast.is_clean:
        yield Step(f"Nothing stands against {forecast.stage}, as far as can be seen. Read what the audit did not see.")
    else:
        yield Step("Change the policy, then look again.", (), "sfmeta forecast -o ORG")


def _fixes(rows: list[Row]) -> tuple[str, ...]:
    numbers = Counter(row.fix for row in rows if row.fix)
    shown = tuple(f"{fix} ({counted(number, 'pair')})" for fix, number in numbers.most_common(_FIXES_SHOWN))
    more = len(numbers) - len(shown)
    return (*shown, f"and {counted(more, 'other way')}, told below") if more else shown


def _remedy(remedy: str, name: str) -> str:
    way_out = f"accept {name} under accepted_blind_spots"
    return f"{remedy.rstrip('.')}; or {way_out}" if remedy else way_out


def _kind(number: int, kind: str) -> str:
    return kind if number else "ok"
