"""Types whose files hold other components: objects with their fields, workflows with their rules."""

from __future__ import annotations

from sfmeta.localorg.metadata.kinds import PARENTS
from sfmeta.localorg.metadata.rules.base import Context, TypeRules
from sfmeta.localorg.metadata.xml import Node


class ParentRules(TypeRules):
    """What a file does not mention stays: children go by deletions only.

    Args:
        type_name: the parent's type.
    """

    order = 15

    def __init__(self, type_name: str) -> None:
        self._type_name = type_name
        self._elements = {element for _, element in PARENTS[type_name]}

    def merged(self, full_name: str, document: Node, context: Context) -> Node:
        before = context.current(self._type_name, full_name)
        if before is None:
            return document
        said = {_key(child, self._elements) for child in document.children}
        kept = [child for child in before.children if _key(child, self._elements) not in said]
        return Node(document.name, "", [*kept, *document.children], document.attributes)


def _key(child: Node, elements: set[str]) -> tuple[str, str]:
    return (child.name, child.value("fullName").casefold() if child.name in elements else "")
