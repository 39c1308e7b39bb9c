"""Putting an org back: to an earlier revision, or to what it was before a deployment. The same pipe on the inverse.

Three states meet: what our deployments left, what the org holds now, and what is asked for. What somebody changed since
and the way back does not touch, stays; where both touch one place it is a conflict, which a person settles.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sfmeta.change.conflicts import Conflict, conflicts, left_alone
from sfmeta.change.inverse import Inverse, Loss
from sfmeta.errors import GuardRefused
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, Purpose
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.records import RecordChange
from sfmeta.ops import deploy
from sfmeta.ops.begun import require_history
from sfmeta.ops.deploy import refuse_unfinished
from sfmeta.ops.deployment import DeployPlan, DeployReport, Provenance
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.recorded import last_known
from sfmeta.ops.rollback_grants import apps_of, in_files, place_in_file
from sfmeta.ops.rollback_ground import Ground, Way
from sfmeta.ops.rollback_losses import closed, goes_with_its_set, homeless, parent_of, taken
from sfmeta.ops.rollback_of_deployments import before_deployments
from sfmeta.ops.rollback_to_revision import to_revision
from sfmeta.ops.settle import settle
from sfmeta.ops.snapshot import by_component
from sfmeta.ops.undo import way_back
from sfmeta.ops.undone import of_plan, since_deployment, the_last
from sfmeta.ops.verify import Verification, verify
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
        plan: take back what was done for this plan, and nothing else; "" otherwise.
        only: with ``deployment``: that one alone, a step of this plan; "" takes back all that came after it, too.
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
    plan: str = ""
    only: str = ""


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


def prepare(org: Org, request: RollbackRequest, repository: Repository, ledger: Ledger, tools: Tools) -> RollbackPlan:
    """Work out the way back, and change nothing.

    Raises:
        UsageError: the deployment is unknown.
        GuardRefused: as for any deployment.
        OperationFailed: the org would not give a component.
    """
    refuse_unfinished(ledger)
    ended = settle(org, ledger, tools)
    require_history(org, ledger, begin_history=request.begin_history)
    way = _way(Ground(org, ledger, last_known(ledger), tools, request.accept_unreadable), request, repository, ended)
    found = conflicts(way.inverse, way.drift, way.unseen)
    settled = way.giving_way(found) if request.side is Side.THEIRS else way.inverse
    writes = [
        change
        for change in (way.grants.all if request.side is Side.OURS else way.grants.writes)
        if not goes_with_its_set(change, settled, way.grants)
    ]
    settled, writes = in_files(settled, writes)
    # undoing a deployment leads to no commit: only parts of one may have been deployed before it
    author, plan_id = repository.identity(), request.plan or request.only
    provenance = Provenance(Purpose.ROLLBACK, request.revision, dirty=False, author=author, plan=plan_id)
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
        kept_grants=_stays_apart(way, settled),
        losses=(*settled.losses, *taken(plan), *closed(plan, way.grants), *homeless(way, settled)),
        side=request.side,
    )


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


def _way(ground: Ground, request: RollbackRequest, repository: Repository, ended: Deployment | None) -> Way:
    if not request.revision:
        name = request.deployment
        if request.plan:
            undone = of_plan(ground.ledger, request.plan)
        elif name:
            undone = since_deployment(ground.ledger, name)[-1 if request.only else 0 :]
        else:
            undone = the_last(ground.ledger, ended)
        return before_deployments(ground, undone)

    def kept_at(revision: str) -> tuple[Entry, ...]:
        return request.kept(repository.entries(revision, request.directories))

    files = by_component(request.derived(kept_at(request.revision)))
    return to_revision(ground, request.revision, files, repository, lambda revision: by_component(kept_at(revision)))


def _target(way: Way, settled: Inverse, given_way: Iterable[Conflict]) -> tuple[Entry, ...]:
    """What the org must hold afterwards: the revision's files, each as it was settled."""
    left = {conflict.component for conflict in given_way if conflict.is_whole}
    files = {component: settled.files.get(component, entries) for component, entries in way.target.items()}
    return tuple(entry for component, entries in files.items() if component not in left for entry in entries)


def _stays_apart(way: Way, settled: Inverse) -> tuple[RecordChange, ...]:
    """The grants of others that stay, without those that go with a permission set or that an app's file speaks of."""
    apps = apps_of(way.now.holdings)
    goals = {(goal.id, field.path) for goal in way.inverse.goals for field in goal.fields}
    return tuple(
        change
        for change in way.grants.kept
        if place_in_file(change.id, apps) not in goals
        and not (change.new is not None and parent_of(change) in settled.deletions)
    )
