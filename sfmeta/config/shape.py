"""What a settings file may hold, as values: one description that reads it, reports all that is wrong, and is its
JSON Schema. A shape decides how a scalar is read; nothing is guessed from how the scalar looks.
"""

from __future__ import annotations

import difflib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from yaml import Node, ScalarNode, SequenceNode

from sfmeta.errors import Problem
from sfmeta.model.policy import EnvText, Place

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=StrEnum)
JsonSchema: TypeAlias = dict[str, object]

SECRET_KEYS = frozenset(
    {"consumer_secret", "client_secret", "secret", "password", "security_token", "access_token", "refresh_token_value",
     "private_key", "consumersecret", "clientsecret"}
)  # fmt: skip


class Wrong:
    """What a shape returns where it reported a problem instead of a value."""


WRONG = Wrong()


def place_of(node: Node) -> Place:
    """Where a node begins."""
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


@dataclass(slots=True)
class Report:
    """Collects what is wrong with one file.

    Attributes:
        file: its path, for messages.
        problems: in the order in which they were found.
        subject: what kind of file it is: the rules ``policy-...`` of all shapes go by its name.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)
    subject: str = "policy"

    def add(self, place: Place | Node, message: str, rule: str, hint: str = "") -> Wrong:
        """Note a problem; returns ``WRONG`` so that a shape can return it on."""
        if isinstance(place, Node):
            place = place_of(place)
        rule = rule.replace("policy-", f"{self.subject}-", 1)
        self.problems.append(Problem(message, rule, self.file, place.line, place.column, hint))
        return WRONG


class Shape(ABC, Generic[T_co]):
    """Something that a node may be."""

    @abstractmethod
    def read(self, node: Node, report: Report) -> T_co | Wrong:
        """The value, or ``WRONG`` after saying why."""

    @abstractmethod
    def json_schema(self) -> JsonSchema:
        """The same, for editors."""


def _scalar(node: Node, report: Report, expected: str) -> str | Wrong:
    if not isinstance(node, ScalarNode):
        found = "a list" if isinstance(node, SequenceNode) else "a mapping"
        return report.add(node, f"{expected} is expected here, not {found}", "policy-type")
    value: str = node.value
    if not value.strip():
        return report.add(node, f"{expected} is expected here, not an empty value", "policy-empty")
    return value


@dataclass(frozen=True, slots=True)
class Text(Shape[str]):
    """A text that is used as it stands.

    Attributes:
        expected: what it is, for messages ("an e-mail address").
        pattern: what the whole of it must look like; "" takes anything.
    """

    expected: str = "a text"
    pattern: str = ""

    def read(self, node: Node, report: Report) -> str | Wrong:
        value = _scalar(node, report, self.expected)
        if isinstance(value, Wrong):
            return value
        if "${" in value:
            hint = (
                "References are for people and usernames, which are looked up in an org; files in git are written out"
            )
            return report.add(node, "a reference to the environment cannot stand here", "policy-reference", hint)
        value = value.strip()
        if self.pattern and not re.fullmatch(self.pattern, value):
            return report.add(node, f"'{value}' is not {self.expected}", "policy-value")
        return value

    def json_schema(self) -> JsonSchema:
        schema = _plain_types(self.pattern) | {"minLength": 1}
        return schema | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})


@dataclass(frozen=True, slots=True)
class Reference(Shape[EnvText]):
    """A text that may hold ``${env:NAME}``; kept as it is until somebody needs it."""

    expected: str = "a text"
    pattern: str = ""

    def read(self, node: Node, report: Report) -> EnvText | Wrong:
        value = _scalar(node, report, self.expected)
        if isinstance(value, Wrong):
            return value
        text = EnvText(value.strip())
        if "${" in value:
            if len(text.names) != value.count("${"):
                return report.add(
                    node, f"'{value}' holds a malformed reference", "policy-reference", "Write ${env:NAME}"
                )
        elif self.pattern and not re.fullmatch(self.pattern, text.text):
            return report.add(node, f"'{text}' is not {self.expected}", "policy-value")
        return text

    def json_schema(self) -> JsonSchema:
        plain = f"^(?:{self.pattern})$|" if self.pattern else ""
        schema = _plain_types(self.pattern) | {"minLength": 1}
        return schema | ({"pattern": plain + r"\$\{env:"} if plain else {})


@dataclass(frozen=True, slots=True)
class Choice(Shape[E]):
    """One of the words of an enumeration."""

    words: type[E]

    def read(self, node: Node, report: Report) -> E | Wrong:
        value = _scalar(node, report, "one of " + ", ".join(self.words))
        if isinstance(value, Wrong):
            return value
        try:
            return self.words(value)
        except ValueError:
            return report.add(node, *not_one_of(value, list(self.words)))

    def json_schema(self) -> JsonSchema:
        return {"enum": [str(word) for word in self.words]}


@dataclass(frozen=True, slots=True)
class Flag(Shape[bool]):
    """``true`` or ``false``; nothing else is guessed to mean them."""

    def read(self, node: Node, report: Report) -> bool | Wrong:
        value = _scalar(node, report, "true or false")
        if isinstance(value, Wrong):
            return value
        if value.lower() not in ("true", "false"):
            return report.add(node, f"'{value}' is neither true nor false", "policy-value")
        return value.lower() == "true"

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class WholeNumber(Shape[int]):
    """A whole number of at least ``minimum``."""

    minimum: int = 1

    def read(self, node: Node, report: Report) -> int | Wrong:
        value = _scalar(node, report, "a whole number")
        if isinstance(value, Wrong):
            return value
        if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < self.minimum:
            return report.add(node, f"'{value}' is not a whole number of at least {self.minimum}", "policy-value")
        return int(value)

    def json_schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.minimum, "maximum": 999_999_999}


@dataclass(frozen=True, slots=True)
class Parsed(Shape[T]):
    """A scalar with a grammar of its own.

    Attributes:
        parse: gives the value, or None where the text is not one.
        expected: what it is, with an example.
        pattern: for the JSON Schema.
        words: for the JSON Schema, in place of a pattern: every value there is, as a reader of YAML may take it.
    """

    parse: Callable[[str], T | None]
    expected: str
    pattern: str = ""
    words: tuple[str | int, ...] = ()

    def read(self, node: Node, report: Report) -> T | Wrong:
        text = _scalar(node, report, self.expected)
        if isinstance(text, Wrong):
            return text
        value = self.parse(text.strip())
        if value is None:
            return report.add(node, f"'{text}' is not {self.expected}", "policy-value")
        return value

    def json_schema(self) -> JsonSchema:
        if self.words:
            return {"enum": list(self.words), "description": self.expected}
        schema: JsonSchema = {"type": "string", "description": self.expected}
        return schema | ({"pattern": self.pattern} if self.pattern else {})


def _plain_types(pattern: str) -> JsonSchema:
    """What an editor's YAML reader may take a plain text for: ``ticket: 4711`` is a number to it, to us a text."""
    names = ["string"]
    if not pattern or any(re.fullmatch(pattern, digits) for digits in ("7", "12345678")):
        names.append("number")
    if not pattern or re.fullmatch(pattern, "true"):
        names.append("boolean")
    return {"type": names if names[1:] else "string"}


def not_one_of(value: str, words: Collection[str]) -> tuple[str, str, str]:
    """Message, rule and hint for a word that is none of those allowed."""
    near = difflib.get_close_matches(value, words, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}?" if near else ""
    shown = ", ".join(words) if len(words) <= 12 else f"the {len(words)} allowed words"
    return f"'{value}' is not one of {shown}", "policy-value", hint


def unknown_key(key: str, known: Collection[str]) -> tuple[str, str, str]:
    """Message, rule and hint for a key that nobody reads."""
    if key.lower() in SECRET_KEYS:
        return (
            f"'{key}' must not stand in this file",
            "policy-secret",
            "Secrets do not belong in git; remove it and rotate it",
        )
    if key == "<<":
        return "merge keys (<<) are not read", "policy-unknown-key", "Write the fields out, or use defaults"
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else "Known: " + ", ".join(sorted(known))
    return f"'{key}' is not known here", "policy-unknown-key", hint


def or_nothing(schema: JsonSchema) -> JsonSchema:
    """The schema of a key that may be left empty."""
    if schema.get("type") in ("array", "boolean", "integer", "string"):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def describe(schema: JsonSchema, doc: str) -> JsonSchema:
    """The schema with a description, where there is one."""
    return {**schema, "description": doc} if doc else schema
