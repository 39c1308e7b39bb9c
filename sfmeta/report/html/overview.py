"""The top of the page: the numbers, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sfmeta.access.questions import PROBEABLE
from sfmeta.model.forecast import Forecast
from sfmeta.report.digest import Digest, OfApp
from sfmeta.report.forecast_words import app_title, day, isolated
from sfmeta.report.outcome import open_questions
from sfmeta.report.words import counted

_APPS_SHOWN = 6
_PENDING_SHOWN = 20


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


def tiles(forecast: Forecast, found: Digest) -> tuple[Tile, ...]:
    """What counts, in numbers."""
    stops, might, spots = found.users_stop, found.users_might, len(forecast.blind_spots)
    ending, todo = len(forecast.endings), len(forecast.todo)
    return (
        Tile(stops, "user stops working" if stops == 1 else "users stop working", _kind(stops, "stop"), "who"),
        Tile(might, f"{'user' if might == 1 else 'users'} might stop", _kind(might, "might"), "who"),
        Tile(spots, f"{'way' if spots == 1 else 'ways'} in not visible", _kind(spots, "might"), "coverage"),
        Tile(
            todo,
            "counts as done, and is not" if todo == 1 else "count as done, and are not",
            _kind(todo, "might"),
            "todo",
        ),
        Tile(found.accepted, f"accepted {'loss' if found.accepted == 1 else 'losses'}", "calm", "who"),
        Tile(ending, "ends soon by itself" if ending == 1 else "end soon by themselves", "calm", "dates"),
    )


def next_steps(forecast: Forecast, found: Digest) -> tuple[Step, ...]:
    """What a person does now, the most pressing first."""
    return tuple(_steps(forecast, found))


def _steps(forecast: Forecast, found: Digest) -> Iterator[Step]:
    if found.own_rows:
        details = tuple(f"{row.user.username} with {isolated(app_title(row))}: {row.fix}" for row in found.own_rows)
        yield Step("Save sfmeta's own way in first: without it nothing can be undone from here.", details)
    if forecast.unresolved:
        yield Step("Settle what leaves open whom the policy hits.", forecast.unresolved)
    if found.already_rows:
        number = "1 pair" if found.already_rows == 1 else f"{found.already_rows:,} pairs"
        yield Step(f"See whether they get in still: {number} of user and app may be locked out already.")
    if found.outstanding:
        number = "1 pair" if found.outstanding == 1 else f"{found.outstanding:,} pairs"
        yield Step(f"Grant access or accept the loss by name: {number} of user and app stop, or might.", _by_app(found))
    yield from _to_find_out(forecast, found)
    if forecast.pending:
        if forecast.as_is:
            yield Step("See in Setup what the policy writes and no API tells.", _first(forecast))
        else:
            title = "Do what counts as done here and is not, or may not be."
            yield Step(title, _first(forecast), "sfmeta generate")
    if forecast.endings and (ending := forecast.endings[0].ending):
        number = "1 access" if len(forecast.endings) == 1 else f"{len(forecast.endings):,} accesses, the first"
        yield Step(f"Renew what ends by itself: {number} on {day(ending.at)}.")
    if found.outstanding or not forecast.is_clean:
        yield Step("Change the policy, then look again.", (), f"sfmeta forecast -o ORG --stage {forecast.stage}")
    elif forecast.pending and not forecast.as_is:
        command = f"sfmeta forecast -o ORG --stage {forecast.stage} --as-is"
        yield Step(f"Then look again, with nothing counted as done, before {forecast.stage}.", (), command)
    else:
        yield Step(f"Nothing stands against {forecast.stage}, as far as can be seen. Read what the audit did not see.")


def _first(forecast: Forecast) -> tuple[str, ...]:
    every = (*forecast.todo, *(f"{what} (no API tells)" for what in forecast.untold))
    more = len(every) - _PENDING_SHOWN
    return (*every[:_PENDING_SHOWN], f"and {more:,} more (sfmeta forecast --json)") if more > 0 else every


def _to_find_out(forecast: Forecast, found: Digest) -> Iterator[Step]:
    questions = open_questions(forecast, found)
    for_probes = tuple(text or name for name, text, _ in questions if name in PROBEABLE)
    if for_probes:
        title = f"Let a probe answer {counted(len(for_probes), 'open question')} in a sandbox."
        yield Step(title, for_probes, "sfmeta doctor -o SANDBOX --probe")
    for_people = tuple(text or name for name, text, _ in questions if name not in PROBEABLE)
    if for_people:
        yield Step("Find out what neither an audit nor a probe can tell.", for_people)
    if forecast.blind_spots:
        remedies = tuple(f"{spot.title}: {_remedy(spot.remedy, spot.name)}" for spot in forecast.blind_spots)
        yield Step("Make visible what the audit cannot see, or accept it by name.", remedies)


def _by_app(found: Digest) -> tuple[str, ...]:
    ordered = sorted(found.apps.values(), key=lambda app: (-app.rows, app.title))
    shown = tuple(map(_of_app, ordered[:_APPS_SHOWN]))
    more = len(ordered) - len(shown)
    return (*shown, f"and {counted(more, 'other app')}") if more else shown


def _of_app(app: OfApp) -> str:
    title = isolated(app.title)
    if not app.fix:
        return f"{title} ({app.rows:,})"
    return f"{title}: {app.fix}" if app.rows == 1 else f"{title} ({app.rows:,}), for example: {app.fix}"


def _remedy(remedy: str, name: str) -> str:
    way_out = f"accept {name} under accepted_blind_spots"
    return f"{remedy.rstrip('.')}; or {way_out}" if remedy else way_out


def _kind(number: int, kind: str) -> str:
    return kind if number else "ok"
