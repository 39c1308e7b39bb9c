"""Deployments that a run left before it knew whether the org took them: found out, and brought to their end."""

from __future__ import annotations

from dataclasses import replace

from sfmeta.model.deployment import NOT_SENT, UNKNOWN, Deployment, Stage, seconds_of, stamp
from sfmeta.model.names import JobId
from sfmeta.ops.finding import find, sought
from sfmeta.ops.grants import give_back, grants_on, taken_first
from sfmeta.ops.late import doubtful, settle_late
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.reopening import finish_recorded
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.workspace.ledger import Ledger

UNDER_WAY_S = 150.0
"""How long after it was prepared a deployment may still reach the org: longer than any answer is waited for."""
KEPT_S = 10 * 86_400.0
"""How long an org is trusted to list a job. Source: salesforcecli/plugin-devops-center, deploy.pipeline.report: "The
job ID is valid for 10 days"."""


def settle(org: Org, ledger: Ledger, tools: Tools) -> Deployment | None:
    """Bring deployments to their end that were prepared, and of which nobody recorded whether the org took them.

    A run can end between the two: killed, or without an answer. The job is looked for in the org. If it is there, it is
    waited for and read back like any other; if it is not, the deployment never happened. Nothing is sent. Those that
    were closed so within the last day are looked for once more (``ops.late``).

    Args:
        org: where it went.
        ledger: of that org.
        tools: the clock, progress and scratch space.

    Returns:
        The deployment that was closed, the last where there were several; None where nothing was open.

    Raises:
        StillRunning: nobody can tell whether the org took it; or it did, and the deadline passed.
    """
    closed = None
    entries = tuple(ledger.deployments())
    for commit, record in [one for one in entries if one[1].stage is Stage.PREPARED]:
        closed = _settled(org, ledger, commit, record, tools)
    return settle_late(org, ledger, doubtful(entries, tools.clock.now()), tools) or closed


def adopt(
    org: Org, ledger: Ledger, commit: str, record: Deployment, job: JobId, tools: Tools
) -> tuple[str, Deployment]:
    """Record which job a deployment is; the new entry and its commit."""
    tools.progress.step(f"Deployment {record.id} is job {job} in {org.info.title}")
    sent = replace(record, stage=Stage.SENT, job_id=job)
    return ledger.advance(sent, commit), sent


def close_as_not_sent(ledger: Ledger, commit: str, record: Deployment, tools: Tools, *, unanswered: bool) -> Deployment:
    """Record that the org never took a deployment; ``unanswered`` where it did not say so itself."""
    finished = stamp(tools.clock.now())
    closed = replace(record, stage=Stage.FINISHED, finished_at=finished, status=NOT_SENT, unanswered=unanswered)
    ledger.advance(closed, commit)
    return closed


def close_as_unknown(org: Org, ledger: Ledger, commit: str, record: Deployment, tools: Tools) -> Deployment:
    """Record what the org holds now as what came of a deployment: a rollback undoes it."""
    touched = {*record.components, *record.deletions}
    after = take_snapshot(org, touched, tools, reading=ledger.package(commit))
    grants = grants_on(org, touched, ledger.writes(commit))
    finished = stamp(tools.clock.now())
    unread = tuple(sorted(after.unread))
    closed = replace(
        record, stage=Stage.FINISHED, finished_at=finished, status=UNKNOWN, success=False, unread_after=unread
    )
    ledger.advance(closed, commit, after.entries, records=grants)
    return closed


def _settled(org: Org, ledger: Ledger, commit: str, record: Deployment, tools: Tools) -> Deployment:
    age_s = tools.clock.now() - seconds_of(record.started_at)
    if age_s > KEPT_S:
        # that the org does not list its job proves nothing any more
        return close_as_unknown(org, ledger, commit, record, tools)
    if not record.components and not record.deletions:
        # only grants were to be written, which can be done again
        return finish_recorded(org, ledger, commit, record, tools).record or record
    tools.progress.step(f"Deployment {record.id} was prepared, and no answer is recorded")
    left_s = min(UNDER_WAY_S, UNDER_WAY_S - age_s)
    job = find(org, sought(org, record, ledger), tools, max(0.0, left_s))
    if job is None:
        tools.progress.step(f"The org lists no such job: deployment {record.id} was never taken")
        give_back(org, taken_first(ledger.writes(commit), record.deletions), tools)
        return close_as_not_sent(ledger, commit, record, tools, unanswered=True)
    report = finish_recorded(org, ledger, *adopt(org, ledger, commit, record, job, tools), tools)
    return report.record or record
