"""A deploy job by its id: what it is doing, waiting for it, stopping it."""

from __future__ import annotations

from dataclasses import dataclass

from sfmeta.errors import OperationFailed, OrgRefused
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import JobId, to_18
from sfmeta.model.outcome import DeployOutcome
from sfmeta.ops.deployment import DeployReport
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.reopening import finish_recorded
from sfmeta.ops.settle import close_as_unknown
from sfmeta.org.polling import wait_for
from sfmeta.workspace.ledger import Ledger

# salesforcedx-vscode#1529: checkDeployStatus of an id that the org does not know
_NO_SUCH_JOB = "INVALID_CROSS_REFERENCE_KEY"


@dataclass(frozen=True, slots=True)
class Resumed:
    """A job that was waited for.

    Attributes:
        outcome: the org's answer.
        report: the deployment with its read-back, where it was finished now; else None.
        record: of a deployment that was finished before.
    """

    outcome: DeployOutcome
    report: DeployReport | None
    record: Deployment | None = None


def report(org: Org, job: JobId) -> DeployOutcome:
    """The state of a job now."""
    return org.deploy_status(job)


def cancel(org: Org, job: JobId, ledger: Ledger | None, tools: Tools) -> DeployOutcome:
    """Ask for a job to stop, wait for what became of it, and record that; it may end before it can be stopped."""
    try:
        org.cancel_deploy(job)
    except OrgRefused:
        if not org.deploy_status(job).done:
            raise
        # it ended first: what came of it is the answer
    tools.progress.step(f"Cancelling job {job}")
    return resume(org, job, ledger, tools).outcome


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
        return Resumed(org.deploy_status(job), None, record)
    tools.progress.step(f"Resuming deployment {record.id}, job {job}")
    try:
        org.deploy_status(job)
    except OrgRefused as error:
        if error.code != _NO_SUCH_JOB:
            raise
        # the org keeps jobs for a while only; without this the entry would stand in the way for ever
        close_as_unknown(org, ledger, commit, record, tools)
        message = f"The org does not know job {job} any more; what it holds now is recorded as the outcome"
        raise OperationFailed(message, "Compare it with: sfmeta verify -o ORG", job_id=job) from error
    result = finish_recorded(org, ledger, commit, record, tools)
    if result.outcome is None:
        raise OperationFailed(f"Job {job} gave no outcome", job_id=job)
    return Resumed(result.outcome, result)


def _find(ledger: Ledger, job: JobId) -> tuple[str, Deployment] | None:
    wanted = to_18(job)
    for commit, record in ledger.deployments():
        if record.job_id and to_18(record.job_id) == wanted:
            return commit, record
    return None
