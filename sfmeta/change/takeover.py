"""What an org holds, taken into a file of the project: only what drifted, and nothing that is one org's own."""

from __future__ import annotations

from collections.abc import Callable

from sfmeta.codec import compare
from sfmeta.model import registry
from sfmeta.model.change import ComponentChange, FieldChange
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId


def taken_over(file: Element, org: Element, change: ComponentChange) -> Element:
    """A file after it has taken over what drifted.

    The rest of the file stays as it is: what it says beyond the org, or has not deployed yet. A consumer key that the
    file does not hold is not brought in: it binds the file to the org (forcedotcom/cli#336).

    Args:
        file: the project's.
        org: what the org holds.
        change: what drifted.
    """
    # a component that is there again has no single fields: all of it is new
    drifted = tuple(field.path for field in change.fields) or ((),)
    wanted = [
        field
        for field in compare.compare(change.id.type, file, org)
        if any(_meet(field.path, path) for path in drifted) and not _brings_a_key(field)
    ]
    return compare.apply(change.id.type, [_without_keys(field) for field in wanted], file)


def as_new(component: ComponentId, org: Element, canonical: Callable[[Element], Element]) -> Element:
    """What an org holds as a file that the project does not have yet: no secret, and no consumer key."""
    kind = registry.types().get(component.type)
    for path in (*registry.CONSUMER_KEY_PATHS, *(kind.secret_paths if kind else ())):
        org = org.without(path)
    return canonical(org)


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """One leads through the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _brings_a_key(field: FieldChange) -> bool:
    return field.old is None and "/".join(field.path) in registry.CONSUMER_KEY_PATHS


def _without_keys(field: FieldChange) -> FieldChange:
    """An element that is brought in as a whole may hold a key below."""
    if field.old is not None or field.new is None:
        return field
    place = "/".join(field.path)
    new = field.new
    for path in registry.CONSUMER_KEY_PATHS:
        if path.startswith(f"{place}/"):
            new = new.without(path.removeprefix(f"{place}/"))
    return FieldChange(field.path, None, new)
