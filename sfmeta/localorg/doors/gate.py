"""The gate: whether a user gets a session at a door, and whether a session opens another one later.

Nothing that is ticked or deployed ends a session by itself; its next use is judged by the org as it is then. Only a
blocked app's and an inactive user's sessions do not come back when that changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sfmeta.localorg.apps import App
from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.doors.attempt import Answer, Attempt
from sfmeta.localorg.doors.rules import Rule, decide
from sfmeta.localorg.doors.sessions import find_session, open_session, record_login, record_token
from sfmeta.localorg.doors.words import BAD_OAUTH_TOKEN, NO_SESSION_REST, NO_SESSION_SOAP, words
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

# LoginHistory.Status: Help 000383352 and 000212208
NOT_APPROVED_STATUS = "Failed: Not approved for access"
_NO_SESSION = {Door.REST: NO_SESSION_REST, Door.OAUTH_IDENTITY: BAD_OAUTH_TOKEN}


@dataclass(frozen=True, slots=True)
class Login:
    """A session that was just opened.

    Attributes:
        user: whose.
        token: the session id.
        rule: the rule that let the user in.
    """

    user: Record
    token: str
    rule: str


def judge(attempt: Attempt) -> tuple[Rule, Fault | None]:
    """The rule that decides an attempt, and the door's words when it says no."""
    rule = decide(attempt)
    if rule.answer is Answer.ALLOW:
        return rule, None
    fault = words(rule.answer, attempt.door, assumed(attempt.org, "jwt_without_grant_says_not_approved"))
    return rule, replace(fault, rule=rule.id)


def log_in(
    state: State, user: Record, app: App | None, door: Door, *, source_ip: str = "127.0.0.1", api_version: int = 0
) -> Login | Fault:
    """Judges a user whose credentials were right; opens a session or says no. Either way LoginHistory shows it."""
    with state.transaction():
        attempt = Attempt(state, user, app, door, api_version)
        rule, fault = judge(attempt)
        status = "Success" if fault is None else NOT_APPROVED_STATUS
        record_login(state, user, door, status, app=app, source_ip=source_ip, api_version=api_version)
        if fault is not None:
            return fault
        if app is not None:
            record_token(state, user, app, door)
        return Login(user, open_session(state, user, app, door), rule.id)


def resolve_session(state: State, session_id: str, door: Door) -> Caller | Fault:
    """Who calls with a session, or why the door stays shut.

    Args:
        session_id: the access token, from ``Authorization: Bearer`` or ``SessionHeader``.
        door: which door it is used at.
    """
    with state.lock:
        session = find_session(state, session_id)
        user = None if session is None else state.records.get(session.record.text("UsersId"))
        if session is None or user is None or session.app_gone:
            return _NO_SESSION.get(door, NO_SESSION_SOAP)
        # an execution user was let in by the client credentials rule, which must not lapse at the next door
        opened_at = Door(session.record.text("Door"))
        attempt = Attempt(state, user, session.app, door, opened_at=opened_at)
        rule, fault = judge(attempt)
        if fault is not None:
            if rule.ends_session:
                state.records.delete(session.record.id)
            return fault
        return Caller(state, user.id, user.text("Username"), session_id, session.record.text("AppId"))
