"""A plan for people, and what became of its steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sfmeta.model.forecast import Harm
from sfmeta.model.inventory import Way
from sfmeta.model.plan import Loser, Plan, PlanStep, StepKind
from sfmeta.report.changes import Style
from sfmeta.report.columns import wrapped
from sfmeta.report.conflicts import grant_json, grant_text
from sfmeta.report.forecast_words import WAYS, plain
from sfmeta.report.words import counted

_MARK = {
    StepKind.MANUAL: ("by hand", "yellow"),
    StepKind.METADATA: ("deploy", "cyan"),
    StepKind.RECORDS: ("records", "cyan"),
}
LOSERS_SHOWN = 10
"""So many of those who stop, or might."""
LINES_SHOWN = 12
"""So many lines of what a step changes, unless more are asked for."""


def plan_text(plan: Plan, style: Style, width: int, shown: int = LINES_SHOWN) -> str:
    """All of a plan.

    Args:
        plan: the plan.
        style: colours a text.
        width: of the terminal.
        shown: how many lines of what a step changes.
    """
    return "\n".join(_lines(plan, style, width, shown))


def step_line(step: PlanStep, style: Style) -> str:
    """``03  deploy   Restrict Billing Sync``."""
    word, color = _MARK[step.kind]
    return f"{step.name}  {style(f'{word:8}', color)} {plain(step.title)}"


def _lines(plan: Plan, style: Style, width: int, shown: int) -> Iterator[str]:
    yield f"Plan {plan.id}: {plan.title}, for {plan.org_name} ({plan.org_id})"
    dirty = " and files that are not committed" if plan.dirty else ""
    yield from wrapped(
        f"Made {plan.made_at:%Y-%m-%d %H:%M} UTC from {plan.revision[:12] or 'no commit'}{dirty}, as {plan.username}",
        width,
        0,
    )
    color = "green" if plan.foreseen.is_clean else "red" if plan.foreseen.losers else "yellow"
    yield from (style(line, color) for line in wrapped(f"Forecast: {plan.foreseen.headline}", width, 0))
    losers = plan.foreseen.losers
    for one in losers[:LOSERS_SHOWN]:
        yield from _loser(one, style, width)
    if len(losers) > LOSERS_SHOWN:
        yield f"  ... and {len(losers) - LOSERS_SHOWN:,} more (--json lists them all)"
    for what in plan.foreseen.unresolved:
        yield from wrapped(f"! to be settled: {what}", width, 2, 2)
    if not plan.steps:
        yield f"Nothing is left to do for {plan.title}."
    for step in plan.steps:
        yield from _step(step, style, width, shown)
    for note in plan.notes:
        yield from wrapped(f"Note: {note}", width, 0, 6)


def _loser(one: Loser, style: Style, width: int) -> Iterator[str]:
    mark, color = ("x", "red") if one.harm is Harm.STOPS else ("?", "yellow")
    lines = wrapped(f"{mark} {plain(one.user)} with {plain(_what(one))}", width, 2, 2)
    return (style(line, color) for line in lines)


def _what(one: Loser) -> str:
    """With what somebody comes: the app's label, or the protocol."""
    return one.app or WAYS[Way(one.way)]


def _step(step: PlanStep, style: Style, width: int, shown: int) -> Iterator[str]:
    yield step_line(step, style)
    if step.kind is StepKind.MANUAL:
        yield f"      {step.where}"
        for action in step.actions:
            yield from wrapped(f"- {action}", width, 6, 2)
        for query in step.verify:
            yield from wrapped(f"seen by: {query}", width, 6, 9)
        return
    lines = [*step.changes, *(grant_text(change) for change in step.records)]
    yield from (f"      {line}" for line in lines[:shown])
    if len(lines) > shown:
        yield f"      ... and {counted(len(lines) - shown, 'line')} more (sfmeta show --verbose)"
    for loss in step.losses:
        yield from wrapped(f"! cannot be taken back: {loss}", width, 6, 2)


def steps_json(steps: Iterable[PlanStep]) -> list[dict[str, Any]]:
    """The steps for machines."""
    return [
        {
            "number": step.number,
            "kind": str(step.kind),
            "title": step.title,
            "app": step.app or None,
            "where": step.where or None,
            "actions": list(step.actions),
            "verify": list(step.verify),
            "package_digest": step.digest or None,
            "components": [str(one) for one in step.components],
            "changes": list(step.changes),
            "grants": [grant_json(change) for change in step.records],
            "losses": list(step.losses),
        }
        for step in steps
    ]


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan for machines."""
    return {
        "plan": plan.id,
        "made_at": plan.made_at.isoformat(),
        "stage": str(plan.stage),
        "wave": plan.wave,
        "org_id": str(plan.org_id),
        "revision": plan.revision or None,
        "policy_digest": plan.policy_digest,
        "forecast": {
            "outcome": plan.foreseen.headline,
            "clean": plan.foreseen.is_clean,
            "outstanding": [
                {"user": one.user, "app": one.app or None, "way": one.way, "harm": str(one.harm)}
                for one in plan.foreseen.losers
            ],
            "unresolved": list(plan.foreseen.unresolved),
        },
        "steps": steps_json(plan.steps),
        "notes": list(plan.notes),
    }


def standings_text(rows: Sequence[tuple[PlanStep, str, Sequence[str]]], style: Style, width: int) -> str:
    """How each step stands, or what came of it.

    Args:
        rows: the step, a word, and lines about it.
        style: colours a text.
        width: of the terminal.
    """
    lines: list[str] = []
    for step, word, why in rows:
        color = "green" if word in ("done", "is done") else "yellow" if word == "to do" else "red"
        lines.append(f"{style(f'{word:9}', color)} {step_line(step, style)}")
        for line in why:
            lines += wrapped(line, width, 14)
    return "\n".join(lines)
