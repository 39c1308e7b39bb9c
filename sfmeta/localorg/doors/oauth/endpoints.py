"""The OAuth endpoints below ``/services/oauth2``: which flow a request is, and who answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sfmeta.localorg.caller import Fault
from sfmeta.localorg.doors import frontdoor, identity
from sfmeta.localorg.doors.catalog import fault
from sfmeta.localorg.doors.oauth import device, grants, introspection, web_flow
from sfmeta.localorg.doors.oauth.grants import Outcome
from sfmeta.localorg.doors.oauth.token_request import TokenRequest, token_answer
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import NOT_FOUND, Reply, oauth_error
from sfmeta.localorg.state import State

_GRANTS: Mapping[str, Callable[[State, TokenRequest], Outcome]] = {
    "authorization_code": web_flow.exchange,
    "client_credentials": grants.client_credentials,
    "device": device.poll,
    "password": grants.password,
    "refresh_token": grants.refresh_token,
    "urn:ietf:params:oauth:grant-type:device_code": device.poll,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": grants.jwt_bearer,
}


def handle(state: State, call: Call, name: str) -> Reply:
    """Answers ``/services/oauth2/{name}``."""
    match name, call.method:
        case "token", "POST":
            return token(state, TokenRequest.of(call))
        case "authorize", "GET" | "POST":
            return web_flow.authorize(state, call)
        case "userinfo", "GET" | "POST":
            return identity.userinfo(state, call)
        case "revoke", "GET" | "POST":
            return introspection.revoke(state, call.form.get("token", "") or call.query.get("token", ""))
        case "introspect", "POST":
            return introspection.introspect(state, TokenRequest.of(call))
        case "singleaccess", "GET" | "POST":
            return frontdoor.single_access(state, call)
        case _:
            return NOT_FOUND


def token(state: State, request: TokenRequest) -> Reply:
    """Answers ``POST /services/oauth2/token``."""
    if request["response_type"] == "device_code":
        return device.start(state, request)
    grant = _GRANTS.get(request["grant_type"])
    outcome = fault("grant-type") if grant is None else grant(state, request)
    if isinstance(outcome, Fault):
        return oauth_error(outcome.code, outcome.message, outcome.http_status)
    return token_answer(state, request, outcome.login, outcome.app, outcome.refresh)
