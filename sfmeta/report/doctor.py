"""A diagnosis and a probe, for people and for machines."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sfmeta.model.diagnosis import Diagnosis, Finding, Level, Probing, Tried
from sfmeta.report.changes import Style
from sfmeta.report.words import counted

WIDTH = 110
_COLOR = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red", Level.UNKNOWN: "cyan"}
_TITLE = 20
_INDENT = " " * (len("problem  ") + _TITLE)


def diagnosis_text(diagnosis: Diagnosis, style: Style) -> str:
    """One line per check, what to do below it, and the sum.

    Args:
        diagnosis: of one org.
        style: colours a text.
    """
    lines = [line for finding in diagnosis.findings for line in _lines(finding, style)]
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


def probing_text(probing: Probing, style: Style) -> str:
    """What was found out, what was not tested and why, what could not be taken away again."""
    found = [one for one in probing.tried if one.answer is not None]
    rest = [one for one in probing.tried if one.answer is None]
    lines = [style(f"An earlier probe had left {thing}; it is gone now", "yellow") for thing in probing.cleaned]
    for one in found:
        lines += _answer(one, style)
    lines += ["", "Not tested:"] if rest else []
    for one in rest:
        lines += _wrapped(one.name, one.reason, "  ", "    ")
    lines += [style(f"Left behind: {thing}", "red") for thing in probing.left]
    return "\n".join([*lines, "", f"{counted(len(found), 'question')} answered, {len(rest)} not tested."])


def probing_json(probing: Probing) -> dict[str, Any]:
    """The same for machines."""
    return {
        "org_id": str(probing.info.id),
        "questions": [
            {
                "name": one.name,
                "answer": one.answer.answer if one.answer else None,
                "how": one.answer.how if one.answer else None,
                "reason": one.reason or None,
            }
            for one in probing.tried
        ],
        "cleaned": list(probing.cleaned),
        "left": list(probing.left),
    }


def _lines(finding: Finding, style: Style) -> Iterator[str]:
    head = style(f"{finding.level:<9}", _COLOR[finding.level])
    first, *more = textwrap.wrap(finding.found, WIDTH - len(_INDENT), break_long_words=False) or [""]
    yield f"{head}{finding.title:<{_TITLE}}{first}"
    yield from (f"{_INDENT}{line}" for line in more)
    if finding.fix:
        yield from _wrapped("", finding.fix, f"{_INDENT}-> ", f"{_INDENT}   ")
    if finding.text:
        yield from (f"{_INDENT}| {part}".rstrip() for line in finding.text.splitlines() for part in _short(line))


def _short(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH - len(_INDENT) - 2, break_long_words=False) or [""]


def _sum(diagnosis: Diagnosis) -> str:
    counts = Counter(finding.level for finding in diagnosis.findings)
    words = {Level.OK: "ok", Level.WARNING: "warning", Level.PROBLEM: "problem", Level.UNKNOWN: "unknown"}
    told = [
        f"{counts[level]} {word}" if level in (Level.OK, Level.UNKNOWN) else counted(counts[level], word)
        for level, word in words.items()
        if counts[level]
    ]
    return f"{', '.join(told)}."


def _answer(one: Tried, style: Style) -> Iterator[str]:
    if one.answer is None:
        return
    word = style("yes", "green") if one.answer.answer else style("no ", "yellow")
    yield f"{word}  {one.name}"
    yield from _wrapped("", one.answer.how, "     ", "     ")


def _wrapped(name: str, text: str, first: str, later: str) -> list[str]:
    whole = f"{name}: {text}" if name else text
    return textwrap.wrap(whole, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False)
