"""Changes carried out on an element: the other half of a difference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sfmeta.codec.compare_rules import Rules
from sfmeta.codec.meaning import keys_of, normal
from sfmeta.errors import SourceError
from sfmeta.model.change import FieldChange
from sfmeta.model.element import Element


def applied(rules: Rules, changes: Iterable[FieldChange], element: Element, path: str = "", depth: int = 0) -> Element:
    """An element after these changes.

    Args:
        rules: of the type.
        changes: their trails all lead through this element, ``depth`` steps of them already taken.
        element: what they are carried out on.
        path: of the element from the root's children down; "" for the root.
        depth: how many steps of each trail lie behind.

    Raises:
        SourceError: an element that a change takes away, changes or leads through is not there.
    """
    here: list[FieldChange] = []
    deeper: dict[str, list[FieldChange]] = {}
    for change in changes:
        if len(change.path) == depth:
            return change.new if change.new is not None else element
        if len(change.path) == depth + 1:
            here.append(change)
        else:
            deeper.setdefault(change.path[depth], []).append(change)
    children: list[Element | None] = list(element.children)
    added: list[Element] = []
    places = _Places(rules, path, element.children)
    for step, inner in deeper.items():
        if places.lacks(step) and all(change.old is None for change in inner):
            # what is added there brings the block with it
            added.append(applied(rules, inner, Element.of(step), _below(path, step), depth + 1))
            continue
        position = places.find(step, None, inner[0])
        child = element.children[position]
        children[position] = applied(rules, inner, child, _below(path, child.name), depth + 1)
    for change in here:
        if change.old is None:
            added.extend(() if change.new is None else (change.new,))
            continue
        children[places.find(change.path[depth], change.old, change)] = change.new
    kept = [child for child in children if child is not None]
    return element.with_children(tuple(_inserted(kept, added)))


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _inserted(kept: list[Element], added: Sequence[Element]) -> Iterable[Element]:
    """New elements stand behind the last one of their name, others at the end."""
    if not added:
        return kept
    groups: dict[str, list[Element]] = {}
    for element in added:
        groups.setdefault(element.name, []).append(element)
    result: list[Element] = []
    last = {element.name: position for position, element in enumerate(kept)}
    for position, element in enumerate(kept):
        result.append(element)
        if last[element.name] == position:
            result.extend(groups.pop(element.name, ()))
    for rest in groups.values():
        result.extend(rest)
    return result


class _Places:
    """Finds children by the step of a trail; each is found once."""

    def __init__(self, rules: Rules, path: str, children: Sequence[Element]) -> None:
        self._rules = rules
        self._path = path
        self._children = children
        self._by_name: dict[str, list[int]] = {}
        for position, child in enumerate(children):
            self._by_name.setdefault(child.name, []).append(position)
        self._by_step: dict[str, dict[str, list[int]]] = {}
        self._taken: set[int] = set()

    def lacks(self, step: str) -> bool:
        """Whether a single element, which no key tells from others, is not there."""
        return "[" not in step and step not in self._by_name

    def find(self, step: str, old: Element | None, change: FieldChange) -> int:
        """The position of the child a step means; among several that of ``old``."""
        name, bracket, rest = step.partition("[")
        found = self._keyed(name).get(rest[:-1], []) if bracket else self._by_name.get(name, [])
        free = [position for position in found if position not in self._taken]
        if not free:
            raise SourceError.at(f"{' > '.join(change.path)} is not there any more", "")
        if len(free) > 1 and old is not None:
            below = _below(self._path, name)
            wanted = normal(self._rules, below, old)
            free = [
                position for position in free if normal(self._rules, below, self._children[position]) == wanted
            ] or free
        self._taken.add(free[0])
        return free[0]

    def _keyed(self, name: str) -> dict[str, list[int]]:
        index = self._by_step.get(name)
        if index is None:
            index = self._by_step[name] = {}
            for position in self._by_name.get(name, ()):
                for key in dict.fromkeys(keys_of(self._rules, _below(self._path, name), self._children[position])):
                    index.setdefault(key, []).append(position)
        return index
