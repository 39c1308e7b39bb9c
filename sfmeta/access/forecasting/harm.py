"""What a change does to somebody: from what the rules say before and after, and from what was seen this week."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from sfmeta.access.forecasting.observed import FRESH
from sfmeta.access.forecasting.view import View
from sfmeta.access.questions import SEEN_OTHERWISE
from sfmeta.model.forecast import Decision, Harm, RuleInfo, Verdict
from sfmeta.model.inventory import Use

SEEN_TO_WORK = RuleInfo(
    "seen-to-work",
    "The client got in within the last days, though what the audit saw would refuse it: that rule is left out for it.",
    "the audit itself",
    "A",
)
"""Decides today for a client whose logins contradict a rule."""

_FINAL = frozenset({"user-inactive", "user-frozen"})
_MOST_QUESTIONS = 10


class Judgement:
    """Judges uses before and after a stage.

    Args:
        before: the org as it is.
        after: the org after the stage.
        is_own: whether a use is sfmeta's own way in, which works for sure: the audit came through it.

    Attributes:
        wondered: somebody gets in today against all rules that the audit knows of, and may not any more.
    """

    def __init__(self, before: View, after: View, is_own: Callable[[Use], bool]) -> None:
        self._before, self._after, self._is_own = before, after, is_own
        self._decide_before, self._decide_after = before.decider(), after.decider()
        self._worlds: dict[tuple[int, int], bool] = {}
        self.wondered = False

    def harm(self, use: Use) -> Harm:
        """What the change does to a use; the quick way for those who get in afterwards."""
        then = self._decide_after(use)
        if then.verdict is Verdict.WORKS:
            return Harm.NONE
        now = self._decide_before(use)
        if now.verdict is Verdict.REFUSED:
            now, then = self._reconsidered(use, now, then)
        return self.harm_of(use, now, then)

    def pair(self, use: Use) -> tuple[Decision, Decision]:
        """What the rules say of a use, now and then, less those that its own logins contradict."""
        now, then = self._decide_before(use), self._decide_after(use)
        return self._reconsidered(use, now, then) if now.verdict is Verdict.REFUSED else (now, then)

    def _reconsidered(self, use: Use, now: Decision, then: Decision) -> tuple[Decision, Decision]:
        """Refused today by the rules: the same, where nothing that was seen says otherwise."""
        if not self._contradicts(use, now):
            return now, then
        left_out: set[str] = set()
        while now.verdict is Verdict.REFUSED and now.rule.id not in _FINAL:
            left_out.add(now.rule.id)
            now = self._before.decide_without(use, frozenset(left_out))
        if now.verdict is Verdict.REFUSED:
            return now, then
        later = self._after.decide_without(use, frozenset(left_out))
        if later.verdict is Verdict.WORKS and then.verdict is not Verdict.WORKS and self._is_touched(use):
            # by what it gets in is not known, and the stage changes the app: nobody can say that it stays
            later = Decision(Verdict.UNKNOWN, then.rule, (SEEN_OTHERWISE,))
            self.wondered = True
        return Decision(Verdict.WORKS, SEEN_TO_WORK), later

    def harm_of(self, use: Use, now: Decision, then: Decision) -> Harm:
        """What a change does, by what the rules say before and after it.

        Whoever is refused today loses nothing. Where today is unknown, a refusal counts as a loss; where both are,
        there is harm if with some answers the client gets in today and not afterwards.
        """
        if then.verdict is Verdict.WORKS or now.verdict is Verdict.REFUSED:
            return Harm.NONE
        if then.verdict is Verdict.REFUSED:
            return Harm.STOPS
        if now.verdict is Verdict.WORKS:
            return Harm.MIGHT_STOP
        key = (id(now), id(then))
        if key not in self._worlds:
            self._worlds[key] = self._loses_somewhere(use, {*now.questions, *then.questions})
        return Harm.MIGHT_STOP if self._worlds[key] else Harm.NONE

    def _contradicts(self, use: Use, now: Decision) -> bool:
        """The client was seen to get in lately; ``count`` holds successes only where no token tells."""
        if now.rule.id in _FINAL:
            return False
        if not use.count:
            return False
        seen_at = self._before.state.inventory.taken_at
        return self._is_own(use) or (use.last_used is not None and seen_at - use.last_used <= FRESH)

    def _is_touched(self, use: Use) -> bool:
        before, after = self._before.state, self._after.state
        return before.org != after.org or (bool(use.app) and before.apps[use.app] != after.apps[use.app])

    def _loses_somewhere(self, use: Use, questions: set[str]) -> bool:
        names = sorted(questions)
        if len(names) > _MOST_QUESTIONS:
            return True
        worlds = (dict(zip(names, said, strict=True)) for said in itertools.product((True, False), repeat=len(names)))
        return any(self._before.works_in(use, one) and not self._after.works_in(use, one) for one in worlds)
