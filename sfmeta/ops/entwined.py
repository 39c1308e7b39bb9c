"""Grants that stand in two places: as records on a permission set, and in the file of the connected app it opens.

A deployment that touches one of the two changes the other: a deleted permission set leaves every app's list, a new
list in an app's file makes and takes records. The ledger keeps of each deployment what it touched, so one half of such
a grant's story may lie with the permission set, the other with the app. Here each half learns of the other: a
deployment counts as one that touched the other place, too, which held what it held otherwise when it was seen next to
this deployment, with the grants as they are known. Both halves then come to the same answer. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sfmeta.change.documents import root_of
from sfmeta.change.gone import GRANT
from sfmeta.change.inverse import Known, Origin, entry_of
from sfmeta.change.reversal import Step
from sfmeta.model.component import Entry
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordId, RecordKind
from sfmeta.ops.grants import subject_of
from sfmeta.ops.snapshot import labels_of_permission_sets
from sfmeta.ops.undone import Deed, GrantStep, steps

_Files = tuple[Entry, ...]
_T = TypeVar("_T")


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
    recorded = [_recorded(deed) for deed in deeds]
    written = [_written(deed, apps, names) for deed in deeds]
    of_apps = {app: _of_app(app, label, deeds, recorded, names) for app, label in apps.items()}
    of_sets = {name: _of_set(name, deeds, written) for name in sets}
    return tuple(
        Deed(
            {**deed.steps, **{app: chain[number] for app, chain in of_apps.items() if number in chain}},
            {**deed.grants, **{name: chain[number] for name, chain in of_sets.items() if number in chain}},
        )
        for number, deed in enumerate(deeds)
    )


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
    unknown = {component for component, chain in steps(done).items() if chain[0].before.known is Known.UNKNOWN}
    labels = _apps(done) if unknown else {}
    return frozenset(subject_of(label) for app, label in labels.items() if app in unknown)


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


@dataclass(frozen=True, slots=True)
class _Told:
    """Which app was open to which permission set before a deployment and after it, by one of the two places.

    Attributes:
        about: what it tells of: names of permission sets (by records), or apps as records name them (by files).
        before: by the other of the two.
        after: likewise.
    """

    about: frozenset[str]
    before: Mapping[str, frozenset[str]]
    after: Mapping[str, frozenset[str]]


def _recorded(deed: Deed) -> _Told:
    """By the records of a deployment's permission sets: the names of those that open an app."""
    known = {name: step for name, step in deed.grants.items() if step.after is not None}
    before = ((record.subject, name) for name, step in known.items() for record in step.before)
    after = ((record.subject, name) for name, step in known.items() for record in step.after or ())
    return _Told(frozenset(known), _gathered(before), _gathered(after))


def _written(deed: Deed, apps: Mapping[ComponentId, str], names: Mapping[str, str]) -> _Told:
    """By the files of a deployment's apps: the apps that a permission set opens."""
    touched = {subject_of(apps[app]): deed.steps[app] for app in apps.keys() & deed.steps.keys()}
    known = {app: step for app, step in touched.items() if step.before.known is not Known.UNKNOWN and step.is_seen}
    before = ((name, app) for app, step in known.items() for name in _listed(step.before.entries, names))
    after = ((name, app) for app, step in known.items() for name in _listed(step.after, names))
    return _Told(frozenset(known), _gathered(before), _gathered(after))


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
    return {one: frozenset(others) for one, others in found.items()}


def _of_app(
    app: ComponentId, label: str, deeds: Sequence[Deed], recorded: Sequence[_Told], names: Mapping[str, str]
) -> dict[int, Step]:
    """What each deployment did to an app, also those that touched only permission sets, by their numbers."""
    chain = {number: deed.steps[app] for number, deed in enumerate(deeds) if app in deed.steps}
    subject = subject_of(label)
    for number in _outward(len(deeds), chain):
        told = recorded[number]
        near, is_earlier = _nearest(number, chain)
        files = near.after if is_earlier else near.before.entries
        if told.about and files:
            before, after = (
                _listing(files, told.about, opening.get(subject, frozenset()), names)
                for opening in (told.before, told.after)
            )
            chain[number] = Step(Origin(Known.HELD, before), after)
    return chain


def _of_set(name: str, deeds: Sequence[Deed], written: Sequence[_Told]) -> dict[int, GrantStep]:
    """What each deployment did to the grants on a permission set, also those that touched only apps."""
    chain = {number: deed.grants[name] for number, deed in enumerate(deeds) if name in deed.grants}
    for number in _outward(len(deeds), chain):
        told = written[number]
        near, is_earlier = _nearest(number, chain)
        held = near.after if is_earlier else near.before
        if told.about and held is not None:
            kept = {record: grant for record, grant in held.items() if record.subject not in told.about}
            before, after = (kept | _opening(name, opened.get(name, ())) for opened in (told.before, told.after))
            chain[number] = GrantStep(before, after)
    return chain


def _opening(name: str, apps: Iterable[str]) -> dict[RecordId, Record]:
    found = (RecordId(RecordKind.APP_ACCESS, name, app) for app in apps)
    return {record: Record(record) for record in found}


def _outward(count: int, known: Collection[int]) -> list[int]:
    """The numbers that are not known, so that the one beside each is: back from the first, then on from it."""
    first = min(known)
    return [*range(first - 1, -1, -1), *(number for number in range(first + 1, count) if number not in known)]


def _nearest(number: int, chain: Mapping[int, _T]) -> tuple[_T, bool]:
    """The step before a number, and True; where there is none, the one after it, and False."""
    earlier = [other for other in chain if other < number]
    return (chain[max(earlier)], True) if earlier else (chain[min(chain)], False)


def _listed(files: _Files, names: Mapping[str, str]) -> frozenset[str]:
    """API names of the permission sets that an app's file opens it to."""
    return frozenset(_api_name(child, names) for child in root_of(files[0]).all(GRANT)) if files else frozenset()


def _api_name(child: Element, names: Mapping[str, str]) -> str:
    name = child.text.strip()
    return names.get(name, name)


def _listing(files: _Files, about: Collection[str], wanted: Collection[str], names: Mapping[str, str]) -> _Files:
    """An app's file that opens it, of these permission sets, to those that are wanted."""
    listed = _listed(files, names)
    if listed & set(about) == set(wanted):
        return files
    root = root_of(files[0])
    away = set(about) - set(wanted)
    kept = [child for child in root.children if child.name != GRANT or _api_name(child, names) not in away]
    added = [Element.of(GRANT, text=name) for name in sorted(set(wanted) - listed)]
    return (entry_of(files[0].path, root.with_children((*kept, *added))),)
