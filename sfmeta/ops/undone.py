"""Which deployments a rollback takes back, and what the ledger knows of before and after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from sfmeta.change.inverse import Known, Origin
from sfmeta.change.reversal import Step
from sfmeta.errors import GuardRefused, UsageError
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.deployment import Deployment, Purpose
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordId
from sfmeta.ops.naming import position
from sfmeta.ops.recorded import recorded_sets
from sfmeta.ops.snapshot import by_component
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository

_K = TypeVar("_K")
_V = TypeVar("_V")

Entries = tuple[tuple[str, Deployment], ...]
"""Commits of the ledger with the deployments that they record, newest first."""


@dataclass(frozen=True, slots=True)
class GrantStep:
    """What one deployment did to the grants on a permission set.

    Attributes:
        before: those that the org held before it.
        after: those that it held afterwards; None where that is not recorded.
    """

    before: Mapping[RecordId, Record]
    after: Mapping[RecordId, Record] | None


@dataclass(frozen=True, slots=True)
class Deed:
    """What one deployment did.

    Attributes:
        steps: to each component that it touched.
        grants: to the grants on each permission set whose grants it knows.
    """

    steps: Mapping[ComponentId, Step]
    grants: Mapping[str, GrantStep]


def since_revision(ledger: Ledger, repository: Repository, revision: str) -> tuple[Entries, Deployment | None]:
    """The deployments that came after a revision, and the newest of all, None where the ledger has none.

    Those that the org took, or may have taken: also where the read-back then found them wanting.

    Args:
        ledger: of the org.
        repository: tells which commit contains which.
        revision: the full id of a commit.
    """
    later: list[tuple[str, Deployment]] = []
    newest: Deployment | None = None
    for commit, entry in ledger.deployments():
        if not entry.was_taken or entry.kind == Purpose.ENFORCE:
            continue
        newest = newest or entry
        of_a_commit = entry.source_revision and not entry.source_dirty
        contained = of_a_commit and repository.is_ancestor(entry.source_revision, revision)
        if contained and entry.kind == "rollback" and entry.success:
            # what came before it was undone by it; a plain deployment of an older commit undoes nothing
            break
        if not contained:
            later.append((commit, entry))
    return tuple(later), newest


def since_deployment(ledger: Ledger, name: str) -> Entries:
    """A deployment and all that came after it.

    Args:
        ledger: of the org.
        name: its id, the beginning of it, or its job's id.

    Raises:
        UsageError: there is none, it changed nothing, or several begin so.
    """
    found = tuple(ledger.deployments())
    taken = _taken(found)
    first = found[position(found, name)][1]
    if not first.was_taken:
        state = first.status or str(first.stage)
        raise UsageError(f"Deployment {first.id} changed nothing in the org ({state})", "See: sfmeta history -o ORG")
    _refuse_flip(first)
    place = next(number for number, (_, entry) in enumerate(taken) if entry.id == first.id)
    return tuple(one for one in taken[: place + 1] if one[1].kind != Purpose.ENFORCE)


def of_plan(ledger: Ledger, plan: str) -> Entries:
    """What was done for a plan, and what of it was taken back: where all was, nothing is left to be done.

    Args:
        ledger: of the org.
        plan: its id.

    Raises:
        UsageError: nothing was.
    """
    mine = tuple(found for found in ledger.deployments() if found[1].was_taken and found[1].plan == plan)
    if not mine:
        raise UsageError(
            f"No deployment for plan {plan} is recorded here", "Nothing was applied, or by somebody else: git fetch"
        )
    return mine


def the_last(ledger: Ledger, ended: Deployment | None) -> Entries:
    """The last deployment, which is not to be a rollback itself: the same command twice must not bring back what it
    has just taken away.

    Args:
        ledger: of the org.
        ended: the deployment that was left open, and that this command has brought to its end; None for none.

    Returns:
        None at all where that was a rollback: it has done what is asked for.

    Raises:
        UsageError: there is none.
        GuardRefused: it is a rollback.
    """
    taken = _taken(ledger.deployments())
    last = taken[0][1]
    _refuse_flip(last)
    if last.kind != Purpose.ROLLBACK:
        return taken[:1]
    if ended is not None and ended.id == last.id:
        return ()
    raise GuardRefused(
        f"The last deployment, {last.id}, is a rollback: to take that back would bring back what it took away",
        f"If you mean that: sfmeta rollback --deployment {last.id} -o ORG. To go further back, name the deployment "
        "before which the org was as you want it: sfmeta history -o ORG",
        "rollback-last",
    )


def _refuse_flip(entry: Deployment) -> None:
    """Turning a box back is no rollback: what ticking it did is not all in its settings."""
    if entry.kind == Purpose.ENFORCE:
        raise GuardRefused(
            f"{entry.id} turned a box of API Access Control, which no rollback touches",
            "Untick the boxes: sfmeta enforce off -o ORG; undo what was before: sfmeta rollback --deployment ID",
            "rollback-enforcement",
        )


def _taken(found: Iterable[tuple[str, Deployment]]) -> Entries:
    taken = tuple((commit, entry) for commit, entry in found if entry.was_taken)
    if not taken:
        raise UsageError("No deployment to this org is recorded here", "See: sfmeta history -o ORG")
    return taken


def deeds(ledger: Ledger, undone: Entries) -> tuple[Deed, ...]:
    """What each of these deployments did, oldest first.

    Where the org would not give a component before or after one of them, it counts as the deployment's work that it is
    otherwise than when it was read last: nobody saw anybody else change it. See ``seen_next`` for what it left then.
    """
    found: list[Deed] = []
    left: dict[ComponentId, Origin] = {}
    for commit, entry in reversed(undone):
        done = dict(_steps(ledger, commit, entry, left))
        left |= {component: _held(step.after) if step.is_seen else step.before for component, step in done.items()}
        found.append(Deed(done, _grant_steps(ledger, commit, entry)))
    return tuple(found)


def _steps(
    ledger: Ledger, commit: str, entry: Deployment, left: Mapping[ComponentId, Origin]
) -> Iterator[tuple[ComponentId, Step]]:
    before, after = by_component(ledger.before(commit)), by_component(ledger.after(commit))
    for component in (*entry.components, *entry.deletions):
        origin = _origin(component, entry, before)
        if component in left and origin.known is Known.UNKNOWN:
            origin = left[component]
        now = after.get(component, ())
        if component in entry.unrecoverable and not now:
            now = origin.entries
        yield component, Step(origin, now, is_seen=component not in entry.unread_after)


def _grant_steps(ledger: Ledger, commit: str, entry: Deployment) -> dict[str, GrantStep]:
    before, after = (ledger.records(commit, after=is_after) for is_after in (False, True))
    if before is None:
        return {}
    return {
        name: GrantStep(_on(before, name), None if after is None else _on(after, name))
        for name in recorded_sets(ledger, commit, entry)
    }


def steps(done: Iterable[Deed]) -> dict[ComponentId, tuple[Step, ...]]:
    """What each deployment did to a component, oldest first."""
    return _chained(deed.steps for deed in done)


def grant_steps(done: Iterable[Deed]) -> dict[str, tuple[GrantStep, ...]]:
    """What each deployment did to the grants on a permission set, oldest first."""
    return _chained(deed.grants for deed in done)


def seen_next(past: Mapping[ComponentId, tuple[Step, ...]], now: Holdings) -> dict[ComponentId, tuple[Step, ...]]:
    """The same, where what a deployment left was not seen taken for what was seen next.

    Args:
        past: from ``steps``.
        now: what the org holds.
    """
    found: dict[ComponentId, tuple[Step, ...]] = {}
    for component, chain in past.items():
        nexts = [*(step.before.entries for step in chain[1:]), now.get(component, ())]
        found[component] = tuple(
            step if step.is_seen else replace(step, after=later) for step, later in zip(chain, nexts, strict=True)
        )
    return found


def unseen(past: Mapping[ComponentId, tuple[Step, ...]]) -> frozenset[ComponentId]:
    """What the org would not give after one of these deployments."""
    return frozenset(component for component, chain in past.items() if not all(step.is_seen for step in chain))


def _origin(component: ComponentId, entry: Deployment, before: Mapping[ComponentId, tuple[Entry, ...]]) -> Origin:
    if component in entry.unrecoverable:
        return Origin(Known.UNKNOWN)
    if component in entry.absent_before:
        return Origin(Known.ABSENT)
    if component in before:
        return _held(before[component])
    # a part of an object's file, or an entry of an older sfmeta: never to be taken for absent
    return Origin(Known.UNKNOWN)


def _held(entries: tuple[Entry, ...]) -> Origin:
    return Origin(Known.HELD, entries) if entries else Origin(Known.ABSENT)


def origins(past: Mapping[ComponentId, tuple[Step, ...]]) -> dict[ComponentId, Origin]:
    """What the org held before these deployments."""
    return {component: found[0].before for component, found in past.items()}


def spans(
    past: Mapping[ComponentId, tuple[Step, ...]],
) -> Iterator[tuple[dict[ComponentId, tuple[Entry, ...]], dict[ComponentId, tuple[Entry, ...]]]]:
    """Between two deployments that touched one component: what the first left, and what the second found."""
    for number in range(1, max(map(len, past.values()), default=0)):
        both = {
            component: found[number - 1 : number + 1]
            for component, found in past.items()
            if len(found) > number and found[number - 1].is_seen
        }
        yield (
            {component: one.after for component, (one, _) in both.items() if one.after},
            {component: two.before.entries for component, (_, two) in both.items() if two.before.entries},
        )


def _on(records: Iterable[Record], name: str) -> dict[RecordId, Record]:
    return {one.id: one for one in records if one.id.parent == name}


def said(ledger: Ledger, undone: Entries) -> dict[ComponentId, tuple[tuple[Entry, ...], ...]]:
    """What each of these deployments sent of a component, newest first."""
    return _chained(by_component(ledger.package(commit)) for commit, _ in undone)


def _chained(maps: Iterable[Mapping[_K, _V]]) -> dict[_K, tuple[_V, ...]]:
    """By each key what the maps hold under it, in their order."""
    found: dict[_K, tuple[_V, ...]] = {}
    for one in maps:
        for key, value in one.items():
            found[key] = (*found.get(key, ()), value)
    return found
