"""A piece of metadata without its XML: what was said, not how it was written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Element:
    """One element. Either it has text or it has children; ``<a/>`` has neither.

    Equality is about content: the line is left out of it.

    Attributes:
        name: the local name in the Metadata namespace (``label``); Clark notation ``{uri}name`` in any other.
        text: the text of a leaf, exactly; "" for an element with children.
        children: in document order.
        attributes: (name, value) pairs, sorted; names as for elements. Usually none.
        line: 1-based line in the file it was read from, 0 where it was made.
    """

    name: str
    text: str = ""
    children: tuple[Element, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    line: int = field(default=0, compare=False)

    @classmethod
    def of(cls, name: str, *children: Element, text: str = "") -> Self:
        """A new element, for templates and tests."""
        return cls(name, text, children)

    def all(self, name: str) -> Iterator[Element]:
        """The children of that name, in order."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        """The first child of that name."""
        return next(self.all(name), None)

    def value(self, name: str) -> str | None:
        """The text of the first child of that name, stripped; None where there is none."""
        child = self.first(name)
        return None if child is None else child.text.strip()

    def find(self, path: str) -> Iterator[Element]:
        """Every element at ``a/b/c`` below this one."""
        head, _, rest = path.partition("/")
        for child in self.all(head):
            if rest:
                yield from child.find(rest)
            else:
                yield child

    def with_children(self, children: tuple[Element, ...]) -> Element:
        """The same element holding these children."""
        return replace(self, children=children)

    def without(self, path: str) -> Element:
        """A copy in which nothing stands at ``a/b/c`` any more."""
        head, _, rest = path.partition("/")
        if not rest:
            return self.with_children(tuple(child for child in self.children if child.name != head))
        return self.with_children(
            tuple(child.without(rest) if child.name == head else child for child in self.children)
        )

    def walk(self) -> Iterator[tuple[str, Element]]:
        """Every element below this one with its path, parents before children."""
        for child in self.children:
            yield child.name, child
            for path, element in child.walk():
                yield f"{child.name}/{path}", element
