"""Deploying what was validated, and nothing else: the same package, on the same state of the same org."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sfmeta.access.listing import some
from sfmeta.errors import GuardRefused
from sfmeta.model.component import package_digest
from sfmeta.model.deployment import seconds_of, stamp
from sfmeta.model.names import JobId, to_18
from sfmeta.model.validation import LASTS_S, Validation
from sfmeta.ops.deployment import DeployPlan, DeployReport
from sfmeta.ops.ports import Tools
from sfmeta.ops.snapshot import Snapshot
from sfmeta.workspace.validations import Validations

_AGAIN = "Validate it again: sfmeta deploy --check-only -l RunLocalTests -o ORG"


def record(report: DeployReport, kept: Validations, tools: Tools) -> Validation | None:
    """Record what a check-only deployment has proven.

    Args:
        report: what came of it.
        kept: the validations of its org.
        tools: the clock.

    Returns:
        The record; None where no check has ended.
    """
    outcome, plan = report.outcome, report.plan
    if outcome is None or not plan.options.check_only:
        return None
    made = Validation(
        job_id=JobId(to_18(outcome.job)),
        org_id=plan.info.id,
        package_digest=plan.package.digest,
        baseline=_baseline(plan.before),
        test_level=str(plan.options.test_level or ""),
        tests=outcome.tests_total,
        finished_at=stamp(tools.clock.now()),
        username=plan.info.username,
        success=outcome.success,
    )
    kept.keep(made)
    return made


def quickly(plan: DeployPlan, job: JobId, kept: Validations, tools: Tools) -> DeployPlan:
    """A plan that deploys a validation instead of sending its package.

    Args:
        plan: made from the files and the org as they are now.
        job: of the validation.
        kept: the validations of that org.
        tools: the clock.

    Raises:
        GuardRefused: the validation is not known here, failed, is too old, was of another package, or the org holds
            something else by now.
    """
    found = kept.find(job)
    if found is None:
        other = kept.elsewhere(job)
        where = f"is of another org, {other}" if other else "is not recorded here"
        raise _refused(f"Validation {job} {where}: what it checked cannot be compared with what is to be deployed", job)
    if not found.success:
        raise _refused(f"Validation {job} failed", job)
    age_s = tools.clock.now() - seconds_of(found.finished_at)
    if age_s > LASTS_S:
        raise _refused(f"Validation {job} ended {age_s / 86_400:.0f} days ago, and an org deploys one for 10 days", job)
    if found.package_digest != plan.package.digest:
        raise _refused(
            f"Validation {job} checked another package: {found.package_digest[:12]}, not {plan.package.digest[:12]}",
            job,
        )
    moved = sorted(_moved(found.baseline, _baseline(plan.before)))
    if moved:
        raise _refused(f"Since validation {job} the org has changed: {some(moved)}", job)
    return replace(plan, validation=found.job_id)


def _refused(message: str, job: JobId) -> GuardRefused:
    return GuardRefused(message, _AGAIN, "validation", job_id=job)


def _baseline(before: Snapshot) -> dict[str, str]:
    held = {str(component): package_digest(entries) for component, entries in before.holdings.items()}
    return {**{str(component): "" for component in before.absent}, **held}


def _moved(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for component in {*then, *now}:
        if then.get(component, "") != now.get(component, ""):
            yield component
