"""What ends by itself: assignments with an expiry, refresh tokens with a lifetime, sessions that become shorter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sfmeta.access.forecasting.refresh_tokens import Token
from sfmeta.access.forecasting.view import View
from sfmeta.model.forecast import Decision, Ending, RuleInfo, Verdict
from sfmeta.model.inventory import Assignment, Use, Way

SESSION_LENGTH = RuleInfo(
    "session-length",
    "A session ends when it is not used for the app's session timeout; without a refresh token a person must log in "
    "again.",
    "Metadata API guide, ConnectedAppSessionPolicy.sessionTimeout (minutes in Setup)",
    "A",
)
"""The rule by which shorter sessions end."""

_INSTANT = timedelta(seconds=1)
_OF_A_PERSON = (Way.REFRESH_TOKEN, Way.WEB, Way.USER_AGENT, Way.DEVICE)
_RENEWING = frozenset({"refresh_token", "offline_access"})


class Endings:
    """Looks for the first moment at which somebody who works stops by itself.

    Args:
        view: the org after the stage.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        state = view.state
        self._sets = {**state.inventory.permission_sets, **state.permission_sets}
        self._expiring: dict[str, list[Assignment]] = {}
        for one in (*state.inventory.assignments, *state.assignments):
            if one.expires is not None and one.expires > view.at:
                self._expiring.setdefault(one.user_id, []).append(one)
        self._shorter = {key: minutes for key in state.apps if (minutes := self._shorter_session(key))}

    def may_end(self, use: Use, by: datetime) -> bool:
        """Whether it is worth looking: cheap, and never wrong about "no"."""
        if use.app in self._shorter and use.way in _OF_A_PERSON:
            return True
        expiring = self._expiring.get(use.user_id)
        if expiring and any(one.expires <= by for one in expiring if one.expires):
            return True
        end = self._token_end(use)
        return end is not None and end <= by

    def first(self, use: Use, decision: Decision) -> Ending | None:
        """The first moment at which a use that works, or might, stops if nothing is done; None where there is none."""
        if decision.verdict is Verdict.REFUSED:
            return None
        found = [one for one in (self._session_end(use), self._refusal(use, decision)) if one is not None]
        return min(found, key=lambda one: one.at, default=None)

    def _refusal(self, use: Use, decision: Decision) -> Ending | None:
        token_end = self._token_end(use)
        expiring = self._expiring.get(use.user_id, ())
        moments = {one.expires for one in expiring if one.expires} | ({token_end} if token_end else set())
        for moment in sorted(moments):
            then = self._view.decide_at(use, moment + _INSTANT)
            # where it hangs on an open question already, only a sure end is told
            if then.verdict is Verdict.REFUSED or then.verdict is not decision.verdict:
                if moment == token_end:
                    return Ending(moment, "its refresh token ends by the app's policy", then.rule)
                return Ending(moment, self._why(expiring, moment), then.rule)
        return None

    def _token_end(self, use: Use) -> datetime | None:
        if use.authorised is None or use.way is not Way.REFRESH_TOKEN or not use.app:
            return None
        app = self._view.app(use.app)
        token = Token(use.authorised, use.last_used, use.count)
        ends = (one.ends(token) for one in (app.policy, app.issued))
        return min((end for end in ends if end is not None and end > self._view.at), default=None)

    def _why(self, expiring: Sequence[Assignment], moment: datetime) -> str:
        ids = (one.permission_set_id for one in expiring if one.expires == moment)
        found = (self._sets[id_] for id_ in ids if id_ in self._sets)
        names = sorted(one.label or one.name for one in found)
        return f"the assignment of {', '.join(names) or 'a permission set'} ends"

    def _session_end(self, use: Use) -> Ending | None:
        minutes = self._shorter.get(use.app) if use.way in _OF_A_PERSON else None
        if minutes is None:
            return None
        why = f"its session ends after {minutes} minutes unused, earlier than today, and the app has no refresh token"
        return Ending(self._view.at + timedelta(minutes=minutes), why, SESSION_LENGTH)

    def _shorter_session(self, key: str) -> int | None:
        """The session timeout of an app without refresh tokens, where the stage makes it shorter than it is."""
        state = self._view.state
        app, before = state.apps[key], state.inventory.apps[key]
        if app.scopes is None or not app.scopes.isdisjoint(_RENEWING):
            return None
        usual = state.inventory.settings.session_minutes
        then = app.session_minutes or usual
        return then if then < (before.session_minutes or usual) else None
