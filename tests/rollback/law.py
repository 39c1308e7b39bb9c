"""The law of rollback, from what really happened: every deployment's state before and after, place by place.

A place that only deployments changed goes back to what it was before the first of them; one that only others changed
stays; one that both changed is a conflict. What a rollback may leave otherwise it must have said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sfmeta.ops.rollback import RollbackPlan, Side
from tests.rollback.documents import Place, kind_of, list_of
from tests.rollback.model_org import KEY, LIST, POLICIES, SET_PREFIX, World, listed, normal

Spot = tuple[str, Place]
"""A component or a grant, and a place in it; ``()`` says whether it is there at all."""


@dataclass(frozen=True)
class Done:
    """A deployment that the org took, or may have taken.

    Attributes:
        id: in the ledger.
        touched: its components.
        sets: the permission sets whose grants it touched.
        before: what the org held.
        after: what it held when the ledger's entry was closed.
        unread: the components that the org would not give.
    """

    id: str
    touched: frozenset[str]
    sets: frozenset[str]
    before: World
    after: World
    unread: frozenset[str] = frozenset()


def spots(world: World) -> dict[Spot, str]:
    """Everything that an org holds."""
    found: dict[Spot, str] = {}
    for component, doc in world.docs.items():
        found[component, ()] = "there"
        found |= {(component, place): value for place, value in normal(kind_of(component), doc).items() if place != KEY}
    for (kind, parent, subject), expires in world.grants.items():
        found[f"{kind}:{parent}/{subject}", ()] = f"until {expires}"
    return found


def chain_of(spot: Spot, undone: Iterable[Done]) -> list[Done]:
    """The deployments, oldest first, that touched a place."""
    item, _ = spot
    opened = set_of(spot)
    return [
        done
        for done in undone
        if item in done.touched or (opened and (opened in done.sets or f"{SET_PREFIX}{opened}" in done.touched))
    ]


def set_of(spot: Spot) -> str:
    """The permission set that a grant is about, "" where the place is no grant."""
    item, place = spot
    if item.startswith(("PermissionSetAssignment:", "SetupEntityAccess:")):
        return item.partition(":")[2].partition("/")[0]
    if kind_of(item) == "ConnectedApp" and place and list_of(place[0]) == "permissionSetName":
        return place[0][18:-1]
    return ""


def _is_told(spot: Spot, undone: Iterable[Done]) -> bool:
    """Whether one of the deployments touched the permission set that a grant is about."""
    opened = set_of(spot)
    return bool(opened) and any(opened in done.sets or f"{SET_PREFIX}{opened}" in done.touched for done in undone)


@dataclass(frozen=True)
class Fate:
    """What must become of one place.

    Attributes:
        now: what it is.
        before: what it was before the deployments.
        ours: a deployment changed it.
        theirs: somebody else did.
        foggy: the org once would not say what it was.
    """

    now: str | None
    before: str | None
    ours: bool
    theirs: bool
    foggy: bool = False

    @property
    def wanted(self) -> str | None:
        return self.before if self.ours else self.now

    @property
    def is_conflict(self) -> bool:
        return self.ours and self.theirs and self.now != self.before


def fates(undone: list[Done], now: World, fog: frozenset[str] = frozenset()) -> dict[Spot, Fate]:
    """What must become of everything that deployments touched.

    Args:
        undone: oldest first.
        now: what the org holds.
        fog: what it does not show now.
    """
    views = {id(done): (spots(done.before), spots(done.after)) for done in undone}
    here = spots(now)
    everything = {spot for pair in views.values() for view in pair for spot in view} | here.keys()
    found: dict[Spot, Fate] = {}
    for spot in everything:
        chain = chain_of(spot, undone)
        if not chain:
            continue
        steps = [(views[id(done)][0].get(spot), views[id(done)][1].get(spot)) for done in chain]
        nexts = [before for before, _ in steps[1:]] + [here.get(spot)]
        ours = any(before != after for before, after in steps)
        theirs = any(after != later for (_, after), later in zip(steps, nexts, strict=True))
        foggy = any(spot[0] in done.unread for done in chain)
        found[spot] = Fate(here.get(spot), steps[0][0], ours, theirs, foggy or spot[0] in fog)
    # what was not there before the deployments goes as a whole, if they had any part in it
    parts = {item for (item, _), fate in found.items() if fate.ours}
    for spot, fate in found.items():
        there = found.get((spot[0], ()))
        if there is None or spot[0] not in parts:
            continue
        left = views[id(chain_of(spot, undone)[-1])][1]
        if there.now is None or (there.before is not None and (spot[0], ()) not in left):
            # gone, or made anew by somebody after it was gone: it is back as it was, or not at all
            found[spot] = replace(fate, ours=True)
        elif there.before is None:
            # an app is never deleted, and stays as it is; but a grant goes that a permission set's records tell of
            goes = spot[0].startswith((SET_PREFIX, "PermissionSetAssignment", "SetupEntity")) or _is_told(spot, undone)
            found[spot] = replace(fate, ours=goes and (fate.ours or not set_of(spot)))
    return found


def whole(found: Mapping[Spot, Fate]) -> dict[str, bool]:
    """Of each component: whether a conflict in it is about the component as a whole."""
    result: dict[str, bool] = {}
    for (item, place), fate in found.items():
        if place:
            continue
        made_or_dropped = fate.theirs
        # deleted, or made again, as a whole: then whatever somebody changed in it is met as a whole, too
        goes = fate.ours and (fate.before is None) != (fate.now is None)
        result[item] = made_or_dropped or goes
    return result


def conflicts(found: Mapping[Spot, Fate]) -> set[Spot]:
    """The places where the way back meets what somebody changed."""
    wholes = whole(found)
    met: set[Spot] = set()
    for item in {item for item, _ in found}:
        inside = {place: fate for (of, place), fate in found.items() if of == item}
        there = inside.get(())
        if there is not None and wholes[item] and there.now is None and there.before is None:
            continue
        if wholes.get(item):
            changes = any(fate.wanted != fate.now for fate in inside.values())
            if changes and any(fate.theirs for fate in inside.values()):
                met.add((item, ()))
            continue
        met |= {(item, place) for place, fate in inside.items() if fate.is_conflict}
    return met


def covers(listed: Spot, spot: Spot) -> bool:
    """Whether what was listed lies at, above or below a place."""
    (item, place), (other, below) = listed, spot
    return item == other and all(one in (step, list_of(step)) for one, step in zip(place, below, strict=False))


def listed_conflicts(plan: RollbackPlan, now: World) -> set[Spot]:
    found: set[Spot] = {(str(conflict.component), conflict.path) for conflict in plan.conflicts}
    for change in plan.grant_conflicts:
        found.add(spot_of_grant(str(change.id), now))
    return found


def spot_of_grant(name: str, world: World) -> Spot:
    """A grant on an app that the org owns stands in the app's file."""
    kind, _, rest = name.partition(":")
    parent, _, subject = rest.partition("/")
    for component, doc in world.docs.items():
        if kind == "SetupEntityAccess" and kind_of(component) == "ConnectedApp" and doc["label",] == subject[21:]:
            return component, (f"permissionSetName[{parent}]",)
    return name, ()


@dataclass(frozen=True)
class Said:
    """What a plan says of what will not be as it was.

    Attributes:
        losses: what cannot be put back.
        kept: what somebody changed, and stays.
        left: conflicts that were given to the org.
        met: all conflicts.
    """

    losses: tuple[Spot, ...]
    kept: tuple[Spot, ...]
    left: tuple[Spot, ...]
    met: frozenset[Spot]

    @classmethod
    def of(cls, plan: RollbackPlan, now: World) -> Said:
        kept = []
        for change in plan.kept:
            kept += [(str(change.id), field.path) for field in change.fields] or [(str(change.id), ())]
        kept += [spot_of_grant(str(change.id), now) for change in plan.kept_grants]
        met = listed_conflicts(plan, now)
        left = met if plan.side is Side.THEIRS else ()
        losses = tuple((str(loss.component), loss.path) for loss in plan.losses)
        return cls(losses, tuple(kept), tuple(left), frozenset(met))

    def lost(self, spot: Spot) -> bool:
        opened = set_of(spot)
        # what hangs on a permission set goes with it
        return any(covers(loss, spot) or (opened and loss == (f"{SET_PREFIX}{opened}", ())) for loss in self.losses)


def violations(
    undone: list[Done],
    now: World,
    after: World,
    said: Said,
    fog: frozenset[str] = frozenset(),
    aside: frozenset[Spot] = frozenset(),
) -> Iterator[str]:
    """What a rollback left otherwise than the law says.

    Args:
        undone: what it took back, oldest first.
        now: what the org held when it began.
        after: what it held afterwards.
        said: what it said.
        fog: what the org did not show when it was made.
        aside: places that the law is not asked about.
    """
    found = {spot: fate for spot, fate in fates(undone, now, fog).items() if spot not in aside}
    met = conflicts(found)
    here, there = spots(now), spots(after)
    every = {*found, *here, *there}
    for spot in sorted(every):
        final, fate = there.get(spot), found.get(spot)
        if spot in aside:
            continue
        if fate is None:
            # no deployment that is undone touched it
            if final != here.get(spot) and not said.lost(spot):
                yield f"{spot} was not to be touched: {here.get(spot)!r} became {final!r}"
            continue
        given = any(covers(one, spot) for one in said.left)
        if spot[1] == LIST:
            # a permission set that goes leaves the list
            fate = replace(fate, before=in_list(fate.before, after), now=in_list(fate.now, after))
        expected = fate.now if given else fate.wanted
        if final != expected and not said.lost(spot) and not fate.foggy:
            yield f"{spot} must be {expected!r} and is {final!r} (before {fate.before!r}, now {fate.now!r})"
        if final not in (fate.now, fate.wanted, fate.before, None):
            yield f"{spot} became {final!r}, which it never was"
        if final != fate.now and any(one == spot for one in said.kept) and not said.lost(spot):
            yield f"{spot} was to be kept as {fate.now!r} and is {final!r}"
        # what hangs on a permission set is named with it
        gone = (f"{SET_PREFIX}{set_of(spot)}", ())
        listed = given or said.lost(spot) or any(covers(one, spot) or one == gone for one in (*said.kept, *said.left))
        if final != fate.before and not listed:
            yield f"{spot} was {fate.before!r}, is {final!r}, and nobody said so"
    yield from _agreement(met, found, set(said.met - aside))


def agreement(
    undone: list[Done],
    now: World,
    said: Said,
    fog: frozenset[str] = frozenset(),
    aside: frozenset[Spot] = frozenset(),
) -> Iterator[str]:
    """Where a plan's conflicts are not exactly the places where the way back and somebody's change meet."""
    found = {spot: fate for spot, fate in fates(undone, now, fog).items() if spot not in aside}
    yield from _agreement(conflicts(found), found, set(said.met - aside))


def entangled(undone: Iterable[Done], now: World) -> frozenset[Spot]:
    """External client apps whose lists of permission sets also changed with permission sets, without a file of theirs.

    Of connected apps sfmeta joins the two halves of such a story (``ops.entwined``); of these it does not.
    """
    undone = tuple(undone)
    names: dict[Spot, set[str]] = {}
    for world in [now, *(world for done in undone for world in (done.before, done.after))]:
        for component, doc in world.docs.items():
            if kind_of(component) == POLICIES:
                names.setdefault((component, LIST), set()).update(listed(doc))
    found = set()
    for spot, some in names.items():
        of_app = [done.id for done in undone if spot[0] in done.touched]
        of_sets = [done.id for done in undone if some & (done.sets | _sets_in(done.touched))]
        if of_sets and of_app != of_sets:
            found.add(spot)
    return frozenset(found)


def _sets_in(touched: Iterable[str]) -> set[str]:
    return {item.removeprefix(SET_PREFIX) for item in touched if item.startswith(SET_PREFIX)}


def in_list(names: str | None, world: World) -> str | None:
    """A list without the permission sets that are not there."""
    found = listed({LIST: names or ""})
    return ",".join(sorted(name for name in found if f"{SET_PREFIX}{name}" in world.docs)) or None


def _agreement(met: set[Spot], found: Mapping[Spot, Fate], listed: set[Spot]) -> Iterator[str]:
    foggy = {item for (item, _), fate in found.items() if fate.foggy}
    for spot in sorted(met):
        if spot[0] not in foggy and not any(covers(one, spot) for one in listed):
            yield f"{spot} is a conflict that the plan does not show: {found.get(spot)}"
    for one in sorted(listed):
        if one[0] not in foggy and not any(covers(one, spot) for spot in met):
            yield f"{one} is shown as a conflict and is none: {[f for s, f in found.items() if covers(one, s)]}"
