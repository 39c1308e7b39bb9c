"""The package that takes deployments back: an org as it was before them, with what others changed since left alone.

For each component there are three states: what the org held before the deployments (*origin*), what it held after
them (*base*, both from the ledger) and what it holds now (*actual*). What the deployments changed goes back; what
somebody changed since, in other places, stays. Where both touch one place the origin is written here, and
``conflicts`` finds it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sfmeta.change.comparison import unmet
from sfmeta.change.inverse import Inverse, Known, Loss, Origin, entry_of, without_keys
from sfmeta.change.overlap import Touched
from sfmeta.change.restoration import Restoration
from sfmeta.codec import compare, xml
from sfmeta.codec.compare import Aliases
from sfmeta.model import registry
from sfmeta.model.change import FieldChange
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId

_InOrder = Callable[[Element], Element]


@dataclass(frozen=True, slots=True)
class Past:
    """The three states; see the module.

    Attributes:
        origins: of every component that the deployments touched.
        base: what the org held after them; a touched component that is missing was not there then.
        actual: what it holds now.
    """

    origins: Mapping[ComponentId, Origin]
    base: Holdings
    actual: Holdings


def reverse(past: Past, aliases: Aliases, in_order: _InOrder) -> Inverse:
    """The way back to before some deployments.

    Args:
        past: the three states.
        aliases: see ``comparison.unmet``.
        in_order: puts a root's elements into schema order (``codec.canonical``).

    Raises:
        SourceError: a file is no well-formed XML.
    """
    files: dict[ComponentId, tuple[Entry, ...]] = {}
    deletions: list[ComponentId] = []
    losses: list[Loss] = []
    for component, origin in sorted(past.origins.items()):
        base, actual = past.base.get(component, ()), past.actual.get(component, ())
        if origin.known is Known.UNKNOWN:
            if base or actual:
                losses.append(Loss(component, "stays as it is: its state before is not recorded"))
        elif origin.known is Known.ABSENT:
            if base and actual:
                _made(component, deletions, losses)
        elif not actual:
            files |= _made_again(component, origin.entries, base, losses)
        else:
            files |= _changed_back(component, origin.entries, base, actual, losses, in_order)
    changed = {change.id for change in unmet(files, past.actual, aliases)}
    return Inverse(
        files={component: entries for component, entries in files.items() if component in changed},
        deletions=tuple(deletions),
        losses=tuple(loss for loss in losses if loss.component in changed or loss.component not in files),
    )


def _made(component: ComponentId, deletions: list[ComponentId], losses: list[Loss]) -> None:
    kind = registry.types().get(component.type)
    if kind is None or kind.never_deleted:
        hint = "Block it in Setup, or remove its grants, if nobody may use it"
        losses.append(Loss(component, "was made by the deployment and stays: it is never deleted", hint))
    else:
        deletions.append(component)


def _made_again(
    component: ComponentId, origin: tuple[Entry, ...], base: tuple[Entry, ...], losses: list[Loss]
) -> dict[ComponentId, tuple[Entry, ...]]:
    """What the deployments deleted, or somebody since."""
    if base and _same(component, base, origin):
        return {}  # the deployments left it as it was: who deleted it since meant it
    kind = registry.types().get(component.type)
    if kind is None or kind.never_deleted:
        losses.append(Loss(component, "is gone from the org, and cannot be made again as it was"))
        return {}
    return {component: without_keys(component, origin)}


def _changed_back(
    component: ComponentId,
    origin: tuple[Entry, ...],
    base: tuple[Entry, ...],
    actual: tuple[Entry, ...],
    losses: list[Loss],
    in_order: _InOrder,
) -> dict[ComponentId, tuple[Entry, ...]]:
    if not registry.is_document(component.type):
        return {} if base and _same(component, base, origin) else {component: origin}
    before, now = _root(origin), _root(actual)
    goal = tuple(change for change in compare.compare(component.type, now, before) if not _is_key(change))
    if base and _digests(base) != _digests(actual):
        touched = Touched(compare.compare(component.type, _root(base), before))
        goal = tuple(change for change in goal if change.path in touched)
    if not goal:
        return {}
    wanted = compare.apply(component.type, goal, now)
    way = Restoration(component.type, wanted, recorded=True)
    if registry.types()[component.type].merge is registry.Merge.ADD:
        # only what is written changes: the rest of the file would say nothing but what is there
        steps = {change.path[0] for change in goal}
        changed = way.complete(_only(component, wanted, steps), _only(component, now, steps))
    else:
        changed = way.complete(wanted, now)
    losses += [Loss(component, f"{place} {what}") for place, what in way.losses]
    return {component: without_keys(component, (entry_of(actual[0].path, in_order(changed)),))}


def _only(component: ComponentId, root: Element, steps: set[str]) -> Element:
    """The root with the children that these steps of a trail lead to."""
    empty = root.with_children(())
    # a document without any children lacks exactly what the other one holds
    held = {change.path[0]: change.new for change in compare.compare(component.type, empty, root)}
    found = (held.get(step) for step in sorted(steps))
    return root.with_children(tuple(element for element in found if element is not None))


def _is_key(change: FieldChange) -> bool:
    return "/".join(change.path) in registry.CONSUMER_KEY_PATHS


def _same(component: ComponentId, one: tuple[Entry, ...], other: tuple[Entry, ...]) -> bool:
    if _digests(one) == _digests(other):
        return True
    if not registry.is_document(component.type):
        return False
    return not compare.compare(component.type, _root(one), _root(other))


def _digests(entries: tuple[Entry, ...]) -> frozenset[str]:
    return frozenset(entry.sha256 for entry in entries)


def _root(entries: tuple[Entry, ...]) -> Element:
    return xml.parse(entries[0].read(), entries[0].path)
