"""What a change does to somebody: from what the rules say before and after, and from what was seen this week."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias, TypeVar

from sfmeta.access.forecasting.observed import FRESH
from sfmeta.access.forecasting.view import Known, KnownApp, View
from sfmeta.access.questions import SEEN_OTHERWISE
from sfmeta.access.rules.case import Granted, Place, TokenAge
from sfmeta.model.forecast import Decision, Harm, RuleInfo, Verdict
from sfmeta.model.inventory import Blocked, Use, Way

T = TypeVar("T")

SEEN_TO_WORK = RuleInfo(
    "seen-to-work",
    "The client got in within the last days, though what the audit saw would refuse it: that rule is left out for it.",
    "the audit itself",
    "A",
)
"""Decides today for a client whose logins contradict a rule."""

_REFUSED, _WORKS = Verdict.REFUSED, Verdict.WORKS
_FINAL = frozenset({"user-inactive", "user-frozen"})
_SWITCHED = frozenset(
    {
        "admin-approved-only",
        "api-enabled",
        "api-only-user",
        "app-blocked-by-policy",
        "app-on-block-list",
        "device-flow-off",
        "login-ip-ranges",
        "no-app-under-box",
        "password-flow-blocked",
        "self-authorised-under-box",
        "session-level",
        "uninstalled-under-box",
        "user-agent-flow-blocked",
    }
)
"""What administrators, and this tool, switch from one minute to the next: it may be younger than the last login."""
_OF_APP = frozenset(
    {"admin-approved-only", "app-blocked-by-policy", "app-on-block-list", "device-flow-off", "session-level"}
)
"""Those of them that are switched for one app alone."""
_MOST_QUESTIONS = 10


# the number of the pair, what is known of a user now and then, the permission sets held now and then, in groups or not
_BothUsers: TypeAlias = tuple[int, Known, Known, frozenset[str], frozenset[str], bool]
# an app now and then, whether it has grants, whether its refresh tokens are endless
_BothApps: TypeAlias = tuple[KnownApp, KnownApp, bool, bool]


class _Made(dict[str, T]):
    """A table whose values are made when they are first asked for.

    Args:
        make: makes the value of a key.
    """

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> T:
        value = self[key] = self._make(key)
        return value


class Outcome(NamedTuple):
    """What the rules say of a case before and after a stage, and what that does. A tuple, as it is unpacked so often.

    Attributes:
        now: today.
        then: after the stage.
        harm: what the change does.
    """

    now: Decision
    then: Decision
    harm: Harm


class Judgement:
    """Judges uses before and after a stage.

    Args:
        before: the org as it is.
        after: the org after the stage.
        came_in: whether the audit itself came in by a use, which works for sure.
        named: ``App.key`` of the apps that the policy decides about.

    Attributes:
        wondered: somebody gets in today against all rules that the audit knows of, and may not any more.
    """

    def __init__(self, before: View, after: View, came_in: Callable[[Use], bool], named: Collection[str]) -> None:
        self._before, self._after, self._came_in, self._named = before, after, came_in, named
        self._numbers: dict[tuple[int, int], int] = {}
        # by the two decisions, which are kept: each stands for one case
        self._worlds: dict[tuple[int, int], bool] = {}
        self._again: dict[tuple[int, int, bool, bool], Outcome] = {}
        self.wondered = False
        self.of = self._judge()

    def _judge(self) -> Callable[[Use], Outcome]:
        """Judges a use.

        Both views are asked in one go, as this is asked a million times: what is alike for both is looked up once.
        """
        before, after = self._before, self._after
        users, apps = _Made(self._both_users), _Made(self._both_apps)
        kept: dict[tuple[int, str, Way, Granted, Granted, TokenAge, TokenAge, Place], Outcome] = {}
        no_grant, directly, anywhere = Granted.NO, Granted.DIRECTLY, Place.ANYWHERE
        no_token, good = TokenAge.NONE, TokenAge.GOOD

        def of(use: Use) -> Outcome:
            number, person_now, person_then, held, held_then, in_groups = users[use.user_id]
            app_now, app_then, has_grants, is_endless = apps[use.app]
            granted_now = granted_then = no_grant
            if has_grants:
                if not app_now.grants.isdisjoint(held):
                    granted_now = directly
                elif in_groups:
                    granted_now = before.granted(person_now.effective, app_now)
                if not app_then.grants.isdisjoint(held_then):
                    granted_then = directly
                elif in_groups:
                    granted_then = after.granted(person_then.effective, app_then)
            token_now = token_then = no_token
            if use.authorised is not None:
                token_now = token_then = good
                if not is_endless:
                    token_now, token_then = before.token(use, app_now), after.token(use, app_then)
            place = before.place(person_now, app_now, use) if person_now.ranges else anywhere
            key = (number, use.app, use.way, granted_now, granted_then, token_now, token_then, place)
            found = kept.get(key)
            if found is None:
                now, then = before.decide(use), after.decide(use)
                found = kept[key] = Outcome(now, then, self._harm_of(use, now, then))
            if found.now.verdict is _REFUSED and use.count and found.then.verdict is not _WORKS:
                return self._reconsidered(use, found)
            return found

        return of

    def _both_users(self, user_id: str) -> _BothUsers:
        now, then = self._before.user(user_id), self._after.user(user_id)
        number = self._numbers.setdefault((now.number, then.number), len(self._numbers))
        in_groups = bool(now.effective.by_group or then.effective.by_group)
        return number, now, then, now.effective.holders, then.effective.holders, in_groups

    def _both_apps(self, key: str) -> _BothApps:
        now, then = self._before.app(key), self._after.app(key)
        return now, then, bool(now.grants or then.grants), now.is_endless and then.is_endless

    def _reconsidered(self, use: Use, found: Outcome) -> Outcome:
        """Refused today by the rules: the same, where nothing that was seen says otherwise."""
        if not self._contradicts(use, found.now):
            return found
        # others who are just like sfmeta's own user share its decisions, and did not come in with the audit
        key = (id(found.now), id(found.then), self._came_in(use), self._ended_by_itself(use))
        if key not in self._again:
            self._again[key] = self._judged_again(use, found)
        return self._again[key]

    def _judged_again(self, use: Use, found: Outcome) -> Outcome:
        """Without the rules that a login contradicts; in doubt where that login may be older than what they rest on."""
        left_out: set[str] = set()
        now = found.now
        while now.verdict is Verdict.REFUSED and now.rule.id not in _FINAL:
            left_out.add(now.rule.id)
            now = self._before.decide_without(use, frozenset(left_out))
        if now.verdict is Verdict.REFUSED:
            return found
        later = self._after.decide_without(use, frozenset(left_out))
        if later.verdict is Verdict.WORKS and self._is_touched(use):
            # by what it gets in is not known, and the stage changes the app: nobody can say that it stays
            later = Decision(Verdict.UNKNOWN, found.then.rule, (SEEN_OTHERWISE,))
            self.wondered = True
        works = Decision(Verdict.WORKS, SEEN_TO_WORK)
        again = Outcome(works, later, self._harm_of(use, works, later))
        if self._came_in(use) or left_out.isdisjoint(_SWITCHED):
            return again
        return self._doubted(use, found, again, left_out & _SWITCHED)

    def _doubted(self, use: Use, found: Outcome, again: Outcome, switched: AbstractSet[str]) -> Outcome:
        """Refused by what may be younger than the login: lost since then, or let in by what the audit does not see.

        What came to its date, and what somebody did to an app that the policy says nothing of, is none of ours.
        """
        app = self._before.state.apps.get(use.app)
        by_box = app is not None and app.blocked is Blocked.BY_BOX
        is_ours = use.app in self._named or by_box or not switched <= _OF_APP
        if again.harm is Harm.NONE and (not is_ours or self._ended_by_itself(use)):
            return found
        self.wondered = True
        now = Decision(Verdict.UNKNOWN, found.now.rule, (SEEN_OTHERWISE,))
        return Outcome(now, found.then, Harm.MIGHT_STOP)

    def _ended_by_itself(self, use: Use) -> bool:
        """A grant of the app to the user came to its date: no surprise."""
        grants = self._before.app(use.app).grants
        return bool(grants) and self._before.holdings.has_ended(use.user_id, grants)

    def _harm_of(self, use: Use, now: Decision, then: Decision) -> Harm:
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
        """The client, of which uses were counted, was seen to get in lately."""
        if now.rule.id in _FINAL:
            return False
        seen_at = self._before.state.inventory.taken_at
        return self._came_in(use) or (use.last_used is not None and seen_at - use.last_used <= FRESH)

    def _is_touched(self, use: Use) -> bool:
        before, after = self._before.state, self._after.state
        return before.org != after.org or (bool(use.app) and before.apps[use.app] != after.apps[use.app])

    def _loses_somewhere(self, use: Use, questions: set[str]) -> bool:
        names = sorted(questions)
        if len(names) > _MOST_QUESTIONS:
            return True
        worlds = (dict(zip(names, said, strict=True)) for said in itertools.product((True, False), repeat=len(names)))
        return any(self._before.works_in(use, one) and not self._after.works_in(use, one) for one in worlds)
