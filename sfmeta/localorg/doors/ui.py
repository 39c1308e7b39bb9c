"""Sessions of the browser: opened on a page with name and password, carried by a cookie.

Tools that run in a browser take that cookie and use it as a bearer token, or in a SessionHeader: what API Access
Control is there to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.doors.catalog import fault, text_of
from sfmeta.localorg.doors.gate import log_in, resolve_session
from sfmeta.localorg.doors.logins import record_login
from sfmeta.localorg.doors.passwords import page_password_is_right, user_by_name
from sfmeta.localorg.doors.sessions import find_session, hashed
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State


@dataclass(frozen=True, slots=True)
class UiSession:
    """A session of the browser.

    Attributes:
        token: the session id.
        user: whose.
    """

    token: str
    user: Record


def cookie_name(state: State) -> str:
    """The cookie with a browser's session id: ``sid`` with the org's id, as browsers share cookies between ports."""
    return f"sid_{state.org.id[:15]}"


def set_cookie(state: State, call: Call, token: str) -> str:
    """The Set-Cookie header for a session, "" to take it away. Scripts cannot read it; tools of the browser can."""
    secure = "; Secure" if call.base_url.startswith("https:") else ""
    gone = "" if token else "; Max-Age=0"
    return f"{cookie_name(state)}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{gone}"


def open_ui_session(state: State, username: str, password: str, source_ip: str = "127.0.0.1") -> UiSession | Fault:
    """Logs a user in on a page. Every attempt of a known user lands in LoginHistory.

    Args:
        state: the org.
        username: in any case.
        password: without the security token.
        source_ip: where the browser is.
    """
    with state.transaction():
        user = check_page_login(state, username, password, source_ip)
        if isinstance(user, Fault):
            return user
        outcome = log_in(state, user, None, Door.UI, source_ip=source_ip)
        return outcome if isinstance(outcome, Fault) else UiSession(outcome.token, user)


def check_page_login(state: State, username: str, password: str, source_ip: str) -> Record | Fault:
    """Whose name and password were typed into a page; a wrong password lands in LoginHistory."""
    user = user_by_name(state, username)
    if user is not None and page_password_is_right(user, password):
        return user
    if user is not None:
        record_login(state, user, Door.UI, text_of("status-password"), app=None, source_ip=source_ip)
    return fault("page-login", 403)


def session_id_of(state: State, call: Call) -> str:
    """The session id in a request's cookie, "" without one."""
    try:
        found = SimpleCookie(call.headers.get("cookie", "")).get(cookie_name(state))
    except CookieError:
        return ""
    return "" if found is None else found.value


def ui_caller(state: State, call: Call) -> Caller | None:
    """Who uses a page: the user of the cookie's session, as long as it lives and was opened in a browser."""
    session_id = session_id_of(state, call)
    with state.lock:
        session = find_session(state, session_id)
        if session is None or session.opened_at is not Door.UI:
            return None
        caller = resolve_session(state, session_id, Door.UI, call.source_ip)
    return None if isinstance(caller, Fault) else caller


def close_ui_session(state: State, call: Call) -> None:
    """Ends the session of a request's cookie."""
    state.records.delete_all(state.records.find("AuthSession", Token=hashed(session_id_of(state, call))))
