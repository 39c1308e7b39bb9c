"""A deploy job by its id: what it is doing, waiting for it, stopping it."""

from __future__ import annotations

from dataclasses import dataclass

from sfmeta.errors import OperationFailed
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Package
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import ApiVersion, JobId, to_18
from sfmeta.model.outcome import DeployOptions, DeployOutcome
from sfmeta.ops import deploy
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import Snapshot, by_component
from sfmeta.org.polling import wait_for
from sfmeta.workspace.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Resumed:
    """A job that was waited for.

    Attributes:
        outcome: the org's answer.
        report: the deployment with its read-back, where the ledger knows the job; else None.
    """

    outcome: DeployOutcome
    report: deploy.DeployReport | None


def report(org: Org, job: JobId) -> DeployOutcome:
    """The state of a job now."""
    return org.deploy_status(job)


def cancel(org: Org, job: JobId, tools: Tools) -> DeployOutcome:
    """Ask for a job to stop and wait for what became of it; it may end before it can be stopped."""
    org.cancel_deploy(job)
    tools.progress.step(f"Cancelling job {job}")
    return wait_for(job, lambda: org.deploy_status(job), tools.clock, tools.deadline_s)


def resume(org: Org, job: JobId, ledger: Ledger | None, tools: Tools) -> Resumed:
    """Wait for a job and close the ledger entry that it left open.

    Args:
        org: where it runs.
        job: 15 or 18 characters.
        ledger: of that org; None outside a repository.
        tools: the clock, progress and scratch space.

    Raises:
        StillRunning: the deadline passed; the job goes on.
    """
    found = _find(ledger, job) if ledger is not None else None
    if found is None or ledger is None:
        tools.progress.step(f"Waiting for job {job}")
        outcome = wait_for(job, lambda: org.deploy_status(job), tools.clock, tools.deadline_s)
        return Resumed(outcome, None)
    commit, record = found
    if record.stage is Stage.FINISHED:
        return Resumed(org.deploy_status(job), None)
    tools.progress.step(f"Resuming deployment {record.id}, job {job}")
    result = deploy.finish(org, _plan(org, ledger, commit, record), record, ledger, tools)
    if result.outcome is None:
        raise OperationFailed(f"Job {job} gave no outcome", job_id=job)
    return Resumed(result.outcome, result)


def _find(ledger: Ledger, job: JobId) -> tuple[str, Deployment] | None:
    wanted = to_18(job)
    for commit, record in ledger.deployments():
        if record.job_id and to_18(record.job_id) == wanted:
            return commit, record
    return None


def _plan(org: Org, ledger: Ledger, commit: str, record: Deployment) -> deploy.DeployPlan:
    """The plan as the ledger remembers it."""
    entries = ledger.package(commit)
    before = Snapshot(by_component(ledger.before(commit)), frozenset(record.absent_before), {})
    package = Package(ApiVersion.parse(record.api_version), record.components, entries, (), record.deletions)
    return deploy.DeployPlan(
        info=org.info,
        package=package,
        options=DeployOptions(),
        provenance=deploy.Provenance(record.kind, record.source_revision, record.source_dirty, record.author),
        before=before,
        changes=ChangeSet(),
        deletions=record.deletions,
        consent=(),
    )
