"""Deploying what was validated, and nothing else: the same package, on the same state of the same org."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sfmeta.access.listing import some
from sfmeta.errors import GuardRefused, SfmetaError
from sfmeta.model.component import package_digest
from sfmeta.model.deployment import seconds_of, stamp
from sfmeta.model.environment import Environment
from sfmeta.model.names import JobId, to_18
from sfmeta.model.outcome import DeployOutcome, TestLevel
from sfmeta.model.validation import LASTS_S, Validation
from sfmeta.ops.deploy import execute
from sfmeta.ops.deployment import DeployPlan, DeployReport
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import Snapshot
from sfmeta.report.words import counted
from sfmeta.workspace.validations import Validations


@dataclass(frozen=True, slots=True)
class Demand:
    """What a validation must be, and how one comes about.

    Attributes:
        environment: that demands one, "" where none does.
        least: the tests that it must have run; None where none are demanded.
        check: the command that validates.
        deploy: the command that deploys it.
    """

    environment: str
    least: TestLevel | None
    check: str
    deploy: str

    @property
    def way(self) -> str:
        """What to run."""
        return f"Run: {self.check}; when it has passed: {self.deploy}"


def of_deploy(environment: Environment | None) -> Demand:
    """For a deployment of files; ``environment`` is what the org is, None where no environment names it."""
    least = environment.gates.validated if environment else None
    name = environment.name if environment and least else ""
    level = least or TestLevel.RUN_LOCAL_TESTS
    return Demand(name, least, f"sfmeta deploy --check-only -l {level} -o ORG", "sfmeta deploy --quick JOB -o ORG")


def of_promotion(target: Environment, deployment: str = "") -> Demand:
    """For a promotion to an environment; ``deployment`` is the one that is asked for, "" for the last one."""
    command = f"sfmeta promote --to {target.name}" + (f" --deployment {deployment}" if deployment else "")
    return Demand(target.name, target.gates.validated, f"{command} --check-only", f"{command} --quick JOB")


def check(
    org: Org, plan: DeployPlan, kept: Validations | None, tools: Tools, environment: str = ""
) -> tuple[DeployReport, Validation | None]:
    """Let an org validate a package, and record what that has proven.

    Args:
        org: the target.
        plan: with ``check_only``.
        kept: the validations of that org; None outside a repository.
        tools: the clock, progress and scratch space.
        environment: that the package is to be promoted to, "" where it is no promotion.

    Returns:
        What came of it, and its record; None outside a repository.

    Raises:
        StillRunning: the deadline passed; ``complete`` records how it ends.
    """
    try:
        report = execute(org, plan, None, tools)
    except SfmetaError as error:
        if error.job_id and kept is not None:
            begin(plan, JobId(error.job_id), kept, tools, environment)
        raise
    if report.outcome is None or kept is None:
        return report, None
    asked = _asked(report.plan, report.outcome.job, tools, environment)
    return report, _ended(asked, report.outcome, kept, tools)


def begin(plan: DeployPlan, job: JobId, kept: Validations, tools: Tools, environment: str = "") -> Validation:
    """Record a check that nobody waits for now; it proves nothing until ``complete`` has recorded how it ended.

    Args:
        plan: that was sent.
        job: of the check.
        kept: the validations of its org.
        tools: the clock.
        environment: that the package is to be promoted to, "" where it is no promotion.
    """
    made = _asked(plan, job, tools, environment)
    kept.keep(made)
    return made


def complete(outcome: DeployOutcome, kept: Validations, tools: Tools) -> Validation | None:
    """Record how a check ended that was begun before.

    Args:
        outcome: of a job that has ended.
        kept: the validations of its org.
        tools: the clock.

    Returns:
        The record; None where what it checked is not recorded here.
    """
    found = kept.find(outcome.job)
    return found if found is None or found.finished_at else _ended(found, outcome, kept, tools)


def required(plan: DeployPlan, job: JobId, kept: Validations, tools: Tools, demand: Demand) -> DeployPlan:
    """A plan that deploys a validation instead of sending its package; where none is named, one that needs none.

    Args:
        plan: made from the files and the org as they are now.
        job: of the validation, "" where none is named.
        kept: the validations of that org.
        tools: the clock.
        demand: what the validation must be.

    Raises:
        GuardRefused: one is demanded and none is named; or it is not known here, has not passed, is too old, ran too
            few tests, was of another package, or the org holds something else by now.
    """
    if not job:
        if demand.least and not plan.options.check_only and not plan.changes_nothing:
            raise GuardRefused(unnamed(demand), demand.way, "validation-demanded")
        return plan
    wrong = unmet(job, kept, plan.package.digest, tools, demand)
    found = kept.find(job)
    if wrong or found is None:
        raise GuardRefused(wrong, f"Validate it again. {demand.way}", "validation", job_id=job)
    if plan.changes_nothing:
        return plan  # it is there already: by this validation, where the command is run again
    moved = sorted(_moved(found.baseline, _baseline(plan.before)))
    if moved:
        message = f"Since validation {job} the org has changed: {some(moved)}"
        raise GuardRefused(message, f"Validate it again. {demand.way}", "validation", job_id=job)
    return replace(plan, validation=found.job_id)


def unnamed(demand: Demand) -> str:
    """What is said where a validation is demanded and none is named."""
    return f"{demand.environment} takes only what a check has proven with {demand.least}"


def unmet(job: JobId, kept: Validations, digest: str, tools: Tools, demand: Demand) -> str:
    """Why a validation will not do for a package, whatever the org holds; "" where it will."""
    found = kept.find(job)
    if found is None:
        other = kept.elsewhere(job)
        where = f"is of another org, {other}" if other else "is not recorded here"
        return f"Validation {job} {where}: what it checked cannot be compared with what is to be deployed"
    if not found.finished_at:
        return f"How validation {job} ended is not recorded: sfmeta job resume {job} -o ORG finds it out"
    if not found.success:
        return f"Validation {job} failed"
    # from when it was first recorded: its end may have been seen days after it
    age_s = tools.clock.now() - seconds_of(found.asked_at or found.finished_at)
    if age_s > LASTS_S:
        return f"Validation {job} ended {age_s / 86_400:.0f} days ago, and an org deploys one for 10 days"
    if found.package_digest != digest:
        return f"Validation {job} checked another package: {found.package_digest[:12]}, not {digest[:12]}"
    return too_few(found, demand)


def proof(found: Validation) -> str:
    """What a validation has proven, in words."""
    level = found.test_level or "the tests that the org chose"
    return f"job {found.job_id} checked package {found.package_digest[:12]} with {level} ({_tests(found)})"


def too_few(found: Validation, demand: Demand) -> str:
    """Which tests a validation ran where they are not enough; "" where they are."""
    if demand.least is None:
        return ""
    # what the org chose by itself nobody has recorded
    level = TestLevel(found.test_level) if found.test_level else TestLevel.NO_TEST_RUN
    if level.covers(demand.least) and found.tests:
        return ""
    ran = found.test_level or "the tests that the org chose"
    asked = f"{demand.environment} asks for {demand.least}"
    return f"Validation {found.job_id} ran {ran} ({_tests(found)}), and {asked}"


def _tests(found: Validation) -> str:
    return counted(found.tests, "test") if found.tests else "no test"


def _asked(plan: DeployPlan, job: JobId, tools: Tools, environment: str) -> Validation:
    return Validation(
        job_id=JobId(to_18(job)),
        org_id=plan.info.id,
        package_digest=plan.package.digest,
        baseline=_baseline(plan.before),
        test_level=str(plan.options.test_level or ""),
        tests=0,
        finished_at="",
        username=plan.info.username,
        success=False,
        asked_at=stamp(tools.clock.now()),
        environment=environment,
    )


def _ended(asked: Validation, outcome: DeployOutcome, kept: Validations, tools: Tools) -> Validation:
    now = stamp(tools.clock.now())
    made = replace(asked, tests=outcome.tests_total, finished_at=now, success=outcome.success)
    kept.keep(made)
    return made


def _baseline(before: Snapshot) -> dict[str, str]:
    held = {str(component): package_digest(entries) for component, entries in before.holdings.items()}
    return {**{str(component): "" for component in before.absent}, **held}


def _moved(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for component in {*then, *now}:
        if then.get(component, "") != now.get(component, ""):
            yield component
