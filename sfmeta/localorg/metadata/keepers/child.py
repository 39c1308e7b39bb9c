"""Components that live in another component's file: fields, record types, labels."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.effects.renames import follow
from sfmeta.localorg.metadata.keepers.base import Keeper
from sfmeta.localorg.metadata.keepers.document import is_standard_object
from sfmeta.localorg.metadata.kinds import CHILDREN
from sfmeta.localorg.metadata.layout import parent_of
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, problem
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node

_LABELS = "CustomLabels"


class ChildKeeper(Keeper):
    """An element of the parent's document."""

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self._parent, self._element = CHILDREN[type_name]

    def read(self, full_name: str, context: Context) -> Node | None:
        found = self._find(full_name, context)
        if found is None:
            return None
        children = [child for child in found.children if child.name != "fullName"]
        return Node(self.type_name, found.text, children, found.attributes)

    def spelled(self, full_name: str, context: Context) -> str:
        owner, own = self._split(full_name)
        found = self._find(full_name, context)
        stored = Components(context.state).get(self._parent, owner)
        own = found.value("fullName") if found is not None else own
        if self._parent == _LABELS:
            return own
        return f"{stored.full_name if stored is not None else owner}.{own}"

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from self.naming_problems(full_name, context)

    def naming_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        owner, own = self._split(full_name)
        if not owner or not own:
            yield problem("crud-name", name=full_name)
        elif self._parent == "CustomObject" and not (
            context.holds(self._parent, owner) or is_standard_object(self._parent, owner)
        ):
            yield problem("reference-missing", field="fullName", type=self._parent, name=owner)

    def put(self, full_name: str, document: Node, context: Context) -> None:
        owner, own = self._split(full_name)
        parent = context.current(self._parent, owner) or Node.of(self._parent)
        place = self._place(parent, own)
        name = own if place is None else parent.children[place].value("fullName")
        entry = Node(self._element, "", [Node.of("fullName", text=name), *document.children])
        if place is None:
            parent.children.append(entry)
        else:
            parent.children[place] = entry
        self._keep(owner, parent, context)

    def delete(self, full_name: str, context: Context) -> None:
        owner, own = self._split(full_name)
        parent = context.current(self._parent, owner)
        place = self._place(parent, own) if parent is not None else None
        if parent is not None and place is not None:
            del parent.children[place]
            self._keep(owner, parent, context)

    def rename(self, old: str, new: str, context: Context) -> None:
        document = self.read(old, context)
        if document is not None:
            self.delete(old, context)
            self.put(new, document, context)
            follow(context.state, self.type_name, old, new)

    def _keep(self, owner: str, parent: Node, context: Context) -> None:
        effects.put(context.state, self._parent, owner, parent, author=context.author)

    def _find(self, full_name: str, context: Context) -> Node | None:
        owner, own = self._split(full_name)
        parent = context.current(self._parent, owner)
        place = self._place(parent, own) if parent is not None else None
        return None if parent is None or place is None else parent.children[place]

    def _place(self, parent: Node, own: str) -> int | None:
        wanted = own.casefold()
        for number, child in enumerate(parent.children):
            if child.name == self._element and child.value("fullName").casefold() == wanted:
                return number
        return None

    def _split(self, full_name: str) -> tuple[str, str]:
        found = parent_of(self.type_name, full_name)
        if found is None:
            raise LookupError(self.type_name)
        return found[1], found[3]
