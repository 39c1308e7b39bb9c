"""Where two elements differ by the rules of their type, and the differences put to use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sfmeta.codec.compare_rules import Rules
from sfmeta.codec.meaning import attributes_of, is_absent, key_maker, normal, value_of
from sfmeta.model.change import FieldChange
from sfmeta.model.element import Element

Trail = tuple[str, ...]


def differences(rules: Rules, old: Element, new: Element, path: str = "", trail: Trail = ()) -> Iterator[FieldChange]:
    """Every difference, by name and key.

    Args:
        rules: of the type.
        old: the element before.
        new: the same element after.
        path: of both from the root's children down; "" for the root.
        trail: the steps that lead to them.
    """
    if old == new:
        return
    if old.name != new.name or attributes_of(old) != attributes_of(new):
        yield FieldChange(trail, old, new)
        return
    if not old.children and not new.children:
        if value_of(rules, path, old) != value_of(rules, path, new):
            yield FieldChange(trail, old, new)
        return
    if old.text.strip() or new.text.strip():
        # one is a value, the other holds elements
        yield FieldChange(trail, old, new)
        return
    olds, news = _grouped(old.children), _grouped(new.children)
    for name in sorted(olds.keys() | news.keys()):
        below = f"{path}/{name}" if path else name
        if below not in rules.ignored:
            yield from _lists(rules, name, below, olds.get(name, []), news.get(name, []), trail)


def places(rules: Rules, change: FieldChange) -> Iterator[FieldChange]:
    """A change as changes of the values below it: a block that came or went as a whole is each value in it.

    A block of a list has a key, and is one thing; so is a block in which nothing stands.

    Args:
        rules: of the type.
        change: one of ``differences`` between two roots.
    """
    old, new = change.old, change.new
    block = old or new
    if block is None or (old and new) or not block.children or not change.path or change.path[-1].endswith("]"):
        yield change
        return
    empty, path = block.with_children(()), "/".join(step.partition("[")[0] for step in change.path)
    inside = list(differences(rules, old or empty, new or empty, path, change.path))
    for one in inside:
        yield from places(rules, one)
    if not inside:
        yield change


def _grouped(children: Iterable[Element]) -> dict[str, list[Element]]:
    groups: dict[str, list[Element]] = {}
    for child in children:
        groups.setdefault(child.name, []).append(child)
    return groups


def _lists(
    rules: Rules, name: str, path: str, olds: list[Element], news: list[Element], trail: Trail
) -> Iterator[FieldChange]:
    """The elements of one name on both sides."""
    if olds == news:
        return
    make_key = key_maker(rules, path, olds, news)
    if make_key is None:
        old = olds[0] if olds else None
        new = news[0] if news else None
        yield from _pair(rules, path, old, new, (*trail, name))
        return
    if path in rules.sets:
        yield from _sets(rules, name, path, olds, news, trail)
        return
    old_keys, new_keys = _keyed(make_key, olds), _keyed(make_key, news)
    for key in sorted(old_keys.keys() | new_keys.keys()):
        step = (*trail, f"{name}[{key}]")
        before, after = old_keys.get(key, []), new_keys.get(key, [])
        if len(before) <= 1 and len(after) <= 1:
            yield from _pair(rules, path, before[0] if before else None, after[0] if after else None, step)
        else:
            yield from _bags(rules, path, before, after, step)


def _keyed(make_key: Callable[[Element], str], elements: list[Element]) -> dict[str, list[Element]]:
    groups: dict[str, list[Element]] = {}
    for element in elements:
        groups.setdefault(make_key(element), []).append(element)
    return groups


def _pair(rules: Rules, path: str, old: Element | None, new: Element | None, step: Trail) -> Iterator[FieldChange]:
    """One element on each side, or on one of them."""
    no_old = old is None or is_absent(rules, path, old)
    no_new = new is None or is_absent(rules, path, new)
    if no_old and no_new:
        return
    if old is None or new is None:
        yield FieldChange(step, old, new)
    else:
        yield from differences(rules, old, new, path, step)


def _sets(
    rules: Rules, name: str, path: str, olds: Sequence[Element], news: Sequence[Element], trail: Trail
) -> Iterator[FieldChange]:
    """Values that stand in one of two sets only; equal spellings are one value."""
    old_forms = [normal(rules, path, element) for element in olds]
    new_forms = [normal(rules, path, element) for element in news]
    held, wanted = set(old_forms), set(new_forms)
    for element, form in zip(olds, old_forms, strict=True):
        if form not in wanted:
            yield FieldChange((*trail, f"{name}[{element.text.strip()}]"), element, None)
    for element, form in zip(news, new_forms, strict=True):
        if form not in held:
            yield FieldChange((*trail, f"{name}[{element.text.strip()}]"), None, element)


def _bags(
    rules: Rules, path: str, olds: Sequence[Element], news: Sequence[Element], step: Trail
) -> Iterator[FieldChange]:
    """Several elements under one key: each that has no equal on the other side is one change."""
    left: dict[object, list[Element]] = {}
    for element in news:
        if not is_absent(rules, path, element):
            left.setdefault(normal(rules, path, element), []).append(element)
    for element in olds:
        if is_absent(rules, path, element):
            continue
        equals = left.get(normal(rules, path, element))
        if equals:
            equals.pop()
        else:
            yield FieldChange(step, element, None)
    for surplus in left.values():
        for element in surplus:
            yield FieldChange(step, None, element)
