"""What a file asserts and an org does not hold: the question of ``verify`` and of every read-back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sfmeta.codec.compare_rules import Owns, Rules
from sfmeta.codec.difference import differences
from sfmeta.codec.meaning import child_at
from sfmeta.model.change import FieldChange
from sfmeta.model.element import Element

Aliases = Mapping[str, Mapping[str, str]]
"""By element name, other names of a value: ``{"permissionSetName": {"Allow Dataloader": "Allow_Dataloader"}}``."""


def unmet(rules: Rules, asserted: Element, actual: Element, aliases: Aliases | None = None) -> Iterator[FieldChange]:
    """The changes that would make an org hold what a file says.

    Args:
        rules: of the type; they say what the file owns beyond its own words.
        asserted: the file.
        actual: what the org gave back.
        aliases: names that mean the same value in this org; see ``Aliases``.

    Returns:
        Changes from the actual to the asserted; none where the org holds what the file says.
    """
    if aliases:
        asserted, actual = renamed(asserted, aliases), renamed(actual, aliases)
    stated = _Stated(rules, asserted)
    for change in differences(rules, actual, asserted):
        if change.new is None:
            if _owned(rules, stated, change):
                yield change
        elif change.old is not None or not _met_by_absence(change.new, rules, change.path):
            yield change


def renamed(root: Element, aliases: Aliases) -> Element:
    """A document with every name that has another meaning the same written in that one way."""
    children = []
    for child in root.children:
        names = aliases.get(child.name)
        if names and not child.children:
            # external client apps hold a list in one text
            text = ",".join(names.get(part.strip(), part.strip()) for part in child.text.split(","))
            child = Element(child.name, text, (), child.attributes, child.line)
        children.append(child)
    return root.with_children(tuple(children))


def _met_by_absence(new: Element, rules: Rules, path: tuple[str, ...]) -> bool:
    """Whether an org without the element holds what the file says of it.

    An empty element clears, and nothing is what it leaves. A permission entry of ``false`` everywhere takes away what
    is not there.
    """
    if not new.children:
        text = new.text.strip()
        return not new.attributes and text in ("", "false")
    name = path[-1].partition("[")[0]
    keys = rules.keys.get(name, ())
    return name in rules.grants and all(
        child.name in keys or (not child.children and child.text.strip() == "false") for child in new.children
    )


def _owned(rules: Rules, stated: _Stated, change: FieldChange) -> bool:
    """Whether something that only the org holds contradicts the file."""
    if rules.owns is Owns.ALL:
        return True
    *parents, last = change.path
    name, bracket, _ = last.partition("[")
    parent, blanks, names = stated.at(tuple(parents))
    # an explicit empty element is the way to clear login hours, login ranges and grants
    if name in blanks or (parents and parent is not None and not parent.children):
        return True
    if rules.owns is Owns.STATED or not bracket or name in rules.open_lists:
        return False
    return name in names


class _Stated:
    """What the file holds at the places that changes lead to."""

    def __init__(self, rules: Rules, root: Element) -> None:
        self._rules = rules
        self._known: dict[tuple[str, ...], tuple[Element | None, frozenset[str], frozenset[str]]] = {
            (): self._described(root)
        }

    def at(self, parents: tuple[str, ...]) -> tuple[Element | None, frozenset[str], frozenset[str]]:
        """The element there, the names of its empty children, the names of all its children."""
        known = self._known.get(parents)
        if known is None:
            above = self.at(parents[:-1])[0]
            path = "/".join(step.partition("[")[0] for step in parents[:-1])
            element = None if above is None else child_at(self._rules, path, above, parents[-1])
            known = self._known[parents] = self._described(element)
        return known

    @staticmethod
    def _described(element: Element | None) -> tuple[Element | None, frozenset[str], frozenset[str]]:
        children = () if element is None else element.children
        blanks = frozenset(c.name for c in children if not c.children and not c.text.strip() and not c.attributes)
        return element, blanks, frozenset(child.name for child in children)
