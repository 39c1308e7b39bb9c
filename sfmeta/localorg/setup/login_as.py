"""A login tried out from outside: as a user, with an app, through the org's own door, with the credentials there are.

It is a login like any other: LoginHistory shows it, a token counts it, and what the door says is what a client reads.
The refresh token of a client is not known to the org; for this try another one takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import jwt

from sfmeta.localorg.apps import App
from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.doors.gate import log_in, resolve_session
from sfmeta.localorg.doors.oauth import grants
from sfmeta.localorg.doors.oauth.token_request import TokenRequest
from sfmeta.localorg.doors.rules import RULES, Rule
from sfmeta.localorg.doors.sessions import hashed, random_text
from sfmeta.localorg.records import Record
from sfmeta.localorg.running.keys import key_file
from sfmeta.localorg.state import State

_URL = "http://127.0.0.1"
_SOAP_VERSION = 64
_ASSERTION_LIVES_S = 180
_TRIED = {"REST API": Door.REST, "Metadata API": Door.METADATA_SOAP}


class Flow(StrEnum):
    """A way in that needs no browser."""

    JWT = "jwt"
    PASSWORD = "password"  # noqa: S105 - the name of a flow
    REFRESH = "refresh"
    CLIENT_CREDENTIALS = "client-credentials"
    SOAP = "soap"


class CannotTry(Exception):
    """There are no credentials for such a login in this org. The message says which."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it.

    Attributes:
        username: as whom; of the execution user, where the flow has one.
        flow: how.
        token: the session, "" where the door stayed shut.
        code: of the refusal, "" where there was none.
        message: likewise.
        rule: the rule that decided, None where something else did (an expired refresh token).
        opens: what the session is good for now: each API with "" or the reason why not.
    """

    username: str
    flow: Flow
    token: str = ""
    code: str = ""
    message: str = ""
    rule: Rule | None = None
    opens: Mapping[str, str] | None = None


def likely_flow(state: State, user: Record, app: App | None, keys: Path) -> Flow:
    """The flow that such a client would use: what there are credentials for, JWT bearer first."""
    if app is None:
        return Flow.SOAP
    if _key(app, keys).exists():
        return Flow.JWT
    return Flow.PASSWORD if _approval(state, user, app) is None else Flow.REFRESH


def try_login(state: State, user: Record, app: App | None, flow: Flow, keys: Path, source_ip: str) -> Tried:
    """Logs in.

    Args:
        state: the org.
        user: as whom.
        app: with what; None for SOAP login() only.
        flow: how.
        keys: where the private keys of apps lie.
        source_ip: from where.

    Raises:
        CannotTry: the org has no credentials for it.
    """
    with state.transaction():
        if flow is Flow.SOAP:
            if not user["Password"]:
                raise CannotTry(f"{user.text('Username')} has no password")
            login = log_in(state, user, None, Door.SOAP_LOGIN, source_ip=source_ip, api_version=_SOAP_VERSION)
            if isinstance(login, Fault):
                return _refused(user, flow, login)
            return _tried(state, user, flow, login.token, login.rule, source_ip)
        if app is None:
            raise CannotTry(f"the flow {flow.value} needs an app")
        granted = _GRANTS[flow](state, user, app, keys, source_ip)
        if isinstance(granted, Fault):
            return _refused(user, flow, granted)
        return _tried(state, granted.login.user, flow, granted.login.token, granted.login.rule, source_ip)


def _tried(state: State, user: Record, flow: Flow, token: str, rule_id: str, source_ip: str) -> Tried:
    opens = {}
    for name, door in _TRIED.items():
        caller = resolve_session(state, token, door, source_ip)
        opens[name] = "" if isinstance(caller, Caller) else f"{caller.code}: {caller.message}"
    return Tried(user.text("Username"), flow, token, rule=_rule(rule_id), opens=opens)


def _refused(user: Record, flow: Flow, fault: Fault) -> Tried:
    return Tried(user.text("Username"), flow, code=fault.code, message=fault.message, rule=_rule(fault.rule))


def _rule(rule_id: str) -> Rule | None:
    return next((rule for rule in RULES if rule.id == rule_id), None)


def _jwt(state: State, user: Record, app: App, keys: Path, source_ip: str) -> grants.Outcome:
    file = _key(app, keys)
    if not file.exists():
        raise CannotTry(f"{app.label} has no private key here")
    claims: dict[str, Any] = {
        "iss": app.consumer_key,
        "sub": user.text("Username"),
        "aud": "https://test.salesforce.com" if state.org.is_sandbox else "https://login.salesforce.com",
        "exp": int(state.clock.outside().timestamp()) + _ASSERTION_LIVES_S,
    }
    form = {"assertion": jwt.encode(claims, file.read_bytes(), algorithm="RS256")}
    return grants.jwt_bearer(state, TokenRequest(form, _URL, source_ip))


def _password(state: State, user: Record, app: App, _: Path, source_ip: str) -> grants.Outcome:
    if not user["Password"]:
        raise CannotTry(f"{user.text('Username')} has no password")
    password = user.text("Password") + user.text("SecurityToken")
    form = {**_client(app), "username": user.text("Username"), "password": password}
    return grants.password(state, TokenRequest(form, _URL, source_ip))


def _client_credentials(state: State, user: Record, app: App, _: Path, source_ip: str) -> grants.Outcome:
    execution_user = app.record.text("ClientCredentialUser")
    if execution_user and execution_user.lower() != user.text("Username").lower():
        raise CannotTry(f"{app.label} runs its client credentials flow as {execution_user}")
    return grants.client_credentials(state, TokenRequest(_client(app), _URL, source_ip))


def _refresh(state: State, user: Record, app: App, _: Path, source_ip: str) -> grants.Outcome:
    row = _approval(state, user, app)
    if row is None:
        raise CannotTry(f"{user.text('Username')} has given {app.label} no refresh token")
    stand_in = random_text(40)
    state.records.update(row.id, Token=hashed(stand_in))
    form = {**_client(app), "refresh_token": stand_in}
    outcome = grants.refresh_token(state, TokenRequest(form, _URL, source_ip))
    if state.records.get(row.id) is not None:
        # the client's own token goes on, also where a rotation took the stand-in out of use
        state.records.update(row.id, Token=row["Token"])
    return outcome


_GRANTS = {
    Flow.JWT: _jwt,
    Flow.PASSWORD: _password,
    Flow.CLIENT_CREDENTIALS: _client_credentials,
    Flow.REFRESH: _refresh,
}


def _client(app: App) -> dict[str, str]:
    secret = app.record.text("ConsumerSecret")
    if not secret:
        raise CannotTry(f"{app.label} has no consumer secret here")
    return {"client_id": app.consumer_key, "client_secret": secret}


def _approval(state: State, user: Record, app: App) -> Record | None:
    rows = state.records.find("OauthToken", UserId=user.id, AppId=app.id)
    return next((row for row in reversed(rows) if row["Token"]), None)


def _key(app: App, keys: Path) -> Path:
    return key_file(keys, app.record.text("DeveloperName") or "-")
