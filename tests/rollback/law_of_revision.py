"""The law of a rollback to a revision: the org holds what its files say, and nobody's own things are touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tests.rollback.documents import Place, component_of, kind_of, list_of, parse
from tests.rollback.law import Done, Said, Spot, covers, in_list, set_of, spots
from tests.rollback.model_org import LIST, SET_PREFIX, World, normal

_FOLDER = "force-app/main/default/"
_END = "-meta.xml"


def violations(files: Mapping[str, bytes], ever: Iterable[Done], now: World, after: World, said: Said) -> Iterator[str]:
    """What a rollback left otherwise than the law says.

    Args:
        files: of the revision, by path.
        ever: every deployment so far.
        now: what the org held when it began.
        after: what it held afterwards.
        said: what it said.
    """
    there, here = spots(after), spots(now)
    wanted = {component_of(_inside(path)): parse(data) for path, data in files.items()}
    for component, (doc, cleared) in sorted(wanted.items()):
        for spot, expected in _asserted(component, doc, cleared, there):
            opened = set_of(spot)
            if opened and (f"{SET_PREFIX}{opened}", ()) not in there:
                continue  # a file may open an app to a permission set that is not there at that revision
            if spot[1] == LIST:
                expected = in_list(expected, after)
            if there.get(spot) != expected and not _is_listed(spot, said):
                yield f"{spot} must be {expected!r} by its file and is {there.get(spot)!r}"
    touched = {component for done in ever for component in done.touched} | wanted.keys()
    sets = {name for done in ever for name in done.sets} | {item.removeprefix(SET_PREFIX) for item in touched}
    for spot in sorted({*there, *here}):
        untouched = spot[0] not in touched and set_of(spot) not in sets
        # without any deployment on record, what HEAD says counts as deployed, and each place taken back is named
        if untouched and there.get(spot) != here.get(spot) and not said.lost(spot):
            yield f"{spot} is nobody's but theirs: {here.get(spot)!r} became {there.get(spot)!r}"


def _inside(path: str) -> str:
    return path.removeprefix(_FOLDER).removesuffix(_END)


def _asserted(
    component: str, doc: Mapping[Place, str], cleared: Iterable[Place], there: Mapping[Spot, str]
) -> Iterator[tuple[Spot, str | None]]:
    """Everything that a file says: what is to be there, and what is not."""
    yield (component, ()), "there"
    kind = kind_of(component)
    held = normal(kind, doc)
    for place in doc:
        yield (component, place), held.get(place)
    for item, place in there:
        if item != component or not place or place in doc:
            continue
        if kind == "PermissionSet" or (list_of(place[0]),) in set(cleared):
            yield (item, place), None


def _is_listed(spot: Spot, said: Said) -> bool:
    return said.lost(spot) or any(covers(one, spot) for one in (*said.left, *said.kept))
