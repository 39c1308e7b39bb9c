"""A forecast for people in a terminal; ``forecast_json`` gives it to machines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from sfmeta.access.listing import some
from sfmeta.access.questions import PROBEABLE
from sfmeta.model.forecast import Forecast, Harm, Row
from sfmeta.model.inventory import Coverage
from sfmeta.report.changes import Style
from sfmeta.report.digest import SHOWN, Digest, digest
from sfmeta.report.forecast_json import forecast_json
from sfmeta.report.forecast_words import (
    WAYS,
    app_title,
    because,
    day,
    last_use,
    learned_where,
    minute,
    plain,
    sentence,
    today,
    who_it_is,
)
from sfmeta.report.outcome import open_questions, outcome
from sfmeta.report.words import counted

__all__ = ["forecast_json", "forecast_text"]

_MARK = {Harm.STOPS: ("x", "red"), Harm.MIGHT_STOP: ("?", "yellow"), Harm.NONE: (" ", "")}
_CSV, _JSON = "--csv FILE lists all", "--json lists all"


def forecast_text(forecast: Forecast, style: Style, width: int = 100) -> str:
    """The outcome in the first line; then who is hit, what cannot be seen, what ends by itself and what is open.

    Args:
        forecast: what was found.
        style: colours a text.
        width: of the terminal, in columns.
    """
    return "\n".join(_Paper(style, width).lines(forecast, digest(forecast)))


class _Paper:
    """Where the lines of one forecast are broken and coloured."""

    def __init__(self, style: Style, width: int) -> None:
        self._style = style
        self._width = min(max(width, 40), 120)

    def lines(self, forecast: Forecast, found: Digest) -> Iterator[str]:
        is_calm = forecast.is_clean and not forecast.pending
        color = "red" if found.outstanding else "green" if is_calm else "yellow"
        yield from (self._style(line, color) for line in self._wrapped(outcome(forecast, found)))
        yield from self._wrapped(_basis(forecast))
        yield from self._warnings(forecast)
        yield from self._section("To be settled first", len(forecast.unresolved))
        for what in forecast.unresolved:
            yield from self._hanging("  ! ", plain(what), "yellow")
        yield from self._pending(forecast)
        yield from self._people(found)
        yield from self._accepted(found)
        yield from self._section("Not visible, and not accepted", len(forecast.blind_spots))
        for spot in forecast.blind_spots:
            yield from self._blind_spot(spot)
        yield from self._dates(forecast)
        yield from self._questions(open_questions(forecast, found))
        yield from self._learned(forecast)
        yield from self._wrapped(_others(forecast), before="\n")

    def _warnings(self, forecast: Forecast) -> Iterator[str]:
        gaps = [f"{gap.message.rstrip('.')}. {gap.remedy}" for gap in forecast.inventory.gaps]
        warnings = [*forecast.warnings, *gaps]
        for warning in warnings[:SHOWN]:
            yield from self._hanging("! ", plain(warning), "yellow")
        yield from self._cut(len(warnings), _JSON)

    def _pending(self, forecast: Forecast) -> Iterator[str]:
        told_by_none = "Counted as done, and no API tells whether it is"
        if forecast.as_is:
            told_by_none = "Written in the policy, and told by no API: see in Setup"
        for title, found in (("Counted as done, and not done yet", forecast.todo), (told_by_none, forecast.untold)):
            yield from self._section(title, len(found))
            for what in found[:SHOWN]:
                yield from self._hanging("  - ", plain(what), "yellow")
            yield from self._cut(len(found), _JSON)
        if forecast.pending and not forecast.as_is:
            yield from self._hanging("    ", "sfmeta generate lists the steps; --as-is counts none of them as done")

    def _people(self, found: Digest) -> Iterator[str]:
        both = found.stops and found.might
        title = "Stop working, or might" if both else "Stop working" if found.stops else "Might stop working"
        yield from self._section(title, found.outstanding)
        for row in found.outstanding_rows:
            yield from self._person(row)
        yield from self._cut(found.outstanding)

    def _person(self, row: Row) -> Iterator[str]:
        mark, color = _MARK[row.harm]
        tags = f" ({', '.join(who_it_is(row))})" if who_it_is(row) else ""
        yield from self._hanging(f"  {mark} ", f"{plain(row.user.username)}{tags}", color)
        way = f", {WAYS[row.way]}" if row.app else ""
        yield from self._hanging("    ", f"with {plain(app_title(row))}{way}; {last_use(row)}")
        decided = f"{row.before.verdict} -> {row.after.verdict}: {because(row.after)}"
        yield from self._hanging("    ", decided)
        if words := today(row):
            yield from self._hanging("    today: ", words)
        if row.questions:
            yield from self._hanging("    open: ", ", ".join(row.questions))
        if row.after.learned:
            yield from self._hanging("    learned: ", ", ".join(row.after.learned))
        if row.fix:
            yield from self._hanging("    fix: ", plain(row.fix), "green")

    def _accepted(self, found: Digest) -> Iterator[str]:
        yield from self._section("Accepted losses", found.accepted)
        for row in found.accepted_rows:
            who = f"{plain(row.user.username)}, {plain(app_title(row))}: {row.harm}"
            loss = row.accepted
            why = f"; {plain(loss.reason)}, {loss.approved_by}, until {day(loss.until.at)}" if loss else ""
            yield from self._hanging("  ~ ", who + why)
        yield from self._cut(found.accepted)

    def _blind_spot(self, spot: Coverage) -> Iterator[str]:
        yield from self._hanging("  ! ", f"{plain(spot.title)} ({spot.name}): {spot.visibility}", "yellow")
        yield from self._hanging("    ", sentence(plain(spot.why)))
        if spot.evidence:
            yield from self._hanging("    hints: ", some([plain(name) for name in spot.evidence]))
        remedy = f"{plain(spot.remedy).rstrip('.')}; or accept" if spot.remedy else "accept"
        yield from self._hanging("    fix: ", f"{remedy} {spot.name} under accepted_blind_spots", "green")

    def _dates(self, forecast: Forecast) -> Iterator[str]:
        found = [(row.ending, row) for row in forecast.endings if row.ending]
        yield from self._section("End by themselves, if nothing is done", len(found))
        for ending, row in found[:SHOWN]:
            who = f"{plain(row.user.username)}, {plain(app_title(row))}: {plain(ending.why)}"
            yield from self._hanging(f"  {day(ending.at)}  ", who)
        yield from self._cut(len(found))
        yield from self._section("Dates of the policy that pass", len(forecast.reviews))
        for review in sorted(forecast.reviews, key=lambda review: review.at)[:SHOWN]:
            yield from self._hanging(f"  {day(review.at)}  ", plain(review.what))
        yield from self._cut(len(forecast.reviews), _JSON)

    def _questions(self, found: Sequence[tuple[str, str, int]]) -> Iterator[str]:
        yield from self._section("Not known", len(found))
        for name, text, number in found:
            yield from self._hanging("  ? ", f"{text or name} ({name}; decides {counted(number, 'row')})")
        if any(name in PROBEABLE for name, _, _ in found):
            yield from self._hanging("    ", "A probe in a sandbox may tell: sfmeta doctor -o ORG --probe")

    def _learned(self, forecast: Forecast) -> Iterator[str]:
        yield from self._section("Learned", len(forecast.answers))
        for answer in forecast.answers.values():
            said = f"{answer.name}: {'yes' if answer.answer else 'no'}; {plain(answer.how)}"
            yield from self._hanging("  = ", f"{said} {learned_where(forecast, answer)}")

    def _section(self, title: str, number: int) -> Iterator[str]:
        if number:
            yield ""
            yield f"{title} ({number:,})"

    def _cut(self, number: int, how: str = _CSV) -> Iterator[str]:
        if number > SHOWN:
            yield f"  ... and {number - SHOWN:,} more ({how})"

    def _hanging(self, head: str, text: str, color: str = "") -> Iterator[str]:
        """A paragraph whose further lines stand below the first word."""
        indent = " " * min(len(head), 14)
        lines = textwrap.wrap(text, self._width - len(indent), break_on_hyphens=False) or [""]
        head = self._style(head, color) if color else head
        yield head + lines[0]
        yield from (indent + line for line in lines[1:])

    def _wrapped(self, text: str, before: str = "") -> Iterator[str]:
        for number, line in enumerate(textwrap.wrap(text, self._width, break_on_hyphens=False)):
            yield line if number else before + line


def _basis(forecast: Forecast) -> str:
    inventory = forecast.inventory
    window = f"the last {counted(inventory.days, 'day')} of use"
    gaps = f"; {counted(len(inventory.gaps), 'gap')} in what was read" if inventory.gaps else ""
    return f"Rests on {window}, read {minute(inventory.taken_at)} as {plain(inventory.username)}{gaps}."


def _others(forecast: Forecast) -> str:
    others = len(forecast.rows) - forecast.harmed
    if not others:
        return ""
    refused, in_doubt = forecast.refused_already, forecast.open_already
    words = [f"{refused:,} of them {'is' if refused == 1 else 'are'} refused already"] if refused else []
    words += [f"{in_doubt:,} {'hangs' if in_doubt == 1 else 'hang'} on an open question already"] if in_doubt else []
    return "; ".join([f"Nothing changes for the worse for {_pairs(others)} of user and app", *words]) + "."


def _pairs(number: int) -> str:
    return "1 other pair" if number == 1 else f"{number:,} other pairs"
