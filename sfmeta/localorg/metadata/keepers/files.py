"""Components that are several files, seen as one document: what their content and bundle keepers share."""

from __future__ import annotations

import base64
import binascii
from abc import abstractmethod
from collections.abc import Iterator, Mapping

from sfmeta.localorg.metadata.arrange import arranged
from sfmeta.localorg.metadata.keepers.base import Keeper
from sfmeta.localorg.metadata.layout import path_of
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, problem
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node, XmlError, parse, write


class FilesKeeper(Keeper):
    """The store's files; a subclass says how a document becomes files and back."""

    @property
    def stored_type(self) -> str:
        """The type under which packages name these components."""
        return self.type_name

    @abstractmethod
    def document(self, full_name: str, files: Mapping[str, bytes]) -> Node:
        """The document that these files are."""

    @abstractmethod
    def files(self, full_name: str, document: Node, before: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files that a document becomes, given those that there are."""

    def read(self, full_name: str, context: Context) -> Node | None:
        stored = Components(context.state).get(self.stored_type, full_name)
        if stored is None:
            return None
        files = Components(context.state).files(self.stored_type, full_name)
        return arranged(self.document(stored.full_name, files), salesforce_schema())

    def exists(self, full_name: str, context: Context) -> bool:
        return context.holds(self.stored_type, full_name)

    def spelled(self, full_name: str, context: Context) -> str:
        stored = Components(context.state).get(self.stored_type, full_name)
        return stored.full_name if stored is not None else full_name

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from undecodable(document, self.type_name)

    def put(self, full_name: str, document: Node, context: Context) -> None:
        store, name = Components(context.state), self.spelled(full_name, context)
        files = self.files(name, document, store.files(self.stored_type, name))
        store.put(self.stored_type, name, files, author=context.author)

    def delete(self, full_name: str, context: Context) -> None:
        Components(context.state).delete(self.stored_type, full_name)

    def rename(self, old: str, new: str, context: Context) -> None:
        store, before = Components(context.state), self.spelled(old, context)
        files = self.moved(store.files(self.stored_type, before), before, new)
        store.rename(self.stored_type, before, new, files, author=context.author)

    def moved(self, files: Mapping[str, bytes], old: str, new: str) -> dict[str, bytes]:
        """The files at the places that they have under a new name."""
        before, after = path_of(self.stored_type, old), path_of(self.stored_type, new)
        return {after + path.removeprefix(before): content for path, content in files.items()}


def undecodable(document: Node, type_name: str) -> Iterator[Problem]:
    """Elements that should be base64 and are not."""
    fields = salesforce_schema().fields(type_name) or {}
    for child in document.children:
        field = fields.get(child.name)
        if field is not None and field.type == "xsd:base64Binary" and decoded(child.text) is None:
            yield problem("simple-value", child, value=child.text.strip()[:40], type=field.type)
        elif field is not None and child.children:
            yield from undecodable(child, field.type)


def decoded(text: str) -> bytes | None:
    """Base64 as bytes, None where it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def encoded(name: str, content: bytes) -> Node:
    """An element that holds a file."""
    return Node.of(name, text=base64.b64encode(content).decode())


def described(content: bytes | None, type_name: str) -> Node:
    """The document in a ``-meta.xml`` file; an empty one where there is none or it is damaged."""
    try:
        found = parse(content) if content else Node.of(type_name)
    except XmlError:
        found = Node.of(type_name)
    return Node(type_name, "", list(found.children))


def description(document: Node, type_name: str, *left_out: str) -> bytes:
    """A document as its ``-meta.xml`` file, without what other files hold."""
    kept = [child for child in document.children if child.name not in left_out]
    return write(arranged(Node(type_name, "", kept), salesforce_schema()))
