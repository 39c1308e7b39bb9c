"""Deploying a package: look first, record, send, read back, record again.

``prepare`` reads and decides, and changes nothing; its value says what will happen and what must be agreed to.
``execute`` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import chain

from sfmeta.change.cautions import Caution, beside, cautions
from sfmeta.change.comparison import unmet
from sfmeta.change.guards import Ourselves, refusals
from sfmeta.errors import (
    GuardRefused,
    Interrupted,
    LoginRefused,
    NotSent,
    OperationFailed,
    OrgRefused,
    SourceError,
)
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Package
from sfmeta.model.deployment import NOT_SENT, Deployment, Stage, stamp
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import DeployOptions, DeployOutcome, OrgInfo
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.settle import settle
from sfmeta.ops.snapshot import Snapshot, by_component, labels_of_permission_sets, take_snapshot
from sfmeta.org.polling import wait_for
from sfmeta.org.soql import field_of, select
from sfmeta.report.words import counted
from sfmeta.source.archive import write_zip
from sfmeta.workspace.ledger import Ledger, new_deployment_id


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a package comes from.

    Attributes:
        kind: ``deploy`` or ``rollback``.
        revision: the commit, "" in a repository without one.
        dirty: the files differ from that commit.
        author: who runs it, as git knows them; "" where git does not.
    """

    kind: str = "deploy"
    revision: str = ""
    dirty: bool = False
    author: str = ""


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """What a deployment will do.

    Attributes:
        info: the org.
        package: what will be sent.
        options: how.
        provenance: where it comes from.
        before: what the org holds of it now.
        changes: what will differ afterwards, deletions left out.
        deletions: what will be deleted, and is there now.
        cautions: what a person should know.
        consent: what must be agreed to, one question each; empty where nothing must.
        tip: of the ledger when the org was read; what others wrote since makes the plan stale.
    """

    info: OrgInfo
    package: Package
    options: DeployOptions
    provenance: Provenance
    before: Snapshot
    changes: ChangeSet
    deletions: tuple[ComponentId, ...]
    cautions: tuple[Caution, ...]
    consent: tuple[str, ...]
    tip: str = ""

    @property
    def changes_nothing(self) -> bool:
        """The org holds already what the package says."""
        return not self.changes and not self.deletions


@dataclass(frozen=True, slots=True)
class DeployReport:
    """What came of a deployment.

    Attributes:
        plan: what was planned.
        outcome: the org's answer; None where nothing was sent because nothing would have changed.
        after: what the org holds afterwards; None for a check-only or failed deployment.
        missing: what the read-back found to differ from what was sent.
        undeleted: what should be gone and is still there.
        beside: what changed in the deployed apps though no file asked for it.
        record: the ledger entry; None where none was written.
    """

    plan: DeployPlan
    outcome: DeployOutcome | None = None
    after: Snapshot | None = None
    missing: ChangeSet = field(default_factory=ChangeSet)
    undeleted: tuple[ComponentId, ...] = ()
    beside: ChangeSet = field(default_factory=ChangeSet)
    record: Deployment | None = None

    @property
    def success(self) -> bool:
        """The org agreed, and holds now what was sent."""
        agreed = self.outcome is None or self.outcome.success
        return agreed and not self.missing and not self.undeleted


def prepare(
    org: Org, package: Package, options: DeployOptions, provenance: Provenance, ledger: Ledger | None, tools: Tools
) -> DeployPlan:
    """Read what the org holds and say what a deployment would do.

    Args:
        org: the target.
        package: what to deploy.
        options: how.
        provenance: where the package comes from, for the ledger.
        ledger: of that org; None for a check-only deployment, which leaves nothing behind.
        tools: the clock, progress and scratch space.

    Raises:
        GuardRefused: the package would tick a box, create a profile, carry a secret or another org's key; or an
            earlier deployment was sent and never finished.
        OperationFailed: the org would not give a component, so that its state before would be a guess.
    """
    if ledger is not None:
        refuse_unfinished(ledger)
        settle(org, ledger, tools)
    tip = ledger.tip() if ledger is not None else ""
    files = by_component(package.entries)
    touched = {*package.components, *package.deletions}
    tools.progress.step(f"Reading {counted(len(touched), 'component')} from {org.info.title}")
    read = take_snapshot(org, {*touched, *_keys_of_apps(touched)}, tools, reading=package.entries)
    before = read.only(touched)
    before.require_readable("the state before the deployment")
    refused = refusals(files, package.deletions, read.holdings, _ourselves(org))
    if refused:
        first, *others = refused
        more = f" (and {len(others)} more: {', '.join(str(item.component) for item in others)})" if others else ""
        raise GuardRefused(f"{first.component} {first.message}{more}", first.hint, code=first.rule)
    aliases = labels_of_permission_sets(files, before.holdings)
    deletions = tuple(item for item in package.deletions if item not in before.absent)
    warned = cautions(files, before.holdings)
    return DeployPlan(
        info=org.info,
        package=package,
        options=replace(options, rollback_on_error=options.rollback_on_error or org.info.is_production),
        provenance=provenance,
        before=before,
        changes=unmet(files, before.holdings, aliases),
        deletions=deletions,
        cautions=warned,
        consent=_consent(org.info, options, deletions, warned),
        tip=tip,
    )


def execute(org: Org, plan: DeployPlan, ledger: Ledger | None, tools: Tools) -> DeployReport:
    """Do what a plan says. A plan that changes nothing sends nothing.

    Args:
        org: the target, the one the plan was made for.
        plan: agreed to.
        ledger: of that org; None for a check-only deployment.
        tools: the clock, progress and scratch space.

    Raises:
        StillRunning: the deadline passed; the job goes on, and its ledger entry stays at "sent".
    """
    sent = _send(org, plan, ledger, tools)
    return DeployReport(plan) if sent is None else finish(org, plan, sent, ledger, tools)


def start(org: Org, plan: DeployPlan, ledger: Ledger | None, tools: Tools) -> JobId:
    """Send what a plan says and do not wait; "" where it changes nothing. ``ops.job.resume`` does the rest."""
    sent = _send(org, plan, ledger, tools)
    return JobId("") if sent is None else sent.record.job_id


@dataclass(frozen=True, slots=True)
class Recorded:
    """A deployment and the commit of the ledger that records it ("" where there is no ledger)."""

    record: Deployment
    commit: str = ""


def _send(org: Org, plan: DeployPlan, ledger: Ledger | None, tools: Tools) -> Recorded | None:
    if plan.changes_nothing and not plan.options.check_only:
        return None
    record = _record(plan, tools)
    if ledger is None:
        return Recorded(replace(record, stage=Stage.SENT, job_id=_hand_over(org, plan.package, plan.options, tools)))
    # time has passed since the plan was made, perhaps at a prompt: what others deployed meanwhile makes it stale
    commit = ledger.prepare(record, plan.before.entries, plan.package.entries, tip=plan.tip)
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


def finish(org: Org, plan: DeployPlan, sent: Recorded, ledger: Ledger | None, tools: Tools) -> DeployReport:
    """Wait for the job, read back what it left, and close the ledger entry.

    Raises:
        Interrupted: Ctrl-C; the job goes on, and its ledger entry stays at "sent".
        StillRunning: likewise, past the deadline.
    """
    record, job = sent.record, sent.record.job_id
    try:
        outcome = wait_for(job, lambda: org.deploy_status(job), tools.clock, tools.deadline_s, _shown(tools))
        report = DeployReport(plan, outcome)
        if not plan.options.check_only:
            report = _read_back(org, report, tools)
    except KeyboardInterrupt as error:
        hint = f"Go on with: sfmeta job resume {job} -o ORG (or stop it: sfmeta job cancel {job} -o ORG)"
        raise Interrupted(f"Interrupted; job {job} goes on in the org", hint, job_id=job) from error
    record = replace(
        record,
        stage=Stage.FINISHED,
        finished_at=stamp(tools.clock.now()),
        status=str(outcome.status),
        success=report.success,
        differences=_described(report),
    )
    if ledger is None:
        return report
    ledger.advance(record, sent.commit, report.after.entries if report.after else ())
    return replace(report, record=record)


def _read_back(org: Org, report: DeployReport, tools: Tools) -> DeployReport:
    """Read the components again: a deployment that "succeeded" without its grants is a failure."""
    plan = report.plan
    touched = {*plan.package.components, *plan.package.deletions}
    tools.progress.step(f"Reading back {counted(len(touched), 'component')}")
    after = take_snapshot(org, touched, tools, reading=plan.package.entries)
    if report.outcome is None or not report.outcome.success:
        return replace(report, after=after)
    files = by_component(plan.package.entries)
    aliases = labels_of_permission_sets(plan.before.holdings, files, after.holdings)
    return replace(
        report,
        after=after,
        missing=unmet(files, after.holdings, aliases),
        # only what the org says it does not have is gone; what it would not show may still be there
        undeleted=tuple(item for item in plan.package.deletions if item not in after.absent),
        beside=beside(plan.changes, plan.before.holdings, after.holdings),
    )


def _described(report: DeployReport) -> tuple[str, ...]:
    changed = (
        f"{change.id}: {', '.join('/'.join(field.path) for field in change.fields) or change.kind}"
        for change in report.missing
    )
    return tuple(chain(changed, (f"{item}: not deleted" for item in report.undeleted)))


def _keys_of_apps(touched: Iterable[ComponentId]) -> set[ComponentId]:
    """What else to read so that an external client app can be known by its key, which stands in a file of its own."""
    if any(component.type.startswith("ExtlClntApp") for component in touched):
        return {ComponentId.of("ExtlClntAppGlobalOauthSettings", "*")}
    return set()


def _ourselves(org: Org) -> Ourselves:
    """Who is deploying, so that a deployment cannot shut its own door."""
    info = org.info
    profiles: set[str] = set()
    if info.user_id:
        rows = org.query(select(["Profile.Name"], "User", {"Id": info.user_id}))
        profiles = {str(name) for row in rows if (name := field_of(row, "Profile.Name"))}
    return Ourselves(info.client_id, frozenset(profiles))


def refuse_unfinished(ledger: Ledger) -> None:
    """Stop where a deployment was sent and what came of it is not recorded.

    Raises:
        GuardRefused: naming the job.
    """
    for _, entry in ledger.deployments():
        if entry.stage is Stage.SENT:
            raise GuardRefused(
                f"Deployment {entry.id} was sent as job {entry.job_id}, and what came of it is not recorded",
                f"Run: sfmeta job resume {entry.job_id} -o ORG",
                code="deployment-unfinished",
                job_id=entry.job_id,
            )


def _consent(
    info: OrgInfo, options: DeployOptions, deletions: Iterable[ComponentId], warned: Iterable[Caution]
) -> tuple[str, ...]:
    if options.check_only:
        return ()
    questions = []
    if info.is_production:
        questions.append(f"This changes the production org {info.name} ({info.id})")
    gone = ", ".join(str(item) for item in deletions)
    if gone:
        questions.append(f"This deletes {gone}")
    questions += [f"{caution.component} {caution.message}" for caution in warned if caution.needs_consent]
    return tuple(questions)


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
    )


def _shown(tools: Tools) -> Callable[[DeployOutcome], None]:
    def show(outcome: DeployOutcome) -> None:
        done, total = outcome.components_deployed, outcome.components_total
        detail = f": {outcome.state_detail}" if outcome.state_detail else ""
        # the final state is the result, and said as such
        tools.progress.advance(done, total, "" if outcome.done else f"{outcome.status}{detail}")

    return show
