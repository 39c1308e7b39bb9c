"""Deploying a package: look first, record, send, read back, record again.

``prepare`` reads and decides, and changes nothing; its value says what will happen and what must be agreed to.
``execute`` does it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from sfmeta.change.cautions import Caution, cautions
from sfmeta.change.comparison import unmet
from sfmeta.change.guards import Ourselves, refusals
from sfmeta.errors import GuardRefused
from sfmeta.model.component import Package
from sfmeta.model.deployment import Stage
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import DeployOptions, OrgInfo
from sfmeta.model.records import Record, RecordChange, RecordKind
from sfmeta.ops.begun import look
from sfmeta.ops.closing import finish
from sfmeta.ops.deployment import DeployPlan, DeployReport, Provenance
from sfmeta.ops.grants import grants_on
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.queueing import again_when_free
from sfmeta.ops.sending import send
from sfmeta.ops.settle import settle
from sfmeta.ops.snapshot import Snapshot, by_component, labels_of_permission_sets, take_snapshot
from sfmeta.ops.undo import foreseen_losses
from sfmeta.ops.witness import witness
from sfmeta.org.soql import field_of, select
from sfmeta.report.words import counted
from sfmeta.workspace.ledger import Ledger

_NO_FLIPS: Mapping[str, bool] = MappingProxyType({})


def prepare(
    org: Org,
    package: Package,
    options: DeployOptions,
    provenance: Provenance,
    ledger: Ledger | None,
    tools: Tools,
    *,
    accept_unreadable: Collection[ComponentId] = (),
    begin_history: bool = False,
    writes: tuple[RecordChange, ...] = (),
    read: Snapshot | None = None,
    ourselves: Ourselves | None = None,
    flips: Mapping[str, bool] = _NO_FLIPS,
) -> DeployPlan:
    """Read what the org holds and say what a deployment would do.

    Args:
        org: the target.
        package: what to deploy.
        options: how.
        provenance: where the package comes from, for the ledger.
        ledger: of that org; None for a check-only deployment, which leaves nothing behind.
        tools: the clock, progress and scratch space.
        accept_unreadable: components whose state before may stay unknown; recorded as unrecoverable.
        begin_history: begin a history though the org shows deployments of our user.
        writes: grants to write once the package is in.
        read: what the org holds, where that was read a moment ago: of the package's components and of ``keys_beside``.
        ourselves: who is deploying, where that was asked a moment ago.
        flips: the boxes that it is there to turn, and to what; for ``ops.enforce`` alone.

    Raises:
        GuardRefused: the ledger is empty, and the org shows deployments of ours; the package would tick a box,
            create a profile, carry a secret or another org's key; or an earlier deployment was sent and never
            finished.
        OperationFailed: the org would not give a component, so that its state before would be a guess.
    """
    if ledger is not None:
        refuse_unfinished(ledger)
        settle(org, ledger, tools)
    notes = look(org, ledger, begin_history=begin_history) if ledger is not None else ()
    tip = ledger.tip() if ledger is not None else ""
    files = by_component(package.entries)
    touched = {*package.components, *package.deletions}
    if read is None:
        if touched:
            tools.progress.step(f"Reading {counted(len(touched), 'component')} from {org.info.title}")
        read = take_snapshot(org, {*touched, *keys_beside(touched)}, tools, reading=package.entries)
    before = read.only(touched)
    before.require_readable("the state before the deployment", accepted=accept_unreadable)
    us = replace(ourselves or who_we_are(org), flips=flips)
    refused = refusals(files, package.deletions, read.holdings, us, read.unreadable)
    if refused:
        first, *others = refused
        more = f" (and {len(others)} more: {', '.join(str(item.component) for item in others)})" if others else ""
        raise GuardRefused(f"{first.component} {first.message}{more}", first.hint, code=first.rule)
    aliases = labels_of_permission_sets(files, before.holdings)
    deletions = tuple(item for item in package.deletions if item not in before.absent)
    warned = cautions(files, before.holdings)
    grants = grants_on(org, touched, writes)
    plan = DeployPlan(
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
        notes=notes,
        grants=grants,
        writes=(*_taken_with(deletions, grants or ()), *writes),
    )
    return replace(plan, losses=foreseen_losses(plan, tools))


def execute(org: Org, plan: DeployPlan, ledger: Ledger | None, tools: Tools) -> DeployReport:
    """Do what a plan says. A plan that changes nothing sends nothing (see ``ops.witness`` for what it leaves).

    Args:
        org: the target, the one the plan was made for.
        plan: agreed to.
        ledger: of that org; None for a check-only deployment.
        tools: the clock, progress and scratch space.

    Raises:
        StillRunning: the deadline passed; the job goes on, and its ledger entry stays at "sent".
    """

    def once(plan: DeployPlan) -> DeployReport:
        sent = send(org, plan, ledger, tools)
        if sent is None:
            return DeployReport(plan, record=witness(plan, ledger, tools))
        return finish(org, plan, sent, ledger, tools)

    return again_when_free(org, plan, ledger, tools, once)


def start(org: Org, plan: DeployPlan, ledger: Ledger | None, tools: Tools) -> JobId:
    """Send what a plan says and do not wait; "" where it changes nothing. ``ops.job.resume`` does the rest."""
    sent = send(org, plan, ledger, tools)
    return JobId("") if sent is None else sent.record.job_id


def _taken_with(deletions: Collection[ComponentId], grants: Iterable[Record]) -> Iterator[RecordChange]:
    """Whoever holds a permission set that is deleted loses it first: an org refuses to delete it otherwise."""
    for record in grants:
        parent = ComponentId.of("PermissionSet", record.id.parent)
        if record.id.kind is RecordKind.ASSIGNMENT and parent in deletions:
            yield RecordChange(record, None)


def keys_beside(touched: Iterable[ComponentId]) -> set[ComponentId]:
    """What else to read so that an external client app can be known by its key, which stands in a file of its own."""
    if any(component.type.startswith("ExtlClntApp") for component in touched):
        return {ComponentId.of("ExtlClntAppGlobalOauthSettings", "*")}
    return set()


def who_we_are(org: Org) -> Ourselves:
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
