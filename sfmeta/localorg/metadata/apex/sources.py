"""Apex classes and triggers as texts: which methods are tests, and which lines a coverage counts.

No compiler: comments and strings are taken out, then annotations and the old keyword ``testMethod`` are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sfmeta.localorg.metadata.layout import META
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.state import State

CLASS, TRIGGER = "ApexClass", "ApexTrigger"
_HIDDEN = re.compile(r"//[^\n]*|/\*.*?\*/|/\*.*\Z|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_VOID = re.compile(r"\bvoid\s+(\w+)\s*\(", re.IGNORECASE)
_CLASS = re.compile(r"\bclass\s+\w", re.IGNORECASE)
_IS_TEST = re.compile(r"@\s*istest\b|\btestmethod\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ApexSource:
    """One class or trigger that the org holds.

    Attributes:
        type: ``ApexClass`` or ``ApexTrigger``.
        name: its full name.
        id: of the component.
        text: without comments and strings, lines kept.
    """

    type: str
    name: str
    id: str
    text: str

    @property
    def tests(self) -> tuple[str, ...]:
        """The names of its test methods, in order."""
        found = (match for match in _VOID.finditer(self.text) if _IS_TEST.search(_before(self.text, match.start())))
        return tuple(match[1] for match in found)

    @property
    def is_test(self) -> bool:
        """Whether it is a test class, so that coverage leaves it out (Apex guide, code coverage)."""
        head = _CLASS.search(self.text)
        return (head is not None and _IS_TEST.search(self.text[: head.start()]) is not None) or bool(self.tests)

    @property
    def locations(self) -> tuple[int, ...]:
        """The numbers of the lines that coverage counts: those with a statement's end (emulator-defined)."""
        return tuple(number for number, line in enumerate(self.text.split("\n"), 1) if ";" in line)

    @property
    def words(self) -> frozenset[str]:
        """All words in it, in small letters: Apex knows no case."""
        return frozenset(word.lower() for word in _WORD.findall(self.text))


def _before(text: str, end: int) -> str:
    """What stands between the end of the last statement or block and here."""
    return text[max(text.rfind(mark, 0, end) for mark in ";{}") + 1 : end]


def read_source(type_name: str, name: str, id_: str, content: bytes) -> ApexSource:
    """A class or trigger from its file."""
    text = content.decode("utf-8", "replace").replace("\r\n", "\n")
    return ApexSource(type_name, name, id_, _HIDDEN.sub(lambda match: "\n" * match[0].count("\n"), text))


def sources_of(state: State) -> Iterator[ApexSource]:
    """Every class and trigger that the org holds now, by type and name."""
    store = Components(state)
    for type_name in (CLASS, TRIGGER):
        for stored in store.list(type_name):
            for path, content in store.files(type_name, stored.full_name).items():
                if not path.endswith(META):
                    yield read_source(type_name, stored.full_name, stored.id, content)
