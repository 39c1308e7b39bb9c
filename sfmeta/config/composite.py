"""Shapes that hold shapes: lists, mappings, records. See ``config.shape``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from sfmeta.config.shape import (
    WRONG,
    JsonSchema,
    Report,
    Shape,
    Wrong,
    describe,
    or_nothing,
    place_of,
    unknown_key,
)
from sfmeta.config.yaml_document import is_null

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListOf(Shape[tuple[T, ...]]):
    """A list of one shape; nothing stands in it twice.

    Attributes:
        item: what each element is.
        identity: what tells two elements apart; twice the same is reported. None: whatever is equal.
    """

    item: Shape[T]
    identity: Callable[[T], object] | None = None

    def read(self, node: Node, report: Report) -> tuple[T, ...] | Wrong:
        if not isinstance(node, SequenceNode):
            return report.add(node, "a list is expected here", "policy-type", "Write [a, b], or one '- ' line for each")
        values: list[T] = []
        seen: set[object] = set()
        fine = True
        for part in node.value:
            value = self.item.read(part, report)
            if isinstance(value, Wrong):
                fine = False
                continue
            identity = self.identity(value) if self.identity else value
            if identity in seen:
                report.add(part, f"'{identity}' stands twice in this list", "policy-duplicate")
                fine = False
            seen.add(identity)
            values.append(value)
        return tuple(values) if fine else WRONG

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "items": self.item.json_schema(), "uniqueItems": True}


@dataclass(frozen=True, slots=True)
class MapOf(Shape[dict[str, T]]):
    """A mapping whose keys are names.

    Attributes:
        key: what a key looks like.
        value: reads one entry.
        keyed: gives the value its key.
        partial: a wrong entry is left out, so that the others can still be checked together.
    """

    key: Shape[str]
    value: Shape[T]
    keyed: Callable[[str, T], T] = lambda _, value: value
    partial: bool = False

    def read(self, node: Node, report: Report) -> dict[str, T] | Wrong:
        entries, fine = _entries(node, report)
        values: dict[str, T] = {}
        for key_node, value_node in entries:
            key = self.key.read(key_node, report)
            value = self.value.read(value_node, report)
            if isinstance(key, Wrong) or isinstance(value, Wrong):
                fine = False
            else:
                values[key] = self.keyed(key, value)
        return values if fine or self.partial else WRONG

    def json_schema(self) -> JsonSchema:
        return {
            "type": "object",
            "propertyNames": self.key.json_schema(),
            "additionalProperties": self.value.json_schema(),
        }


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record.

    Attributes:
        shape: what its value is.
        doc: for editors.
        required: whether it must be written.
    """

    shape: Shape[object]
    doc: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record(Shape[T]):
    """A mapping with known keys.

    Attributes:
        build: makes the value from what was read, by key.
        keys: every key it may have.
        what: for messages: "an app".
        partial: keys that are wrong are left out, so that the rest can still be checked together.
        one_of: of these keys exactly one is written.
        placed: ``build`` also gets the ``place`` it stands at.
    """

    build: Callable[..., T]
    keys: Mapping[str, Key]
    what: str
    partial: bool = False
    one_of: tuple[str, ...] = ()
    placed: bool = True

    def read(self, node: Node, report: Report) -> T | Wrong:
        if not isinstance(node, MappingNode):
            found = "a list" if isinstance(node, SequenceNode) else "a single value"
            hint = "Write its keys: " + ", ".join(self.keys)
            return report.add(node, f"{self.what} is expected here, not {found}", "policy-type", hint)
        entries, fine = _entries(node, report)
        values: dict[str, object] = {}
        written: set[str] = set()
        for key_node, value_node in entries:
            name = key_node.value
            key = self.keys.get(name)
            if key is None:
                report.add(key_node, *unknown_key(name, self.keys))
                fine = False
                continue
            written.add(name)
            if is_null(value_node):
                if not self._may_be_empty(name):
                    written.discard(name)
                continue
            value = key.shape.read(value_node, report)
            if isinstance(value, Wrong):
                fine = False
            else:
                values[name] = value
        fine = self._complete(node, written, report) and fine
        if not fine and not self.partial:
            return WRONG
        if self.placed:
            values["place"] = place_of(node)
        return self.build(**values)

    def _may_be_empty(self, name: str) -> bool:
        return not self.keys[name].required and name not in self.one_of

    def _key_schema(self, name: str, key: Key) -> JsonSchema:
        schema = key.shape.json_schema()
        return or_nothing(schema) if self._may_be_empty(name) else schema

    def _complete(self, node: Node, written: set[str], report: Report) -> bool:
        missing = [name for name, key in self.keys.items() if key.required and name not in written]
        for name in missing:
            report.add(node, f"{self.what} needs '{name}'", "policy-missing-key")
        if self.one_of and len(written.intersection(self.one_of)) != 1:
            report.add(node, f"{self.what} needs exactly one of {', '.join(self.one_of)}", "policy-missing-key")
            return False
        return not missing

    def json_schema(self) -> JsonSchema:
        schema: JsonSchema = {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: describe(self._key_schema(name, key), key.doc) for name, key in self.keys.items()},
        }
        required = [name for name, key in self.keys.items() if key.required]
        if required:
            schema["required"] = required
        if self.one_of:
            schema["oneOf"] = [{"required": [name]} for name in self.one_of]
        return schema


@dataclass(frozen=True, slots=True)
class Short(Shape[T]):
    """Either a record, or a single value that stands for one.

    Attributes:
        full: the record.
        scalar: reads the single value.
        expand: makes the record's value of it.
        placed: ``expand`` also gets the ``place`` it stands at.
    """

    full: Shape[T]
    scalar: Shape[object]
    expand: Callable[..., T]
    placed: bool = True

    def read(self, node: Node, report: Report) -> T | Wrong:
        if not isinstance(node, ScalarNode):
            return self.full.read(node, report)
        value = self.scalar.read(node, report)
        if isinstance(value, Wrong):
            return value
        return self.expand(value, place=place_of(node)) if self.placed else self.expand(value)

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [self.scalar.json_schema(), self.full.json_schema()]}


def _entries(node: Node, report: Report) -> tuple[list[tuple[ScalarNode, Node]], bool]:
    """The entries of a mapping without those that repeat a key, and whether all was fine."""
    if not isinstance(node, MappingNode):
        report.add(node, "a mapping is expected here", "policy-type", "Write 'key: value' lines")
        return [], False
    entries: list[tuple[ScalarNode, Node]] = []
    first: dict[str, Node] = {}
    fine = True
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode):
            report.add(key_node, "a key must be a simple text", "policy-type")
            fine = False
            continue
        seen = first.setdefault(key_node.value, key_node)
        if seen is not key_node:
            line = place_of(seen).line
            report.add(key_node, f"'{key_node.value}' stands twice; first in line {line}", "policy-duplicate-key")
            fine = False
            continue
        entries.append((key_node, value_node))
    return entries, fine
