"""What is left of the org's limits that a roll-out uses up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sfmeta.ops.doctor.check import Check, Verdict, ok, problem, unknown, warning
from sfmeta.ops.doctor.examination import Examination

_WARNING_SHARE = 0.2
_PROBLEM_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit that matters.

    Attributes:
        words: what is left.
        fix: what to do when there is little.
        few: below it is a warning, whatever the share.
        too_few: below it is a problem: an audit or a stage would not come to its end.
    """

    words: str
    fix: str
    few: int
    too_few: int


_LIMITS = {
    "DailyApiRequests": _Limit(
        "API requests left today", "Wait until they come back (24 hours), or ask Salesforce for more", 1000, 100
    ),
    "PermissionSets": _Limit(
        "permission sets that can still be made", "Delete some, or attach existing ones to the apps", 20, 1
    ),
}
"""By the name that the org uses."""


def _limits(seen: Examination) -> Verdict:
    said = seen.org.limits()
    found = [(name, *numbers) for name in _LIMITS if (numbers := _numbers(said.get(name)))]
    if not found:
        return unknown("The org does not tell its limits")
    words = "; ".join(f"{left:,} of {most:,} {_LIMITS[name].words}" for name, left, most in found)
    for floor, verdict in ((_too_few, problem), (_few, warning)):
        low = next((name for name, left, most in found if floor(name, left, most)), None)
        if low is not None:
            return verdict(words, _LIMITS[low].fix)
    return ok(words)


def _few(name: str, left: int, most: int) -> bool:
    return left < max(_WARNING_SHARE * most, _LIMITS[name].few)


def _too_few(name: str, left: int, most: int) -> bool:
    return left < max(_PROBLEM_SHARE * most, _LIMITS[name].too_few)


def _numbers(entry: object) -> tuple[int, int] | None:
    if not isinstance(entry, Mapping):
        return None
    left, most = entry.get("Remaining"), entry.get("Max")
    return (left, most) if isinstance(left, int) and isinstance(most, int) else None


CHECKS = (Check("limits", "Limits", _limits, "REST API guide, Limits", "A"),)
"""In this order."""
