"""The deployments of an org from the ledger: newest first, or one of them with what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from sfmeta.change.comparison import differences
from sfmeta.errors import OrgUnreachable, SfmetaError
from sfmeta.model.change import ChangeSet
from sfmeta.model.deployment import NOT_SENT, Deployment, Stage
from sfmeta.model.names import ComponentId
from sfmeta.model.records import RecordChange, record_changes
from sfmeta.ops.begun import require_history
from sfmeta.ops.naming import position
from sfmeta.ops.ports import Org
from sfmeta.ops.snapshot import by_component
from sfmeta.workspace.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Told:
    """One deployment with what it changed.

    Attributes:
        deployment: in its last stage.
        commit: that holds it.
        changes: of metadata, from what the org held before to what it held after; None where that is not known yet.
        records: of grants, likewise; None where the ledger does not say.
        writes: the grants that it was to write.
        unknown: components whose state before or after the org did not give.
    """

    deployment: Deployment
    commit: str
    changes: ChangeSet | None
    records: tuple[RecordChange, ...] | None
    writes: tuple[RecordChange, ...]
    unknown: tuple[ComponentId, ...]


def history(ledger: Ledger, limit: int) -> tuple[Deployment, ...]:
    """The last deployments in their last stage.

    Args:
        ledger: of the org.
        limit: how many at most.
    """
    return tuple(deployment for _, deployment in islice(ledger.deployments(), limit))


def one(ledger: Ledger, name: str) -> Told:
    """One deployment in full.

    Args:
        ledger: of the org.
        name: its id, the beginning of it that no other has, or its job's id.

    Raises:
        UsageError: there is none, or several begin so.
    """
    entries = tuple(ledger.deployments())
    commit, entry = entries[position(entries, name)]
    writes = ledger.writes(commit)
    if entry.status == NOT_SENT:
        return Told(entry, commit, ChangeSet(), (), writes, ())
    if entry.stage is not Stage.FINISHED:
        return Told(entry, commit, None, None, writes, entry.unrecoverable)
    before, after = by_component(ledger.before(commit)), by_component(ledger.after(commit))
    # what an org does not give is not gone: only what was to be deleted is
    unread = before.keys() - after.keys() - {*entry.deletions}
    unknown = {*entry.unrecoverable, *entry.unread_after, *unread}
    changes = differences(
        {component: files for component, files in before.items() if component not in unknown},
        {component: files for component, files in after.items() if component not in unknown},
    )
    old, new = ledger.records(commit, after=False), ledger.records(commit, after=True)
    records = None if old is None or new is None else record_changes(old, new)
    return Told(entry, commit, changes, records, writes, tuple(sorted(unknown)))


def why_empty(org: Org, ledger: Ledger) -> tuple[str, ...]:
    """What an empty history means.

    Returns:
        What the user should know.

    Raises:
        GuardRefused: the org shows deployments of our user, so that the history is elsewhere.
    """
    try:
        return require_history(org, ledger, begin_history=False)
    except OrgUnreachable as error:
        return (unasked(error),)


def unasked(error: SfmetaError) -> str:
    """The org could not be asked: that is not the same as "nobody deployed to it"."""
    return f"Whether somebody deployed to this org from elsewhere is not known: {error.message}"
