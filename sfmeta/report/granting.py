"""Who holds which generated permission set, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sfmeta.access.assigning import Standing, State
from sfmeta.model.change import Kind
from sfmeta.model.records import Record, RecordChange, ends_at
from sfmeta.report.changes import Style
from sfmeta.report.columns import columns

_HEAD = ("app", "user", "state", "until", "note")
_WORDS = {
    State.HELD: "ok",
    State.MISSING: "missing",
    State.OTHER_END: "other end",
    State.ENDED: "ended",
    State.BY_HAND: "by hand",
}
_COLORS = {State.MISSING: "red", State.OTHER_END: "red", State.ENDED: "yellow", State.BY_HAND: "yellow"}


def standings_text(found: Sequence[Standing], style: Style, width: int) -> str:
    """A table.

    Args:
        found: what to show.
        style: colours a text.
        width: of the terminal.
    """
    if not found:
        return "The policy grants nothing to single users here, and the org holds nothing of it."
    rows = [(one.app, one.username, _WORDS[one.state], _until(one), _note(one)) for one in found]
    head, *lines = columns(_HEAD, rows, width, flexible=len(_HEAD) - 1)
    colored = [
        line.replace(f"  {_WORDS[one.state]} ", f"  {style(_WORDS[one.state], _COLORS[one.state])} ", 1)
        if one.state in _COLORS
        else line
        for line, one in zip(lines, found, strict=True)
    ]
    return "\n".join([head, *colored])


def standing_json(one: Standing) -> dict[str, Any]:
    """One user and one permission set."""
    wanted = one.wanted
    return {
        "app": one.app,
        "permission_set": one.record_id.parent,
        "user": one.username,
        "state": str(one.state),
        "assigned_by": "external" if one.is_external else "sfmeta",
        "policy": {"user": wanted.written, "until": wanted.record.expires_at or None} if wanted else None,
        "org": {"until": one.held.expires_at or None} if one.held else None,
    }


def write_text(change: RecordChange, apps: Mapping[str, str]) -> str:
    """What will be written, one line.

    Args:
        change: of an assignment.
        apps: the policy's key of the app by permission set.
    """
    who = f"{apps.get(change.id.parent, change.id.parent)}: {change.id.subject}"
    if change.kind is Kind.REMOVED:
        return f"- {who}"
    if change.kind is Kind.ADDED:
        return f"+ {who}{_end(change.new, ' until ', '')}"
    return (
        f"~ {who} {_end(change.new, 'until ', 'without an end')} (now {_end(change.old, 'until ', 'without an end')})"
    )


def by_hand_text(found: Iterable[Standing]) -> list[str]:
    """What was made by hand and stays, one line each."""
    return [
        f"  {one.app}: {one.username}{_end(one.held, ' until ', '')}"
        f"{' (an identity provider assigns it)' if one.is_external else ''}"
        for one in found
    ]


def _until(one: Standing) -> str:
    wanted, held = (_end(record, "", "-") for record in (one.wanted.record if one.wanted else None, one.held))
    return held if one.wanted is None else wanted


def _note(one: Standing) -> str:
    notes = []
    if one.is_external:
        notes.append("an identity provider assigns it")
    if one.state is State.OTHER_END:
        notes.append(f"in the org {_end(one.held, 'until ', 'without an end')}")
    elif one.state is State.MISSING and one.held is not None:
        notes.append(f"ended in the org on {_end(one.held, '', '')}")
    elif one.state is State.BY_HAND:
        notes.append("not in the policy")
    if one.wanted is not None and one.wanted.written.lower() != one.username.lower():
        notes.append(f"in the policy {one.wanted.written}")
    return "; ".join(notes)


def _end(record: Record | None, before: str, never: str) -> str:
    end = ends_at(record) if record else None
    return f"{before}{end:%Y-%m-%d %H:%M} UTC" if end else never
