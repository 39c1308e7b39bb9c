"""Types without rules of their own beyond this: what their documents name must exist, and fit its field."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.metadata.links import links_of
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, TypeRules, missing_reference
from sfmeta.localorg.metadata.rules.lengths import length_problems
from sfmeta.localorg.metadata.xml import Node


def link_problems(type_name: str, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
    """Names in a document that stand for nothing."""
    for link in links_of(type_name):
        for node in link.nodes(document) if link.must_exist else ():
            name = node.text.strip()
            itself = link.target == type_name and name.casefold() == full_name.casefold()
            # what packages bring has a namespace and is there without being in the store
            there = itself or (link.target, name) in context.coming or context.holds(link.target, name)
            if not there and "__" not in name:
                yield missing_reference(link.path[-1], link.target, node)


class LinkedRules(TypeRules):
    """Links of one type.

    Args:
        type_name: the metadata type.
        order: see ``TypeRules``.
    """

    def __init__(self, type_name: str, order: int) -> None:
        self._type_name, self.order = type_name, order

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from length_problems(self._type_name, document)
        yield from link_problems(self._type_name, full_name, document, context)
