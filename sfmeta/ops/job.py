"""A deploy job by its id: what it is doing, waiting for it, stopping it; and a deployment without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from sfmeta.errors import GuardRefused, OperationFailed, OrgRefused, OrgUnreachable, StillRunning, UsageError
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import JobId, to_18
from sfmeta.model.outcome import DeployOutcome
from sfmeta.ops.deployment import DeployReport
from sfmeta.ops.finding import Candidate, candidates, sought
from sfmeta.ops.late import doubtful, fitting, record_late, trust
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.reopening import finish_recorded
from sfmeta.ops.settle import adopt, close_as_unknown
from sfmeta.ops.waiting import wait_for_job
from sfmeta.workspace.ledger import Ledger

# salesforcedx-vscode#1529: checkDeployStatus of an id that the org does not know
_NO_SUCH_JOB = "INVALID_CROSS_REFERENCE_KEY"


@dataclass(frozen=True, slots=True)
class Resumed:
    """A job that was waited for.

    Attributes:
        outcome: the org's answer.
        report: the deployment with its read-back, where it was finished now; else None.
        record: of a deployment that was finished before; None where the ledger here knows nothing of the job.
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
    """Wait for a job and close the ledger entry that it left open, wherever it was begun.

    A deployment whose job nobody recorded is taken for this one where it can be: who names the job has looked. So is
    one that was closed as never taken within the last day.

    Args:
        org: where it runs.
        job: 15 or 18 characters.
        ledger: of that org; None outside a repository.
        tools: the clock, progress and scratch space.

    Raises:
        StillRunning: the deadline passed; the job goes on.
    """
    found = _find(org, ledger, job, tools) if ledger is not None else None
    if found is None or ledger is None:
        tools.progress.step(f"Waiting for job {job}")
        return Resumed(wait_for_job(org, job, tools), None)
    commit, record = found
    if record.stage is Stage.FINISHED:
        return Resumed(org.deploy_status(job), None, record)
    tools.progress.step(f"Resuming deployment {record.id}, job {job}")
    try:
        org.deploy_status(job)
    except OrgUnreachable:
        pass  # the wait has patience
    except OrgRefused as error:
        if error.code == _NO_SUCH_JOB:
            # the org keeps jobs for a while only; without this the entry would stand in the way for ever
            close_as_unknown(org, ledger, commit, record, tools)
            message = f"The org does not know job {job} any more; what it holds now is recorded as the outcome"
            raise OperationFailed(message, "Compare it with: sfmeta verify -o ORG", job_id=job) from error
    result = finish_recorded(org, ledger, commit, record, tools)
    if result.outcome is None:
        raise OperationFailed(f"Job {job} gave no outcome", job_id=job)
    return Resumed(result.outcome, result)


def open_deployment(ledger: Ledger, tools: Tools) -> tuple[str, Deployment]:
    """The deployment of which nobody knows whether the org took it, with its commit.

    One that nobody closed comes before one that may have come late.

    Raises:
        UsageError: there is none.
    """
    entries = tuple(ledger.deployments())
    found = next(chain(_open(entries), doubtful(entries, tools.clock.now())), None)
    if found is None:
        raise UsageError("Of every deployment in the ledger it is known whether the org took it", "See sfmeta history")
    return found


def close(org: Org, ledger: Ledger, tools: Tools) -> Deployment:
    """Close the deployment of which nobody knows whether the org took it: what the org holds now is what came of it.

    It counts as one that may have happened, so that a rollback undoes it. Somebody has to have looked that no job of
    the org is it, or that it has ended. One that was closed as never taken stays so, and is doubted no longer.

    Raises:
        UsageError: there is none.
        GuardRefused: a job that may be it is still running; or one alone fits what may have come late.
        OperationFailed: the org would not give a component.
    """
    commit, record = open_deployment(ledger, tools)
    found = _candidates(org, ledger, record)
    running = [one for one in found if not one.ended]
    if running:
        jobs = ", ".join(one.job for one in running)
        raise GuardRefused(
            f"What the org holds may change yet: {jobs} may be deployment {record.id}, and is still running",
            f"Wait for it: sfmeta job resume {running[0].job} -o ORG",
            "deployment-unfinished",
            job_id=running[0].job,
        )
    if record.stage is Stage.FINISHED:
        return trust(ledger, commit, record, found)
    tools.progress.step(f"Recording what {org.info.title} holds as what came of deployment {record.id}")
    return close_as_unknown(org, ledger, commit, record, tools)


def _find(org: Org, ledger: Ledger, job: JobId, tools: Tools) -> tuple[str, Deployment] | None:
    wanted = to_18(job)
    entries = tuple(ledger.deployments())
    for commit, record in entries:
        if record.job_id and to_18(record.job_id) == wanted:
            return commit, record
    for commit, record in chain(_open(entries), doubtful(entries, tools.clock.now())):
        if any(to_18(one.job) == wanted for one in _candidates(org, ledger, record)):
            take_in = adopt if record.stage is Stage.PREPARED else record_late
            return take_in(org, ledger, commit, record, job, tools)
    return None


def _open(entries: Iterable[tuple[str, Deployment]]) -> Iterator[tuple[str, Deployment]]:
    return (found for found in entries if found[1].stage is Stage.PREPARED)


def _candidates(org: Org, ledger: Ledger, record: Deployment) -> tuple[Candidate, ...]:
    """The jobs that may be a deployment; none where the org does not let us ask."""
    try:
        if record.stage is Stage.FINISHED:
            return fitting(org, ledger, record)
        return candidates(org, sought(org, record, ledger))
    except (OrgRefused, OrgUnreachable, StillRunning):
        return ()
