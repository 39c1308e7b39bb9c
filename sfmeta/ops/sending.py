"""Handing a package to an org exactly once, with what the ledger says before and after it."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from sfmeta.errors import LoginRefused, NotSent, OperationFailed, OrgRefused, OrgUnreachable
from sfmeta.model.deployment import Deployment, Stage, stamp
from sfmeta.model.names import JobId
from sfmeta.model.records import RecordChange
from sfmeta.ops.deployment import DeployPlan, Recorded
from sfmeta.ops.finding import LOOK_S, find, sought
from sfmeta.ops.grants import give_back, taken_first, write_grants
from sfmeta.ops.packing import zipped
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.queueing import when_free
from sfmeta.ops.settle import close_as_not_sent
from sfmeta.report.words import counted
from sfmeta.workspace.ledger import Ledger, new_deployment_id

# An org that failed at a call has not said that it did nothing (WSDL StatusCode)
_NO_ANSWER = frozenset({"REQUEST_RUNNING_TOO_LONG", "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"})
_NOT_LISTED = "not-taken"


def send(org: Org, plan: DeployPlan, ledger: Ledger | None, tools: Tools) -> Recorded | None:
    """Hand a package to an org, once: an answer that is lost is looked for in the org, and never asked for again.

    Args:
        org: the target.
        plan: what to send; None comes back where it changes nothing.
        ledger: of that org; None for a check-only deployment.
        tools: the clock, progress and scratch space.

    Raises:
        NotSent: the org never took it; it may be run again.
        OrgRefused: the org said no.
        StillRunning: nobody can tell whether the org took it; the ledger entry stays open.
    """
    if plan.changes_nothing and not plan.options.check_only:
        return None
    # before anything is recorded: a file that was changed meanwhile ends the run here
    archive = zipped(plan.package, tools)
    asked_at = org.server_time()
    record = record_of(plan, tools, stamp(asked_at.timestamp()) if asked_at else "")
    commit = ""
    if ledger is not None:
        # time has passed since the plan was made, perhaps at a prompt: what others deployed meanwhile makes it stale
        commit = ledger.prepare(
            record,
            plan.before.entries,
            plan.package.entries,
            tip=plan.tip,
            base=plan.provenance.base,
            records=plan.grants,
            writes=plan.writes,
            foreseen=plan.foreseen,
        )
    if plan.sends_nothing:
        return Recorded(record, commit)
    first = taken_first(plan.writes, plan.deletions)
    try:
        _take(org, first, tools)
        job = _hand_over(org, plan, archive, record, ledger, tools)
    except (OrgRefused, LoginRefused, NotSent) as error:
        # the org has said no, or knows nothing of it: this deployment is over. After any other error nobody knows,
        # and the entry stays as it is
        give_back(org, first, tools)
        if ledger is not None:
            close_as_not_sent(ledger, commit, record, tools, unanswered=error.code == _NOT_LISTED)
        raise
    record = replace(record, stage=Stage.SENT, job_id=job)
    if ledger is None:
        return Recorded(record)
    try:
        return Recorded(record, ledger.advance(record, commit))
    except (OperationFailed, OSError, KeyboardInterrupt) as error:
        hint = f"Wait for it with: sfmeta job resume {job} -o ORG"
        message = f"The org took the package as job {job}, but that could not be recorded"
        raise OperationFailed(message, hint, job_id=job) from error


def _take(org: Org, first: tuple[RecordChange, ...], tools: Tools) -> None:
    """Take permission sets from their users before they are deleted."""
    if first:
        tools.progress.step(f"Taking away {counted(len(first), 'grant')}")
    refused = write_grants(org, first)
    if refused:
        raise OrgRefused(f"The org would not take grants away: {'; '.join(refused)}")


def _hand_over(
    org: Org, plan: DeployPlan, archive: BinaryIO, record: Deployment, ledger: Ledger | None, tools: Tools
) -> JobId:
    """Give the org the zip, or the validation that has proven it; the id of the job."""
    package, options = plan.package, plan.options
    verb = "Checking" if options.check_only else "Deploying"
    deleting = f", deleting {len(package.deletions)}" if package.deletions else ""
    proven = f", as validated by job {plan.validation}" if plan.validation else ""
    tools.progress.step(f"{verb} {counted(len(package.components), 'component')}{deleting}{proven}")

    def call() -> JobId:
        archive.seek(0)
        return org.quick_deploy(plan.validation) if plan.validation else org.start_deploy(archive, options)

    try:
        return when_free(call, tools)
    except (LoginRefused, NotSent):
        raise
    except (OrgUnreachable, OrgRefused) as error:
        if isinstance(error, OrgRefused) and error.code not in _NO_ANSWER:
            raise
        tools.progress.step(f"{error.message}; the org may have taken it all the same")
        job = find(org, sought(org, record, ledger, check_only=options.check_only), tools)
        if job is not None:
            tools.progress.step(f"The org took it as job {job}")
            return job
        raise NotSent(
            f"No answer came to the deploy, and for {LOOK_S:.0f} seconds the org listed no job of ours that began "
            f"since {record.asked_at or record.started_at}: it took nothing ({error.message})",
            "Run it again. That an org lists a job as soon as it takes one is an assumption: Setup > Deployment Status "
            "shows the same list. Where the request comes late after all, the next deploy or rollback finds it",
            _NOT_LISTED,
        ) from error


def record_of(plan: DeployPlan, tools: Tools, asked_at: str = "") -> Deployment:
    """The ledger entry of a plan that is about to be carried out.

    Args:
        plan: what will be done.
        tools: the clock.
        asked_at: the org's own time, "" where it was not asked.
    """
    now = tools.clock.now()
    return Deployment(
        id=new_deployment_id(now),
        org_id=plan.info.id,
        stage=Stage.PREPARED,
        kind=plan.provenance.kind,
        started_at=stamp(now),
        finished_at="",
        username=plan.info.username,
        author=plan.provenance.author,
        source_revision=plan.provenance.revision,
        source_dirty=plan.provenance.dirty,
        package_digest=plan.package.digest,
        api_version=str(plan.package.api_version),
        components=plan.package.components,
        deletions=plan.package.deletions,
        absent_before=tuple(sorted(plan.before.absent)),
        job_id=JobId(""),
        status="",
        success=False,
        asked_at=asked_at,
        derivation=plan.provenance.derivation,
        source=plan.provenance.source,
        plan=plan.provenance.plan,
        validation=plan.validation,
        unrecoverable=tuple(sorted(plan.before.unreadable)),
    )
