"""The grants that go back with a rollback: those that deployments made or took, unless somebody changed them since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sfmeta.change.documents import root_of
from sfmeta.change.gone import GRANT, GRANTS
from sfmeta.change.inverse import Inverse, entry_of
from sfmeta.change.overlap import Trail
from sfmeta.errors import OrgRefused
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind
from sfmeta.ops.grants import missing_sets, read_grants, subject_of
from sfmeta.ops.ports import Org
from sfmeta.ops.undone import GrantStep

_APP_TYPES = ("ConnectedApp", "ExternalClientApplication", "ExtlClntAppOauthConfigurablePolicies")
_Held = Mapping[RecordId, Record]


@dataclass(frozen=True, slots=True)
class GrantsBack:
    """What to write.

    Attributes:
        writes: from what is there to what was there before.
        conflicts: likewise, where somebody changed the same grant between the deployments or since.
        kept: what somebody changed, and no deployment did: from what was there before to what is there.
        gone: the permission sets of these grants that the org no longer has.
    """

    writes: tuple[RecordChange, ...] = ()
    conflicts: tuple[RecordChange, ...] = ()
    kept: tuple[RecordChange, ...] = ()
    gone: frozenset[str] = frozenset()

    @property
    def all(self) -> tuple[RecordChange, ...]:
        """All that can be written: what somebody changed is written over."""
        return (*self.writes, *self.conflicts)


def grants_back(org: Org, steps: Mapping[str, tuple[GrantStep, ...]], staying: Collection[str] = ()) -> GrantsBack:
    """Compare the grants before and after each of some deployments, and now.

    Args:
        org: logged in.
        steps: what the deployments did to the grants on each permission set, oldest first.
        staying: apps, as subjects of records, that nobody knows what they were: they are not opened nor closed.
    """
    if not steps:
        return GrantsBack()
    now: _Held | None = None
    try:
        now = {record.id: record for record in read_grants(org, sorted(steps))}
    except OrgRefused:
        pass  # what the deployments left is taken for what is there
    writes: list[RecordChange] = []
    conflicts: list[RecordChange] = []
    kept: list[RecordChange] = []
    for name, chain in sorted(steps.items()):
        here = now if now is not None else chain[-1].after or {}
        spans = _spans(chain, {record: held for record, held in here.items() if record.parent == name})
        seen = {record for span in spans for held in span for record in held}
        for record in sorted(record for record in seen if record.subject not in staying):
            states = [(before.get(record), after.get(record), later.get(record)) for before, after, later in spans]
            origin, there = states[0][0], states[-1][2]
            ours = any(before != after for before, after, _ in states)
            theirs = any(after != later for _, after, later in states)
            if there == origin:
                continue
            if ours:
                (conflicts if theirs else writes).append(RecordChange(there, origin))
            else:
                kept.append(RecordChange(origin, there))
    gone = missing_sets(org, {change.id.parent for change in (*writes, *conflicts, *kept)})
    return GrantsBack(tuple(writes), tuple(conflicts), tuple(kept), gone)


def _spans(chain: tuple[GrantStep, ...], now: _Held) -> list[tuple[_Held, _Held, _Held]]:
    """Of each deployment: the grants before it, after it, and when they were looked at next."""
    nexts: list[_Held] = [*(step.before for step in chain[1:]), now]
    # where it is not recorded what a deployment left, it left what was seen next
    return [
        (step.before, later if step.after is None else step.after, later)
        for step, later in zip(chain, nexts, strict=True)
    ]


def left_to_files(back: GrantsBack, files: Holdings) -> GrantsBack:
    """Without the grants on apps whose files, which the org is to hold, say themselves who is let in.

    Args:
        back: see ``grants_back``.
        files: of the revision that is gone back to.
    """
    apps = set(_apps_with_lists(files))

    def others(changes: Iterable[RecordChange]) -> tuple[RecordChange, ...]:
        return tuple(change for change in changes if change.id.subject not in apps)

    return replace(back, writes=others(back.writes), conflicts=others(back.conflicts))


def _apps_with_lists(files: Holdings) -> Iterator[str]:
    """Subjects of grants on these apps."""
    roots = {component: root_of(found[0]) for component, found in files.items() if component.type in _APP_TYPES}
    for component, root in roots.items():
        if component.type == "ConnectedApp" and root.first(GRANT) is not None:
            yield subject_of(root.value("label") or "")
        if root.first(GRANTS) is not None:
            app = ComponentId.of("ExternalClientApplication", root.value("externalClientApplication") or "")
            if app in roots:
                yield subject_of(roots[app].value("label") or "", app.type)


def apps_of(holdings: Holdings) -> dict[str, ComponentId]:
    """The connected apps among components, as records name them: their files say the same as records do."""
    found: dict[str, ComponentId] = {}
    for component, entries in holdings.items():
        if component.type == "ConnectedApp":
            found.setdefault(subject_of(root_of(entries[0]).value("label") or ""), component)
    return found


def place_in_file(record: RecordId, apps: Mapping[str, ComponentId]) -> tuple[ComponentId, Trail] | None:
    """Where the file of a connected app says the same as a record; None where none of these apps is meant."""
    app = apps.get(record.subject) if record.kind is RecordKind.APP_ACCESS else None
    return None if app is None else (app, (f"{GRANT}[{record.parent}]",))


def in_files(inverse: Inverse, writes: Iterable[RecordChange]) -> tuple[Inverse, list[RecordChange]]:
    """Grants on apps whose files are sent go into those: a file holds the whole list, and would undo the record.

    Args:
        inverse: the way back.
        writes: grants to write.

    Returns:
        The way back with them, and the grants that are left to be written as records.
    """
    files, rest = dict(inverse.files), []
    apps = apps_of(files)
    for change in writes:
        place = place_in_file(change.id, apps)
        if place is None:
            rest.append(change)
        else:
            component, _ = place
            files[component] = _granting(files[component][0], change)
    return replace(inverse, files=files), rest


def _granting(entry: Entry, change: RecordChange) -> tuple[Entry, ...]:
    root = root_of(entry)
    others = [child.text.strip() for child in root.all(GRANT)]
    names = sorted({name for name in others if name and name != change.id.parent})
    if change.new is not None:
        names = sorted({*names, change.id.parent})
    children = [child for child in root.children if child.name != GRANT]
    place = next((at for at, child in enumerate(root.children) if child.name == GRANT), len(children))
    # an empty element says that nobody is left
    grants = [Element.of(GRANT, text=name) for name in names] or [Element.of(GRANT)]
    return (entry_of(entry.path, root.with_children((*children[:place], *grants, *children[place:]))),)
