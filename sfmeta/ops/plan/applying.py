"""Carrying a plan out: what is not done yet, step by step; a step that is not what it said is taken back at once.

``look`` says how far the org is, ``prepare`` refuses before the first change or agrees to the rest, ``execute`` does
it. Nothing is remembered but the ledger and the org itself, so that a run that ends anywhere is gone on with by the
next: what the org holds already is not sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sfmeta.access.listing import some
from sfmeta.change.cautions import Caution
from sfmeta.errors import GuardRefused, OrgRefused, SfmetaError
from sfmeta.model.component import Holdings
from sfmeta.model.deployment import Deployment, Derivation, Purpose, Stage
from sfmeta.model.forecast import Forecast
from sfmeta.model.outcome import DeployOptions, TestLevel
from sfmeta.model.plan import Plan, PlanStep, StepKind
from sfmeta.ops import deploy, rollback
from sfmeta.ops.begun import look as look_at_history
from sfmeta.ops.deployment import DeployPlan, DeployReport, Provenance
from sfmeta.ops.job import resume
from sfmeta.ops.plan.bound import stale
from sfmeta.ops.plan.making import what_is_foreseen
from sfmeta.ops.plan.shown_grants import missing_grants
from sfmeta.ops.plan.standing import NOT_WHAT_WAS_SENT, Ground, Standing, State, has_moved, of_kind
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.settle import settle
from sfmeta.ops.snapshot import by_component
from sfmeta.ops.validation import Demand, check, required
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository
from sfmeta.workspace.validations import Validations

_NOT_HERE = "plan-of-another-org"


@dataclass(frozen=True, slots=True)
class Ends:
    """What a plan is carried out with.

    Attributes:
        org: logged in.
        ledger: of that org.
        repository: around the project.
        validations: what was validated in that org.
        tools: the clock, progress and scratch space.
    """

    org: Org
    ledger: Ledger
    repository: Repository
    validations: Validations
    tools: Tools


@dataclass(frozen=True, slots=True)
class Terms:
    """What somebody said on the command line, or environments.yml says.

    Attributes:
        confirmed: numbers of manual steps that a person says are done, where no API tells.
        test_level: which Apex tests each package runs; None leaves it to the org.
        demand: what a validation must be, where the environment demands one.
        begin_history: begin a history though the org shows deployments of our user.
        foreseen: what the forecast of the stage said, as JSON, for the ledger.
    """

    confirmed: Collection[int]
    test_level: TestLevel | None
    demand: Demand
    begin_history: bool = False
    foreseen: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one step.

    Attributes:
        step: which.
        state: ``DONE`` before and after; ``HOLLOW`` where it was taken back; ``NOT_DONE`` and ``UNSEEN`` are left to a
            person.
        report: of its deployment; None where nothing had to be sent.
        why: what is wrong, one line each.
        undone: the deployment that took it back; None where none had to, or could.
    """

    step: PlanStep
    state: State
    report: DeployReport | None = None
    why: tuple[str, ...] = ()
    undone: Deployment | None = None

    @property
    def success(self) -> bool:
        """The org holds what the step says."""
        return self.state is State.DONE

    @property
    def is_left(self) -> bool:
        """It is for a person to do, and was in nobody's way."""
        return self.state in (State.NOT_DONE, State.UNSEEN)


def bring_to_an_end(ends: Ends, plan: Plan) -> None:
    """Wait for what an earlier run of this plan had sent, and record it; of anything else it is refused.

    Raises:
        GuardRefused: another deployment is not finished.
        StillRunning: the job goes on.
    """
    for _, entry in ends.ledger.deployments():
        if entry.stage is Stage.SENT and entry.plan == plan.id:
            resume(ends.org, entry.job_id, ends.ledger, ends.tools)
    deploy.refuse_unfinished(ends.ledger)
    settle(ends.org, ends.ledger, ends.tools)


def what_was_left(ledger: Ledger, plan: Plan) -> dict[int, Holdings]:
    """What the org held right after the plan's own deployment of a step, by the step's number.

    Args:
        ledger: of the plan's org.
        plan: the plan; of its steps only those that nothing has touched since.
    """
    found: dict[int, Holdings] = {}
    open_ones = {step.number: step for step in of_kind(plan, StepKind.METADATA)}
    # one pass, newest first: the first that touched a step's components is the one that counts
    for commit, entry in ledger.deployments():
        touched = {*entry.components, *entry.deletions} if entry.was_taken else set()
        for step in [one for one in open_ones.values() if touched & set(one.components)]:
            del open_ones[step.number]
            is_ours = entry.plan == plan.id and entry.kind == Purpose.APPLY
            if is_ours and not set(step.components) & {*entry.unread_after}:
                after = by_component(ledger.after(commit))
                found[step.number] = {one: after[one] for one in step.components if one in after}
        if not open_ones:
            break
    return found


def what_comes_first(found: Sequence[Standing]) -> tuple[Standing, ...]:
    """A step that is not what it said is taken back before anything else, whatever else is in the way: it may have
    shut an app to everybody. Without one, all of them are next."""
    return tuple(one for one in found if one.state is State.HOLLOW) or tuple(found)


def require_org(plan: Plan, org: Org) -> None:
    """Refuse another org than the plan's.

    Raises:
        GuardRefused: it is another one.
    """
    if org.info.id != plan.org_id:
        raise GuardRefused(
            f"The plan is for {plan.org_name} ({plan.org_id}), and this is {org.info.title} ({org.info.id})",
            "Name the plan's org with -o, or make a plan for this one",
            _NOT_HERE,
        )


def require_policy(plan: Plan, digest: str) -> None:
    """Refuse where the policy is another by now: whose loss is accepted, and what a stage does, is in it.

    Raises:
        GuardRefused: it is.
    """
    if digest != plan.policy_digest:
        raise stale(plan, "policy.yml has changed since the plan was made")


def require_as_planned(plan: Plan, found: Sequence[Standing], terms: Terms) -> None:
    """Refuse before the first change: the org has moved on, or a person has not done their part.

    Raises:
        GuardRefused: naming everything that is in the way.
    """
    changed = [line for one in found if one.state is State.CHANGED for line in one.why]
    if changed:
        raise stale(plan, f"The org has changed since the plan was made: {some(changed)}")
    # what comes after everything that is sent is in nobody's way: an identity provider can assign only what is there
    last = max((one.step.number for one in found if one.state is State.TO_DO), default=0)
    open_ones = [one for one in found if one.state is State.NOT_DONE and one.step.number < last]
    if open_ones:
        told = [f"step {one.step.name}, {one.step.title} ({'; '.join(one.why)})" for one in open_ones]
        raise GuardRefused(
            f"To be done in Setup first: {some(told, 5, '; ')}", "What to do there: sfmeta show FILE", "manual-step"
        )
    unconfirmed = (one for one in found if one.state is State.UNSEEN and one.step.number not in terms.confirmed)
    unseen = [one for one in unconfirmed if one.step.number < last]
    if unseen:
        told = [f"step {one.step.name}, {one.step.title} ({'; '.join(one.why)})" for one in unseen]
        agree = " ".join(f"--done {one.step.number}" for one in unseen)
        raise GuardRefused(
            f"No API tells whether this was done in Setup: {some(told, 5, '; ')}",
            f"Look there, and say so: {agree}",
            "manual-step",
        )


def require_no_worse(plan: Plan, forecast: Forecast) -> None:
    """Refuse where somebody stops working, or might, of whom the plan knew nothing.

    Raises:
        GuardRefused: naming them.
    """
    now, then = what_is_foreseen(forecast), plan.foreseen
    new = [f"{one.user} with {one.app or one.way}" for one in now.losers if one not in then.losers]
    if new:
        raise stale(
            plan, f"The forecast is worse than when the plan was made: {some(new)} would stop working, or might"
        )


def consent(ground: Ground, found: Sequence[Standing], ends: Ends, warned: Iterable[Caution]) -> tuple[str, ...]:
    """What must be agreed to before anything is sent, one question each.

    Args:
        ground: the plan.
        found: how its steps stand.
        ends: with the org.
        warned: of all that would be sent, as of any deployment.
    """
    info = ends.org.info
    next_ones = [one for one in found if one.state in (State.TO_DO, State.HOLLOW)]
    questions = []
    if next_ones and info.is_production:
        back = "take back " if next_ones[0].state is State.HOLLOW else ""
        names = some([f"{back}{one.step.title}" for one in next_ones], 5)
        questions.append(f"This changes the production org {info.name} ({info.id}), {ground.plan.title}: {names}")
    questions += [f"{caution.component} {caution.message}" for caution in warned if caution.needs_consent]
    return tuple(questions)


def execute(
    ends: Ends, ground: Ground, found: Sequence[Standing], terms: Terms, told: Callable[[Done], None]
) -> tuple[Done, ...]:
    """Do what is left, in order; stop at the first step that is not what it said.

    Args:
        ends: what it is done with.
        ground: the plan and its packages.
        found: how each step stands, none of them in the way.
        terms: agreed to.
        told: is told of each step as it ends.

    Raises:
        GuardRefused: somebody changed the org meanwhile; the steps before are done, and on record.
        StillRunning: the deadline passed; the same command goes on.
    """
    look_at_history(ends.org, ends.ledger, begin_history=terms.begin_history)
    done: list[Done] = []
    for one in found:
        done.append(_step(ends, ground, one, terms))
        told(done[-1])
        if not (done[-1].success or done[-1].is_left):
            break
    return tuple(done)


def _step(ends: Ends, ground: Ground, one: Standing, terms: Terms) -> Done:
    step = one.step
    if one.state is State.HOLLOW:
        return _taken_back(ends, ground.plan, Done(step, State.HOLLOW, why=one.why))
    if one.state is State.NOT_DONE or (one.state is State.UNSEEN and step.number not in terms.confirmed):
        return Done(step, one.state, why=one.why)
    if one.state is not State.TO_DO:
        return Done(step, State.DONE)
    ends.tools.progress.step(f"Step {step.number} of {len(ground.plan.steps)}: {step.title}")
    if step.kind is StepKind.RECORDS:
        return _write(ends, ground.plan, step, terms)
    return _deploy(ends, ground, step, terms)


def _deploy(ends: Ends, ground: Ground, step: PlanStep, terms: Terms) -> Done:
    plan = ground.plan
    made = _prepared(ends, ground, step, terms, check_only=False)
    moved = has_moved(step, made.before.holdings, ground.packages[step.number])
    if moved:
        what = f"The org has changed since the plan was made: {some(moved)}; the steps before {step.name} are done"
        raise stale(plan, what)
    made = replace(_proven(ends, ground, step, terms, made), foreseen=terms.foreseen)
    report = deploy.execute(ends.org, made, ends.ledger, ends.tools)
    return _judged(ends, ground, step, report)


def _proven(ends: Ends, ground: Ground, step: PlanStep, terms: Terms, made: DeployPlan) -> DeployPlan:
    """The same by a validation, where the environment demands one: it is made now, and deployed."""
    if terms.demand.least is None or made.changes_nothing:
        return made
    checking = _prepared(ends, ground, step, terms, check_only=True)
    _, proof = check(ends.org, checking, ends.validations, ends.tools)
    if proof is None:
        return made
    return required(made, proof.job_id, ends.validations, ends.tools, terms.demand)


def _prepared(ends: Ends, ground: Ground, step: PlanStep, terms: Terms, *, check_only: bool) -> DeployPlan:
    level = terms.demand.least if check_only else terms.test_level
    return deploy.prepare(
        ends.org,
        ground.packages[step.number],
        DeployOptions(check_only=check_only, test_level=level),
        replace(_provenance(ends, ground.plan, step), base=ground.bases.get(step.number, ())),
        None if check_only else ends.ledger,
        ends.tools,
        begin_history=terms.begin_history,
    )


def _judged(ends: Ends, ground: Ground, step: PlanStep, report: DeployReport) -> Done:
    """Whether the org holds what was sent, and really lets in whom it said; else it is taken back at once."""
    if report.outcome is not None and not report.outcome.success:
        return Done(step, State.TO_DO, report, ("the org refused it, and nothing was changed",))
    if not report.success:
        return _taken_back(ends, ground.plan, Done(step, State.HOLLOW, report, (NOT_WHAT_WAS_SENT,)))
    lacking: tuple[str, ...] = ()
    if step.grants is not None:
        ends.tools.progress.step(f"Reading back who may use {step.grants.label}")
        found = missing_grants(ends.org, {step.number: step.grants}, ground.known)
        lacking = step.grants.not_granted_to(found.get(step.number, ()))
    if lacking:
        return _taken_back(ends, ground.plan, Done(step, State.HOLLOW, report, lacking))
    return Done(step, State.DONE, report)


def _taken_back(ends: Ends, plan: Plan, failed: Done) -> Done:
    """Undo one step: an app without its grants is shut to everybody."""
    record = _last_of(ends.ledger, plan, failed.step)
    if record is None:
        why = "no deployment of this plan is on record for it, so nothing was taken back"
        return replace(failed, why=(*failed.why, why))
    ends.tools.progress.step(f"Taking step {failed.step.name} back: {failed.why[0]}")
    request = rollback.RollbackRequest((), plan.api_version, deployment=record.id, only=plan.id)
    try:
        back = rollback.prepare(ends.org, request, ends.repository, ends.ledger, ends.tools)
        if not back.is_settled:
            why = f"somebody changed the same since, so it was not taken back: sfmeta rollback --deployment {record.id}"
            return replace(failed, why=(*failed.why, why))
        report = rollback.execute(ends.org, back, ends.ledger, ends.tools)
    except (OrgRefused, GuardRefused) as error:
        why = f"it could not be taken back: {error.message}"
        return replace(failed, why=(*failed.why, why))
    if not report.success:
        return replace(failed, why=(*failed.why, "it was taken back, and the org does not hold what it held before"))
    return replace(failed, undone=report.deployment.record)


def _last_of(ledger: Ledger, plan: Plan, step: PlanStep) -> Deployment | None:
    """The deployment of a step, if it is the newest that touched what the step holds."""
    for _, entry in ledger.deployments():
        if entry.was_taken and set(entry.components) & set(step.components):
            return entry if entry.plan == plan.id and entry.kind == Purpose.APPLY else None
    return None


def _write(ends: Ends, plan: Plan, step: PlanStep, terms: Terms) -> Done:
    made = deploy.prepare(
        ends.org,
        build_package((), plan.api_version),
        DeployOptions(),
        _provenance(ends, plan, step),
        ends.ledger,
        ends.tools,
        begin_history=terms.begin_history,
        writes=step.records,
    )
    report = deploy.execute(ends.org, replace(made, foreseen=terms.foreseen), ends.ledger, ends.tools)
    if report.success:
        return Done(step, State.DONE, report)
    return Done(step, State.TO_DO, report, report.unwritten)


def _provenance(ends: Ends, plan: Plan, step: PlanStep) -> Provenance:
    return Provenance(
        Purpose.APPLY,
        plan.revision,
        plan.dirty,
        ends.repository.identity(),
        Derivation(step.environment, step.base_digest, step.values_digest),
        plan=plan.id,
    )


def error_of(done: Sequence[Done], count: int) -> SfmetaError | None:
    """What the JSON document says of a plan that did not come to its end; None where it did."""
    failed = next((one for one in done if not (one.success or one.is_left)), None)
    if failed is None:
        return None
    back = f"; it was taken back ({failed.undone.id})" if failed.undone else ""
    return OrgRefused(
        f"Step {failed.step.name} of {count}, {failed.step.title}: {'; '.join(failed.why)}{back}", code="plan-failed"
    )
