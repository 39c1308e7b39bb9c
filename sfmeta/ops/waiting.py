"""Waiting for a deploy job: bad polls are no failures, and Ctrl-C is a question."""

from __future__ import annotations

from collections.abc import Callable

from sfmeta.errors import Interrupted, OrgRefused, OrgUnreachable
from sfmeta.model.names import JobId
from sfmeta.model.outcome import DeployOutcome
from sfmeta.ops.ports import OnInterrupt, Org, Tools
from sfmeta.org.polling import wait_for


def wait_for_job(org: Org, job: JobId, tools: Tools) -> DeployOutcome:
    """Wait until a job has ended.

    Args:
        org: where it runs.
        job: its id.
        tools: the clock, the deadline, progress, and who is asked after Ctrl-C.

    Raises:
        Interrupted: Ctrl-C, and the answer was to leave the job alone; it goes on.
        StillRunning: the deadline passed; it goes on.
        LoginRefused: the session ended and the org does not let us in again; it goes on.
    """
    began = tools.clock.monotonic()
    while True:
        left = max(0.0, tools.deadline_s - (tools.clock.monotonic() - began))
        try:
            return wait_for(job, lambda: org.deploy_status(job), tools.clock, left, _shown(tools))
        except KeyboardInterrupt as error:
            _interrupted(org, job, tools, error)


def goes_on(job: JobId) -> Interrupted:
    """What is said where a job was left alone."""
    hint = f"Go on with: sfmeta job resume {job} -o ORG (or stop it: sfmeta job cancel {job} -o ORG)"
    return Interrupted(f"Interrupted; job {job} goes on in the org", hint, job_id=job)


def _interrupted(org: Org, job: JobId, tools: Tools, error: KeyboardInterrupt) -> None:
    """Do what the answer is; returns where the job is to be waited for."""
    try:
        wish = tools.on_interrupt(job)
        if wish is OnInterrupt.CANCEL:
            tools.progress.step(f"Cancelling job {job}")
            org.cancel_deploy(job)
    except KeyboardInterrupt as again:
        raise goes_on(job) from again
    except (OrgRefused, OrgUnreachable) as refused:
        # it may have ended first, or the call may have come through: what came of the job is the answer
        tools.progress.step(f"Not cancelled yet: {refused.message}")
        return
    if wish is OnInterrupt.DETACH:
        raise goes_on(job) from error
    tools.progress.step(f"Waiting for job {job}")


def _shown(tools: Tools) -> Callable[[DeployOutcome], None]:
    def show(outcome: DeployOutcome) -> None:
        done, total = outcome.components_deployed, outcome.components_total
        detail = f": {outcome.state_detail}" if outcome.state_detail else ""
        # the final state is the result, and said as such
        tools.progress.advance(done, total, "" if outcome.done else f"{outcome.status}{detail}")

    return show
