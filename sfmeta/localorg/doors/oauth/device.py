"""The device flow: a code for a device without a browser, entered by its owner on a page elsewhere.

Source: Help remoteaccess_oauth_device_flow. Since 28 August 2025 it is closed to apps that are not installed
(forcedotcom/cli#3368), among them the Salesforce CLI's own by default.
"""

from __future__ import annotations

import secrets
import string

from sfmeta.localorg.apps import app_by_id
from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.doors import approvals, pages, scopes
from sfmeta.localorg.doors.attempt import Attempt
from sfmeta.localorg.doors.catalog import fault, text_of
from sfmeta.localorg.doors.gate import judge
from sfmeta.localorg.doors.logins import record_login
from sfmeta.localorg.doors.oauth.grants import Granted, Outcome, let_in
from sfmeta.localorg.doors.oauth.token_request import TokenRequest, client_of
from sfmeta.localorg.doors.tokens import approve
from sfmeta.localorg.doors.ui import check_page_login
from sfmeta.localorg.doors.words import status_of
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply, as_json, oauth_error
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

CONNECT_PAGE = "/setup/connect"
_INTERVAL_S = 5
_PENDING, _APPROVED, _DENIED = "pending", "approved", "denied"


def start(state: State, request: TokenRequest) -> Reply:
    """Answers ``response_type=device_code`` at the token endpoint."""
    app = client_of(state, request)
    if isinstance(app, Fault):
        return _error(app)
    if not app.allows_device_flow:
        return _error(fault("device-flow-off"))
    wanted = scopes.asked(app, request["scope"])
    if wanted is None:
        return _error(fault("scope-too-much"))
    user_code = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(8))
    fields = {"AppId": app.id, "UserCode": user_code, "Scopes": " ".join(sorted(wanted)), "Answer": _PENDING}
    device_code = approvals.issue(state, approvals.DEVICE, {**fields})
    return as_json(
        {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": request.base_url + CONNECT_PAGE,
            "interval": _INTERVAL_S,
        },
        headers={"Cache-Control": "no-store"},
    )


def poll(state: State, request: TokenRequest) -> Outcome:
    """The grant type ``device``: what the device asks until its owner has answered."""
    with state.transaction():
        app = client_of(state, request)
        if isinstance(app, Fault):
            return app
        row = approvals.find(state, approvals.DEVICE, request["code"] or request["device_code"])
        if row is None or row["AppId"] != app.id or not approvals.is_fresh(state, row):
            return fault("device-code")
        if row["Answer"] == _PENDING:
            return fault("device-pending")
        state.records.delete(row.id)
        user = state.records.get(row.text("UserId"))
        if row["Answer"] != _APPROVED or user is None:
            return fault("device-denied")
        wanted = frozenset(row.text("Scopes").split())
        outcome = let_in(state, request, user, app, Door.OAUTH_DEVICE, wanted)
        if isinstance(outcome, Fault):
            return outcome
        return Granted(outcome.login, app, approve(state, user, app, Door.OAUTH_DEVICE, wanted))


def connect(state: State, call: Call) -> Reply:
    """Answers the page where a person enters the code of a device, and then allows or denies."""
    form = call.form
    with state.transaction():
        if call.method != "POST":
            return pages.code_page(CONNECT_PAGE, call.query.get("user_code", ""))
        if "ticket" in form:
            return _decided(state, form)
        row = _waiting(state, form.get("user_code", ""))
        user = check_page_login(state, form.get("un", ""), form.get("pw", ""), call.source_ip)
        if row is None or isinstance(user, Fault):
            problem = user.message if isinstance(user, Fault) else "Invalid code."
            return pages.code_page(CONNECT_PAGE, form.get("user_code", ""), problem)
        app = app_by_id(state, row.text("AppId"))
        if app is None:
            return pages.error_page(text_of("authorize-failed"), 400)
        rule, refusal = judge(Attempt(state, user, app, Door.OAUTH_DEVICE, source_ip=call.source_ip))
        if refusal is not None:
            record_login(state, user, Door.OAUTH_DEVICE, status_of(rule.answer), app=app, source_ip=call.source_ip)
            return pages.error_page(f"{refusal.code} : {refusal.message}", 403)
        ticket = approvals.issue(state, approvals.TICKET, {"DeviceRow": row.id, "UserId": user.id})
        wanted = scopes.shown(frozenset(row.text("Scopes").split())).split()
        return pages.approval_page(CONNECT_PAGE, {"ticket": ticket}, app.label, user.text("Username"), wanted)


def _decided(state: State, form: dict[str, str]) -> Reply:
    ticket = approvals.take(state, approvals.TICKET, form["ticket"])
    row = None if ticket is None else state.records.get(ticket.text("DeviceRow"))
    if ticket is None or row is None:
        return pages.error_page(text_of("authorize-failed"), 400)
    allowed = "save" in form
    state.records.update(row.id, Answer=_APPROVED if allowed else _DENIED, UserId=ticket.text("UserId"))
    return pages.page("Device connected" if allowed else "Device refused", "<p>You can close this page.</p>")


def _waiting(state: State, user_code: str) -> Record | None:
    code = user_code.strip().upper()
    rows = state.records.find(approvals.DEVICE, UserCode=code, Answer=_PENDING) if code else []
    return next((row for row in rows if approvals.is_fresh(state, row)), None)


def _error(refusal: Fault) -> Reply:
    return oauth_error(refusal.code, refusal.message, refusal.http_status)
