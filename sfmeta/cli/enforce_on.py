"""``sfmeta enforce on``: what it does, in order."""

from __future__ import annotations

import select
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import typer

from sfmeta.cli.desk import no_collector
from sfmeta.cli.enforce_words import changed_json, changed_text, proofs_json, unticked_json
from sfmeta.cli.flips_left import doors_of
from sfmeta.cli.gates import gates_json, gates_text, show_gates
from sfmeta.cli.inventories import AUDIT_DAYS
from sfmeta.cli.package_outlook import for_ledger
from sfmeta.cli.signals import stoppable, unbroken
from sfmeta.cli.ui import Answer, Ui
from sfmeta.errors import GuardRefused, Interrupted, OperationFailed, OrgRefused, SfmetaError, UsageError
from sfmeta.model.deployment import stamp
from sfmeta.model.enforcement import Flip, FlipStage
from sfmeta.ops.enforce.boxes import PLACE, boxes_of, named, plan_to_turn, read_boxes
from sfmeta.ops.enforce.family import read_family
from sfmeta.ops.enforce.preconditions import Asked, Ground, canaries_of, judge
from sfmeta.ops.enforce.tick import Asking, Ends, Ticked, tick
from sfmeta.ops.enforce.waiting import Word
from sfmeta.ops.gates import Gate, Verdict, passed, refused
from sfmeta.report.enforcement import flip_json, promises, promises_text
from sfmeta.workspace.flips import Flips

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.cli.desk import Desk
    from sfmeta.model.enforcement import Users
    from sfmeta.model.forecast import Forecast
    from sfmeta.model.policy import Policy
    from sfmeta.ops.deployment import DeployPlan
    from sfmeta.ops.ports import Tools
    from sfmeta.org.client import OrgClient
    from sfmeta.workspace.ledger import Ledger

REFUSED = "enforcement-refused"
"""The code of the error where a condition is not met."""


@dataclass(frozen=True, slots=True)
class OnRequest:
    """The options of one run; see ``sfmeta enforce on --help``."""

    target_org: str
    users: Users | None
    within_s: float
    browser_days: int
    setup_open: bool
    skip_canary: tuple[str, ...]
    begin_history: bool
    yes: bool


def run_on(desk: Desk, request: OnRequest, tools: Tools) -> Answer:
    """Judge, show, ask, flip.

    Raises:
        GuardRefused: no consent, another operation changes the org, or a flip is open.
        UsageError, SourceError: the policy or the options are wrong.
    """
    from sfmeta.ops.forecast import resolved

    ui = desk.ui
    org = desk.connect(request.target_org, heed_flip=False)
    policy = desk.values.named_here(resolved(desk.policy(None), ui.environ), org.info.id)
    desk.records.lock(org.info)
    ledger = desk.records.ledger(org.info)
    held = read_boxes(org, tools)
    wanted = _wanted(request, policy)
    to_tick = tuple(name for name in wanted if name not in held.ticked)
    if not to_tick:
        text = f"Nothing to do: {org.info.title} has the box for {named(wanted)} ticked already."
        return Answer({"org_id": str(org.info.id), "boxes": dict(held.state), "state": "already"}, text)
    doors = doors_of(desk, org, request.target_org)
    asked = Asked(
        to_tick,
        request.browser_days,
        True if request.setup_open else None if ui.interactive else False,
        request.skip_canary,
    )
    foreseen: list[Forecast] = []
    gates = judge(asked, _ground(desk, org, policy, request.target_org, tools, foreseen))
    plan = None
    if all(name in held.state for name in to_tick):
        plan, gate = _plan(desk, request, org, to_tick, ledger, tools)
        gates = (*gates, gate)
    if plan is None or any(gate.verdict is Verdict.REFUSED for gate in gates):
        return _refused(ui, org, gates)
    for note in plan.notes:
        ui.warn(note)
    plan = replace(plan, foreseen=for_ledger(foreseen[-1]) if foreseen else None)
    break_glass = policy.break_glass.username.text if policy.break_glass else ""
    show_gates(ui, gates)
    _promise(ui, break_glass)
    _ask_first(desk, request, org, to_tick, break_glass)
    kept = doors.open()
    desk.until_the_end(_closing(kept))
    before = read_family(org, tools)
    flip = Flip(
        org.info.id,
        org.info.title,
        to_tick,
        FlipStage.INTENDED,
        stamp(tools.clock.now()),
        request.within_s,
        break_glass=break_glass,
        canaries=canaries_of(policy, request.skip_canary),
        skipped=request.skip_canary,
    )
    ends = Ends(org, kept, ledger, doors, Flips(desk.places.config, org.info.id))
    asking = _asking(desk, request.target_org)
    with stoppable():
        done = tick(ends, plan, flip, before, asking, tools)
    return _answer(ui, org, gates, done, break_glass)


def _plan(
    desk: Desk, request: OnRequest, org: OrgClient, boxes: tuple[str, ...], ledger: Ledger, tools: Tools
) -> tuple[DeployPlan | None, Gate]:
    """What would be sent; a gate more, as what stands in its way is told with the rest."""
    wanted = dict.fromkeys(boxes, True)
    source = desk.provenance(("policy.yml",))
    try:
        plan = plan_to_turn(org, wanted, ledger, tools, source, begin_history=request.begin_history)
    except (GuardRefused, OrgRefused, OperationFailed) as error:
        return None, refused("deployment", error.message, error.hint or "See above")
    return plan, passed("deployment", f"changes {', '.join(boxes)} and nothing else")


def _wanted(request: OnRequest, policy: Policy) -> tuple[str, ...]:
    """The boxes that are asked for, by the option or by the policy."""
    from sfmeta.model.enforcement import Users

    if request.users is not None:
        return boxes_of(request.users)
    said = policy.enforcement
    wanted = boxes_of(Users.INTERNAL) if said and said.internal_users else ()
    wanted += boxes_of(Users.EXTERNAL) if said and said.external_users else ()
    if not wanted:
        raise UsageError(
            "policy.yml asks for no box", "Write enforcement: {internal_users: true}, or say which with --users"
        )
    return wanted


def _ground(desk: Desk, org: OrgClient, policy: Policy, alias: str, tools: Tools, foreseen: list[Forecast]) -> Ground:
    """What the conditions are judged by; the forecast is kept for the ledger."""
    from sfmeta.model.forecast import Stage
    from sfmeta.ops.audit import AuditRequest, audit
    from sfmeta.ops.doctor.examination import Circumstances, Examination
    from sfmeta.ops.forecast import ForecastRequest, look_ahead
    from sfmeta.workspace.findings import read_findings

    answers = read_findings(desk.project.root).for_org(org.info.id)

    def foresee(wanted: Policy) -> Forecast:
        with no_collector():
            inventory = audit(org, AuditRequest(days=AUDIT_DAYS), tools)
            request = ForecastRequest(Stage.ENFORCE, as_is=True)
            foreseen.append(look_ahead(inventory, wanted, request, answers, tools.now))
            return foreseen[-1]

    learned = answers.get("group_members_preauthorize")
    known = Circumstances(
        policy.break_glass.username.text if policy.break_glass else "", learned.answer if learned else None
    )
    return Ground(Examination(org, tools, known), policy, doors_of(desk, org, alias), foresee)


def _refused(ui: Ui, org: OrgClient, gates: tuple[Gate, ...]) -> Answer:
    shut = [gate for gate in gates if gate.verdict is Verdict.REFUSED]
    error = GuardRefused(
        f"Not ticked: {', '.join(gate.name for gate in shut)} refused",
        "; ".join(f"{gate.name}: {gate.satisfy}" for gate in shut),
        REFUSED,
    )
    result = {"org_id": str(org.info.id), "state": "refused", "gates": gates_json(gates)}
    return Answer(result, f"{gates_text(ui, gates)}\nNothing was touched.", error.exit_code, error)


def _promise(ui: Ui, break_glass: str) -> None:
    ui.tell(promises_text(break_glass, ui.style, shutil.get_terminal_size().columns))


def _ask_first(desk: Desk, request: OnRequest, org: OrgClient, boxes: tuple[str, ...], break_glass: str) -> None:
    """What a person has to say before anything is sent."""
    ui = desk.ui
    if not request.setup_open:
        ui.finish_progress()
        if not typer.confirm(f"Has {break_glass} {PLACE} open in a browser right now?", default=False, err=True):
            raise GuardRefused("Nothing was touched: Setup has to be open", f"Let {break_glass} open it first", REFUSED)
    kind = "production org" if org.info.is_production else "org"
    ui.consent(f"This ticks the box for {named(boxes)} in the {kind} {org.info.name} ({org.info.id})", yes=request.yes)


def _closing(org: OrgClient) -> AbstractContextManager[object]:
    from contextlib import closing

    return closing(org)


class _Prompt:
    """Asks on the terminal without waiting: the time runs, and another process may answer first."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._is_asked = False

    def __call__(self) -> bool | None:
        if not self._ui.interactive:
            return None
        if not self._is_asked:
            self._is_asked = True
            self._put()
        if not select.select([sys.stdin], [], [], 0)[0]:
            return None
        line = sys.stdin.readline()
        word = line.strip().lower()
        if word in ("y", "yes"):
            return True
        if word in ("n", "no"):
            return False
        if line:
            self._put()
            return None
        # the terminal is gone: only another process can answer now
        return None

    def _put(self) -> None:
        self._ui.finish_progress()
        typer.echo("Does the world still turn? y keeps the boxes ticked, n takes them back [y/n]: ", nl=False, err=True)


def _asking(desk: Desk, alias: str) -> Asking:
    ui = desk.ui
    name = ui.target_org or alias

    def tell(flip: Flip, done: Ticked) -> None:
        works = ", ".join(f"{one.username} ({one.alias})" for one in done.proofs)
        ui.progress.step(f"Ticked, read back, and in again: {works}")
        if lines := changed_text(done.changed, "Changed by itself", ui.style):
            ui.tell("\n".join(lines))
        if done.note:
            ui.progress.step(done.note)
        ui.progress.step(f"Until {flip.deadline} somebody has to confirm: sfmeta enforce confirm -o {name}")

    def hold() -> AbstractContextManager[None]:
        return unbroken("The boxes are being unticked; wait for that")

    ask: Callable[[], bool | None] = _Prompt(ui)
    return Asking(tell, ask, hold, desk.who, desk.author)


def _answer(ui: Ui, org: OrgClient, gates: tuple[Gate, ...], done: Ticked, break_glass: str) -> Answer:
    stands = done.word is Word.CONFIRMED and done.unticked is None
    result: dict[str, Any] = {
        "org_id": str(org.info.id),
        "state": "confirmed" if stands else "stuck" if done.stuck else "reverted",
        "gates": gates_json(gates),
        "promises": list(promises(break_glass)),
        "flip": flip_json(done.flip, is_left=False),
        "deployment": done.record.id if done.record else None,
        "logins": proofs_json(done.proofs),
        "changed_by_itself": changed_json(done.changed),
        "reverted": unticked_json(done.unticked),
        "not_as_before": changed_json(done.not_as_before),
    }
    if done.note:
        ui.warn(done.note)
    if stands:
        by = done.flip.settled_by
        text = f"{org.info.title}: ticked for {named(done.flip.boxes)}, confirmed by {by}.\n"
        return Answer(result, f"{text}Nightly and month-end jobs come later: sfmeta enforce watch -o ORG")
    error = _failure(done, break_glass)
    for trouble in done.unticked.troubles if done.unticked else ():
        ui.warn(f"On the way back: {trouble}")
    lines = [ui.style(f"{error.message}.", "red")]
    if done.stuck:
        lines += [error.hint]
    elif done.not_as_before is not None:
        lines += changed_text(done.not_as_before, "Not as it was before the flip", ui.style)
    return Answer(result, "\n".join(lines), error.exit_code, error)


def _failure(done: Ticked, break_glass: str) -> SfmetaError:
    why = done.failure.rstrip(".") or {
        Word.NOBODY: "Nobody confirmed in time",
        Word.REFUSED: "A person said no",
        Word.ASKED_BACK: "Another process asked for it (sfmeta enforce off)",
    }.get(done.word or Word.CONFIRMED, "Interrupted")
    if done.stuck:
        who = break_glass or "an administrator"
        hint = f"Untick them by hand NOW: {PLACE}, by {who}; then: sfmeta enforce status -o ORG"
        return OperationFailed(f"{why}. The flip could NOT be taken back: {done.stuck}", hint, "NotReverted")
    back = done.unticked.boxes if done.unticked else ()
    what = f"the box for {named(back)} is unticked again" if back else "no box of the flip is ticked"
    if done.interrupted:
        return Interrupted(f"Interrupted: {what}")
    return OperationFailed(f"{why}: {what}", code="Reverted")
