"""What differs in an org from what our deployments left there, and who may have done it. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sfmeta.change.companions import within
from sfmeta.change.comparison import differences
from sfmeta.codec import compare, xml
from sfmeta.errors import OrgRefused
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.deployment import stamp
from sfmeta.model.drift import Drift, DriftedComponent, DriftedRecord
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordChange, RecordKind, record_changes
from sfmeta.ops.drift_base import Baseline, baseline
from sfmeta.ops.drift_names import names_of, names_of_users
from sfmeta.ops.drift_trail import Witnesses, read_trail
from sfmeta.ops.grants import permission_sets, read_grants
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import labels_of_permission_sets, take_snapshot
from sfmeta.report.words import counted
from sfmeta.workspace.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Measured:
    """One look at an org, with what is needed to take it over.

    Attributes:
        drift: what was found.
        base: what it was compared with.
        now: what the org holds, made comparable with the base; the bytes live as long as the scratch space.
        records: the grants that it holds.
        tip: of the ledger when it was read.
    """

    drift: Drift
    base: Baseline
    now: Holdings
    records: tuple[Record, ...]
    tip: str


def measure(org: Org, ledger: Ledger, tools: Tools, since: str = "") -> Measured:
    """Compare an org with what our deployments left there.

    What an org fills in by itself right after a deployment is part of what it left; secrets are never given back and
    never compared; a permission set that an app names by its label is the one of that API name.

    Args:
        org: logged in.
        ledger: of that org.
        tools: the clock, progress and scratch space.
        since: a deployment to measure from; "" for the last one of each component.

    Raises:
        UsageError: nothing is recorded, or no such deployment.
        OrgRefused: the retrieve failed.
    """
    tip = ledger.tip()
    base = baseline(ledger, since)
    known = base.known
    asked = known.touched_by.keys() - base.parts
    tools.progress.step(f"Reading {counted(len(asked), 'component')} from {org.info.title}")
    snapshot = take_snapshot(org, asked, tools, reading=base.reading)
    unreadable = {component: words for component, words in snapshot.unreadable.items() if component in asked}
    for component in base.unknown & (snapshot.holdings.keys() | (known.unread & snapshot.absent)):
        left, there = known.touched_by[component].id, "there" if component in snapshot.holdings else "not there"
        unreadable[component] = f"it is {there} now, and what the org held after deployment {left} was not recorded"
    comparable = asked - unreadable.keys()
    now = dict(_comparable(base, {item: files for item, files in snapshot.holdings.items() if item in comparable}))
    old = {item: files for item, files in known.holdings.items() if item in comparable}
    changes = _differences(old, now)
    records, unread = _grants(org, sorted({*permission_sets(asked), *known.granted_by}))
    moment = stamp(tools.clock.now())
    grants = () if unread else _changed_grants(known.records, known.records_of, records, moment)
    drift = Drift(
        org_id=org.info.id,
        org_title=org.info.title,
        checked_at=moment,
        since=base.since,
        compared={item: known.touched_by[item].id for item in sorted(asked)},
        unreadable=dict(sorted(unreadable.items())),
        unread_records=unread if known.granted_by else "",
        sets=tuple(sorted(known.granted_by)),
        notes=tuple(_notes(base)),
    )
    if changes or grants:
        drift = _attributed(org, drift, base, old, now, changes, grants)
    return Measured(drift, base, now, records, tip)


def _comparable(base: Baseline, held: Holdings) -> Iterator[tuple[ComponentId, tuple[Entry, ...]]]:
    """What the org holds, profiles without what was not asked for when they were recorded."""
    for component, files in held.items():
        beside = base.beside.get(component)
        if component.type == "Profile" and beside is not None:
            root = xml.parse(files[0].read(), files[0].path)
            narrowed = within(root, beside)
            if narrowed != root:
                files = (Entry.of(files[0].path, xml.write(narrowed)),)
        yield component, files


def _differences(old: Holdings, new: Holdings) -> ChangeSet:
    aliases = labels_of_permission_sets(old, new)
    if not any(aliases.values()):
        return differences(old, new)
    return differences(dict(_renamed(old, new, aliases)), dict(_renamed(new, old, aliases)))


def _renamed(
    state: Holdings, other: Holdings, aliases: compare.Aliases
) -> Iterator[tuple[ComponentId, tuple[Entry, ...]]]:
    """A state in which apps call permission sets by their API names."""
    for component, files in state.items():
        is_app = component.type == "ConnectedApp" or component.type.startswith("ExtlClntApp")
        if is_app and component in other and files[0].sha256 != other[component][0].sha256:
            root = xml.parse(files[0].read(), files[0].path)
            files = (Entry.of(files[0].path, xml.write(compare.renamed(root, aliases))),)
        yield component, files


def _grants(org: Org, names: Sequence[str]) -> tuple[tuple[Record, ...], str]:
    """Who holds these permission sets now; or why that cannot be seen."""
    try:
        return (read_grants(org, names), "") if names else ((), "")
    except OrgRefused as error:
        return (), error.message


def _changed_grants(
    old: Iterable[Record], sets: frozenset[str], new: Iterable[Record], now: str
) -> tuple[RecordChange, ...]:
    held = {record.id for record in new}
    # a grant that has come to its planned end is as we left it
    left = [one for one in old if one.id in held or not one.expires_at or one.expires_at[:19] > now[:19]]
    return record_changes(left, [record for record in new if record.id.parent in sets])


def _notes(base: Baseline) -> Iterator[str]:
    for component in sorted(base.parts):
        yield f"{component} lies in another component's file and is not compared by itself"
    for entry in base.later:
        if not entry.finished_at:
            job = f" (job {entry.job_id})" if entry.job_id else ""
            yield f"Deployment {entry.id}{job} is not recorded as finished: what it changes shows as drift"


def _attributed(
    org: Org,
    drift: Drift,
    base: Baseline,
    old: Holdings,
    new: Holdings,
    changes: ChangeSet,
    grants: tuple[RecordChange, ...],
) -> Drift:
    """The same with what differs, and who may have done it."""
    touched, granted = base.known.touched_by, base.known.granted_by
    left = [touched[change.id] for change in changes] + [granted[change.id.parent] for change in grants]
    witnesses = Witnesses(
        trail=read_trail(org, min(entry.finished_at for entry in left), base.own),
        names=names_of(old, new),
        users=names_of_users(org, {one.id.subject for one in grants if one.id.kind is RecordKind.ASSIGNMENT}),
        later=base.later,
        now=drift.checked_at,
    )
    return replace(
        drift,
        components=tuple(
            DriftedComponent(change, witnesses.of_component(change.id, entry.finished_at), entry.id)
            for change, entry in zip(changes, left, strict=False)
        ),
        records=tuple(
            DriftedRecord(change, witnesses.of_record(change.id, entry.finished_at), entry.id)
            for change, entry in zip(grants, left[len(changes) :], strict=True)
        ),
    )
