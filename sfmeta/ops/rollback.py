"""Putting an org back to an earlier revision: the same pipe, run on the inverse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sfmeta.change.inverse import Inverse, Known, Loss, Origin, States, invert
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry, Package
from sfmeta.model.deployment import Deployment
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops import deploy
from sfmeta.ops.deploy import refuse_unfinished
from sfmeta.ops.deployment import DeployPlan, DeployReport, Provenance
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.settle import settle
from sfmeta.ops.snapshot import by_component, labels_of_permission_sets, take_snapshot
from sfmeta.ops.verify import Verification, verify
from sfmeta.org.soql import field_of, select
from sfmeta.report.words import counted
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """What to go back to.

    Attributes:
        revision: the full id of the commit.
        directories: the package directories of the project.
        api_version: for the manifest.
        schema: for the order of elements.
        kept: leaves out the files that are no part of a deployment (``.forceignore``, the switches).
    """

    revision: str
    directories: tuple[str, ...]
    api_version: ApiVersion
    schema: Schema
    kept: Callable[[Iterable[Entry]], tuple[Entry, ...]] = tuple


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """What a rollback will do.

    Attributes:
        revision: what it goes back to.
        base: the revision that was deployed last; HEAD where the ledger has no entry.
        recorded: the ledger has an entry to go back from.
        target: the files of the revision.
        deployment: the deployment that does it.
        losses: what cannot be undone, or is taken away without proof; must be agreed to.
    """

    revision: str
    base: str
    recorded: bool
    target: tuple[Entry, ...]
    deployment: DeployPlan
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What came of a rollback: the deployment, and the org compared with the revision afterwards."""

    deployment: DeployReport
    verification: Verification

    @property
    def success(self) -> bool:
        """The org took it and holds what the revision says."""
        return self.deployment.success and self.verification.is_clean


def prepare(org: Org, request: RollbackRequest, repository: Repository, ledger: Ledger, tools: Tools) -> RollbackPlan:
    """Work out the way back, and change nothing.

    Raises:
        UsageError: the revision is unknown.
        GuardRefused: as for any deployment.
        OperationFailed: the org would not give a component.
    """
    refuse_unfinished(ledger)
    settle(org, ledger, tools)
    target = request.kept(repository.entries(request.revision, request.directories))
    later, recorded = _later(ledger, repository, request.revision)
    deployed = next((entry.source_revision for _, entry in ledger.deployments() if entry.was_taken), "")
    base_revision = deployed if recorded else repository.head()
    said = _said(ledger, later)
    if not recorded and base_revision:
        head = by_component(request.kept(repository.entries(base_revision, request.directories)))
        said = {component: (entries,) for component, entries in head.items()}
    files = by_component(target)
    touched = {*files, *said}
    tools.progress.step(f"Reading {counted(len(touched), 'component')} from {org.info.title}")
    newest = {component: versions[0] for component, versions in said.items()}
    reading = [entry for state in (files, newest) for entries in state.values() for entry in entries]
    snapshot = take_snapshot(org, touched, tools, reading=reading)
    snapshot.require_readable("the way back")
    origins = _origins(ledger, later)
    aliases = labels_of_permission_sets(files, newest, snapshot.holdings)
    inverse = invert(
        States(said, files, origins, snapshot.holdings), aliases, lambda root: canonical(root, request.schema)
    )
    package = _package(inverse, request.api_version)
    provenance = Provenance("rollback", request.revision, dirty=False, author=repository.identity())
    plan = deploy.prepare(org, package, DeployOptions(), provenance, ledger, tools)
    losses = (*inverse.losses, *_assignments(org, plan.deletions))
    return RollbackPlan(request.revision, base_revision, recorded, target, plan, losses)


def execute(org: Org, plan: RollbackPlan, ledger: Ledger, tools: Tools) -> RollbackReport:
    """Do it, and compare the org with the revision."""
    report = deploy.execute(org, plan.deployment, ledger, tools)
    if not plan.target:
        # the revision holds no metadata: what the deployment left was read back already
        return RollbackReport(report, Verification(0, ChangeSet(), {}))
    return RollbackReport(report, verify(org, plan.target, tools))


_Entries = list[tuple[str, Deployment]]


def _later(ledger: Ledger, repository: Repository, revision: str) -> tuple[_Entries, bool]:
    """The deployments that came after a revision, newest first, and whether the ledger has any deployment at all.

    Those that the org took, or may have taken: also where the read-back then found them wanting.
    """
    later: _Entries = []
    recorded = False
    for commit, entry in ledger.deployments():
        if not entry.was_taken:
            continue
        recorded = True
        of_a_commit = entry.source_revision and not entry.source_dirty
        contained = of_a_commit and repository.is_ancestor(entry.source_revision, revision)
        if contained and entry.kind == "rollback" and entry.success:
            # what came before it was undone by it; a plain deployment of an older commit undoes nothing
            break
        if not contained:
            later.append((commit, entry))
    return later, recorded


def _said(ledger: Ledger, later: _Entries) -> dict[ComponentId, tuple[tuple[Entry, ...], ...]]:
    """What each of these deployments sent of a component, newest first."""
    said: dict[ComponentId, tuple[tuple[Entry, ...], ...]] = {}
    for commit, _ in later:
        for component, entries in by_component(ledger.package(commit)).items():
            said[component] = (*said.get(component, ()), entries)
    return said


def _origins(ledger: Ledger, later: _Entries) -> dict[ComponentId, Origin]:
    """What the org held before these deployments: the oldest snapshot of a component wins."""
    origins: dict[ComponentId, Origin] = {}
    for commit, entry in later:
        held = by_component(ledger.before(commit))
        for component in (*entry.components, *entry.deletions):
            if component in entry.absent_before:
                origins[component] = Origin(Known.ABSENT)
            elif component in held:
                origins[component] = Origin(Known.HELD, held[component])
    return origins


def _package(inverse: Inverse, api_version: ApiVersion) -> Package:
    entries = [entry for found in inverse.files.values() for entry in found]
    return build_package(entries, api_version, delete_after=inverse.deletions)


def _assignments(org: Org, deletions: Iterable[ComponentId]) -> list[Loss]:
    """Deleting a permission set takes it from its users; a rollback cannot give it back to them."""
    losses = []
    for component in deletions:
        if component.type != "PermissionSet":
            continue
        held_by = {"PermissionSet.Name": component.full_name}
        rows = org.query(select(["Assignee.Username"], "PermissionSetAssignment", held_by))
        users = sorted(str(field_of(row, "Assignee.Username")) for row in rows)
        if users:
            losses.append(Loss(component, f"is assigned to {', '.join(users)}, who lose it with the permission set"))
    return losses
