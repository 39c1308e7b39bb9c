"""Which deployments a rollback takes back, and what the ledger knows of before and after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sfmeta.change.inverse import Known, Origin
from sfmeta.errors import UsageError
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment
from sfmeta.model.names import ComponentId, to_18
from sfmeta.model.records import Record
from sfmeta.ops.grants import permission_sets
from sfmeta.ops.snapshot import by_component
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository

Entries = tuple[tuple[str, Deployment], ...]
"""Commits of the ledger with the deployments that they record, newest first."""


@dataclass(frozen=True, slots=True)
class RecordsBefore:
    """The grants that the org held before some deployments.

    Attributes:
        records: on the permission sets that the deployments touched.
        of: those permission sets of which the ledger says so.
    """

    records: tuple[Record, ...]
    of: frozenset[str]


def since_revision(ledger: Ledger, repository: Repository, revision: str) -> tuple[Entries, bool]:
    """The deployments that came after a revision, and whether the ledger has any deployment at all.

    Those that the org took, or may have taken: also where the read-back then found them wanting.

    Args:
        ledger: of the org.
        repository: tells which commit contains which.
        revision: the full id of a commit.
    """
    later: list[tuple[str, Deployment]] = []
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
    return tuple(later), recorded


def since_deployment(ledger: Ledger, name: str) -> Entries:
    """A deployment and all that came after it.

    Args:
        ledger: of the org.
        name: its id, the beginning of it, or its job's id; "" for the last one.

    Raises:
        UsageError: there is none, it changed nothing, or several begin so.
    """
    found = tuple(ledger.deployments())
    taken = tuple((commit, entry) for commit, entry in found if entry.was_taken)
    if not taken:
        raise UsageError("No deployment to this org is recorded here", "See: sfmeta history -o ORG")
    if not name:
        return taken[:1]
    named = [entry for _, entry in found if _is(entry, name)]
    if len(named) != 1:
        what = f"names {len(named)} deployments" if named else "names no deployment to this org"
        raise UsageError(f"'{name}' {what}", "See: sfmeta history -o ORG")
    if not named[0].was_taken:
        state = named[0].status or str(named[0].stage)
        raise UsageError(f"Deployment {named[0].id} changed nothing in the org ({state})", "See: sfmeta history -o ORG")
    place = next(number for number, (_, entry) in enumerate(taken) if entry.id == named[0].id)
    return taken[: place + 1]


def _is(entry: Deployment, name: str) -> bool:
    if entry.job_id and name.startswith("0Af"):
        return to_18(entry.job_id) == to_18(name) if len(name) in (15, 18) else False
    return entry.id.startswith(name)


def origins(ledger: Ledger, undone: Entries) -> dict[ComponentId, Origin]:
    """What the org held before these deployments: the oldest snapshot of a component wins."""
    found: dict[ComponentId, Origin] = {}
    for commit, entry in undone:
        held = by_component(ledger.before(commit))
        for component in (*entry.components, *entry.deletions):
            if component in entry.unrecoverable:
                found[component] = Origin(Known.UNKNOWN)
            elif component in entry.absent_before:
                found[component] = Origin(Known.ABSENT)
            elif component in held:
                found[component] = Origin(Known.HELD, held[component])
            else:
                # a part of an object's file, or an entry of an older sfmeta: never to be taken for absent
                found.setdefault(component, Origin(Known.UNKNOWN))
    return found


def records_before(ledger: Ledger, undone: Entries) -> RecordsBefore:
    """The grants that the org held before these deployments: the oldest word on a permission set wins."""
    found: Mapping[str, tuple[Record, ...]] = {}
    for commit, entry in undone:
        known = ledger.records(commit, after=False)
        if known is not None:
            sets = permission_sets((*entry.components, *entry.deletions))
            found = {**found, **{name: tuple(one for one in known if one.id.parent == name) for name in sets}}
    return RecordsBefore(tuple(sorted(one for some in found.values() for one in some)), frozenset(found))


def said(ledger: Ledger, undone: Entries) -> dict[ComponentId, tuple[tuple[Entry, ...], ...]]:
    """What each of these deployments sent of a component, newest first."""
    found: dict[ComponentId, tuple[tuple[Entry, ...], ...]] = {}
    for commit, _ in undone:
        for component, entries in by_component(ledger.package(commit)).items():
            found[component] = (*found.get(component, ()), entries)
    return found
