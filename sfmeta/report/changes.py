"""A change set for people (a tree of lines) and for machines (exact old and new values)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sfmeta.model.change import ComponentChange, FieldChange, Kind
from sfmeta.model.element import Element

SHOWN_VALUE = 100
_MARK = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}
_COLOR = {Kind.ADDED: "green", Kind.REMOVED: "red", Kind.CHANGED: "yellow"}

Style = Callable[[str, str], str]
"""Puts a text into a colour where the terminal wants that."""


def changes_text(changes: Iterable[ComponentChange], style: Style) -> str:
    """The tree: one line per component, below it one line per element that differs.

    Args:
        changes: from old to new.
        style: colours a text.
    """
    return "\n".join(line for change in changes for line in _lines(change, style))


def changes_json(changes: Iterable[ComponentChange]) -> list[dict[str, Any]]:
    """Every change with its exact old and new value."""
    return [
        {
            "component": str(change.id),
            "kind": str(change.kind),
            "fields": [
                {
                    "path": list(field.path),
                    "kind": str(field.kind),
                    "old": value_json(field.old),
                    "new": value_json(field.new),
                }
                for field in change.fields
            ],
        }
        for change in changes
    ]


def summary(changes: Iterable[ComponentChange], deleted: int = 0) -> str:
    """``2 added, 1 changed, 1 deleted``; "nothing" where there is nothing."""
    counted = list(changes)
    parts = [f"{n} {kind}" for kind in Kind if (n := sum(1 for change in counted if change.kind is kind))]
    parts += [f"{deleted} deleted"] if deleted else []
    return ", ".join(parts) or "nothing"


def _lines(change: ComponentChange, style: Style) -> Iterator[str]:
    yield style(f"{_MARK[change.kind]} {change.id}", _COLOR[change.kind])
    for field in change.fields:
        yield style(f"    {_MARK[field.kind]} {'/'.join(field.path)}", _COLOR[field.kind]) + _values(field)
    if change.kind is Kind.CHANGED and not change.fields:
        yield "    the content differs"


def _values(field: FieldChange) -> str:
    if field.kind is Kind.CHANGED:
        old, new = shown(field.old), shown(field.new)
        if len(old) == len(new) == SHOWN_VALUE:
            # two long values look alike at their beginning: a certificate, a template
            old, new = _fingerprint(field.old), _fingerprint(field.new)
        return f": {old} -> {new}"
    return f": {shown(field.new if field.kind is Kind.ADDED else field.old)}"


def shown(element: Element | None) -> str:
    """An element's value in one line, cut where it is long."""
    if element is None:
        return "(none)"
    if element.children:
        text = ", ".join(f"{child.name}={shown(child)}" for child in element.children)
        text = f"{{{text}}}"
    else:
        text = " ".join(element.text.split()) or "(empty)"
    return text if len(text) <= SHOWN_VALUE else f"{text[: SHOWN_VALUE - 1]}…"


def _fingerprint(element: Element | None) -> str:
    text = "" if element is None else " ".join(element.text.split()) or repr(element.children)
    return f"{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()[:12]}"


def value_json(element: Element | None) -> Any:
    """An element as JSON: its text, or an object of its children (a list where a name repeats)."""
    if element is None:
        return None
    if not element.children:
        return element.text
    grouped: dict[str, list[Any]] = {}
    for child in element.children:
        grouped.setdefault(child.name, []).append(value_json(child))
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}
