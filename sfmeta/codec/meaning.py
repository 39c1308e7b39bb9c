"""What an element means, whatever way it is written: the normal form on which comparison rests.

Two elements are equal by the rules of their type exactly if their normal forms are equal; ``codec.difference`` finds
out where they differ, and its laws are tested against this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import partial

from sfmeta.codec.compare_rules import Rules
from sfmeta.model.element import Element

Normal = tuple[str, str, tuple[tuple[str, str], ...], tuple[object, ...]]

# Some orgs and tools write it on a bundle's root; it repeats the name.
_MEANINGLESS_ATTRIBUTES = frozenset({"fqn"})
_NOTHING = frozenset({"false", "None"})


def value_of(rules: Rules, path: str, element: Element) -> str:
    """A leaf's value in its one spelling."""
    text = element.text.strip()
    spelling = rules.values.get(path)
    return text if spelling is None else spelling(text)


def attributes_of(element: Element) -> tuple[tuple[str, str], ...]:
    """The attributes that mean something."""
    if not element.attributes:
        return ()
    return tuple(pair for pair in element.attributes if pair[0] not in _MEANINGLESS_ATTRIBUTES)


def is_absent(rules: Rules, path: str, element: Element) -> bool:
    """Whether an element means the same as no element there."""
    if path in rules.ignored:
        return True
    default = rules.defaults.get(path)
    if default is not None and not element.children:
        return value_of(rules, path, element) == default
    block, slash, _ = path.rpartition("/")
    if slash and block in rules.grants:
        return not element.children and element.text.strip() == "false"
    return path in rules.void and _grants_nothing(rules, path, element)


def _grants_nothing(rules: Rules, path: str, block: Element) -> bool:
    keys = rules.keys.get(path, ())
    return not attributes_of(block) and all(
        child.name in keys or (not child.children and child.text.strip() in _NOTHING) for child in block.children
    )


def normal(rules: Rules, path: str, element: Element) -> Normal:
    """The normal form: order, formatting and equal spellings are gone.

    Args:
        path: of the element from the root's children down; "" for the root.
    """
    if not element.children:
        return (element.name, value_of(rules, path, element), attributes_of(element), ())
    kept: dict[str, list[Normal]] = {}
    for child in element.children:
        below = f"{path}/{child.name}" if path else child.name
        if not is_absent(rules, below, child):
            kept.setdefault(below, []).append(normal(rules, below, child))
    children: list[Normal] = []
    for below, forms in kept.items():
        children.extend(set(forms) if below in rules.sets else forms)
    return (element.name, "", attributes_of(element), tuple(sorted(children, key=repr)))


def key_maker(
    rules: Rules, path: str, olds: Iterable[Element], news: Iterable[Element]
) -> Callable[[Element], str] | None:
    """How the elements of one list are told apart, or None where they are single elements.

    Args:
        path: of the list.
        olds: its elements on one side.
        news: its elements on the other.
    """
    keys = rules.keys.get(path)
    if keys is not None:
        return partial(_key, keys)
    if path in rules.sets:
        return _text
    olds, news = tuple(olds), tuple(news)
    if len(olds) <= 1 and len(news) <= 1:
        return None
    if all(_full_name(element) is not None for element in (*olds, *news)):
        return lambda element: _full_name(element) or ""
    return partial(_content_key, rules, path)


def keys_of(rules: Rules, path: str, element: Element) -> Iterable[str]:
    """Every key that ``key_maker`` may have given an element."""
    keys = rules.keys.get(path)
    if keys is not None:
        yield _key(keys, element)
        return
    if path in rules.sets:
        yield _text(element)
        return
    name = _full_name(element)
    if name is not None:
        yield name
    yield _content_key(rules, path, element)


def child_at(rules: Rules, path: str, parent: Element, step: str) -> Element | None:
    """The child that one step of a change's path means, or None.

    Args:
        path: of the parent from the root's children down; "" for the root.
    """
    name, bracket, rest = step.partition("[")
    below = f"{path}/{name}" if path else name
    for child in parent.all(name):
        if not bracket or rest[:-1] in keys_of(rules, below, child):
            return child
    return None


def _key(keys: tuple[str, ...], block: Element) -> str:
    if len(keys) == 1:
        wanted = keys[0]
        for child in block.children:
            if child.name == wanted:
                return child.text.strip()
        return ""
    found = {child.name: child.text.strip() for child in reversed(block.children) if child.name in keys}
    return ", ".join(found.get(name, "") for name in keys)


def _text(element: Element) -> str:
    return element.text.strip()


def _full_name(element: Element) -> str | None:
    return element.value("fullName") if element.children else None


def _content_key(rules: Rules, path: str, element: Element) -> str:
    """A list without a key is a bag: each element is its own content."""
    form = normal(rules, path, element)
    if not form[3] and not form[2]:
        return form[1]
    return "#" + hashlib.sha256(repr(form).encode()).hexdigest()[:12]
