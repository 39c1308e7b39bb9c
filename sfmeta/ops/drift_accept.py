"""Taking over what somebody changed in an org: into the project's files as one commit, and into the ledger.

``prepare`` works out the files and changes nothing; ``execute`` writes them, commits exactly those, and records that
the org's state is the one to compare with from now on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sfmeta.change.takeover import as_new, taken_over
from sfmeta.codec import xml
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema
from sfmeta.errors import GuardRefused, SfmetaError, UsageError
from sfmeta.model.change import ComponentChange, Kind
from sfmeta.model.component import Entry, Holdings, package_digest
from sfmeta.model.deployment import ACCEPTED, NO_JOB, Deployment, Purpose, Stage
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record
from sfmeta.model.registry import is_document
from sfmeta.ops.deploy import refuse_unfinished
from sfmeta.ops.drift import Measured
from sfmeta.ops.grants import permission_sets
from sfmeta.ops.ports import Clock
from sfmeta.ops.retrieve import source_name
from sfmeta.ops.snapshot import by_component
from sfmeta.workspace.ledger import Ledger, new_deployment_id
from sfmeta.workspace.project import ENFORCEMENT, Project
from sfmeta.workspace.repository import Repository


@dataclass(frozen=True, slots=True)
class AcceptPlan:
    """What taking over will do.

    Attributes:
        measured: what was found.
        files: what will be written, by path in the project.
        removed: files whose components are gone from the org.
        username: who we are in the org.
        author: who takes it over, as git knows them.
    """

    measured: Measured
    files: Mapping[str, bytes]
    removed: tuple[str, ...]
    username: str
    author: str

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file that changes."""
        return tuple(sorted({*self.files, *self.removed}))


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of it.

    Attributes:
        commit: on the user's branch; "" where no file had to change.
        record: the ledger's entry.
    """

    commit: str
    record: Deployment


def prepare(
    measured: Measured, project: Project, repository: Repository, ledger: Ledger, schema: Schema, username: str
) -> AcceptPlan:
    """Work out what will be written, and refuse what cannot be done cleanly.

    Args:
        measured: a look that found something.
        project: whose files take it over.
        repository: around the project.
        ledger: of the org.
        schema: for the order of elements.
        username: who we are in the org.

    Raises:
        UsageError: git has no commit yet, or does not know who commits.
        GuardRefused: a file has changes that are not committed, or a deployment is not finished.
    """
    refuse_unfinished(ledger)
    author = repository.identity()
    if not author:
        raise UsageError(
            "git does not know who you are, and the commit needs an author",
            "Run: git config user.name NAME; git config user.email ADDRESS",
        )
    if not repository.head():
        raise UsageError("This repository has no commit yet", "Commit the project first")
    files: dict[str, bytes] = {}
    removed: list[str] = []
    held = by_component(project.entries((*project.package_directories, ENFORCEMENT)))
    for one in measured.drift.components:
        there = held.get(one.change.id, ())
        if one.change.kind is Kind.REMOVED:
            removed += [entry.path for entry in there]
        else:
            written, dropped = _files(one.change, there, measured.now[one.change.id], project, schema)
            files |= written
            removed += dropped
    plan = AcceptPlan(measured, files, tuple(sorted(removed)), username, author)
    dirty = repository.uncommitted(plan.paths)
    if dirty:
        raise GuardRefused(
            f"Changes in {', '.join(dirty)} are not committed, and would be lost in the commit",
            "Commit or stash them first",
            code="uncommitted-changes",
        )
    return plan


def execute(
    plan: AcceptPlan, message: str, project: Project, repository: Repository, ledger: Ledger, clock: Clock
) -> Accepted:
    """Write the files, commit exactly those, and record the org's state.

    Args:
        plan: agreed to.
        message: of the commit.
        project: whose files they are.
        repository: around it.
        ledger: of the org.
        clock: the time of the entry.

    Raises:
        OperationFailed: git refused the commit, and the files are as they were; or somebody else wrote to the ledger:
            the commit is made, and running it again records it.
    """
    commit = _committed(plan, message, project, repository) if plan.paths else ""
    record = _record(plan, repository, clock)
    measured, known = plan.measured, plan.measured.base.known
    mine = {*record.components, *record.deletions}
    changes = tuple(one.change for one in measured.drift.records)
    sets = {*permission_sets(mine), *(change.id.parent for change in changes)}
    states = _entries(known.holdings, mine), _entries(measured.now, mine)
    # grants that could not be read stay as the ledger has them
    grants = None if measured.drift.unread_records else (_on(known.records, sets), _on(measured.records, sets))
    ledger.take_over(record, *states, tip=measured.tip, records=grants, changed=changes)
    return Accepted(commit, record)


def _files(
    change: ComponentChange, there: tuple[Entry, ...], org: tuple[Entry, ...], project: Project, schema: Schema
) -> tuple[dict[str, bytes], list[str]]:
    """The files of one component after it has taken over the org's, and those that are gone; none where all fits."""
    component = change.id
    if not is_document(component.type):
        return _content(component, there, org, project)
    held = xml.parse(org[0].read(), org[0].path)
    if not there:
        new = as_new(component, held, lambda root: canonical(root, schema))
        return {f"{_home(component, project)}/{source_name(component, org[0])}": xml.write(new)}, []
    if len(there) > 1:
        names = ", ".join(entry.path for entry in there)
        raise GuardRefused(f"{component} has several files: {names}", "Keep one of them")
    file = xml.parse(there[0].read(), there[0].path)
    merged = taken_over(file, held, change)
    return ({there[0].path: xml.write(canonical(merged, schema))}, []) if merged != file else ({}, [])


def _content(
    component: ComponentId, there: tuple[Entry, ...], org: tuple[Entry, ...], project: Project
) -> tuple[dict[str, bytes], list[str]]:
    """Files that are no single document are taken as they are."""
    files: dict[str, bytes] = {}
    matched: set[str] = set()
    for entry in org:
        name = source_name(component, entry)
        known = next((one.path for one in there if f"/{one.path}".endswith(f"/{name}")), "")
        matched.add(known)
        path = known or f"{_home(component, project)}/{name}"
        data = entry.read()
        if project.read(path) != data:
            files[path] = data
    rest = [one.path for one in there if one.path not in matched]
    if rest and len(org) == 1:
        raise GuardRefused(
            f"{component} is split into several files here ({', '.join(rest)}), and the org gives one",
            "Retrieve it with sf, commit that, and run this again",
        )
    return files, rest


def _home(component: ComponentId, project: Project) -> str:
    # the switches never lie in a package directory
    return ENFORCEMENT if str(component) == "Settings:ConnectedApp" else project.home


def _committed(plan: AcceptPlan, message: str, project: Project, repository: Repository) -> str:
    was = {path: project.read(path) for path in plan.paths}
    try:
        project.write_together(plan.files)
        for path in plan.removed:
            project.delete(path)
        return repository.commit_only(plan.paths, message)
    except (SfmetaError, OSError, KeyboardInterrupt):
        project.write_together({path: data for path, data in was.items() if data is not None})
        for path, data in was.items():
            if data is None:
                project.delete(path)
        raise


def _record(plan: AcceptPlan, repository: Repository, clock: Clock) -> Deployment:
    measured = plan.measured
    drift = measured.drift
    mine = {one.change.id for one in drift.components}
    return Deployment(
        id=new_deployment_id(clock.now()),
        org_id=drift.org_id,
        stage=Stage.FINISHED,
        kind=Purpose.ACCEPT,
        # the state is that of the look: what somebody changed since, at a prompt perhaps, is theirs again
        started_at=drift.checked_at,
        finished_at=drift.checked_at,
        username=plan.username,
        author=plan.author,
        source_revision=repository.head(),
        source_dirty=False,
        package_digest=package_digest(()),
        api_version="",
        components=tuple(sorted(mine & measured.now.keys())),
        deletions=tuple(sorted(mine - measured.now.keys())),
        absent_before=tuple(sorted(mine - measured.base.known.holdings.keys())),
        job_id=NO_JOB,
        status=ACCEPTED,
        success=True,
    )


def _on(records: Iterable[Record], sets: Collection[str]) -> list[Record]:
    return [one for one in records if one.id.parent in sets]


def _entries(state: Holdings, wanted: Iterable[ComponentId]) -> Iterator[Entry]:
    for component in sorted(wanted):
        yield from state.get(component, ())
