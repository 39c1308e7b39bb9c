"""A flip of API Access Control for people and for machines: what it cannot promise, how it stands, what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sfmeta.change.guards import SWITCHES
from sfmeta.model.deployment import Deployment
from sfmeta.model.enforcement import Flip, FlipStage
from sfmeta.report.changes import Style
from sfmeta.report.columns import wrapped
from sfmeta.report.deployment import deployment_json

_SHOWN = 10


def promises(break_glass: str) -> tuple[str, ...]:
    """What a flip cannot promise, and what a person does then.

    Args:
        break_glass: the username of who can untick the boxes in Setup, "" where nobody is named.
    """
    who = break_glass or "an administrator with a browser"
    return (
        "Taking it back needs this process alive and a session that still works: after a killed process the next "
        "sfmeta command on this org says so, and does not do it by itself",
        "Unticking may not restore what ticking rewrote: what changed by itself is named afterwards",
        f"By hand: Setup > API Access Control (type that into Quick Find), both boxes unticked, by {who}",
    )


def promises_text(break_glass: str, style: Style, width: int) -> str:
    """The same as lines."""
    lines = [style("What cannot be promised:", "yellow")]
    for said in promises(break_glass):
        lines += wrapped(f"- {said}", width, 2, 2)
    return "\n".join(lines)


def boxes_text(state: Mapping[str, bool]) -> str:
    """How the boxes stand: ``internal users: ticked; customers and partners: not ticked``."""
    said = [f"{SWITCHES[name]}: {'ticked' if value else 'not ticked'}" for name, value in state.items()]
    return "; ".join(said) or "the org has no boxes (API Access Control is not enabled)"


def flip_text(flip: Flip, style: Style, *, is_left: bool) -> list[str]:
    """One flip, and what to do about it where it is open.

    Args:
        flip: as it is written down.
        style: colours a text.
        is_left: its process is gone.
    """
    who = " and ".join(SWITCHES[name] for name in flip.boxes)
    lines = [f"Flip of {flip.began_at} for {who}: {_stage(flip)}"]
    if not flip.stage.is_open:
        return lines
    if is_left:
        lines.append(style("The process that made it has ended: nobody takes it back by itself", "red"))
    lines += [style(line, "yellow") for line in next_steps(flip)]
    return lines


def next_steps(flip: Flip) -> tuple[str, ...]:
    """What settles an open flip."""
    by = flip.break_glass or "an administrator"
    return (
        "It still has to be settled: sfmeta enforce confirm -o ORG, or take it back: sfmeta enforce off --yes -o ORG",
        f"By hand: Setup > API Access Control (type that into Quick Find), by {by}",
    )


def _stage(flip: Flip) -> str:
    if flip.stage is FlipStage.INTENDED:
        return "written down; whether it came to it has to be asked of the org"
    if flip.stage is FlipStage.WAITING:
        return f"ticked and proven, to be confirmed until {flip.deadline}"
    if flip.stage is FlipStage.REVERTING:
        return "was being taken back"
    done = "confirmed" if flip.stage is FlipStage.CONFIRMED else "taken back"
    return f"{done} at {flip.settled_at} by {flip.settled_by or 'somebody'}"


def flip_json(flip: Flip, *, is_left: bool) -> dict[str, Any]:
    """The same for machines."""
    return {
        "boxes": list(flip.boxes),
        "stage": str(flip.stage),
        "open": flip.stage.is_open,
        "left_by_its_process": is_left,
        "began_at": flip.began_at,
        "deadline": flip.deadline or None,
        "deployment": flip.deployment or None,
        "canaries": list(flip.canaries),
        "skipped_canaries": list(flip.skipped),
        "break_glass": flip.break_glass or None,
        "settled_at": flip.settled_at or None,
        "settled_by": flip.settled_by or None,
    }


def record_text(record: Deployment, state: Mapping[str, bool]) -> str:
    """The last flip in the ledger, one line."""
    did = boxes_text(state) if state else f"stage {record.stage}, what came of it is not recorded"
    by = f", confirmed at {record.confirmed_at} by {record.confirmed_by}" if record.confirmed_at else ""
    return f"Last recorded: {record.id} by {record.author or record.username}: {did}{by}"


def record_json(record: Deployment, state: Mapping[str, bool]) -> dict[str, Any]:
    """The same for machines."""
    return {**deployment_json(record), "boxes": dict(state)}


def rows_text(title: str, rows: Iterable[str], style: Style) -> list[str]:
    """A heading and its rows, the first of them; nothing where there are none."""
    found = list(rows)
    if not found:
        return []
    more = [f"  ... and {len(found) - _SHOWN:,} more"] if len(found) > _SHOWN else []
    return [style(title, "yellow"), *(f"  {row}" for row in found[:_SHOWN]), *more]
