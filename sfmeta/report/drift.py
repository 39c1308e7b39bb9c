"""Drift for people (the tree of a difference, with who) and for machines, and as the message of a commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sfmeta.model.change import Kind
from sfmeta.model.drift import Drift, DriftedComponent, DriftedRecord, Trace, Who
from sfmeta.model.records import Record, RecordChange, RecordKind
from sfmeta.report.changes import Style, changes_json, changes_text
from sfmeta.report.forecast_words import plain
from sfmeta.report.words import counted

_MARK = {Kind.ADDED: ("+", "green"), Kind.REMOVED: ("-", "red"), Kind.CHANGED: ("~", "yellow")}
_SHOWN_CANDIDATES = 3
_SHOWN_IN_LINE = 5


def drift_text(drift: Drift, style: Style) -> str:
    """The tree of a difference, who below each change, and one line that sums it up.

    Args:
        drift: what was found.
        style: colours a text.
    """
    return "\n".join(_lines(drift, style))


def drift_json(drift: Drift) -> dict[str, Any]:
    """Everything, with exact values; secrets are never part of a comparison."""
    return {
        "org_id": str(drift.org_id),
        "checked_at": drift.checked_at,
        "since": drift.since or None,
        "compared": {str(component): entry for component, entry in drift.compared.items()},
        "components": [_component_json(one) for one in drift.components],
        "records": [_record_json(one) for one in drift.records],
        "unreadable": {str(component): words for component, words in drift.unreadable.items()},
        "unread_records": drift.unread_records or None,
        "notes": list(drift.notes),
    }


def summary(drift: Drift) -> str:
    """``1 component and 2 grants differ``; what is unknown is named, too."""
    parts = [counted(len(drift.components), "component")] if drift.components else []
    parts += [counted(len(drift.records), "grant")] if drift.records else []
    one = len(drift.components) + len(drift.records) == 1
    said = [f"{' and '.join(parts)} {'differs' if one else 'differ'}"] if parts else ["nothing differs"]
    said += [f"{counted(len(drift.unreadable), 'component')} could not be compared"] if drift.unreadable else []
    said += ["the grants could not be read"] if drift.unread_records else []
    return ", ".join(said)


def drift_line(drift: Drift) -> str:
    """A state in one line, for a log: what differs, and who."""
    said = [f"{one.change.id} {one.change.kind} ({_short(one.who)})" for one in drift.components]
    said += [f"{one.change.id} {one.change.kind} ({_short(one.who)})" for one in drift.records]
    said += [f"{component} unknown" for component in drift.unreadable]
    more = f"; and {len(said) - _SHOWN_IN_LINE} more" if len(said) > _SHOWN_IN_LINE else ""
    details = f": {'; '.join(said[:_SHOWN_IN_LINE])}{more}" if said else ""
    return f"{drift.org_title}: {summary(drift)} ({_compared(drift)}){details}"


def who_text(who: Who) -> Iterator[str]:
    """Who may have done it, a line each."""
    if not who.candidates:
        yield f"by whom is not known: {who.why}"
        return
    shown = who.candidates[:_SHOWN_CANDIDATES]
    word = "by" if len({_name(trace) for trace in who.candidates}) == 1 else "perhaps by"
    for trace in shown:
        yield f"{word} {_name(trace)}, {trace.at}: {plain(trace.what)}"
    if len(who.candidates) > len(shown):
        yield f"... or one of {len(who.candidates) - len(shown)} older traces (--json lists them all)"


def commit_message(drift: Drift, taken: Iterable[str]) -> str:
    """The message of the commit that takes drift over: what, and who changed it; no values.

    Args:
        drift: what was found.
        taken: the files of the commit.
    """
    count = len(drift.components) + len(drift.records)
    lines = [f"Take over {counted(count, 'change')} made in {drift.org_title}", ""]
    for component in drift.components:
        paths = ", ".join("/".join(field.path) for field in component.change.fields)
        lines.append(f"{component.change.id} {component.change.kind}{f': {paths}' if paths else ''}")
        lines += [f"    {text}" for text in who_text(component.who)]
    for record in drift.records:
        lines.append(f"{record.change.id} {record.change.kind} (in the ledger only)")
        lines += [f"    {text}" for text in who_text(record.who)]
    lines += ["", f"Org: {drift.org_id}, read {drift.checked_at}", *(f"File: {path}" for path in taken), ""]
    return "\n".join(lines)


def _lines(drift: Drift, style: Style) -> Iterator[str]:
    for component in drift.components:
        yield changes_text([component.change], style)
        yield from (f"    {style(text, 'cyan')}" for text in who_text(component.who))
    for record in drift.records:
        mark, color = _MARK[record.change.kind]
        yield style(f"{mark} {record.change.id}", color) + f": {record_values(record.change)}"
        yield from (f"    {style(text, 'cyan')}" for text in who_text(record.who))
    for item, words in drift.unreadable.items():
        yield style(f"? {item}: {words}", "yellow")
    if drift.unread_records:
        yield style(f"? who holds {', '.join(drift.sets)}: {drift.unread_records}", "yellow")
    if drift.is_clean:
        yield f"Nothing differs: {drift.org_title} is as {_origin(drift)} left it ({_compared(drift)})."
    else:
        yield f"{drift.org_title} is not as {_origin(drift)} left it: {summary(drift)} ({_compared(drift)})."


def _origin(drift: Drift) -> str:
    return f"deployment {drift.since}" if drift.since else "our last deployments"


def _compared(drift: Drift) -> str:
    return f"{counted(len(drift.compared), 'component')} compared"


def record_values(change: RecordChange) -> str:
    """What became of a grant, in words."""
    if change.old is not None and change.new is not None:
        return f"{_until(change.old)} -> {_until(change.new)}"
    held = change.new or change.old
    return "" if held is None else _until(held)


def _until(record: Record) -> str:
    if record.id.kind is not RecordKind.ASSIGNMENT:
        return "access"
    return f"until {record.expires_at}" if record.expires_at else "without an end"


def _name(trace: Trace) -> str:
    name = trace.username or "nobody that the org names"
    return plain(f"{trace.delegate} as {name}" if trace.delegate else name)


def _short(who: Who) -> str:
    names = list(dict.fromkeys(_name(trace) for trace in who.candidates))
    return " or ".join(names[:_SHOWN_CANDIDATES]) if names else "by whom is not known"


def _component_json(one: DriftedComponent) -> dict[str, Any]:
    [change] = changes_json([one.change])
    return {**change, "since": one.since, "who": _who_json(one.who)}


def _record_json(one: DriftedRecord) -> dict[str, Any]:
    record = one.change.id
    return {
        "sobject": str(record.kind),
        "permission_set": record.parent,
        "subject": record.subject,
        "kind": str(one.change.kind),
        "old": _held_json(one.change.old),
        "new": _held_json(one.change.new),
        "since": one.since,
        "who": _who_json(one.who),
    }


def _held_json(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else {"expires_at": record.expires_at or None}


def _who_json(who: Who) -> dict[str, Any]:
    return {
        "candidates": [
            {
                "username": trace.username or None,
                "at": trace.at,
                "what": trace.what,
                "action": trace.action or None,
                "section": trace.section or None,
                "delegate": trace.delegate or None,
                "deployment": trace.deployment or None,
            }
            for trace in who.candidates
        ],
        "why": who.why or None,
    }
