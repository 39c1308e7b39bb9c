"""The token endpoint and the revoke endpoint. Error texts are those that users quote from real orgs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sfmeta.localorg.apps import App, Kind, app_by_id, app_by_key
from sfmeta.localorg.call import Call
from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.doors import identity
from sfmeta.localorg.doors.attempt import Answer
from sfmeta.localorg.doors.gate import Login, log_in
from sfmeta.localorg.doors.jwt_bearer import INVALID_CLIENT_ID, check_assertion
from sfmeta.localorg.doors.passwords import password_is_right, user_by_name
from sfmeta.localorg.doors.sessions import end_sessions, find_session, hashed, record_login
from sfmeta.localorg.doors.words import AUTHENTICATION_FAILURE, words
from sfmeta.localorg.records import Record
from sfmeta.localorg.reply import NOT_FOUND, Reply, as_json, oauth_error
from sfmeta.localorg.state import State

_EXPIRED = Fault("invalid_grant", "expired access/refresh token")  # restforce#81
_WRONG_SECRET = Fault("invalid_client", "invalid client credentials")  # restforce#338
# remembered from users' reports, not verified
_NO_EXECUTION_USER = Fault("invalid_grant", "no client credentials user enabled")
_UNITS = {"HOURS": timedelta(hours=1), "DAYS": timedelta(days=1), "MONTHS": timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A POST to the token endpoint.

    Attributes:
        form: its fields.
        base_url: how the client reached the org, without a trailing slash.
        source_ip: where from.
    """

    form: Mapping[str, str]
    base_url: str
    source_ip: str

    def __getitem__(self, name: str) -> str:
        return self.form.get(name, "")


def handle(state: State, call: Call, name: str) -> Reply:
    """Answers ``/services/oauth2/{name}``."""
    match name, call.method:
        case "token", "POST":
            return token(state, TokenRequest(call.form, call.base_url, call.source_ip))
        case "userinfo", "GET" | "POST":
            return identity.userinfo(state, call)
        case "revoke", "GET" | "POST":
            return revoke(state, call.form.get("token", "") or call.query.get("token", ""))
        case _:
            return NOT_FOUND


def token(state: State, request: TokenRequest) -> Reply:
    """Answers ``POST /services/oauth2/token``."""
    grant = _GRANTS.get(request["grant_type"])
    if grant is None:
        # django-salesforce#277
        return oauth_error("unsupported_grant_type", "grant type not supported")
    outcome = grant(state, request)
    if isinstance(outcome, Fault):
        return oauth_error(outcome.code, outcome.message, outcome.http_status)
    login, app = outcome
    identity = f"{request.base_url}/id/{state.org.id}/{login.user.id}"
    issued_at = str(int(state.clock.now().timestamp() * 1000))
    signature = hmac.new(app.record.text("ConsumerSecret").encode(), (identity + issued_at).encode(), hashlib.sha256)
    return as_json(
        {
            "access_token": login.token,
            "signature": base64.b64encode(signature.digest()).decode(),
            "scope": "refresh_token web api id",
            "instance_url": request.base_url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued_at,
        },
        headers={"Cache-Control": "no-store"},
    )


_Outcome = tuple[Login, App] | Fault


def _password(state: State, request: TokenRequest) -> _Outcome:
    app = _client(state, request, needs_secret=True)
    if isinstance(app, Fault):
        return app
    user = user_by_name(state, request["username"])
    if user is None:
        return AUTHENTICATION_FAILURE
    if not password_is_right(user, request["password"]):
        record_login(state, user, Door.OAUTH_PASSWORD, "Invalid Password", app=app, source_ip=request.source_ip)
        return AUTHENTICATION_FAILURE
    return _let_in(state, request, user, app, Door.OAUTH_PASSWORD)


def _jwt_bearer(state: State, request: TokenRequest) -> _Outcome:
    assertion = check_assertion(state, request["assertion"], request.base_url)
    if isinstance(assertion, Fault):
        return assertion
    user = user_by_name(state, assertion.username)
    if user is None:
        # what a subject that is no user gets was not found; this is what an unknown pair gets
        return words(Answer.NOT_APPROVED_YET, Door.OAUTH_JWT)
    return _let_in(state, request, user, assertion.app, Door.OAUTH_JWT)


def _client_credentials(state: State, request: TokenRequest) -> _Outcome:
    app = _client(state, request, needs_secret=True)
    if isinstance(app, Fault):
        return app
    user = user_by_name(state, app.record.text("ClientCredentialUser"))
    if not app.record.flag("IsClientCredentialEnabled") or user is None:
        return _NO_EXECUTION_USER
    return _let_in(state, request, user, app, Door.OAUTH_CLIENT_CREDENTIALS)


def _refresh(state: State, request: TokenRequest) -> _Outcome:
    app = _client(state, request, needs_secret=False)
    if isinstance(app, Fault):
        return app
    row = state.records.first("OauthToken", Token=hashed(request["refresh_token"]))
    user = None if row is None else state.records.get(row.text("UserId"))
    if row is None or user is None or row["AppId"] != app.id or not _is_valid(state, row, app):
        return _EXPIRED
    return _let_in(state, request, user, app, Door.OAUTH_REFRESH)


_GRANTS: Mapping[str, Callable[[State, TokenRequest], _Outcome]] = {
    "password": _password,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _jwt_bearer,
    "client_credentials": _client_credentials,
    "refresh_token": _refresh,
}


def _client(state: State, request: TokenRequest, *, needs_secret: bool) -> App | Fault:
    client_id, secret = request["client_id"], request["client_secret"]
    app = app_by_key(state, client_id)
    if app is None:
        return INVALID_CLIENT_ID
    if not secret and not needs_secret:
        return app
    right = app.record.text("ConsumerSecret")
    return app if right and hmac.compare_digest(secret.encode(), right.encode()) else _WRONG_SECRET


def _let_in(state: State, request: TokenRequest, user: Record, app: App, door: Door) -> _Outcome:
    outcome = log_in(state, user, app, door, source_ip=request.source_ip)
    return outcome if isinstance(outcome, Fault) else (outcome, app)


def _is_valid(state: State, row: Record, app: App) -> bool:
    """Whether a refresh token may still be used; the app's policy is asked only when it is.

    Source: Metadata API guide, ConnectedAppOauthPolicy.refreshTokenPolicy.
    """
    kind, amount, unit = _refresh_policy(app)
    if kind == "zero":
        return False
    if kind not in ("specific_lifetime", "specific_inactivity"):
        return True
    since = row.text("CreatedDate") if kind == "specific_lifetime" else row.text("LastUsedDate")
    return state.clock.now() <= from_stamp(since or row.text("CreatedDate")) + amount * _UNITS[unit]


def _refresh_policy(app: App) -> tuple[str, int, str]:
    if app.kind is Kind.EXTERNAL and app.policy is not None:
        names = {"SpecificLifetime": "specific_lifetime", "SpecificInactivity": "specific_inactivity", "Zero": "zero"}
        kind = names.get(app.policy.text("RefreshTokenPolicyType"), "infinite")
        amount, unit = app.policy["RefreshTokenValidityPeriod"], app.policy.text("RefreshTokenValidityUnit").upper()
    else:
        kind, _, rest = app.record.text("RefreshTokenPolicy").partition(":")
        amount, _, unit = rest.partition(":")
    return kind or "infinite", int(amount or 0), unit if unit in _UNITS else "DAYS"


def revoke(state: State, text: str) -> Reply:
    """Answers ``/services/oauth2/revoke``: ends an access token, or (by a refresh or delete token) an authorisation."""
    with state.transaction():
        session = find_session(state, text)
        if session is not None:
            state.records.delete(session.record.id)
            return Reply(200)
        rows = state.records.find("OauthToken", Token=hashed(text)) or state.records.find(
            "OauthToken", DeleteToken=text
        )
        if not text or not rows:
            # remembered, not verified
            return oauth_error("unsupported_token_type", "this token type is not supported")
        for row in rows:
            state.records.delete(row.id)
            app = app_by_id(state, row.text("AppId"))
            if app is not None:
                end_sessions(state, row.text("UserId"), app.id)
        return Reply(200)
