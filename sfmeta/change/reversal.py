"""The package that takes deployments back: an org as it was before them, with what others changed since left alone.

Of each component the ledger knows what the org held before and after every one of the deployments; and there is what
it holds now (*actual*). What one of the deployments changed goes back to what it was before the first of them (the
*origin*); what somebody changed between them or since, in other places, stays. Where both touch one place the origin
is written here, and ``conflicts`` finds it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from sfmeta.change.comparison import unmet
from sfmeta.change.conflicts import Conflict, places_left
from sfmeta.change.documents import root_of
from sfmeta.change.gone import without_gone
from sfmeta.change.inverse import Inverse, Known, Loss, Origin, entry_of, keyless, without_keys
from sfmeta.change.overlap import Touched
from sfmeta.change.restoration import Restoration
from sfmeta.codec import compare
from sfmeta.codec.compare import Aliases
from sfmeta.model import registry
from sfmeta.model.change import ChangeSet, ComponentChange, FieldChange, Kind
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId

_InOrder = Callable[[Element], Element]


@dataclass(frozen=True, slots=True)
class Step:
    """What one deployment did to a component.

    Attributes:
        before: what the org held before it.
        after: what it held afterwards; empty where it was not there then.
        is_seen: False where the org would not give it afterwards; then ``after`` is what was seen next.
    """

    before: Origin
    after: tuple[Entry, ...] = ()
    is_seen: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """What happened; see the module.

    Attributes:
        steps: what each deployment did to a component, oldest first; of every component that they touched.
        actual: what the org holds now.
        unreadable: what it would not give; it may hold anything there.
    """

    steps: Mapping[ComponentId, tuple[Step, ...]]
    actual: Holdings
    unreadable: Collection[ComponentId] = ()


def reverse(past: Past, aliases: Aliases, in_order: _InOrder, leaving: Collection[Conflict] = ()) -> Inverse:
    """The way back to before some deployments.

    Args:
        past: see there.
        aliases: see ``comparison.unmet``.
        in_order: puts a root's elements into schema order (``codec.canonical``).
        leaving: what somebody changed and is to stay.

    Raises:
        SourceError: a file is no well-formed XML.
    """
    files: dict[ComponentId, tuple[Entry, ...]] = {}
    deletions: list[ComponentId] = []
    losses: list[Loss] = []
    goals: list[ComponentChange] = []
    apart: list[ComponentChange] = []
    left = places_left(leaving)
    for component, steps in sorted(past.steps.items()):
        if () in left.get(component, ()):
            continue
        origin, actual = steps[0].before, past.actual.get(component, ())
        if component in past.unreadable:
            losses.append(Loss(component, "stays as it is: the org would not give it"))
        elif origin.known is Known.UNKNOWN:
            losses.append(Loss(component, "stays as it is: its state before is not recorded"))
        elif not _did_anything(component, steps):
            pass  # whatever happened to it, the deployments did not do it
        elif origin.known is Known.ABSENT:
            if actual:
                _made(component, deletions, losses)
        elif not actual:
            made = _made_again(component, origin.entries, losses)
            files |= made
            goals += [ComponentChange(again, Kind.ADDED) for again in made]
        elif not registry.is_document(component.type):
            files[component] = origin.entries
            goals += unmet({component: origin.entries}, past.actual, aliases)
        else:
            back = compare.compare(component.type, _root(actual), _root(origin.entries))
            goal = _goal(component, back, steps, actual, Touched.at(left.get(component, ())))
            stays = _stays(component, back, goal)
            if stays:
                apart.append(ComponentChange(component, Kind.CHANGED, stays))
            if goal:
                goals.append(ComponentChange(component, Kind.CHANGED, goal))
                files[component] = _changed_back(component, _in_blocks(component, back, goal), actual, losses, in_order)
    sent = without_gone(files, deletions, aliases)
    changed = {change.id for change in unmet(sent, past.actual, aliases)}
    return Inverse(
        files={component: entries for component, entries in sent.items() if component in changed},
        deletions=tuple(deletions),
        losses=tuple(losses),
        goals=ChangeSet(tuple(goals)),
        apart=ChangeSet(tuple(apart)),
    )


def _made(component: ComponentId, deletions: list[ComponentId], losses: list[Loss]) -> None:
    kind = registry.types().get(component.type)
    if kind is None or kind.never_deleted:
        hint = "Block it in Setup, or remove its grants, if nobody may use it"
        losses.append(Loss(component, "was made by the deployment and stays: it is never deleted", hint))
    else:
        deletions.append(component)


def _made_again(
    component: ComponentId, origin: tuple[Entry, ...], losses: list[Loss]
) -> dict[ComponentId, tuple[Entry, ...]]:
    """What the deployments deleted, or somebody since."""
    kind = registry.types().get(component.type)
    if kind is None or kind.never_deleted:
        losses.append(Loss(component, "is gone from the org, and cannot be made again as it was"))
        return {}
    return {component: without_keys(component, origin)}


def _goal(
    component: ComponentId,
    back: tuple[FieldChange, ...],
    steps: tuple[Step, ...],
    actual: tuple[Entry, ...],
    left: Touched,
) -> tuple[FieldChange, ...]:
    """What of a document is to go back, value by value: where one of the deployments changed it.

    Args:
        component: which.
        back: from what the org holds to what it held before all of them.
        steps: what each of them did.
        actual: what the org holds.
        left: what is to stay.
    """
    goal = [change for change in compare.in_places(component.type, back) if not _is_key(change)]
    alone = len(steps) == 1 and _digests(steps[0].after) == _digests(actual)
    if steps[-1].after and not alone:
        now = _root(actual)
        ours = [change for step in steps for change in _changed_by(component, step, now)]
        touched = Touched(compare.in_places(component.type, ours))
        goal = [change for change in goal if change.path in touched]
    return tuple(change for change in goal if change.path not in left)


def _stays(
    component: ComponentId, back: tuple[FieldChange, ...], goal: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """What of a document does not go back, from what it was to what it is."""
    goes = {change.path for change in goal}
    places = compare.in_places(component.type, back)
    return tuple(
        FieldChange(change.path, change.new, change.old)
        for change in places
        if change.path not in goes and not _is_key(change)
    )


def _changed_back(
    component: ComponentId,
    goal: tuple[FieldChange, ...],
    actual: tuple[Entry, ...],
    losses: list[Loss],
    in_order: _InOrder,
) -> tuple[Entry, ...]:
    now = _root(actual)
    wanted = compare.apply(component.type, goal, now)
    way = Restoration(component.type, wanted, recorded=True)
    if registry.types()[component.type].merge is registry.Merge.ADD:
        # only what is written changes: the rest of the file would say nothing but what is there
        places = {change.path[0] for change in goal}
        changed = way.complete(_only(component, wanted, places), _only(component, now, places))
    else:
        changed = way.complete(wanted, now)
    losses += [Loss.at(component, place, what) for place, what in way.losses]
    return (entry_of(actual[0].path, keyless(component, in_order(changed))),)


def _in_blocks(
    component: ComponentId, back: Iterable[FieldChange], goal: Iterable[FieldChange]
) -> tuple[FieldChange, ...]:
    """The same goal, but a block of which everything comes or goes does so as a whole: nothing hollow is left."""
    chosen = {change.path for change in goal}
    found: list[FieldChange] = []
    for whole in back:
        places = [place for place in compare.in_places(component.type, [whole]) if not _is_key(place)]
        inside = [place for place in places if place.path in chosen]
        found += [whole] if inside and len(inside) == len(places) else inside
    return tuple(found)


def _only(component: ComponentId, root: Element, steps: set[str]) -> Element:
    """The root with the children that these steps of a trail lead to."""
    empty = root.with_children(())
    # a document without any children lacks exactly what the other one holds
    held = {change.path[0]: change.new for change in compare.compare(component.type, empty, root)}
    found = (held.get(step) for step in sorted(steps))
    return root.with_children(tuple(element for element in found if element is not None))


def _is_key(change: FieldChange) -> bool:
    return "/".join(change.path) in registry.CONSUMER_KEY_PATHS


def _did_anything(component: ComponentId, steps: Iterable[Step]) -> bool:
    return any(not _same(component, step.before.entries, step.after) for step in steps)


def _changed_by(component: ComponentId, step: Step, like: Element) -> tuple[FieldChange, ...]:
    """What a deployment changed; all that was there, where it made or deleted the component."""
    nothing = like.with_children(())
    before = _root(step.before.entries) if step.before.entries else nothing
    return compare.compare(component.type, before, _root(step.after) if step.after else nothing)


def _same(component: ComponentId, one: tuple[Entry, ...], other: tuple[Entry, ...]) -> bool:
    if _digests(one) == _digests(other):
        return True
    if not (one and other and registry.is_document(component.type)):
        return False
    return not compare.compare(component.type, _root(one), _root(other))


def _digests(entries: tuple[Entry, ...]) -> frozenset[str]:
    return frozenset(entry.sha256 for entry in entries)


def _root(entries: tuple[Entry, ...]) -> Element:
    return root_of(entries[0])
