"""Everything that the org claims about Salesforce, in one table: operations, objects, rules, texts, open questions.

Made from the catalogs that the code itself obeys, so that it cannot say anything else than the org does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.data.catalog import DATA_RULES
from sfmeta.localorg.data.tables import SOBJECTS
from sfmeta.localorg.doors.catalog import DOOR_TEXTS
from sfmeta.localorg.doors.rules import RULES
from sfmeta.localorg.faults.words import FAULT_WORDS
from sfmeta.localorg.http.reading import WIRE_WORDS
from sfmeta.localorg.metadata.operations import OPERATIONS
from sfmeta.localorg.metadata.rules.catalog import DEPLOY_RULES
from sfmeta.localorg.setup.catalog import SETUP_RULES
from sfmeta.localorg.sourced import Sourced
from sfmeta.localorg.usage import COUNTED

ROOMS = ("doors", "metadata", "data", "setup", "server", "assumptions")
"""The parts of the table, in its order."""

_WSDL = "Metadata API WSDL 63.0"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table.

    Attributes:
        room: one of ``ROOMS``.
        kind: ``rule``, ``text``, ``operation``, ``object`` or ``question``.
        id: stable.
        sentence: what it says.
        source: where that comes from.
        grade: A Salesforce's documentation or WSDL, B a maintainer, working public code or a text pasted from a real
            org, C a vendor or blog, ``emulator`` this org's own choice, ``assumption`` an open question.
        message: the text that a client reads, "" for none.
        assumption: the open question it hangs on, "" for none.
        answer: of a rule of the front door; of a question, how an org answers unless its seed says otherwise.
    """

    room: str
    kind: str
    id: str
    sentence: str
    source: str
    grade: str
    message: str = ""
    assumption: str = ""
    answer: str = ""


def rulebook() -> tuple[Entry, ...]:
    """The whole table."""
    return tuple(_entries())


def _entries() -> Iterator[Entry]:
    for rule in RULES:
        yield Entry(
            "doors",
            "rule",
            rule.id,
            rule.sentence,
            rule.source,
            rule.grade,
            assumption=rule.assumption,
            answer=rule.answer.value,
        )
    yield from _sourced("doors", DOOR_TEXTS)
    for name in sorted(OPERATIONS):
        yield Entry("metadata", "operation", name, "An operation of the Metadata API.", _WSDL, "A")
    yield from _sourced("metadata", DEPLOY_RULES)
    for table in SOBJECTS.values():
        yield Entry("data", "object", table.name, table.calls, table.source, table.grade)
    yield from _sourced("data", DATA_RULES)
    yield from _sourced("setup", SETUP_RULES)
    yield from _sourced("server", (*WIRE_WORDS, COUNTED, *FAULT_WORDS))
    for one in ASSUMPTIONS.values():
        answer = str(one.default).lower()
        yield Entry("assumptions", "question", one.name, one.question, one.evidence, "assumption", answer=answer)


def _sourced(room: str, sentences: Iterable[Sourced]) -> Iterator[Entry]:
    for one in sentences:
        kind = "text" if one.message else "rule"
        yield Entry(room, kind, one.id, one.sentence, one.source, one.grade, one.message, one.assumption)


def as_text(entries: Iterable[Entry]) -> str:
    """For a terminal."""
    rooms = groupby(entries, key=lambda entry: entry.room)
    return "\n\n".join("\n".join([_TITLES[room], *map(_as_text, inside)]) for room, inside in rooms)


def _as_text(entry: Entry) -> str:
    if entry.kind == "question":
        lines = [f"{entry.id} = {entry.answer}" if entry.answer else entry.id, f"    {entry.sentence}"]
        source = f"    {entry.source}"
    else:
        answer = f"  ->  {entry.answer}" if entry.answer else ""
        lines = [f"{entry.id}  [{entry.grade}]{answer}", f"    {entry.sentence}"]
        source = f"    Source: {entry.source}"
    lines += [f"    Says: {entry.message}"] if entry.message else []
    lines.append(source)
    lines += [f"    Hangs on the assumption {entry.assumption}"] if entry.assumption else []
    return "\n".join(lines)


def as_markdown(entries: Iterable[Entry]) -> str:
    """Tables for a document."""
    head = ["", "| id | grade | says | source |", "|---|---|---|---|"]
    rooms = groupby(entries, key=lambda entry: entry.room)
    return "\n\n".join(
        "\n".join([f"## {_TITLES[room].rstrip(':')}", *head, *map(_as_row, inside)]) for room, inside in rooms
    )


def _as_row(entry: Entry) -> str:
    says = entry.sentence + (f" Says: `{entry.message}`" if entry.message else "")
    says += f" (hangs on `{entry.assumption}`)" if entry.assumption else ""
    says += f" **{entry.answer}**" if entry.answer else ""
    cells = (f"`{entry.id}`", entry.grade, says, entry.source)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\r", " ").replace("\n", " ")


_TITLES = {
    "doors": "The front doors, in the order their rules are asked, and their texts:",
    "metadata": "The Metadata API:",
    "data": "Objects and queries:",
    "setup": "Setup:",
    "server": "The server, and what goes wrong on demand:",
    "assumptions": "Assumptions (not established about Salesforce; a seed may answer otherwise):",
}
