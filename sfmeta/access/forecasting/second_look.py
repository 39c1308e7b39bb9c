"""A second look at clients whom a rule refuses today, and who were seen to get in within the last days.

Either the audit does not see why they get in, or what refuses them is younger than their login: which of the two, a
rule says by what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sfmeta.access.forecasting.observed import FRESH
from sfmeta.access.forecasting.outcome import Outcome
from sfmeta.access.forecasting.view import View
from sfmeta.access.questions import SEEN_OTHERWISE
from sfmeta.access.rules.judge import rests_on
from sfmeta.access.rules.rule import RestsOn
from sfmeta.model.forecast import Decision, Harm, RuleInfo, Verdict
from sfmeta.model.inventory import Blocked, Use

SEEN_TO_WORK = RuleInfo(
    "seen-to-work",
    "The client got in within the last days, though what the audit saw would refuse it: that rule is left out for it.",
    "the audit itself",
    "A",
)
"""Decides today for a client whose logins contradict a rule."""

_WORKS = Decision(Verdict.WORKS, SEEN_TO_WORK)
_HARM = {Verdict.WORKS: Harm.NONE, Verdict.UNKNOWN: Harm.MIGHT_STOP, Verdict.REFUSED: Harm.STOPS}
"""What a change does to a client that works today, by what holds after it."""


@dataclass(frozen=True, slots=True)
class Concern:
    """What a change has to do with: a loss of the last days that has nothing to do with it is not told as its own.

    Attributes:
        apps: ``App.key`` of the apps that it decides about.
        org: it has to do with what counts for many: boxes, switches, what people hold.
    """

    apps: Collection[str]
    org: bool = True


class SecondLook:
    """Judges once more whoever is refused today.

    Args:
        before: the org as it is.
        after: the org after the stage.
        came_in: whether the audit itself came in by a use, which works for sure.
        concern: what the change has to do with.

    Attributes:
        wondered: somebody gets in today against all rules that the audit knows of, and may not any more.
    """

    def __init__(self, before: View, after: View, came_in: Callable[[Use], bool], concern: Concern) -> None:
        self._before, self._after, self._came_in, self._concern = before, after, came_in, concern
        # by the two decisions, which their views keep, and by what sets those apart who share them
        self._kept: dict[tuple[int, int, bool, bool], Outcome] = {}
        self.wondered = False

    def at(self, use: Use, found: Outcome) -> Outcome:
        """What holds of a use that is refused today; the same where nothing that was seen says otherwise.

        Args:
            use: that got in at some time.
            found: what the rules say.
        """
        came_in = self._came_in(use)
        if rests_on(found.now.rule.id) is RestsOn.USER or not (came_in or self._is_fresh(use)):
            return found
        has_ended = self._has_ended(use)
        key = (id(found.now), id(found.then), came_in, has_ended)
        if key not in self._kept:
            self._kept[key] = self._judged(use, found, came_in=came_in, has_ended=has_ended)
        return self._kept[key]

    def _judged(self, use: Use, found: Outcome, *, came_in: bool, has_ended: bool) -> Outcome:
        """Without the rules that a login contradicts; in doubt where that login may be older than what they rest on."""
        left_out: set[str] = set()
        now = found.now
        while now.verdict is Verdict.REFUSED:
            if rests_on(now.rule.id) is RestsOn.USER:
                return found
            left_out.add(now.rule.id)
            now = self._before.decide_without(use, frozenset(left_out))
        later = self._after.decide_without(use, frozenset(left_out))
        if later.verdict is Verdict.WORKS and self._is_touched(use):
            # by what it gets in is not known, and the stage changes the app: nobody can say that it stays
            later = Decision(Verdict.UNKNOWN, found.then.rule, (SEEN_OTHERWISE,))
            self.wondered = True
        harm = _HARM[later.verdict]
        switched = {rests_on(name) for name in left_out} & {RestsOn.APP, RestsOn.ORG}
        if came_in or not switched:
            return Outcome(_WORKS, later, harm)
        # lost since then, or let in by what the audit does not see; what came to its date, and what somebody did to an
        # app that the policy says nothing of, is none of ours
        is_of_org = RestsOn.ORG in switched or self._is_blocked_by_box(use)
        is_ours = use.app in self._concern.apps or (is_of_org and self._concern.org)
        if harm is Harm.NONE and (has_ended or not is_ours):
            return found
        self.wondered = True
        return Outcome(Decision(Verdict.UNKNOWN, found.now.rule, (SEEN_OTHERWISE,)), found.then, Harm.MIGHT_STOP)

    def _is_fresh(self, use: Use) -> bool:
        seen_at = self._before.state.inventory.taken_at
        return use.last_used is not None and seen_at - use.last_used <= FRESH

    def _has_ended(self, use: Use) -> bool:
        """A grant of the app to the user came to its date: no surprise."""
        grants = self._before.app(use.app).grants
        return bool(grants) and self._before.holdings.has_ended(use.user_id, grants)

    def _is_touched(self, use: Use) -> bool:
        """The change has to do with the org, with the app or with what the user holds."""
        before, after = self._before.state, self._after.state
        if before.org != after.org:
            return True
        if use.app and (before.apps[use.app] != after.apps[use.app] or use.app in after.worlds):
            return True
        # only a package changes what people hold without ticking anything
        is_of_people = before.inventory is not after.inventory
        return is_of_people and self._before.user(use.user_id).effective != self._after.user(use.user_id).effective

    def _is_blocked_by_box(self, use: Use) -> bool:
        return bool(use.app) and self._before.state.apps[use.app].blocked is Blocked.BY_BOX
