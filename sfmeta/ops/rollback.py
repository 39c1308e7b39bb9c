"""Putting an org back: to an earlier revision, or to what it was before a deployment. The same pipe on the inverse.

Three states meet: what our deployments left, what the org holds now, and what is asked for. What somebody changed since
and the way back does not touch, stays; where both touch one place it is a conflict, which a person settles.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from sfmeta.change.conflicts import Conflict, conflicts, drift, giving_way, left_alone
from sfmeta.change.inverse import Inverse, Loss, States, invert
from sfmeta.change.reversal import Past, reverse
from sfmeta.errors import GuardRefused
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.deployment import Deployment, Purpose
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.records import RecordChange, RecordKind
from sfmeta.model.registry import ACCESS_TYPES
from sfmeta.ops import deploy
from sfmeta.ops.begun import require_history
from sfmeta.ops.deploy import refuse_unfinished
from sfmeta.ops.deployment import DeployPlan, DeployReport, Provenance
from sfmeta.ops.entwined import entwined, inferred, unknown_apps
from sfmeta.ops.grants import taken_first
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.recorded import LastKnown, last_known
from sfmeta.ops.rollback_grants import GrantsBack, grants_back, in_files, place_in_file
from sfmeta.ops.settle import settle
from sfmeta.ops.snapshot import Snapshot, by_component, labels_of_permission_sets, take_snapshot
from sfmeta.ops.undo import way_back
from sfmeta.ops.undone import (
    Entries,
    deeds,
    grant_steps,
    origins,
    said,
    seen_next,
    since_deployment,
    since_revision,
    spans,
    steps,
    unseen,
)
from sfmeta.ops.verify import Verification, verify
from sfmeta.report.words import counted
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository


class Side(StrEnum):
    """Who wins where a rollback and somebody's change meet."""

    OURS = "ours"
    """The rollback: what is asked for is written over what somebody changed."""
    THEIRS = "theirs"
    """The org: what somebody changed stays."""


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """What to go back to: a revision, or the org as it was before a deployment.

    Attributes:
        directories: the package directories of the project.
        api_version: for the manifest.
        revision: the full id of the commit; "" where a deployment is undone.
        deployment: the first that is undone: an id, its beginning, or a job id; "" for the last one.
        side: who wins a conflict; None refuses to choose.
        accept_unreadable: components whose state now may stay unknown.
        begin_history: begin a history though the org shows deployments of our user.
        kept: leaves out the files that are no part of a deployment (``.forceignore``, the switches).
        derived: sets the values of the org's environment in files of the revision.
    """

    directories: tuple[str, ...]
    api_version: ApiVersion
    revision: str = ""
    deployment: str = ""
    side: Side | None = None
    accept_unreadable: Collection[ComponentId] = ()
    begin_history: bool = False
    kept: Callable[[Iterable[Entry]], tuple[Entry, ...]] = tuple
    derived: Callable[[tuple[Entry, ...]], tuple[Entry, ...]] = tuple


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """What a rollback will do.

    Attributes:
        revision: what it goes back to; "" where deployments are undone.
        base: the revision that was deployed last; HEAD where the ledger has no entry.
        recorded: the ledger has an entry to go back from.
        undone: the deployments that are taken back, newest first.
        target: the files that the org must hold afterwards.
        deployment: the deployment that does it.
        conflicts: where it meets what somebody changed since.
        grant_conflicts: likewise for grants: from what is there to what is asked for.
        kept: what somebody changed between the deployments or since, and stays.
        kept_grants: likewise for grants: from what was there before to what is there.
        losses: what cannot be undone, or is taken away without proof; must be agreed to.
        side: who wins the conflicts.
    """

    revision: str
    base: str
    recorded: bool
    undone: tuple[Deployment, ...]
    target: tuple[Entry, ...]
    deployment: DeployPlan
    conflicts: tuple[Conflict, ...]
    grant_conflicts: tuple[RecordChange, ...]
    kept: ChangeSet
    kept_grants: tuple[RecordChange, ...]
    losses: tuple[Loss, ...]
    side: Side | None

    @property
    def is_settled(self) -> bool:
        """No conflict is left to a person."""
        return self.side is not None or not (self.conflicts or self.grant_conflicts)


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What came of a rollback: the deployment, and the org compared with what was asked for afterwards."""

    deployment: DeployReport
    verification: Verification

    @property
    def success(self) -> bool:
        """The org took it and holds what was asked for."""
        return self.deployment.success and self.verification.is_clean


@dataclass(frozen=True, slots=True)
class _Way:
    """A way back before conflicts are settled, and what it rests on."""

    inverse: Inverse
    target: Mapping[ComponentId, tuple[Entry, ...]]
    undone: Entries
    now: Snapshot
    drift: ChangeSet
    grants: GrantsBack
    base: str
    recorded: bool
    unseen: frozenset[ComponentId]
    """What the org would not give after a deployment: whether somebody changed it since is not known."""
    giving_way: Callable[[Collection[Conflict]], Inverse]
    """The way back that leaves conflicts alone."""


def prepare(org: Org, request: RollbackRequest, repository: Repository, ledger: Ledger, tools: Tools) -> RollbackPlan:
    """Work out the way back, and change nothing.

    Raises:
        UsageError: the deployment is unknown.
        GuardRefused: as for any deployment.
        OperationFailed: the org would not give a component.
    """
    refuse_unfinished(ledger)
    settle(org, ledger, tools)
    require_history(org, ledger, begin_history=request.begin_history)
    known = last_known(ledger)
    if request.revision:
        way = _to_revision(org, request, repository, ledger, known, tools)
    else:
        way = _before_deployment(org, request, ledger, known, tools)
    found = conflicts(way.inverse, way.drift, way.unseen)
    settled = way.giving_way(found) if request.side is Side.THEIRS else way.inverse
    writes = [
        change
        for change in (way.grants.all if request.side is Side.OURS else way.grants.writes)
        if not _goes_with(change, settled, way.grants)
    ]
    settled, writes = in_files(settled, writes)
    # undoing a deployment leads to no commit: only parts of one may have been deployed before it
    provenance = Provenance(Purpose.ROLLBACK, request.revision, dirty=False, author=repository.identity())
    plan = deploy.prepare(
        org,
        way_back(settled, request.api_version),
        DeployOptions(),
        provenance,
        ledger,
        tools,
        accept_unreadable=request.accept_unreadable,
        begin_history=request.begin_history,
        writes=tuple(writes),
        read=way.now,
    )
    return RollbackPlan(
        revision=request.revision,
        base=way.base,
        recorded=way.recorded,
        undone=tuple(entry for _, entry in way.undone),
        target=_target(way, settled, found if request.side is Side.THEIRS else ()),
        deployment=plan,
        conflicts=found,
        grant_conflicts=way.grants.conflicts,
        kept=left_alone(way.drift, found, way.inverse),
        kept_grants=tuple(change for change in way.grants.kept if not _is_shown(change, settled, way)),
        losses=(*settled.losses, *_taken(plan), *_closed(plan, way.grants), *_homeless(way, settled)),
        side=request.side,
    )


def touches_access(plan: RollbackPlan) -> bool:
    """Whether a rollback changes anything that decides who may use the API."""
    package = plan.deployment.package
    changed = {*package.components, *package.deletions}
    return bool(plan.deployment.writes) or any(component.type in ACCESS_TYPES for component in changed)


def execute(org: Org, plan: RollbackPlan, ledger: Ledger, tools: Tools) -> RollbackReport:
    """Do it, and compare the org with what was asked for.

    Raises:
        GuardRefused: a conflict is left to a person.
    """
    if not plan.is_settled:
        raise GuardRefused(
            "Somebody changed in the org what this rollback would change, and nobody has said who wins",
            code="rollback-conflict",
        )
    report = deploy.execute(org, plan.deployment, ledger, tools)
    if not plan.target:
        # no file says how the org must be: what the deployment left was read back already
        return RollbackReport(report, Verification(0, ChangeSet(), {}))
    return RollbackReport(report, verify(org, plan.target, tools))


def _to_revision(
    org: Org, request: RollbackRequest, repository: Repository, ledger: Ledger, known: LastKnown, tools: Tools
) -> _Way:
    files = by_component(request.derived(request.kept(repository.entries(request.revision, request.directories))))
    later, newest_entry = since_revision(ledger, repository, request.revision)
    base = newest_entry.source_revision if newest_entry else repository.head()
    sent = said(ledger, later)
    if newest_entry is None and base:
        head = by_component(request.kept(repository.entries(base, request.directories)))
        sent = {component: (entries,) for component, entries in head.items()}
    newest = {component: versions[0] for component, versions in sent.items()}
    now = _read(org, {*files, *sent}, (files, newest), request, tools)
    aliases = labels_of_permission_sets(files, newest, now.holdings)
    done = deeds(ledger, later)
    past = steps(done)
    inverse = invert(States(sent, files, origins(past), now.holdings), aliases, tools.in_order)
    since = drift([_since(known, {*files, *past}, now)])
    return _Way(
        inverse,
        files,
        later,
        now,
        since,
        grants_back(org, grant_steps(done)),
        base,
        newest_entry is not None,
        known.unread | unseen(past),
        partial(giving_way, inverse),
    )


def _before_deployment(org: Org, request: RollbackRequest, ledger: Ledger, known: LastKnown, tools: Tools) -> _Way:
    undone = since_deployment(ledger, request.deployment)
    seen = deeds(ledger, undone)
    done = entwined(seen)
    past = steps(done)
    before = origins(past)
    held = {component: origin.entries for component, origin in before.items() if origin.entries}
    now = _read(org, before.keys(), (held, known.holdings), request, tools)
    aliases = labels_of_permission_sets(held, now.holdings)
    past_and_now = Past(seen_next(past, now.holdings), now.holdings, now.unreadable)
    back = partial(reverse, past_and_now, aliases, tools.in_order)
    since = drift([*spans(past), _since(known, past.keys(), now, inferred(seen, done))])
    grants = grants_back(org, grant_steps(done), unknown_apps(done))
    earlier = undone[-1][1].source_revision
    return _Way(back(), {}, undone, now, since, grants, earlier, recorded=True, unseen=unseen(past), giving_way=back)


def _since(
    known: LastKnown, components: Collection[ComponentId], now: Snapshot, left: Holdings = MappingProxyType({})
) -> tuple[Holdings, Holdings]:
    """What the org held when we last touched these components, and now; of those about which both are known.

    Args:
        known: from the ledger.
        components: which.
        now: what the org holds.
        left: what a later deployment left of components that it did not touch itself.
    """
    of = (known.touched_by.keys() & set(components)) - known.unread - now.unreadable.keys()
    return (
        {component: entries for component, entries in {**known.holdings, **left}.items() if component in of},
        {component: entries for component, entries in now.holdings.items() if component in of},
    )


def _read(
    org: Org,
    wanted: Collection[ComponentId],
    reading: tuple[Mapping[ComponentId, tuple[Entry, ...]], ...],
    request: RollbackRequest,
    tools: Tools,
) -> Snapshot:
    tools.progress.step(f"Reading {counted(len(wanted), 'component')} from {org.info.title}")
    entries = [entry for state in reading for files in state.values() for entry in files]
    now = take_snapshot(org, {*wanted, *deploy.keys_beside(wanted)}, tools, reading=entries)
    now.only(wanted).require_readable("the way back", accepted=request.accept_unreadable)
    return now


def _target(way: _Way, settled: Inverse, given_way: Iterable[Conflict]) -> tuple[Entry, ...]:
    """What the org must hold afterwards: the revision's files, each as it was settled."""
    left = {conflict.component for conflict in given_way if conflict.is_whole}
    files = {component: settled.files.get(component, entries) for component, entries in way.target.items()}
    return tuple(entry for component, entries in files.items() if component not in left for entry in entries)


def _goes_with(change: RecordChange, settled: Inverse, grants: GrantsBack) -> bool:
    """A grant on a permission set that is deleted goes with it; on one that is gone and stays so, there is none."""
    parent = ComponentId.of("PermissionSet", change.id.parent)
    return parent in settled.deletions or (change.id.parent in grants.gone and parent not in settled.files)


def _is_shown(change: RecordChange, settled: Inverse, way: _Way) -> bool:
    """Whether a grant goes with its permission set, or the file of an app speaks of it."""
    in_file = place_in_file(change.id, way.now.holdings)
    goals = {(goal.id, field.path) for goal in way.inverse.goals for field in goal.fields}
    deleted = ComponentId.of("PermissionSet", change.id.parent) in settled.deletions
    return in_file in goals or (deleted and change.new is not None)


def _taken(plan: DeployPlan) -> list[Loss]:
    """Deleting a permission set takes it from its users."""
    holders: dict[str, list[str]] = {}
    for change in taken_first(plan.writes, plan.deletions):
        holders.setdefault(change.id.parent, []).append(change.id.subject)
    return [
        Loss(
            ComponentId.of("PermissionSet", name),
            f"is assigned to {', '.join(users)}, who lose it with the permission set",
        )
        for name, users in sorted(holders.items())
    ]


def _closed(plan: DeployPlan, grants: GrantsBack) -> list[Loss]:
    """Deleting a permission set closes the apps that it opens, also those that somebody else opened with it."""
    ours = {change.id for change in grants.writes}
    apps: dict[str, list[str]] = {}
    for record in plan.grants or ():
        gone = ComponentId.of("PermissionSet", record.id.parent) in plan.deletions
        if gone and record.id.kind is RecordKind.APP_ACCESS and record.id not in ours:
            apps.setdefault(record.id.parent, []).append(record.id.subject.partition("/")[2])
    return [
        Loss(ComponentId.of("PermissionSet", name), f"opens {', '.join(found)}, and no longer once it is gone")
        for name, found in sorted(apps.items())
    ]


def _homeless(way: _Way, settled: Inverse) -> list[Loss]:
    """Grants on a permission set that somebody deleted: it does not come back, or goes again if it was made since."""
    missing: dict[ComponentId, list[str]] = {}
    for change in way.grants.all:
        parent = ComponentId.of("PermissionSet", change.id.parent)
        gone = parent in settled.deletions or (change.id.parent in way.grants.gone and parent not in settled.files)
        if change.new is not None and gone:
            missing.setdefault(parent, []).append(change.id.subject)
    said = ("is gone, and so are its grants", "goes, and the grants that it had do not come back")
    return [
        Loss(parent, f"{said[parent in settled.deletions]}: {', '.join(subjects)}")
        for parent, subjects in sorted(missing.items())
    ]
