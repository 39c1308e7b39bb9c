"""Putting an org back to an earlier revision: the same pipe, run on the inverse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sfmeta.change.inverse import Inverse, Known, Loss, Origin, States, invert
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema
from sfmeta.model.component import Entry, Holdings, Package
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions, JobStatus
from sfmeta.ops import deploy
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import by_component, labels_of_permission_sets, take_snapshot
from sfmeta.ops.verify import Verification, verify
from sfmeta.org.soql import select
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
    """

    revision: str
    directories: tuple[str, ...]
    api_version: ApiVersion
    schema: Schema


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
    deployment: deploy.DeployPlan
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What came of a rollback: the deployment, and the org compared with the revision afterwards."""

    deployment: deploy.DeployReport
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
    target = repository.entries(request.revision, request.directories)
    last = _last_taken(ledger)
    base_revision = last[1].source_revision if last else repository.head()
    base = _base(repository, ledger, last, base_revision, request.directories)
    files = by_component(target)
    touched = {*files, *base}
    tools.progress.step(f"Reading {counted(len(touched), 'component')} from {org.info.name}")
    reading = [entry for state in (files, base) for entries in state.values() for entry in entries]
    snapshot = take_snapshot(org, touched, tools, reading=reading)
    snapshot.require_readable("the way back")
    origins = _origins(ledger, repository, request.revision)
    aliases = labels_of_permission_sets(files, base, snapshot.holdings)
    inverse = invert(
        States(base, files, origins, snapshot.holdings), aliases, lambda root: canonical(root, request.schema)
    )
    package = _package(inverse, request.api_version)
    provenance = deploy.Provenance("rollback", request.revision, dirty=False, author=repository.identity())
    plan = deploy.prepare(org, package, DeployOptions(), provenance, ledger, tools)
    losses = (*inverse.losses, *_assignments(org, plan.deletions))
    return RollbackPlan(request.revision, base_revision, last is not None, target, plan, losses)


def execute(org: Org, plan: RollbackPlan, ledger: Ledger, tools: Tools) -> RollbackReport:
    """Do it, and compare the org with the revision."""
    report = deploy.execute(org, plan.deployment, ledger, tools)
    return RollbackReport(report, verify(org, plan.target, tools))


def _last_taken(ledger: Ledger) -> tuple[str, Deployment] | None:
    """The last deployment that the org took, also where the read-back then found it wanting."""
    taken = (JobStatus.SUCCEEDED, JobStatus.SUCCEEDED_PARTIAL)
    return next(((commit, entry) for commit, entry in ledger.deployments() if entry.status in taken), None)


def _base(
    repository: Repository,
    ledger: Ledger,
    last: tuple[str, Deployment] | None,
    revision: str,
    directories: Sequence[str],
) -> Holdings:
    """What was deployed last: the revision's files, and over them the package itself (the tree may have been dirty)."""
    files = dict(by_component(repository.entries(revision, directories))) if revision else {}
    if last is not None:
        commit, entry = last
        files |= by_component(ledger.package(commit))
        for deleted in entry.deletions:
            files.pop(deleted, None)
    return files


def _origins(ledger: Ledger, repository: Repository, revision: str) -> dict[ComponentId, Origin]:
    """What the org held before the deployments that came after ``revision``: the oldest snapshot wins."""
    origins: dict[ComponentId, Origin] = {}
    for commit, entry in ledger.deployments():
        if entry.stage is Stage.PREPARED:
            continue
        of_a_commit = entry.source_revision and not entry.source_dirty
        if of_a_commit and repository.is_ancestor(entry.source_revision, revision):
            break
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
        users = sorted(str(_nested(row, "Assignee", "Username")) for row in rows)
        if users:
            losses.append(Loss(component, f"is assigned to {', '.join(users)}, who lose it with the permission set"))
    return losses


def _nested(row: object, *names: str) -> object:
    for name in names:
        row = row.get(name) if isinstance(row, dict) else None
    return row
