"""What drift is measured from: an org after our last deployment of each component, or after one that is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sfmeta.change.companions import companions
from sfmeta.codec import xml
from sfmeta.errors import UsageError
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, Purpose, Stage
from sfmeta.model.names import ComponentId, TypeName
from sfmeta.model.registry import CHILD_TYPES
from sfmeta.ops.naming import positions
from sfmeta.ops.recorded import LastKnown, last_known, recorded_sets
from sfmeta.ops.snapshot import by_component
from sfmeta.workspace.ledger import Ledger

Entries = Sequence[tuple[str, Deployment]]
"""Commits of a ledger and what they record, newest first."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The state to measure from.

    Attributes:
        known: what the org held.
        since: the deployment that was named; "" where none was.
        own: all of our deployments, newest first.
        later: those that are not part of the state: what came after the one that was named, and what is not finished.
        reading: the profiles as they were sent and recorded: what to read beside them.
        beside: of each profile, what stood in the manifest when it was recorded.
        unknown: components of which the ledger does not say whether they were there: it names them, and the org gave
            no file of them when it was asked.
        parts: components that lie in another one's file.
    """

    known: LastKnown
    since: str
    own: tuple[Deployment, ...]
    later: tuple[Deployment, ...]
    reading: tuple[Entry, ...]
    beside: Mapping[ComponentId, frozenset[ComponentId]]
    unknown: frozenset[ComponentId]
    parts: frozenset[ComponentId]


def baseline(ledger: Ledger, since: str = "") -> Baseline:
    """Work out the state to measure from.

    Args:
        ledger: of the org.
        since: a deployment by its id, the beginning of it or its job; "" for the last of each component. Components
            that later deployments touched for the first time are taken as those found them.

    Raises:
        UsageError: no such deployment, several, or nothing is recorded at all.
    """
    entries = tuple(ledger.deployments())
    first = _position(entries, since) if since else 0
    later, folded = entries[:first], entries[first:]
    known = last_known(ledger, folded)
    absent = {item for item in known.absent if item in known.touched_by[item].deletions}
    if since:
        known, found_absent = _with_found(
            ledger, known, tuple(item for item in later if item[1].was_taken), folded[0][1]
        )
        absent |= found_absent
    if not known.touched_by and not known.granted_by:
        raise UsageError(
            "The ledger holds no finished deployment to this org, so there is nothing to measure drift from",
            "Fetch what others recorded (git fetch origin 'refs/sfmeta/*:refs/sfmeta/*'), or deploy: "
            "sfmeta deploy -o ORG",
        )
    beside, reading = _of_profiles(ledger, known, (*folded, *reversed(later)))
    parts = frozenset(item for item in known.touched_by if item.type in CHILD_TYPES)
    unfinished = tuple(entry for _, entry in folded if entry.stage is not Stage.FINISHED)
    return Baseline(
        known=known,
        since=folded[0][1].id if since else "",
        own=tuple(entry for _, entry in entries),
        later=(*(entry for _, entry in later), *unfinished),
        reading=reading,
        beside=beside,
        unknown=frozenset((known.absent | known.unread) - absent - parts),
        parts=parts,
    )


def _position(entries: Entries, text: str) -> int:
    """Where the deployment that is meant stands.

    Raises:
        UsageError: none, or several.
    """
    found = positions(entries, text)
    if not found:
        raise UsageError(f"The ledger of this org has no deployment {text}", "See: sfmeta history -o ORG")
    if len(found) > 1:
        names = ", ".join(entries[number][1].id for number in found)
        raise UsageError(f"'{text}' is the beginning of {len(found)} deployments: {names}", "Write more of it")
    return found[0]


def _with_found(
    ledger: Ledger, known: LastKnown, later: Entries, since: Deployment
) -> tuple[LastKnown, set[ComponentId]]:
    """The state, with what later deployments found of the components that it does not know; and what was not there."""
    holdings, touched = dict(known.holdings), dict(known.touched_by)
    records, granted = list(known.records), dict(known.granted_by)
    absent: set[ComponentId] = set()
    for commit, entry in reversed(later):
        fresh = {*entry.components, *entry.deletions} - touched.keys() - {*entry.unrecoverable}
        held = by_component(ledger.before(commit)) if fresh else {}
        holdings |= {component: held[component] for component in fresh & held.keys()}
        absent |= fresh & {*entry.absent_before}
        touched |= dict.fromkeys(fresh, since)
        grants = ledger.records(commit, after=False)
        if grants is not None:
            new = recorded_sets(ledger, commit, entry) - granted.keys()
            records += [record for record in grants if record.id.parent in new]
            granted |= dict.fromkeys(new, since)
    return LastKnown(holdings, touched, tuple(sorted(records)), granted, known.unread), absent


def _of_profiles(
    ledger: Ledger, known: LastKnown, entries: Iterable[tuple[str, Deployment]]
) -> tuple[dict[ComponentId, frozenset[ComponentId]], tuple[Entry, ...]]:
    """What stood beside each profile in the manifest when it was recorded, and the files that say so."""
    open_ones = {component for component in known.holdings if component.type == "Profile"}
    reading = [entry for component in sorted(open_ones) for entry in known.holdings[component]]
    beside = {component: _named(known.holdings[component]) for component in open_ones}
    for commit, entry in entries:
        mine = open_ones & {*entry.components}
        if not mine or not entry.was_taken:
            continue
        sent = by_component(ledger.package(commit))
        profiles = [file for component, files in sent.items() if component.type == "Profile" for file in files]
        reading += profiles
        manifest = {*entry.components, *entry.deletions} | _named(profiles)
        for component in mine:
            beside[component] |= manifest
        if entry.kind != Purpose.ACCEPT:
            # what was taken over from the org was read as the deployment before it had been
            open_ones -= mine
    return {component: frozenset(found) for component, found in beside.items()}, tuple(reading)


def _named(profiles: Iterable[Entry]) -> set[ComponentId]:
    found: set[ComponentId] = set()
    for entry in profiles:
        found |= companions(TypeName("Profile"), xml.parse(entry.read(), entry.path))
    return found
