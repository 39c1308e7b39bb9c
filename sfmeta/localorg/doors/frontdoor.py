"""From a token to a session in the browser: the singleaccess endpoint and frontdoor.jsp.

Source: Help frontdoor_singleaccess, security_frontdoorjsp, 000386254: the token needs the scope web or full; a session
of SOAP login() has no scopes and passes; users with API Only User do not.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.doors import approvals, pages, scopes
from sfmeta.localorg.doors.catalog import fault
from sfmeta.localorg.doors.gate import log_in, resolve_session
from sfmeta.localorg.doors.sessions import find_session
from sfmeta.localorg.doors.ui import set_cookie
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply, as_json, oauth_error
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

FRONTDOOR = "/secur/frontdoor.jsp"
_HOME = "/setup"


def single_access(state: State, call: Call) -> Reply:
    """Answers ``/services/oauth2/singleaccess``: a URL that opens the browser's session once."""
    with state.transaction():
        token = call.bearer or call.form.get("access_token", "") or call.query.get("access_token", "")
        caller = _bearer(state, token, call.source_ip)
        if isinstance(caller, Fault):
            return oauth_error(caller.code, caller.message, caller.http_status)
        secret = approvals.issue(state, approvals.FRONTDOOR, {"UserId": caller.user_id})
        path = call.form.get("redirect_uri", "") or call.query.get("redirect_uri", "")
        query = {"otp": secret, **({"startURL": path} if path else {})}
        return as_json({"frontdoor_uri": f"{call.base_url}{FRONTDOOR}?{urlencode(query)}"})


def open_frontdoor(state: State, call: Call) -> Reply:
    """Answers ``/secur/frontdoor.jsp``: a cookie, and on to the page that was asked for."""
    fields = {**call.query, **call.form}
    with state.transaction():
        user = _visitor(state, fields, call.source_ip)
        if isinstance(user, Fault):
            return pages.error_page(f"{user.code} : {user.message}", user.http_status)
        outcome = log_in(state, user, None, Door.UI, source_ip=call.source_ip)
        if isinstance(outcome, Fault):
            return pages.error_page(outcome.message, outcome.http_status)
        target = _own_path(fields.get("startURL", "") or fields.get("retURL", ""))
        return pages.redirect(target, set_cookie(state, call, outcome.token))


def _visitor(state: State, fields: dict[str, str], source_ip: str) -> Record | Fault:
    if "otp" in fields:
        row = approvals.take(state, approvals.FRONTDOOR, fields["otp"])
        user = None if row is None else state.records.get(row.text("UserId"))
        return user or fault("identity-token", 403)
    caller = _bearer(state, fields.get("sid", ""), source_ip)
    return caller if isinstance(caller, Fault) else caller.user


def _bearer(state: State, token: str, source_ip: str) -> Caller | Fault:
    caller = resolve_session(state, token, Door.OAUTH_IDENTITY, source_ip)
    if isinstance(caller, Fault):
        return caller
    session = find_session(state, token)
    given = None if session is None else session.scopes
    return caller if given is None or scopes.opens_pages(given) else fault("frontdoor-scope", 403)


def _own_path(text: str) -> str:
    """A path on this org, never another host."""
    parts = urlsplit(text.replace("\\", "/"))
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return text if safe and text.isprintable() else _HOME
