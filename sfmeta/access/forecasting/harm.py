"""What a change does to somebody, from what the rules say before and after it: asked a million times."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

from sfmeta.access.forecasting.outcome import Outcome
from sfmeta.access.forecasting.second_look import SecondLook
from sfmeta.access.forecasting.view import Known, KnownApp, Signature, View
from sfmeta.access.questions import ADDRESS_NOT_SEEN
from sfmeta.access.rules.case import Granted, Place, TokenAge
from sfmeta.model.forecast import Decision, Harm, Verdict
from sfmeta.model.inventory import Use, Way

T = TypeVar("T")

_REFUSED, _WORKS = Verdict.REFUSED, Verdict.WORKS
_MOST_QUESTIONS = 10


# the number of the pair, what is known of a user now and then, the permission sets held now and then, in groups or not
_BothUsers: TypeAlias = tuple[int, Known, Known, frozenset[str], frozenset[str], bool]
# an app now and then, whether it has grants, whether its refresh tokens are endless, whether it is open what it becomes
_BothApps: TypeAlias = tuple[KnownApp, KnownApp, bool, bool, bool]
# user, app, way; granted, token and place, each now and then; what else decides where it is open what an app becomes
_Alike: TypeAlias = tuple[int, str, Way, Granted, Granted, TokenAge, TokenAge, Place, Place, Signature]


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


class Judgement:
    """Judges uses before and after a stage.

    Args:
        before: the org as it is.
        after: the org after the stage.
        second_look: judges again whoever is refused today.
    """

    def __init__(self, before: View, after: View, second_look: SecondLook) -> None:
        self._before, self._after = before, after
        self._numbers: dict[tuple[int, int], int] = {}
        # by the two decisions, which are kept: each stands for one case
        self._worlds: dict[tuple[int, int], bool] = {}
        self._ranges_move = _ranges_move(before, after)
        self.of = self._judge(second_look.at)

    def _judge(self, second_look: Callable[[Use, Outcome], Outcome]) -> Callable[[Use], Outcome]:
        """Judges a use.

        Both views are asked in one go, as this is asked a million times: what is alike for both is looked up once.
        """
        before, after = self._before, self._after
        users, apps = _Made(self._both_users), _Made(self._both_apps)
        kept: dict[_Alike, Outcome] = {}
        no_grant, directly, anywhere = Granted.NO, Granted.DIRECTLY, Place.ANYWHERE
        no_token, good = TokenAge.NONE, TokenAge.GOOD
        ranges_move = self._ranges_move

        def of(use: Use) -> Outcome:
            number, person_now, person_then, held, held_then, in_groups = users[use.user_id]
            app_now, app_then, has_grants, is_endless, is_open = apps[use.app]
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
            place = then_place = before.place(person_now, app_now, use) if person_now.ranges else anywhere
            if ranges_move:
                then_place = after.place(person_then, app_then, use)
            more = after.signature(person_then, use) if is_open else ()
            key = (
                number,
                use.app,
                use.way,
                granted_now,
                granted_then,
                token_now,
                token_then,
                place,
                then_place,
                more,
            )
            found = kept.get(key)
            if found is None:
                now, then = before.decide(use), after.decide(use)
                found = kept[key] = Outcome(now, then, self._harm_of(use, now, then))
            if found.now.verdict is _REFUSED and use.count and found.then.verdict is not _WORKS:
                return second_look(use, found)
            return found

        return of

    def _both_users(self, user_id: str) -> _BothUsers:
        now, then = self._before.user(user_id), self._after.user(user_id)
        number = self._numbers.setdefault((now.number, then.number), len(self._numbers))
        in_groups = bool(now.effective.by_group or then.effective.by_group)
        return number, now, then, now.effective.holders, then.effective.holders, in_groups

    def _both_apps(self, key: str) -> _BothApps:
        now, then = self._before.app(key), self._after.app(key)
        is_endless, is_open = now.is_endless and then.is_endless, key in self._after.state.worlds
        return now, then, bool(now.grants or then.grants), is_endless, is_open

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

    def _loses_somewhere(self, use: Use, questions: set[str]) -> bool:
        # an address may lie in the ranges of today and not in others: that is asked anew for each
        anew = [ADDRESS_NOT_SEEN] if self._ranges_move and ADDRESS_NOT_SEEN in questions else []
        names = sorted(questions.difference(anew))
        if len(names) + len(anew) > _MOST_QUESTIONS:
            return True
        return any(
            any(self._before.works_in(use, {**one, **now}) for now in _worlds(anew))
            and not all(self._after.works_in(use, {**one, **then}) for then in _worlds(anew))
            for one in _worlds(names)
        )


def _worlds(names: list[str]) -> Iterator[dict[str, bool]]:
    """Every way to answer some questions."""
    return (dict(zip(names, said, strict=True)) for said in itertools.product((True, False), repeat=len(names)))


def _ranges_move(before: View, after: View) -> bool:
    """Whether login IP ranges, or those of an app, are others afterwards: a stage changes none, a package may."""
    now, then = before.state, after.state
    if now.inventory.profiles is not then.inventory.profiles:
        return True
    return any(app.ip_ranges != then.apps[key].ip_ranges for key, app in now.apps.items())
