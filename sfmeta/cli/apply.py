"""``sfmeta apply``."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sfmeta.access.listing import some
from sfmeta.change.cautions import cautions
from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.granting import POLICY_FILE
from sfmeta.cli.options import AcceptOpen, BeginHistory, ProjectDir, Wait, Yes
from sfmeta.cli.package_outlook import for_ledger
from sfmeta.cli.planning import Aim, Planning
from sfmeta.cli.rollback import Agreed, carry_out, side_of
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UnknownOrg, UsageError
from sfmeta.model.forecast import Forecast, Stage
from sfmeta.model.outcome import TestLevel
from sfmeta.model.plan import Plan, PlanStep, StepKind
from sfmeta.model.records import RecordKind
from sfmeta.ops.grants import read_grants
from sfmeta.ops.plan import applying as op
from sfmeta.ops.plan.bound import require_by_hand, require_said, require_values, require_whole
from sfmeta.ops.plan.gates import Around, gates_of, require_open
from sfmeta.ops.plan.making import what_is_foreseen
from sfmeta.ops.plan.standing import Ground, Standing, State, standings
from sfmeta.ops.rollback import RollbackRequest, Side
from sfmeta.ops.validation import of_deploy
from sfmeta.report.plan import standings_text
from sfmeta.source.derivation import underlying
from sfmeta.source.package import build_package
from sfmeta.workspace.plan_file import PlanFile, read_plan_file

if TYPE_CHECKING:
    from sfmeta.ops.foresight import Sending
    from sfmeta.org.client import OrgClient
    from sfmeta.source.derivation import Derived

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "apply")
def apply(
    ui: Ui,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Of sfmeta plan -f.")],
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was done for this plan.")] = False,
    ours: Annotated[
        bool, typer.Option("--ours", help="With --undo, where somebody changed the same since: the undo wins.")
    ] = False,
    theirs: Annotated[
        bool, typer.Option("--theirs", help="With --undo, where somebody changed the same since: it stays.")
    ] = False,
    target_org: Annotated[
        str,
        typer.Option("--target-org", "-o", metavar="ORG", help="The plan's own org. Without it: found by the org id."),
    ] = "",
    done: Annotated[
        list[int],
        typer.Option("--done", metavar="N", help="This manual step is done: for what no API tells. Repeatable."),
    ] = [],
    test_level: Annotated[
        TestLevel | None, typer.Option("--test-level", "-l", help="Which Apex tests each package runs.")
    ] = None,
    accept_loss: AcceptOpen = False,
    skip_forecast: Annotated[
        bool, typer.Option("--skip-forecast", help="With --undo, for an emergency: do not ask first whom it locks out.")
    ] = False,
    begin_history: BeginHistory = False,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Carry out a plan: every step, read back; or refuse before the first change.

    It refuses where the org, its own forecast or the policy has changed since the plan was made, and where a visit to
    Setup is not done. After each app's package who may use the app is read from the org: where a grant is missing,
    that step is taken back at once. Interrupted anywhere, the same command goes on and repeats nothing.

    Example: sfmeta apply wave-1.plan

    Exit codes: 0 done and read back, 1 a step failed or was taken back, 2 it is no plan, 3 only something by hand is
    left, 4 refused before the first change (or the org was changed meanwhile), 5 still running: run it again, 6 org not
    reached.
    """
    if skip_forecast and not undo:
        raise UsageError("A plan is never carried out without its forecast", "--skip-forecast goes with --undo")
    side = side_of(ours=ours, theirs=theirs)
    if side is not None and not undo:
        raise UsageError("--ours and --theirs go with --undo", "Somebody's change since makes a plan stale: plan anew")
    with Desk(ui, project) as desk, no_collector():
        found = read_plan_file(file)
        org = desk.connect(target_org or _alias_of(desk, found.plan))
        op.require_org(found.plan, org)
        if undo:
            return _take_back(desk, org, found.plan, side, Agreed(accept_loss, skip_forecast, yes), wait)
        require_by_hand(found.plan, done)
        require_whole(found.plan, found.packages, str(file))
        run = _Run(desk, org, found, done, test_level, begin_history, wait)
        return run.apply(accept_open=accept_loss, yes=yes)


def _take_back(desk: Desk, org: OrgClient, plan: Plan, side: Side | None, agreed: Agreed, wait: int) -> Answer:
    """What was done for a plan, and nothing else, by the same way as any rollback."""
    by_hand = [step.title for step in plan.steps if step.kind is StepKind.MANUAL]
    if by_hand:
        desk.ui.warn(f"What was done by hand for this plan stays as it is: {some(by_hand, 5)}")
    desk.records.lock(org.info)
    tools = desk.tools(wait)
    ends = op.Ends(org, desk.records.ledger(org.info), desk.repository, desk.records.validations(org.info), tools)
    op.bring_to_an_end(ends, plan)
    request = RollbackRequest(
        desk.project.package_directories, desk.project.api_version, side=side, kept=desk.project.kept, plan=plan.id
    )
    return carry_out(desk, org, request, agreed, wait)


def _alias_of(desk: Desk, plan: Plan) -> str:
    """The login to take: the one that is chosen, else the one that the plan was made with; a canary's is another."""
    known = desk.registry.all()
    mine = {alias: record for alias, record in known.records.items() if record.org_id == plan.org_id}
    if not mine:
        raise UnknownOrg(f"No org here has the plan's id, {plan.org_id} ({plan.org_name})", "Add it: sfmeta org add")
    for alias in (desk.ui.environ.get("SFMETA_TARGET_ORG", ""), known.default):
        if alias in mine:
            return alias
    same = [alias for alias, record in mine.items() if record.username.lower() == plan.username.lower()]
    if not same:
        names = ", ".join(mine)
        raise UnknownOrg(
            f"The plan was made as {plan.username}, and no login here is ({names})", "Say which to take: -o ORG"
        )
    return same[0]


class _Run:
    """One run of a plan."""

    def __init__(
        self,
        desk: Desk,
        org: OrgClient,
        file: PlanFile,
        confirmed: Sequence[int],
        test_level: TestLevel | None,
        begin_history: bool,
        wait: int,
    ) -> None:
        self.desk, self.org, self.plan = desk, org, file.plan
        plan = file.plan
        self.to_do: list[PlanStep] = []
        desk.records.lock(org.info)
        ledger, tools = desk.records.ledger(org.info), desk.tools(wait)
        self.ends = op.Ends(org, ledger, desk.repository, desk.records.validations(org.info), tools)
        op.bring_to_an_end(self.ends, plan)
        self.planning = Planning(desk, org, Aim(plan.stage, plan.wave))
        level = test_level or (self.planning.environment.test_level if self.planning.environment else None)
        self.terms = op.Terms(frozenset(confirmed), level, of_deploy(self.planning.environment), begin_history)
        left = op.what_was_left(ledger, plan)
        policy, inventory = self.planning.policy, self.planning.inventory
        self.ground = Ground(plan, file.packages, policy, inventory, self._left_outside(), left, file.bases)

    def apply(self, *, accept_open: bool, yes: bool) -> Answer:
        """All of it."""
        found = standings(self.org, self.ground, self.ends.tools)
        self._say([(one.step, str(one.state), one.why) for one in found])
        found = op.what_comes_first(found)
        if not any(one.state is State.HOLLOW for one in found):
            # an app that is shut to everybody is opened again whatever the policy says by now
            op.require_policy(self.plan, self.planning.policy_digest)
        self.to_do = [one.step for one in found if one.state is State.TO_DO]
        op.require_as_planned(self.plan, found, self.terms)
        self._require_bound()
        self._pass_gates()
        forecast = self._guarded(accept_open=accept_open)
        warned = cautions(self.sending.files, self.sending.held or {})
        for question in op.consent(self.ground, found, self.ends, warned):
            self.desk.ui.consent(question, yes=yes)
        came: list[op.Done] = []
        terms = replace(self.terms, foreseen=for_ledger(self.planning.foreseen))
        op.execute(self.ends, self.ground, found, terms, came.append)
        return self._answer(found, came, forecast)

    def _require_bound(self) -> None:
        """What the policy's bytes do not tell: users from variables and environments.yml, and its values."""
        require_values(self.plan, self.to_do, self._with_values)
        changes = [change for step in self.to_do for change in step.records]
        if not changes:
            return
        found = self.planning.grants(self._own_sets)
        said = [replace(one.wanted.record, id=one.record_id) for one in found.standings if one.wanted is not None]
        if any(change.id.kind is RecordKind.APP_ACCESS for change in changes):
            said += [change.new for change in self.planning.app_access() if change.new is not None]
        held = read_grants(self.org, sorted({change.id.parent for change in changes} - found.absent_sets))
        require_said(self.plan, self.to_do, held, said)

    def _pass_gates(self) -> None:
        """What ``environments.yml`` asks before anything comes into this org."""
        environment = self.planning.environment
        if environment is None:
            return
        values = self.desk.values.environments
        earlier = values.chain.get(environment.gates.after) if environment.gates.after else None
        files = [values.file, POLICY_FILE]
        around = Around(
            self.desk.repository,
            self.desk.project.package_directories,
            POLICY_FILE,
            self.desk.records.ledger_of(earlier.org) if earlier else None,
            earlier.org if earlier else "",
            [file for file in files if self.desk.repository.is_dirty([file])],
            self.ends.tools.clock.now(),
            self._at_revision,
        )
        require_open(gates_of(self.plan, self.to_do, environment, around), environment)

    def _with_values(self, step: PlanStep) -> Derived:
        """The package of a step as the environment's values give it now."""
        package = underlying(self.ground.packages[step.number], self.ground.bases[step.number])
        return self.desk.values.derived(package, self.org.info)

    def _at_revision(self, step: PlanStep) -> Derived:
        """The package of a step from the plan's commit."""
        entries = self.desk.entries((), self.plan.revision)
        package = build_package(entries, self.plan.api_version, only=step.components)
        return self.desk.values.derived(package, self.org.info)

    @property
    def _own_sets(self) -> frozenset[str]:
        """Permission sets that the plan itself makes."""
        return frozenset(
            one.full_name for step in self.plan.steps for one in step.components if one.type == "PermissionSet"
        )

    def _left_outside(self) -> Mapping[str, Sequence[str]]:
        """Who lacks what an identity provider should have assigned."""
        if self.plan.stage is not Stage.PREPARE or not any(one.kind is StepKind.MANUAL for one in self.plan.steps):
            return {}
        lacking: dict[str, list[str]] = {}
        for one in self.planning.grants(self._own_sets).external_missing:
            lacking.setdefault(one.app, []).append(f"{one.username} does not have it")
        return lacking

    def _guarded(self, *, accept_open: bool) -> Mapping[str, object] | None:
        """Whom the rest locks out: the stage as a whole, and what is really sent."""
        from sfmeta.cli.package_outlook import guard, json_of, text_of

        ui = self.desk.ui
        if not self.to_do:
            return None
        sent = self._package_forecast()
        for forecast in (self.planning.foreseen, sent):
            op.require_no_worse(self.plan, forecast)
        ui.tell(text_of(ui, self.planning.foreseen))
        # what --accept-loss agrees to has been shown
        known = what_is_foreseen(self.planning.foreseen).losers
        if not set(what_is_foreseen(sent).losers) <= set(known):
            ui.tell(text_of(ui, sent))
        guard(self.planning.foreseen, accept_open=accept_open, may_skip=False)
        guard(sent, accept_open=accept_open, may_skip=False)
        return json_of(self.planning.foreseen)

    @cached_property
    def sending(self) -> Sending:
        """What is about to be sent and written, all steps together."""
        from sfmeta.ops.foresight import Sending
        from sfmeta.ops.snapshot import by_component, take_snapshot

        packages = [self.ground.packages[step.number] for step in self.to_do if step.number in self.ground.packages]
        entries = [entry for package in packages for entry in package.entries]
        records = [change for step in self.to_do for change in step.records]
        files = by_component(entries)
        held = take_snapshot(self.org, set(files), self.ends.tools, reading=entries).holdings if files else {}
        return Sending(files, (), tuple(records), held, "this plan")

    def _package_forecast(self) -> Forecast:
        """The same by the rules of any deployment."""
        from sfmeta.ops.foresight import foresee_in

        planning = self.planning
        return foresee_in(planning.inventory, self.sending, planning.policy, planning.answers, self.ends.tools.now)

    def _answer(
        self, found: Sequence[Standing], came: Sequence[op.Done], forecast: Mapping[str, object] | None
    ) -> Answer:
        before = {one.step.number: one for one in found}
        rows = [(one.step, _word(one, before[one.step.number].state), one.why) for one in came]
        error = op.error_of(came, len(self.plan.steps))
        width = shutil.get_terminal_size().columns
        title = f"{self.org.info.title}: {self.plan.title}"
        left = [one for one in came if one.is_left]
        nothing = "the plan has no step, so nothing was done"
        good = f"{title} is done, and read back." if came else f"{title}: {nothing}."
        end = good if error is None else f"{title}: {error.message}."
        if error is None and left:
            end = f"{title}: what sfmeta does is done. Left to do by hand: {some([one.step.title for one in left])}."
        result: dict[str, Any] = {
            "plan": self.plan.id,
            "org_id": str(self.org.info.id),
            "steps": [_step_json(one, before[one.step.number].state) for one in came],
            "forecast": forecast,
        }
        text = "\n".join([standings_text(rows, self.desk.ui.style, width), end] if rows else [end])
        return Answer(result, text, 1 if error else 3 if left else 0, error)

    def _say(self, rows: Sequence[tuple[Any, str, Sequence[str]]]) -> None:
        if rows:
            ui = self.desk.ui
            ui.tell(standings_text(rows, ui.style, shutil.get_terminal_size().columns))


def _word(one: op.Done, before: State) -> str:
    if one.is_left:
        return str(one.state)
    if one.success:
        return "is done" if before is State.DONE or before is State.UNSEEN else "done"
    return "undone" if one.undone else "failed"


def _step_json(one: op.Done, before: State) -> dict[str, Any]:
    record = one.report.record if one.report else None
    return {
        "number": one.step.number,
        "title": one.step.title,
        "kind": str(one.step.kind),
        "before": str(before),
        "done": one.success,
        "why": list(one.why),
        "deployment": record.id if record else None,
        "job_id": record.job_id or None if record else None,
        "undone_by": one.undone.id if one.undone else None,
    }
