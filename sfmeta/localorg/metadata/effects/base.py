"""What a component means beyond its file."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.state import State


class Effect:
    """A type whose components are records too. This one has none; the others override what they need.

    Attributes:
        watched: what ``unstored`` looks at, as ``State.changes`` calls it. A type that names nothing has no other way
            in than metadata.
    """

    watched: tuple[str, ...] = ()

    def apply(self, state: State, full_name: str, document: Node) -> str:
        """Makes the records say what the document says.

        Returns:
            The id of the record that the component is, "" where it is none.
        """
        return ""

    def enact(self, state: State, full_name: str, document: Node, author: str) -> str:
        """``apply`` for a type that asks who does it; ``author`` is a user id, "" for the org itself."""
        return self.apply(state, full_name, document)

    def kept(self, document: Node) -> Node:
        """What of the document is kept as a file; what records hold, secrets above all, is not."""
        return document

    def remove(self, state: State, full_name: str) -> None:
        """Takes back what ``apply`` made."""

    def renamed(self, state: State, old: str, new: str) -> None:
        """Gives the records the component's new name."""

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        """The document with what the records say now, as a retrieve gives it."""
        return document

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        """Records that came by another way than metadata: full name, a document for them, record id."""
        return ()


def without(document: Node, *names: str) -> Node:
    """A copy without some of its children."""
    kept = [child for child in document.children if child.name not in names]
    return Node(document.name, document.text, kept, document.attributes)


def leaf(name: str, value: str | bool) -> Node:
    """An element with a text or boolean."""
    return Node.of(name, text=value if isinstance(value, str) else ("true" if value else "false"))
