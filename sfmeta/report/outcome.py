"""A forecast in one sentence, and its open questions."""

from __future__ import annotations

from sfmeta.model.forecast import Forecast
from sfmeta.report.digest import Digest
from sfmeta.report.forecast_words import after_stage, plain
from sfmeta.report.words import counted


def outcome(forecast: Forecast, found: Digest) -> str:
    """The whole forecast in one sentence."""
    org = plain(forecast.inventory.org_name)
    already, todo = found.users_already, len(forecast.todo)
    spots, unresolved = len(forecast.blind_spots), len(forecast.unresolved)
    open_ = [f"{_users(already)} may be locked out already"] if already else []
    open_ += [_not_accepted(spots)] if spots else []
    open_ += (
        [f"{counted(unresolved, 'thing')} {'is' if unresolved == 1 else 'are'} to be settled"] if unresolved else []
    )
    open_ += ["1 thing counts as done and is not yet"] if todo == 1 else []
    open_ += [f"{counted(todo, 'thing')} count as done and are not yet"] if todo > 1 else []
    hidden = "".join(f"; {words}" for words in open_)
    if not (found.users_stop or found.users_might):
        nobody = "Nobody else" if found.accepted or already else "Nobody"
        seen = f"{nobody} stops working {after_stage(forecast)} in {org}, as far as can be seen"
        return f"{seen}{_accepted(forecast, found)}{hidden}."
    own = ", sfmeta itself among them" if found.own_rows else ""
    return f"{_hit(found.users_stop, found.users_might)} {after_stage(forecast)} in {org}{own}{hidden}."


def open_questions(forecast: Forecast, found: Digest) -> list[tuple[str, str, int]]:
    """The open questions that decide about somebody with harm: name, text, and for how many rows."""
    ordered = sorted(found.questions.items(), key=lambda item: (-item[1], item[0]))
    return [(name, forecast.questions.get(name, ""), number) for name, number in ordered]


def _hit(stops: int, might: int) -> str:
    if not stops:
        return f"{_users(might)} might stop working"
    words = f"{_users(stops)} {'stops' if stops == 1 else 'stop'} working"
    return f"{words} and {might:,} might" if might else words


def _users(number: int) -> str:
    return "1 user" if number == 1 else f"{number:,} users"


def _not_accepted(number: int) -> str:
    return f"{counted(number, 'blind spot')} {'is' if number == 1 else 'are'} not accepted"


def _accepted(forecast: Forecast, found: Digest) -> str:
    losses, spots = found.accepted, len(forecast.accepted_blind_spots)
    words = [f"{losses:,} accepted {'loss' if losses == 1 else 'losses'}"] if losses else []
    words += [counted(spots, "accepted blind spot")] if spots else []
    return f" ({', '.join(words)})" if words else ""
