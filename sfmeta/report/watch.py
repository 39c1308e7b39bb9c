"""A watch for people and for machines: who is refused who should work first, then who was not seen yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sfmeta.model.watch import Sighting, Watch, Watched
from sfmeta.report.changes import Style
from sfmeta.report.columns import wrapped
from sfmeta.report.forecast_words import WAYS, plain
from sfmeta.report.words import counted

_SHOWN = 20
HEADINGS = {
    Sighting.REFUSED: "Refused, and should work",
    Sighting.UNPROVEN: "Should work, and not seen since",
    Sighting.RECOVERED: "Refused, and let in later",
    Sighting.FORESEEN: "Refused, as foreseen",
    Sighting.PROVEN: "Let in since",
}
"""What each kind is called."""
_COLORS = {Sighting.REFUSED: "red", Sighting.UNPROVEN: "yellow"}
_LISTED = (Sighting.REFUSED, Sighting.UNPROVEN, Sighting.RECOVERED, Sighting.FORESEEN)


def headline(found: Watch) -> str:
    """The whole watch in one sentence."""
    refused, unproven = len(found.of(Sighting.REFUSED)), len(found.of(Sighting.UNPROVEN))
    if refused:
        return f"{counted(refused, 'pair')} of user and app refused who should work; {unproven} not seen since"
    if unproven:
        return (
            f"Nobody is refused who should work; {counted(unproven, 'pair')} of user and app not seen since: unproven"
        )
    return "Nobody is refused who should work, and everybody was seen"


def what(row: Watched) -> str:
    """With what a user comes: an app's label, or the protocol."""
    return plain(row.app.label) if row.app else WAYS[row.way]


def watch_text(found: Watch, style: Style, width: int) -> str:
    """The sentence, then the rows of each kind, worst first.

    Args:
        found: one look.
        style: colours a text.
        width: of the terminal.
    """
    color = "green" if found.is_proven else "yellow" if found.is_clean else "red"
    lines = [style(line, color) for line in wrapped(f"{headline(found)}.", width, 0)]
    since = (
        f"Since {_minute(found.since)} ({found.since_why}); {counted(len(found.of(Sighting.PROVEN)), 'pair')} let in."
    )
    lines += wrapped(since, width, 0)
    for sighting in _LISTED:
        lines += _section(found.of(sighting), HEADINGS[sighting], style, _COLORS.get(sighting, ""), width)
    if found.idle:
        idle = f"{counted(found.idle, 'pair')} had not been used for {found.idle_days} days before: not waited for."
        lines += ["", *wrapped(idle, width, 0)]
    for gap in found.gaps:
        lines += wrapped(f"! {plain(gap)}", width, 0, 2)
    return "\n".join(lines)


def watch_json(found: Watch) -> dict[str, Any]:
    """The same for machines; pairs that were let in are only counted."""
    return {
        "org_id": str(found.org_id),
        "org_name": found.org_name,
        "since": _stamp(found.since),
        "since_why": found.since_why,
        "until": _stamp(found.until),
        "at": _stamp(found.at),
        "outcome": headline(found),
        "clean": found.is_clean,
        "proven": found.is_proven,
        "counts": {**{str(kind): len(found.of(kind)) for kind in Sighting}, "idle": found.idle},
        **{str(kind): [_row_json(row) for row in found.of(kind)] for kind in _LISTED},
        "gaps": list(found.gaps),
    }


def _section(rows: tuple[Watched, ...], title: str, style: Style, color: str, width: int) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield style(f"{title} ({len(rows):,})", color)
    for row in rows[:_SHOWN]:
        yield from wrapped(f"{plain(row.user.username)} with {what(row)}: {_said(row)}", width, 2, 2)
    if len(rows) > _SHOWN:
        yield f"  ... and {len(rows) - _SHOWN:,} more (--json lists them all)"


def _said(row: Watched) -> str:
    used = f"last used {_minute(row.last_use)}" if row.last_use else "not used before"
    seen = f"last let in {_minute(row.last_success)}" if row.last_success else used
    if not row.refusals:
        return seen
    times = f"{row.refusals} times" if row.refusals > 1 else "once"
    first = f"{_minute(row.first_refusal)} to " if row.refusals > 1 else ""
    statuses = ", ".join(map(plain, row.statuses))
    return f"{times}, {first}{_minute(row.last_refusal)}: {statuses}; {plain(row.why)}; {seen}"


def _row_json(row: Watched) -> dict[str, Any]:
    return {
        "username": row.user.username,
        "user_id": row.user.id,
        "app": {"key": row.app.key, "label": row.app.label} if row.app else None,
        "way": None if row.app else str(row.way),
        "why": row.why,
        "statuses": list(row.statuses),
        "refusals": row.refusals,
        "first_refusal": _stamp(row.first_refusal),
        "last_refusal": _stamp(row.last_refusal),
        "last_success": _stamp(row.last_success),
        "last_use": _stamp(row.last_use),
    }


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "-"


def _stamp(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None
