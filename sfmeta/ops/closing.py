"""Waiting for a deploy job, reading back what it left, closing its ledger entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import chain

from sfmeta.change.cautions import beside
from sfmeta.change.comparison import unmet
from sfmeta.errors import SfmetaError, StillRunning
from sfmeta.model.deployment import Stage, Undo, UndoState, stamp
from sfmeta.model.outcome import JobStatus
from sfmeta.model.records import Record, RecordChange, same_grant
from sfmeta.ops.deployment import DeployPlan, DeployReport, Recorded
from sfmeta.ops.grants import give_back, grants_on, taken_first, write_grants
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import by_component, labels_of_permission_sets, take_snapshot
from sfmeta.ops.undo import proven
from sfmeta.ops.waiting import goes_on, wait_for_job
from sfmeta.report.words import counted
from sfmeta.workspace.ledger import Ledger


def finish(org: Org, plan: DeployPlan, sent: Recorded, ledger: Ledger | None, tools: Tools) -> DeployReport:
    """Wait for the job, read back what it left, and close the ledger entry.

    Raises:
        Interrupted: Ctrl-C; the job goes on, and its ledger entry stays at "sent".
        StillRunning: likewise, past the deadline.
        SfmetaError: the org could not be asked, or read back; likewise. Every error names the job.
    """
    job = sent.record.job_id
    try:
        outcome = None if plan.sends_nothing else wait_for_job(org, job, tools)
        report = DeployReport(plan, outcome)
        if not plan.options.check_only:
            report = _read_back(org, report, tools)
    except KeyboardInterrupt as error:
        raise goes_on(job) from error
    except SfmetaError as error:
        if job and ledger is not None:
            # whatever it was, the entry stays open, and the job's id is what closes it
            error.job_id = job
            first = f"{error.hint}; then go" if error.hint and not isinstance(error, StillRunning) else "Go"
            error.hint = f"{first} on with: sfmeta job resume {job} -o ORG"
        raise
    if ledger is None:
        return report
    return _closed(org, report, sent, ledger, tools)


def _closed(org: Org, report: DeployReport, sent: Recorded, ledger: Ledger, tools: Tools) -> DeployReport:
    record = replace(
        sent.record,
        stage=Stage.FINISHED,
        finished_at=stamp(tools.clock.now()),
        status=str(report.outcome.status if report.outcome else JobStatus.SUCCEEDED),
        success=report.success,
        differences=_described(report),
        unread_after=report.unread,
        undo=Undo(UndoState.UNTESTED, losses=tuple(map(str, report.plan.losses))),
    )
    entries = report.after.entries if report.after else ()
    commit = ledger.advance(record, sent.commit, entries, records=report.grants)
    if not record.was_taken:
        return replace(report, record=record)
    # what was deployed is on record before the org is asked anything more
    record = replace(record, undo=proven(org, report, tools))
    ledger.advance(record, commit)
    return replace(report, record=record)


def _read_back(org: Org, report: DeployReport, tools: Tools) -> DeployReport:
    """Read the components again: a deployment that "succeeded" without its grants is a failure."""
    plan = report.plan
    touched = {*plan.package.components, *plan.package.deletions}
    done = report.outcome is None or report.outcome.success
    first = taken_first(plan.writes, plan.deletions)
    rest = [change for change in plan.writes if change not in first]
    if done and rest:
        tools.progress.step(f"Writing {counted(len(rest), 'grant')}")
        report = replace(report, unwritten=write_grants(org, rest))
    elif not done:
        give_back(org, first, tools)
    tools.progress.step(
        f"Reading back {counted(len(touched), 'component') if touched else counted(len(rest), 'grant')}"
    )
    after = take_snapshot(org, touched, tools, reading=plan.package.entries)
    unread = tuple(sorted(after.unread))
    grants = grants_on(org, touched, plan.writes)
    report = replace(report, after=after, unread=unread, grants=grants)
    if not done:
        return report
    report = replace(report, unwritten=(*report.unwritten, *_not_there(rest, grants, report.unwritten)))
    files = by_component(plan.package.entries)
    aliases = labels_of_permission_sets(plan.before.holdings, files, after.holdings)
    return replace(
        report,
        missing=unmet({item: sent for item, sent in files.items() if item not in unread}, after.holdings, aliases),
        # only what the org says it does not have is gone; what it would not show may still be there
        undeleted=tuple(item for item in plan.package.deletions if item not in {*after.absent, *unread}),
        beside=beside(plan.changes, plan.before.holdings, after.holdings),
    )


def _not_there(
    writes: Iterable[RecordChange], held: Iterable[Record] | None, refused: Collection[str]
) -> Iterator[str]:
    """Grants that the org took without a word, and does not hold as they were written."""
    if held is None:
        return
    there = {record.id: record for record in held}
    for change in writes:
        now = there.get(change.id)
        if not same_grant(now, change.new) and not any(line.startswith(f"{change.id}: ") for line in refused):
            otherwise = "does not hold it" if now is None else "holds it otherwise" if change.new else "holds it still"
            yield f"{change.id}: the org said that it was done, and {otherwise}"


def _described(report: DeployReport) -> tuple[str, ...]:
    changed = (
        f"{change.id}: {', '.join('/'.join(field.path) for field in change.fields) or change.kind}"
        for change in report.missing
    )
    undeleted = (f"{item}: not deleted" for item in report.undeleted)
    unread = (f"{item}: the org would not give it, so it is not known" for item in report.unread)
    return tuple(chain(changed, undeleted, unread, report.unwritten))
