"""Whether a forecast and a local org agree: every login tried for real before a stage and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sfmeta.access.forecast import forecast
from sfmeta.model.forecast import Decision, Forecast, Verdict
from sfmeta.model.inventory import Inventory
from tests.forecast.orgs.memory import MemoryOrg
from tests.forecast.orgs.stager import Stager
from tests.forecast.orgs.tries import CannotTry, Client, Tried, Tries
from tests.forecast.random_orgs import RandomCase
from tests.forecast.told import answers_of, told


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A login that went another way than the forecast said."""

    client: Client
    when: str
    decision: Decision
    tried: Tried

    def __str__(self) -> str:
        said = f"{self.decision.verdict} by {self.decision.rule.id}"
        open_ = f" (open: {', '.join(self.decision.questions)})" if self.decision.questions else ""
        return f"{self.client}, {self.when}: forecast {said}{open_}; tried: {self.tried}"


def disagreements(case: RandomCase) -> list[Disagreement]:
    """Forecasts a case with every answer told and with none, makes its stage true and tries every login.

    With all answers told, each row must say what then happens, and "unknown" is no answer. With none, a row that says
    "works" or "refused" must be right whatever this org's answers are, and one that says "unknown" must name questions
    that decide: with the answers that lead to either side.
    """
    with MemoryOrg.build(case.seed) as org:
        tries = Tries(org)
        clients = tries.clients()
        inventory = told(org, clients)
        before = {client: _tried(tries, client) for client in clients}
        forecasts = _forecasts(case, inventory, org)
        Stager(org, case.policy).reach(case.stage, case.wave)
        after = {client: _tried(tries, client) for client in clients}
    found: list[Disagreement] = []
    for one in forecasts:
        by_client = _by_client(one)
        for client in clients:
            now, then = by_client[client]
            found += _compare(client, "before", now, before[client], told=bool(one.answers))
            found += _compare(client, "after", then, after[client], told=bool(one.answers))
    return found


def _forecasts(case: RandomCase, inventory: Inventory, org: MemoryOrg) -> list[Forecast]:
    now = org.state.clock.now()
    return [
        forecast(inventory, case.policy, case.stage, wave=case.wave, at=now, answers=answers, by_the_clock=True)
        for answers in (answers_of(org), {})
    ]


def _by_client(one: Forecast) -> Mapping[Client, tuple[Decision, Decision]]:
    return {
        Client(row.user.username, row.app.label if row.app else "", row.way): (row.before, row.after)
        for row in one.rows
    }


def _compare(client: Client, when: str, decision: Decision, tried: Tried, *, told: bool) -> list[Disagreement]:
    if decision.verdict is Verdict.UNKNOWN:
        return [Disagreement(client, when, decision, tried)] if told or not decision.questions else []
    return [] if (decision.verdict is Verdict.WORKS) is tried.works else [Disagreement(client, when, decision, tried)]


def _tried(tries: Tries, client: Client) -> Tried:
    try:
        return tries.attempt(client)
    except CannotTry as error:
        return Tried(False, str(error))
