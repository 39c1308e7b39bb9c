"""Grants that stand in two places: as records on a permission set, and in the file of the connected app it opens.

A deployment that touches one of the two changes the other: a deleted permission set leaves every app's list, a new
list in an app's file makes and takes records. The ledger keeps of each deployment what it touched, so one half of such
a grant's story may lie with the permission set, the other with the app. Here each half learns of the other: a
deployment counts as one that touched the other place, too, which held what it held otherwise when it was seen next to
this deployment, with the grants as they are known. Both halves then come to the same answer. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sfmeta.change.documents import root_of
from sfmeta.change.gone import GRANT
from sfmeta.change.inverse import Known, Origin, entry_of
from sfmeta.change.reversal import Step
from sfmeta.model.component import Entry
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordId, RecordKind
from sfmeta.ops.snapshot import labels_of_permission_sets
from sfmeta.ops.undone import Deed, GrantStep, steps

_Files = tuple[Entry, ...]
_Held = Mapping[RecordId, Record]


def entwined(deeds: Sequence[Deed]) -> tuple[Deed, ...]:
    """The deeds, each with what it did to the other place where a grant stands.

    Args:
        deeds: what each deployment did, oldest first.
    """
    sets = sorted({name for deed in deeds for name in deed.grants})
    apps = _apps(deeds)
    if not sets or not apps:
        return tuple(deeds)
    names = labels_of_permission_sets(*_states(deeds)).get(GRANT, {})
    found = list(deeds)
    for number, deed in enumerate(deeds):
        earlier, later = found[:number][::-1], deeds[number + 1 :]
        more_steps = dict(_of_apps(deed, apps, names, earlier, later))
        more_grants = dict(_of_sets(deed, sets, apps, names, earlier, later))
        found[number] = Deed({**deed.steps, **more_steps}, {**deed.grants, **more_grants})
    return tuple(found)


def inferred(deeds: Sequence[Deed], done: Sequence[Deed]) -> dict[ComponentId, _Files]:
    """What the last deployments left of apps that they did not touch themselves.

    Args:
        deeds: as the ledger has them.
        done: the same, entwined.
    """
    left: dict[ComponentId, _Files] = {}
    for deed, more in zip(deeds, done, strict=True):
        for component, step in more.steps.items():
            if component in deed.steps:
                left.pop(component, None)
            else:
                left[component] = step.after
    return left


def unknown_apps(done: Sequence[Deed]) -> frozenset[str]:
    """The apps, as records name them, of which nobody knows what they were before the deployments that touched them."""
    first = {component: chain[0] for component, chain in steps(done).items()}
    return frozenset(_subject(label) for app, label in _apps(done).items() if first[app].before.known is Known.UNKNOWN)


def _apps(deeds: Iterable[Deed]) -> dict[ComponentId, str]:
    """The label of every app whose file is known: its records call it so."""
    found: dict[ComponentId, str] = {}
    for deed in deeds:
        for component, step in deed.steps.items():
            for files in (step.before.entries, step.after):
                if component.type == "ConnectedApp" and files:
                    found[component] = root_of(files[0]).value("label") or ""
    return {component: label for component, label in found.items() if label}


def _states(deeds: Iterable[Deed]) -> Iterator[dict[ComponentId, _Files]]:
    for deed in deeds:
        yield {component: step.before.entries for component, step in deed.steps.items() if step.before.entries}
        yield {component: step.after for component, step in deed.steps.items() if step.after}


def _of_apps(
    deed: Deed,
    apps: Mapping[ComponentId, str],
    names: Mapping[str, str],
    earlier: Iterable[Deed],
    later: Iterable[Deed],
) -> Iterator[tuple[ComponentId, Step]]:
    """What a deployment that touched permission sets did to the apps that it did not touch."""
    grants = {name: step for name, step in deed.grants.items() if step.after is not None}
    for app in apps.keys() - deed.steps.keys() if grants else ():
        near = _near_app(app, earlier, later)
        if not near:
            continue
        before = after = near
        for name, step in grants.items():
            record = _record(name, apps[app])
            before = _listing(before, name, names, granted=record in step.before)
            after = _listing(after, name, names, granted=record in (step.after or {}))
        yield app, Step(Origin(Known.HELD, before), after)


def _of_sets(
    deed: Deed,
    sets: Iterable[str],
    apps: Mapping[ComponentId, str],
    names: Mapping[str, str],
    earlier: Sequence[Deed],
    later: Sequence[Deed],
) -> Iterator[tuple[str, GrantStep]]:
    """What a deployment that touched apps did to the grants on permission sets that it did not touch."""
    touched = {app: deed.steps[app] for app in apps.keys() & deed.steps.keys()}
    known = {app: step for app, step in touched.items() if step.before.known is not Known.UNKNOWN and step.is_seen}
    for name in sets if known else ():
        near = None if name in deed.grants else _near_set(name, earlier, later)
        if near is None:
            continue
        before, after = dict(near), dict(near)
        for app, step in known.items():
            record = Record(_record(name, apps[app]))
            for held, files in ((before, step.before.entries), (after, step.after)):
                held.pop(record.id, None)
                if name in _listed(files, names):
                    held[record.id] = record
        yield name, GrantStep(before, after)


def _near_app(app: ComponentId, earlier: Iterable[Deed], later: Iterable[Deed]) -> _Files:
    """An app's file as it was left before, else as it was found next; empty where it was not there."""
    for deed in earlier:
        if app in deed.steps:
            return deed.steps[app].after
    return next((deed.steps[app].before.entries for deed in later if app in deed.steps), ())


def _near_set(name: str, earlier: Iterable[Deed], later: Iterable[Deed]) -> _Held | None:
    for deed in earlier:
        if name in deed.grants:
            return deed.grants[name].after
    return next((deed.grants[name].before for deed in later if name in deed.grants), None)


def _record(name: str, label: str) -> RecordId:
    return RecordId(RecordKind.APP_ACCESS, name, _subject(label))


def _subject(label: str) -> str:
    return f"ConnectedApplication/{label}"


def _listed(files: _Files, names: Mapping[str, str]) -> set[str]:
    """API names of the permission sets that an app's file opens it to."""
    return {_api_name(child, names) for child in root_of(files[0]).all(GRANT)} if files else set()


def _api_name(child: Element, names: Mapping[str, str]) -> str:
    name = child.text.strip()
    return names.get(name, name)


def _listing(files: _Files, name: str, names: Mapping[str, str], *, granted: bool) -> _Files:
    """An app's file that opens it to a permission set, or does not."""
    if (name in _listed(files, names)) == granted:
        return files
    root = root_of(files[0])
    if granted:
        children = (*root.children, Element.of(GRANT, text=name))
    else:
        children = tuple(child for child in root.children if child.name != GRANT or _api_name(child, names) != name)
    return (entry_of(files[0].path, root.with_children(children)),)
