"""A diagnosis and a probe, for people and for machines."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sfmeta.model.diagnosis import Diagnosis, Finding, Level, Probing, Tried
from sfmeta.report.changes import Style
from sfmeta.report.words import counted

WIDTH = 110
"""Of a line, where the terminal is no narrower."""
_COLOR = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red", Level.UNKNOWN: "cyan"}
_TITLE = 20
_INDENT = " " * (len("problem  ") + _TITLE)


def diagnosis_text(diagnosis: Diagnosis, style: Style, width: int = WIDTH) -> str:
    """One line per check, what to do below it, and the sum.

    Args:
        diagnosis: of one org.
        style: colours a text.
        width: of a line, in characters.
    """
    lines = [line for finding in diagnosis.findings for line in _lines(finding, style, width)]
    return "\n".join([*lines, "", _sum(diagnosis)])


def diagnosis_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """Everything that was found."""
    return {
        "org_id": str(diagnosis.info.id),
        "org_name": diagnosis.info.name,
        "username": diagnosis.info.username,
        "checks": [
            {
                "id": finding.check,
                "title": finding.title,
                "level": str(finding.level),
                "found": finding.found,
                "fix": finding.fix or None,
                "text": finding.text or None,
                "source": finding.source,
                "grade": finding.grade,
            }
            for finding in diagnosis.findings
        ],
    }


def plan_text(plans: Iterable[tuple[str, str, str, str]], width: int = WIDTH) -> str:
    """What a probe will do, question by question.

    Args:
        plans: of each question its text, what is made, what is asked, how it is taken back.
        width: of a line, in characters.
    """
    lines = []
    for text, made, asked, taken_back in plans:
        lines += _wrapped("", text, "", "  ", width)
        told = (("made", made), ("asked", asked), ("then", taken_back))
        lines += [line for word, what in told if what for line in _wrapped(word, what, "  ", "    ", width)]
    return "\n".join(lines)


def probing_text(probing: Probing, style: Style, width: int = WIDTH) -> str:
    """What was found out, what was not tested and why, what could not be taken away again."""
    found = [one for one in probing.tried if one.answer is not None]
    rest = [one for one in probing.tried if one.answer is None]
    lines = [style(f"An earlier probe had left {thing}; it is gone now", "yellow") for thing in probing.cleaned]
    for one in found:
        lines += _answer(one, style, width)
    lines += ["", "Not tested:"] if rest else []
    for one in rest:
        lines += _wrapped(one.name, one.reason, "  ", "    ", width)
    lines += [style(f"Left behind: {thing}", "red") for thing in probing.left]
    return "\n".join([*lines, "", f"{counted(len(found), 'question')} answered, {len(rest)} not tested."])


def probing_json(probing: Probing) -> dict[str, Any]:
    """The same for machines."""
    return {
        "org_id": str(probing.info.id),
        "questions": [
            {
                "name": one.name,
                "text": one.text or None,
                "answer": one.answer.answer if one.answer else None,
                "how": one.answer.how if one.answer else None,
                "reason": one.reason or None,
            }
            for one in probing.tried
        ],
        "cleaned": list(probing.cleaned),
        "left": list(probing.left),
    }


def _lines(finding: Finding, style: Style, width: int) -> Iterator[str]:
    head = style(f"{finding.level:<9}", _COLOR[finding.level])
    first, *more = textwrap.wrap(finding.found, width - len(_INDENT), break_long_words=False) or [""]
    yield f"{head}{finding.title:<{_TITLE}}{first}"
    yield from (f"{_INDENT}{line}" for line in more)
    if finding.fix:
        yield from _wrapped("", finding.fix, f"{_INDENT}-> ", f"{_INDENT}   ", width)
    if finding.text:
        yield from (f"{_INDENT}| {part}".rstrip() for line in finding.text.splitlines() for part in _short(line, width))


def _short(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width - len(_INDENT) - 2, break_long_words=False) or [""]


def _sum(diagnosis: Diagnosis) -> str:
    counts = Counter(finding.level for finding in diagnosis.findings)
    words = {Level.OK: "ok", Level.WARNING: "warning", Level.PROBLEM: "problem", Level.UNKNOWN: "unknown"}
    told = [
        f"{counts[level]} {word}" if level in (Level.OK, Level.UNKNOWN) else counted(counts[level], word)
        for level, word in words.items()
        if counts[level]
    ]
    return f"{', '.join(told)}."


def _answer(one: Tried, style: Style, width: int) -> Iterator[str]:
    if one.answer is None:
        return
    word = style("yes", "green") if one.answer.answer else style("no ", "yellow")
    yield from _wrapped("", f"{one.text} ({one.name})", f"{word}  ", "     ", width + len(word) - 3)
    yield from _wrapped("", one.answer.how, "     ", "     ", width)


def _wrapped(name: str, text: str, first: str, later: str, width: int) -> list[str]:
    whole = f"{name}: {text}" if name else text
    return textwrap.wrap(whole, width, initial_indent=first, subsequent_indent=later, break_long_words=False)
