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
from sfmeta.localorg.doors.logins import record_login
from sfmeta.localorg.doors.rules import Rule, decide
from sfmeta.localorg.doors.sessions import Session, find_session, open_session
from sfmeta.localorg.doors.tokens import count_use, record_token
from sfmeta.localorg.doors.words import BAD_OAUTH_TOKEN, NO_SESSION_REST, NO_SESSION_SOAP, status_of, words
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

_NO_SESSION = {Door.REST: NO_SESSION_REST, Door.OAUTH_IDENTITY: BAD_OAUTH_TOKEN}
# these make their own row of OauthToken, or none
_APPROVED_ELSEWHERE = frozenset({Door.OAUTH_CODE, Door.OAUTH_USER_AGENT, Door.OAUTH_DEVICE, Door.OAUTH_REFRESH})


@dataclass(frozen=True, slots=True)
class Login:
    """A session that was just opened.

    Attributes:
        user: whose.
        token: the session id.
        rule: the rule that let the user in.
        scopes: what it is good for.
    """

    user: Record
    token: str
    rule: str
    scopes: frozenset[str] = frozenset()


def judge(attempt: Attempt) -> tuple[Rule, Fault | None]:
    """The rule that decides an attempt, and the door's words when it says no."""
    rule = decide(attempt)
    if rule.answer is Answer.ALLOW:
        return rule, None
    fault = words(rule.answer, attempt.door, assumed(attempt.org, "jwt_without_grant_says_not_approved"))
    return rule, replace(fault, rule=rule.id)


def log_in(
    state: State,
    user: Record,
    app: App | None,
    door: Door,
    *,
    source_ip: str = "127.0.0.1",
    api_version: int = 0,
    scopes: frozenset[str] | None = None,
    approval: Record | None = None,
) -> Login | Fault:
    """Judges a user whose credentials were right; opens a session or says no. Either way LoginHistory shows it.

    Args:
        state: the org.
        user: who.
        app: with what, None without one.
        door: where.
        source_ip: where the client is.
        api_version: on the SOAP login door.
        scopes: what the session is to be good for; None for all that the app has.
        approval: the row of OauthToken that a refresh token belongs to; its use counts, also where the door stays shut.
    """
    with state.transaction():
        rule, fault = judge(Attempt(state, user, app, door, api_version, source_ip=source_ip))
        status = status_of(rule.answer)
        login_id = record_login(state, user, door, status, app=app, source_ip=source_ip, api_version=api_version)
        if approval is not None:
            count_use(state, approval)
        if fault is not None:
            return fault
        if app is not None and door not in _APPROVED_ELSEWHERE:
            record_token(state, user, app, door)
        granted = app.scopes if scopes is None and app is not None else scopes
        token = open_session(state, user, app, door, scopes=granted, source_ip=source_ip, login_id=login_id)
        return Login(user, token, rule.id, granted or frozenset())


def resolve_session(state: State, session_id: str, door: Door, source_ip: str = "127.0.0.1") -> Caller | Fault:
    """Who calls with a session, or why the door stays shut.

    Args:
        state: the org.
        session_id: the access token, from ``Authorization: Bearer`` or ``SessionHeader``.
        door: which door it is used at.
        source_ip: where the client is.
    """
    with state.lock:
        session = find_session(state, session_id)
        user = None if session is None else state.records.get(session.record.text("UsersId"))
        if session is None or user is None or session.app_gone:
            return _NO_SESSION.get(door, NO_SESSION_SOAP)
        rule, fault = judge(attempt_of(state, session, user, door, source_ip))
        if fault is not None:
            if rule.ends_session:
                state.records.delete(session.record.id)
            return fault
        return Caller(state, user.id, user.text("Username"), session_id, session.record.text("AppId"))


def attempt_of(state: State, session: Session, user: Record, door: Door, source_ip: str) -> Attempt:
    """The use of a session at a door, as the rules see it."""
    return Attempt(
        state,
        user,
        session.app,
        door,
        # an execution user was let in by the client credentials rule, which must not lapse at the next door
        opened_at=session.opened_at,
        source_ip=source_ip,
        scopes=session.scopes,
    )
