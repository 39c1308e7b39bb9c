"""Handing a package to an org exactly once, with what the ledger says before and after it."""

from __future__ import annotations

from dataclasses import replace

from sfmeta.errors import LoginRefused, NotSent, OperationFailed, OrgRefused, SourceError
from sfmeta.model.component import Package
from sfmeta.model.deployment import NOT_SENT, Deployment, Stage, stamp
from sfmeta.model.names import JobId
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops.deployment import DeployPlan, Recorded
from sfmeta.ops.ports import Org, Tools
from sfmeta.report.words import counted
from sfmeta.source.archive import write_zip
from sfmeta.workspace.ledger import Ledger, new_deployment_id


def send(org: Org, plan: DeployPlan, ledger: Ledger | None, tools: Tools) -> Recorded | None:
    if plan.changes_nothing and not plan.options.check_only:
        return None
    record = _record(plan, tools)
    if ledger is None:
        return Recorded(replace(record, stage=Stage.SENT, job_id=_hand_over(org, plan.package, plan.options, tools)))
    # time has passed since the plan was made, perhaps at a prompt: what others deployed meanwhile makes it stale
    commit = ledger.prepare(
        record,
        plan.before.entries,
        plan.package.entries,
        tip=plan.tip,
        base=plan.provenance.base,
        records=plan.grants,
        writes=plan.writes,
    )
    if plan.sends_nothing:
        return Recorded(record, commit)
    try:
        job = _hand_over(org, plan.package, plan.options, tools)
    except (OrgRefused, LoginRefused, NotSent, SourceError):
        # the org has said no, or nothing reached it: this deployment is over. After any other error nobody knows,
        # and the entry stays as it is
        over = replace(record, stage=Stage.FINISHED, finished_at=stamp(tools.clock.now()), status=NOT_SENT)
        ledger.advance(over, commit)
        raise
    record = replace(record, stage=Stage.SENT, job_id=job)
    try:
        return Recorded(record, ledger.advance(record, commit))
    except (OperationFailed, OSError, KeyboardInterrupt) as error:
        hint = f"Wait for it with: sfmeta job resume {job} -o ORG"
        message = f"The org took the package as job {job}, but that could not be recorded"
        raise OperationFailed(message, hint, job_id=job) from error


def _hand_over(org: Org, package: Package, options: DeployOptions, tools: Tools) -> JobId:
    """Zip a package and give it to the org; the id of the job."""
    archive = tools.scratch()
    write_zip(package.entries, archive)
    archive.seek(0)
    verb = "Checking" if options.check_only else "Deploying"
    deleting = f", deleting {len(package.deletions)}" if package.deletions else ""
    tools.progress.step(f"{verb} {counted(len(package.components), 'component')}{deleting}")
    return org.start_deploy(archive, options)


def _record(plan: DeployPlan, tools: Tools) -> Deployment:
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
        derivation=plan.provenance.derivation,
        source=plan.provenance.source,
        unrecoverable=tuple(sorted(plan.before.unreadable)),
    )
