"""The making of a forecast: every use that an audit saw, and every grant that was promised, before and after.

Pure. What an audit cannot see is named, not counted; where an open question decides, the answer is "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sfmeta.access.forecasting.course import Course
from sfmeta.access.forecasting.endings import Endings
from sfmeta.access.forecasting.fixes import Situation, fix_for
from sfmeta.access.forecasting.harm import Judgement
from sfmeta.access.forecasting.losses import Losses, blind_spots, reviews
from sfmeta.access.forecasting.observed import FRESH, observed_answers
from sfmeta.access.forecasting.order import order_by_harm
from sfmeta.access.forecasting.own_way import own_way
from sfmeta.access.forecasting.promises import unseen_uses
from sfmeta.access.forecasting.rows import Rows
from sfmeta.access.forecasting.second_look import SEEN_TO_WORK, SecondLook
from sfmeta.access.forecasting.view import View
from sfmeta.access.listing import some
from sfmeta.access.matching import Matches
from sfmeta.access.questions import EVERY_QUESTION, SEEN_OTHERWISE
from sfmeta.model.forecast import Answer, Decision, Forecast, Harm, Row, Verdict
from sfmeta.model.inventory import Inventory, Use, User
from sfmeta.model.policy import App as PolicyApp
from sfmeta.model.policy import Decision as PolicyDecision
from sfmeta.model.policy import Policy

HORIZON = timedelta(days=30)
"""What ends by itself within so much time after the moment that is looked at is listed."""


class Run:
    """The making of one forecast.

    Args:
        inventory: one audit.
        policy: its usernames resolved.
        matches: what its apps are in this org.
        course: what happens to the org.
        at: the moment to look at.
        answers: what probes found out about open questions.
        by_the_clock: the time of day of ``at`` is meant, so that login hours count.
    """

    def __init__(
        self,
        inventory: Inventory,
        policy: Policy,
        matches: Matches,
        course: Course,
        at: datetime,
        answers: Mapping[str, Answer],
        *,
        by_the_clock: bool = False,
    ) -> None:
        self._inventory, self._policy, self._matches = inventory, policy, matches
        self._at, self._course = at, course
        self._answers = observed_answers(inventory, View(course.before, inventory.taken_at, {}), answers)
        said = {name: answer.answer for name, answer in self._answers.items()}
        # today is judged by the hour of the audit only where that is the hour that is asked for
        is_now = by_the_clock and at == inventory.taken_at
        self._before = View(course.before, inventory.taken_at, said, by_the_clock=is_now)
        self._after = View(course.after, at, said, by_the_clock=by_the_clock, before=self._before)
        self._own = own_way(inventory)
        self._second_look = SecondLook(self._before, self._after, self._came_in, course.concern)
        self._judgement = Judgement(self._before, self._after, self._second_look)
        self._browsers_seen = any(user.last_browser_login is not None for user in inventory.users.values())
        self._losses = Losses(policy, matches, at)
        self._endings = Endings(self._after)
        own = [self._own.warning] if self._own.warning else []
        self._overruled = self._refused_already = self._open_already = 0
        self._warnings = [*course.warnings, *own]

    def forecast(self) -> Forecast:
        """All of it."""
        harmed, rest, ending = self._judged()
        end_rows = [row for row in map(self._row, ending) if row.ending and row.ending.at <= self._at + HORIZON]
        not_accepted, accepted = blind_spots(self._policy, self._inventory, self._course.reach)
        return Forecast(
            self._inventory,
            self._course.stage,
            self._course.wave,
            self._at,
            Rows([*harmed, *rest], self._row),
            len(harmed),
            refused_already=self._refused_already,
            open_already=self._open_already,
            endings=tuple(
                sorted(end_rows, key=lambda row: (row.ending.at if row.ending else self._at, row.user.username))
            ),
            blind_spots=not_accepted,
            accepted_blind_spots=accepted,
            reviews=reviews(self._policy, self._inventory.taken_at, self._at),
            answers={name: self._answers[name] for name in sorted(self._learned)},
            questions={name: EVERY_QUESTION[name].text for name in sorted(self._questions)},
            unresolved=(*self._course.unresolved, *self._undecided()),
            pending=self._course.pending,
            warnings=(*self._warnings, *self._seen_to_work()),
            as_is=self._course.as_is,
            subject=self._course.subject,
        )

    def _came_in(self, use: Use) -> bool:
        return self._own.came_in(use, self._inventory.taken_at)

    def _judged(self) -> tuple[list[Use], list[Use], list[Use]]:
        """Those with harm in their order, the others, and those who may stop by themselves soon."""
        judged = self._judgement.of
        harmed: list[Use] = []
        rest: list[Use] = []
        ending: list[Use] = []
        keys: list[int] = []
        missing = set(self._course.promised)
        uses = self._inventory.uses
        none, stops, works = Harm.NONE, Harm.STOPS, Verdict.WORKS
        horizon, may_end = self._at + HORIZON, self._endings.may_end
        order, place_bits = self._order(), (len(uses) + len(missing) + len(self._own.added)).bit_length()

        def sort_in(use: Use) -> None:
            now, then, harm = judged(use)
            if now.rule is SEEN_TO_WORK:
                self._overruled += 1
            if harm is none:
                rest.append(use)
                if use.count and now.verdict is not works:
                    self._count(now, then)
            else:
                might = harm is not stops or _only_failed(use)
                keys.append(order(use, might) << place_bits | len(harmed))
                harmed.append(use)
                if not might:
                    return
            if may_end(use, horizon):
                ending.append(use)

        for use in (*uses, *self._own.added):
            sort_in(use)
            if missing:
                missing.discard((use.user_id, use.app))
        for use in unseen_uses(missing, self._inventory.apps):
            sort_in(use)
        keys.sort()
        places = (1 << place_bits) - 1
        return [harmed[key & places] for key in keys], rest, ending

    def _count(self, now: Decision, then: Decision) -> None:
        """Those whom the stage does nothing to, and who may be shut out today."""
        if now.verdict is then.verdict is Verdict.REFUSED:
            self._refused_already += 1
        elif now.verdict is Verdict.UNKNOWN and then.verdict is not Verdict.WORKS:
            self._open_already += 1

    def _row(self, use: Use) -> Row:
        inventory = self._inventory
        now, then, harm = self._judgement.of(use)
        user, app = inventory.users[use.user_id], inventory.apps.get(use.app)
        is_own = self._own.is_own(use)
        if harm is Harm.STOPS and _only_failed(use):
            harm = Harm.MIGHT_STOP
        return Row(
            user,
            app,
            use.way,
            now,
            then,
            harm,
            use if use.sources else None,
            self._endings.first(use, then),
            "" if then.verdict is Verdict.WORKS else self._fix(then, use),
            self._losses.of(user, use.app, use.way) if harm is not Harm.NONE and not is_own else None,
            is_own,
            self._is_integration(user),
            (use.user_id, use.app) in self._course.promised,
        )

    def _fix(self, then: Decision, use: Use) -> str:
        app = self._inventory.apps.get(use.app)
        policy_app = self._policy.apps.get(self._matches.keys.get(use.app, ""))
        case = Situation(
            self._inventory.users[use.user_id],
            app,
            self._at,
            policy_app,
            self._course.exceptions.get(use.user_id),
            self._course.as_is,
            policy_app is not None and self._holds_allow_set(use.user_id, policy_app),
        )
        return fix_for(then, case)

    def _holds_allow_set(self, user_id: str, app: PolicyApp) -> bool:
        set_id = self._course.allow_set_id(app)
        return bool(set_id) and set_id in self._before.user(user_id).effective.holders

    def _is_integration(self, user: User) -> bool:
        """API only, or never seen in a browser where others were."""
        api_only = "ApiUserOnly" in self._before.user(user.id).person.permissions
        return api_only or (self._browsers_seen and user.last_browser_login is None)

    def _order(self) -> Callable[[Use, bool], int]:
        return order_by_harm(self._inventory, self._own, self._is_integration)

    @property
    def _questions(self) -> frozenset[str]:
        """Those on which a row hangs."""
        asked = self._before.open_questions | self._after.open_questions
        return asked | {SEEN_OTHERWISE} if self._second_look.wondered else asked

    def _seen_to_work(self) -> list[str]:
        if not self._overruled:
            return []
        clients = "1 client" if self._overruled == 1 else f"{self._overruled:,} clients"
        return [
            f"{clients} got in within the last {FRESH.days} days though a rule would refuse that today: the rule is "
            f"left out there ({SEEN_TO_WORK.id} in --csv and --json)"
        ]

    @property
    def _learned(self) -> set[str]:
        """The answers with which a row was decided."""
        return self._before.learned | self._after.learned

    def _undecided(self) -> list[str]:
        """Apps in use that the policy has not decided about, where a box is to be ticked, or is."""
        if not self._course.wants_decisions:
            return []
        used = {use.app for use in self._inventory.uses}
        keys, apps = self._matches.keys, self._policy.apps
        undecided = sorted(
            app.label
            for app in self._inventory.apps.values()
            if app.key in used and (app.key not in keys or apps[keys[app.key]].decision is PolicyDecision.UNDECIDED)
        )
        return [f"apps in use that the policy has not decided about: {some(undecided, 10)}"] if undecided else []


def _only_failed(use: Use) -> bool:
    """Nothing but refused logins was seen of it: nobody knows that anything works today."""
    return bool(use.failures) and not use.count and use.last_used is None and use.authorised is None
