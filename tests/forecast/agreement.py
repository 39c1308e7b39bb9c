"""Whether a forecast and a local org agree: every login tried for real before a stage and after it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sfmeta.access.forecasting.forecast import forecast
from sfmeta.access.forecasting.stages import last_wave
from sfmeta.localorg.apps import Kind
from sfmeta.model.forecast import Answer, Decision, Forecast, Harm, Stage, Verdict
from sfmeta.model.inventory import App, Inventory, Standing, Way
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.ports import Tools
from tests.forecast.orgs.memory import MemoryOrg
from tests.forecast.orgs.stager import Stager
from tests.forecast.orgs.tries import CannotTry, Client, Tried, Tries
from tests.forecast.random_orgs import RandomCase
from tests.forecast.told import answers_of, told

# what no API tells for sure of an app that another org made; nor that it did, where such apps can be retrieved, too
_NOT_VISIBLE = (
    "consumer_key",
    "execution_user",
    "has_certificate",
    "ip_ranges",
    "ip_relaxation",
    "options",
    "refresh_policy",
    "scopes",
    "standing",
)


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
        came_of_it = "let in" if self.tried.works else f"refused, {self.tried.said}"
        return f"{self.client}, {self.when}: forecast {said}{open_}; tried: {came_of_it}"


@dataclass(slots=True)
class Looked:
    """What came of one org.

    Attributes:
        compared: logins that were compared with what a forecast said of them.
        disagreements: those that went another way.
    """

    compared: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)


def disagreements(case: RandomCase) -> list[Disagreement]:
    """The disagreements of ``look_at``."""
    return look_at(case).disagreements


def look_at(case: RandomCase) -> Looked:
    """Audits an org; forecasts each stage; makes one stage after the other true and tries every login.

    Each stage is forecast with every answer told and with none. With all told, each row must say what then happens, and
    "unknown" is no answer. With none, a row that says "works" or "refused" must be right whatever this org's answers
    are, and one that says "unknown" must name the questions that decide. From the audit as it is, with all that no API
    tells left out, nobody may lose a way in without being told.
    """
    looked = Looked()
    with MemoryOrg.build(case.seed) as org:
        found, inventory, clients, tries = audited(org)
        before = {client: tried(tries, client) for client in clients}
        forecasts = {
            step: (*_forecasts(case, inventory, org, step), _forecast(case, found, org, step, {}))
            for step in _steps(case)
        }
        stager = Stager(org, case.policy)
        for (stage, wave), (told_all, told_none, from_audit) in forecasts.items():
            stager.reach(stage, wave)
            after = {client: tried(tries, client) for client in clients}
            for one, all_told in ((told_all, True), (told_none, False)):
                looked.compared += len(after)
                looked.disagreements += compared(one, before, after, told=all_told)
            looked.disagreements += surprises(from_audit, before, after)
    return looked


def look_at_alone(case: RandomCase) -> Looked:
    """The same for the case's own stage by itself, without those before it: ``sfmeta forecast --as-is``."""
    looked = Looked()
    step = (case.stage, case.wave)
    if step not in _steps(case):
        return looked
    with MemoryOrg.build(case.seed) as org:
        found, inventory, clients, tries = audited(org)
        before = {client: tried(tries, client) for client in clients}
        told_all, told_none = _forecasts(case, inventory, org, step, as_is=True)
        from_audit = _forecast(case, found, org, step, {}, as_is=True)
        Stager(org, case.policy).alone(*step)
        after = {client: tried(tries, client) for client in clients}
        looked.compared = 2 * len(after)
        looked.disagreements += compared(told_all, before, after, told=True)
        looked.disagreements += compared(told_none, before, after, told=False)
        looked.disagreements += surprises(from_audit, before, after)
    return looked


def forecast_lines(case: RandomCase) -> list[str]:
    """What is forecast of every client there could be, with no question answered: all stages, one line each."""
    with MemoryOrg.build(case.seed) as org:
        _, inventory, _, _ = audited(org)
        stage, _ = _steps(case)[-1]
        found = forecast(inventory, case.policy, stage, at=org.state.clock.now(), by_the_clock=True)
    return sorted(
        f"{row.user.username} with {row.app.label if row.app else 'no app'} by {row.way}: {_said(row.before)}"
        + ("" if row.before == row.after else f" -> {_said(row.after)}")
        for row in found.rows
    )


def _said(decision: Decision) -> str:
    open_ = f", open: {', '.join(decision.questions)}" if decision.questions else ""
    return f"{decision.verdict} ({decision.rule.id}{open_})"


def _steps(case: RandomCase) -> list[tuple[Stage, int | None]]:
    waves = [(Stage.RESTRICT, wave) for wave in range(1, last_wave(case.policy))]
    steps = [(Stage.PREPARE, None), *waves, (Stage.RESTRICT, None), (Stage.BLOCK, None)]
    # without the feature there are no boxes to tick; the forecast then looks at an org that will have them
    has_boxes = "ApiAccessControl" in case.seed.org.features
    return [*steps, (Stage.ENFORCE, None)] if has_boxes else steps


def _forecasts(
    case: RandomCase, inventory: Inventory, org: MemoryOrg, step: tuple[Stage, int | None], *, as_is: bool = False
) -> tuple[Forecast, Forecast]:
    told_all = _forecast(case, inventory, org, step, answers_of(org), as_is=as_is)
    return told_all, _forecast(case, inventory, org, step, {}, as_is=as_is)


def _forecast(
    case: RandomCase,
    inventory: Inventory,
    org: MemoryOrg,
    step: tuple[Stage, int | None],
    answers: Mapping[str, Answer],
    *,
    as_is: bool = False,
) -> Forecast:
    stage, wave = step
    now = org.state.clock.now()
    return forecast(inventory, case.policy, stage, wave=wave, at=now, answers=answers, by_the_clock=True, as_is=as_is)


def surprises(one: Forecast, before: Mapping[Client, Tried], after: Mapping[Client, Tried]) -> Iterable[Disagreement]:
    """Uses that an audit saw, that get in today and not afterwards, and of which the forecast says nothing."""
    for row in one.rows:
        client = Client(row.user.username, row.app.label if row.app else "", row.way)
        if client in before and before[client].works and not after[client].works and row.harm is Harm.NONE:
            yield Disagreement(client, f"unsaid after {one.stage or one.subject}", row.after, after[client])


def compared(
    one: Forecast, before: Mapping[Client, Tried], after: Mapping[Client, Tried], *, told: bool
) -> Iterable[Disagreement]:
    at = f"{one.stage or one.subject}{'' if one.wave is None else f' wave {one.wave}'}{' alone' if one.as_is else ''}"
    for row in one.rows:
        client = Client(row.user.username, row.app.label if row.app else "", row.way)
        assert {*row.before.learned, *row.after.learned} <= one.answers.keys(), row
        if client not in before:
            continue
        yield from _compare(client, "today", row.before, before[client], told=told)
        yield from _compare(client, f"after {at}", row.after, after[client], told=told)
        loses = before[client].works and not after[client].works
        # with all answers told, the harm is exactly who loses; with none, whoever loses is among the harmed
        if (row.harm is Harm.STOPS) is not loses if told else loses and row.harm is Harm.NONE:
            yield Disagreement(client, f"harm {row.harm} of {at}", row.after, after[client])


def audited(org: MemoryOrg) -> tuple[Inventory, Inventory, list[Client], Tries]:
    """What a real audit reads of an org; the same with every client there could be and what no API tells added."""
    client, http = org.client()
    found = audit(client, AuditRequest(90, 1), Tools(OrgClock(org), Silent(), io.BytesIO, 60))
    client.close()
    http.close()
    tries = Tries(org)
    # whether the device flow is on for a connected app, no API tells: where it is off, there is no such client
    clients = [one for one in tries.clients() if one.way is not Way.DEVICE or _has_device_flow(org, one.app)]
    return found, _completed(found, told(org, clients)), clients, tries


def _has_device_flow(org: MemoryOrg, label: str) -> bool:
    app = org.app(label)
    return app.kind is Kind.EXTERNAL or app.option("isDeviceFlowEnabled")


def _completed(found: Inventory, known: Inventory) -> Inventory:
    keys = {app.label: app.key for app in found.apps.values()}
    by_label = {app.label: app for app in known.apps.values()}
    apps = {app.key: _with_hidden(app, by_label[app.label]) for app in found.apps.values()}
    # an app that nobody used yet, and that is not installed, is in no table
    apps |= {app.key: app for app in known.apps.values() if app.label not in keys}
    labels = {app.key: keys.get(app.label, app.key) for app in known.apps.values()}
    uses = tuple(replace(use, app=labels[use.app]) if use.app else use for use in known.uses)
    return replace(found, apps=apps, uses=uses, client_id=known.client_id)


def _with_hidden(app: App, known: App) -> App:
    if known.standing is Standing.OWNED:
        return app
    return replace(app, **{name: getattr(known, name) for name in _NOT_VISIBLE})


def _compare(client: Client, when: str, decision: Decision, tried: Tried, *, told: bool) -> Iterable[Disagreement]:
    if decision.verdict is Verdict.UNKNOWN:
        return [Disagreement(client, when, decision, tried)] if told or not decision.questions else []
    return [] if (decision.verdict is Verdict.WORKS) is tried.works else [Disagreement(client, when, decision, tried)]


def tried(tries: Tries, client: Client) -> Tried:
    try:
        return tries.attempt(client)
    except CannotTry as error:
        return Tried(False, str(error))


@dataclass(frozen=True, slots=True)
class OrgClock:
    """The org's own time; nothing waits."""

    org: MemoryOrg

    def now(self) -> float:
        return self.org.state.clock.now().timestamp()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Jobs of an org in memory are done at once."""


class Silent:
    def step(self, text: str) -> None:
        """Nobody looks."""

    def advance(self, done: int, total: int, text: str = "") -> None:
        """Nobody looks."""
