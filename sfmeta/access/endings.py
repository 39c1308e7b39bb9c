"""What ends by itself: assignments with an expiry, refresh tokens with a lifetime."""

from __future__ import annotations

from datetime import datetime, timedelta

from sfmeta.access.view import View
from sfmeta.model.forecast import Decision, Ending, Verdict
from sfmeta.model.inventory import Use, Way

_INSTANT = timedelta(seconds=1)


class Endings:
    """Looks for the first moment at which somebody who works stops by itself.

    Args:
        view: the org after the stage.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._expiries: dict[str, list[datetime]] = {}
        for one in (*view.state.inventory.assignments, *view.state.assignments):
            if one.expires is not None and one.expires > view.at:
                self._expiries.setdefault(one.user_id, []).append(one.expires)

    def may_end(self, use: Use, by: datetime) -> bool:
        """Whether it is worth looking: cheap, and never wrong about "no"."""
        expiries = self._expiries.get(use.user_id)
        if expiries and min(expiries) <= by:
            return True
        end = self._token_end(use)
        return end is not None and end <= by

    def first(self, use: Use, decision: Decision) -> Ending | None:
        """The first moment at which a use that works is refused, if nothing is done; None where there is none."""
        if decision.verdict is not Verdict.WORKS:
            return None
        moments = sorted({*self._expiries.get(use.user_id, ()), *self._token_moments(use)})
        for moment in moments:
            then = self._view.decide_at(use, moment + _INSTANT)
            if then.verdict is not Verdict.WORKS:
                return Ending(moment, self._why(use, moment), then.rule)
        return None

    def _token_moments(self, use: Use) -> tuple[datetime, ...]:
        end = self._token_end(use)
        return () if end is None else (end,)

    def _token_end(self, use: Use) -> datetime | None:
        if use.authorised is None or use.way is not Way.REFRESH_TOKEN:
            return None
        end = self._view.app(use.app).policy.ends(use.authorised) if use.app else None
        return end if end is not None and end > self._view.at else None

    def _why(self, use: Use, moment: datetime) -> str:
        state = self._view.state
        if self._token_end(use) == moment:
            return "its refresh token reaches the end of its lifetime"
        sets = {**state.inventory.permission_sets, **state.permission_sets}
        names = sorted(
            (sets[one.permission_set_id].label or sets[one.permission_set_id].name)
            for one in (*state.inventory.assignments, *state.assignments)
            if one.user_id == use.user_id and one.expires == moment and one.permission_set_id in sets
        )
        return f"the assignment of {', '.join(names) or 'a permission set'} ends"
