"""What the ledger says an org held after our deployments: the state that drift and conflicts are measured from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sfmeta.change.documents import root_of
from sfmeta.change.gone import GRANT
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, Purpose
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordId, RecordKind
from sfmeta.ops.grants import permission_sets, subject_of
from sfmeta.ops.snapshot import by_component, labels_of_permission_sets
from sfmeta.workspace.ledger import Ledger


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What the org held when we last touched each component.

    Attributes:
        holdings: its files after the deployment that touched it last; a component without any is one that was
            not there then.
        touched_by: the deployment that touched a component last, for every component that is known.
        records: the grants on the permission sets that were touched, or whose grants were written.
        granted_by: the deployment after which they were read last, for every permission set whose grants are known.
        unread: those of ``touched_by`` that the org would not give after that: what it held then is not known.
    """

    holdings: Mapping[ComponentId, tuple[Entry, ...]]
    touched_by: Mapping[ComponentId, Deployment]
    records: tuple[Record, ...]
    granted_by: Mapping[str, Deployment]
    unread: frozenset[ComponentId] = frozenset()

    @property
    def records_of(self) -> frozenset[str]:
        """The permission sets whose grants are known."""
        return frozenset(self.granted_by)

    @property
    def absent(self) -> frozenset[ComponentId]:
        """What the org did not have after we last touched it."""
        return frozenset(self.touched_by.keys() - self.holdings.keys() - self.unread)


def last_known(ledger: Ledger, entries: Iterable[tuple[str, Deployment]] | None = None) -> LastKnown:
    """Fold deployments into one state.

    Args:
        ledger: of the org.
        entries: commits and deployments, newest first; all of the ledger where None.
    """
    holdings: dict[ComponentId, tuple[Entry, ...]] = {}
    touched_by: dict[ComponentId, Deployment] = {}
    records: list[Record] = []
    granted_by: dict[str, Deployment] = {}
    unread: set[ComponentId] = set()
    touched_at: dict[ComponentId, int] = {}
    granted_at: dict[str, int] = {}
    for number, (commit, entry) in enumerate(ledger.deployments() if entries is None else entries):
        if not entry.was_taken:
            continue
        fresh = {*entry.components, *entry.deletions} - touched_by.keys()
        if fresh:
            after = by_component(ledger.after(commit))
            holdings |= {component: after[component] for component in fresh & after.keys()}
            touched_by |= dict.fromkeys(fresh, entry)
            if entry.kind != Purpose.ACCEPT:
                # what was taken over was read with its grants
                touched_at |= dict.fromkeys(fresh, number)
            unread |= fresh & {*entry.unread_after}
        known = ledger.records(commit, after=True)
        if known is None:
            continue
        sets = recorded_sets(ledger, commit, entry) - granted_by.keys()
        records += [record for record in known if record.id.parent in sets]
        granted_by |= dict.fromkeys(sets, entry)
        granted_at |= dict.fromkeys(sets, number)
    opened = _as_files_say(records, holdings, touched_at, granted_at)
    return LastKnown(holdings, touched_by, tuple(sorted(opened)), granted_by, frozenset(unread))


def _as_files_say(
    records: Iterable[Record],
    holdings: Mapping[ComponentId, tuple[Entry, ...]],
    touched_at: Mapping[ComponentId, int],
    granted_at: Mapping[str, int],
) -> set[Record]:
    """The grants, with those that an app's file made or took after the grants on a permission set were read last.

    A plan makes the permission sets first and restricts the apps afterwards: what opens an app then stands in its file.

    Args:
        records: as they were read.
        holdings: the files, as the org gave them.
        touched_at: of each component that a deployment touched last, which; 0 is the newest.
        granted_at: likewise of the grants on each permission set.
    """
    names = labels_of_permission_sets(holdings).get(GRANT, {})
    found = set(records)
    for component, files in holdings.items():
        since = touched_at.get(component)
        later = [name for name, number in granted_at.items() if since is not None and number > since]
        if component.type != "ConnectedApp" or not later:
            continue
        root = root_of(files[0])
        listed = {names.get(text, text) for child in root.all(GRANT) if (text := child.text.strip())}
        subject = subject_of(root.value("label") or component.full_name)
        for name in later:
            record = Record(RecordId(RecordKind.APP_ACCESS, name, subject))
            (found.add if name in listed else found.discard)(record)
    return found


def recorded_sets(ledger: Ledger, commit: str, entry: Deployment) -> frozenset[str]:
    """The permission sets whose grants an entry speaks of: those it touched, and those whose grants it wrote."""
    written = (change.id.parent for change in ledger.writes(commit))
    return frozenset({*permission_sets((*entry.components, *entry.deletions)), *written})
