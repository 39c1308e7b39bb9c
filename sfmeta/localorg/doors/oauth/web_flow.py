"""The web server flow and the user-agent flow: the authorize endpoint, its pages, and the exchange of a code."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode

from sfmeta.localorg.apps import App, app_by_id
from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.doors import approvals, pages, scopes
from sfmeta.localorg.doors.attempt import Answer, Attempt
from sfmeta.localorg.doors.catalog import fault, text_of
from sfmeta.localorg.doors.gate import judge, log_in
from sfmeta.localorg.doors.logins import record_login
from sfmeta.localorg.doors.oauth.authorization import ERROR_PAGE, Authorization, read
from sfmeta.localorg.doors.oauth.grants import Granted, Outcome, let_in
from sfmeta.localorg.doors.oauth.token_request import TokenRequest, authenticated_client, response_fields
from sfmeta.localorg.doors.tokens import approve, is_alive
from sfmeta.localorg.doors.ui import check_page_login, ui_caller
from sfmeta.localorg.doors.words import status_of
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

APPROVAL_PAGE = "/setup/secur/RemoteAccessAuthorizationPage.apexp"

_STATUSES = {
    fault("code-expired"): text_of("status-code"),
    fault("code-verifier"): text_of("status-verifier"),
}


def authorize(state: State, call: Call) -> Reply:
    """Answers ``/services/oauth2/authorize``: by a page, or by sending the browser back to the client."""
    with state.transaction():
        asked = read(state, {**call.query, **call.form})
        if isinstance(asked, Reply):
            return asked
        user = _who(state, call, asked)
        return user if isinstance(user, Reply) else _decide(state, call, asked, user)


def answer_approval(state: State, call: Call) -> Reply:
    """Answers what a person chose on the approval page; its ticket is good once."""
    with state.transaction():
        row = approvals.take(state, approvals.TICKET, call.form.get("ticket", ""))
        app = None if row is None else app_by_id(state, row.text("AppId"))
        user = None if row is None else state.records.get(row.text("UserId"))
        if row is None or app is None or user is None:
            return pages.error_page(text_of("authorize-failed"), 400)
        asked = Authorization.of_ticket(app, row)
        if "save" not in call.form:
            return asked.refused(fault("user-denied"))
        # what was ticked or blocked while the page stood open counts
        refused = _judged(state, call, asked, user)
        return refused or _give(state, call, asked, user)


def _who(state: State, call: Call, asked: Authorization) -> Record | Reply:
    """Who sits before the browser, by name and password or by its session; a login page where that is not known."""
    form, action = call.form, "/services/oauth2/authorize"
    if call.method == "POST" and "un" in form:
        user = check_page_login(state, form["un"], form.get("pw", ""), call.source_ip)
        return pages.login_page(action, asked.parameters, user.message, form["un"]) if isinstance(user, Fault) else user
    caller = None if "login" in asked.prompt else ui_caller(state, call)
    if caller is not None:
        return caller.user
    if asked.is_immediate:
        return asked.refused(fault("immediate"))
    return pages.login_page(action, asked.parameters, username=asked.parameters.get("login_hint", ""))


def _decide(state: State, call: Call, asked: Authorization, user: Record) -> Reply:
    refused = _judged(state, call, asked, user)
    if refused is not None:
        return refused
    if "un" in call.form:
        record_login(state, user, Door.UI, text_of("status-success"), app=None, source_ip=call.source_ip)
    if asked.app.admin_approved_only or ("consent" not in asked.prompt and _has_approved(state, asked, user)):
        return _give(state, call, asked, user)
    if asked.is_immediate:
        return asked.refused(fault("immediate"))
    ticket = approvals.issue(state, approvals.TICKET, asked.ticket(user))
    wanted = scopes.shown(asked.scopes).split()
    return pages.approval_page(APPROVAL_PAGE, {"ticket": ticket}, asked.app.label, user.text("Username"), wanted)


def _judged(state: State, call: Call, asked: Authorization, user: Record) -> Reply | None:
    """The refusal by the gate's rules, None where they let the user in."""
    door = Door.OAUTH_AUTHORIZE if asked.gives_code else Door.OAUTH_USER_AGENT
    rule, refusal = judge(Attempt(state, user, asked.app, door, source_ip=call.source_ip))
    if refusal is None:
        return None
    record_login(state, user, door, status_of(rule.answer), app=asked.app, source_ip=call.source_ip)
    if rule.answer is Answer.INACTIVE_USER:
        page_words = fault("page-login").message
        return pages.login_page("/services/oauth2/authorize", asked.parameters, page_words)
    if rule.answer is Answer.NOT_INSTALLED:
        return pages.redirect(f"{ERROR_PAGE}?{_query(refusal)}")
    return asked.refused(refusal)


def _has_approved(state: State, asked: Authorization, user: Record) -> bool:
    for row in state.records.find("OauthToken", UserId=user.id, AppId=asked.app.id):
        given = asked.app.scopes if row["Scopes"] is None else frozenset(row.text("Scopes").split())
        if row["Token"] and asked.scopes <= given and is_alive(state, row, asked.app):
            return True
    return False


def _give(state: State, call: Call, asked: Authorization, user: Record) -> Reply:
    """Sends the browser back with a code, or with the tokens themselves."""
    if asked.gives_code:
        code = approvals.issue(state, approvals.CODE, asked.ticket(user))
        return asked.back({"code": code})
    door = Door.OAUTH_USER_AGENT
    login = log_in(state, user, asked.app, door, source_ip=call.source_ip, scopes=asked.scopes)
    if isinstance(login, Fault):
        return asked.refused(login)
    refresh = approve(state, user, asked.app, door, asked.scopes)
    return asked.back(response_fields(state, call.base_url, login, asked.app, refresh))


def exchange(state: State, request: TokenRequest) -> Outcome:
    """The grant type ``authorization_code``."""
    with state.transaction():
        probe = authenticated_client(state, request, needs_secret=False)
        if isinstance(probe, Fault):
            return probe
        app = authenticated_client(state, request, needs_secret=not probe.option("isConsumerSecretOptional"))
        if isinstance(app, Fault):
            return app
        row = _code(state, request, app)
        if isinstance(row, Fault):
            _record_refused_code(state, request, app, row)
            return row
        user = state.records.get(row.text("UserId"))
        if user is None:
            return fault("code-invalid")
        wanted = frozenset(row.text("Scopes").split())
        outcome = let_in(state, request, user, app, Door.OAUTH_CODE, wanted)
        if isinstance(outcome, Fault):
            return outcome
        return Granted(outcome.login, app, approve(state, user, app, Door.OAUTH_CODE, wanted))


def _code(state: State, request: TokenRequest, app: App) -> Record | Fault:
    """The row of an authorization code, used by this; or what is wrong with it."""
    row = approvals.find(state, approvals.CODE, request["code"])
    if row is None or row["AppId"] != app.id:
        return fault("code-invalid")
    if row.flag("IsUsed") or not approvals.is_fresh(state, row):
        return fault("code-expired")
    if request["redirect_uri"] != row.text("RedirectUri"):
        return fault("redirect-uri")
    challenge, verifier = row.text("Challenge"), request["code_verifier"]
    if verifier and not challenge:
        return fault("code-verifier-unexpected")
    given = _challenge(verifier, row.text("ChallengeMethod"))
    if challenge and not hmac.compare_digest(given.encode(), challenge.encode()):
        return fault("code-verifier")
    state.records.update(row.id, IsUsed=True)
    return row


def _record_refused_code(state: State, request: TokenRequest, app: App, refusal: Fault) -> None:
    """LoginHistory knows whose code it was, where it was this client's."""
    status = _STATUSES.get(refusal)
    row = None if status is None else approvals.find(state, approvals.CODE, request["code"])
    user = None if row is None else state.records.get(row.text("UserId"))
    if user is not None and status is not None:
        record_login(state, user, Door.OAUTH_CODE, status, app=app, source_ip=request.source_ip)


def _challenge(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _query(refusal: Fault) -> str:
    return urlencode({"error": refusal.code, "error_description": refusal.message})
