"""What a token is worth, and its end: the introspect and revoke endpoints."""

from __future__ import annotations

from typing import Any

from sfmeta.localorg.apps import App, app_by_id
from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.doors import scopes
from sfmeta.localorg.doors.catalog import fault
from sfmeta.localorg.doors.gate import attempt_of, judge
from sfmeta.localorg.doors.oauth.token_request import TokenRequest, authenticated_client
from sfmeta.localorg.doors.sessions import ends_at, find_session, hashed
from sfmeta.localorg.doors.tokens import is_alive
from sfmeta.localorg.doors.tokens import revoke as revoke_authorisation
from sfmeta.localorg.http.reply import Reply, as_json, oauth_error
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State


def introspect(state: State, request: TokenRequest) -> Reply:
    """Answers ``POST /services/oauth2/introspect``: RFC 7662 with Salesforce's fields.

    Source: Help remoteaccess_oidc_token_introspection_endpoint. A token that the client may not know about looks like
    one that does not exist.
    """
    with state.transaction():
        client = authenticated_client(state, request, needs_secret=True)
        if isinstance(client, Fault):
            return oauth_error(client.code, client.message, 401)
        hint, text = request["token_type_hint"], request["token"]
        found = None if hint == "refresh_token" else _access_token(state, text, client, request)
        if found is None and hint != "access_token":
            found = _refresh_token(state, text, client, request)
        return as_json(found or {"active": False}, headers={"Cache-Control": "no-store"})


def _access_token(state: State, text: str, client: App, request: TokenRequest) -> dict[str, Any] | None:
    session = find_session(state, text, uses=False)
    user = None if session is None else state.records.get(session.record.text("UsersId"))
    if session is None or user is None or session.app is None or not _may_know(client, session.app):
        return None
    _, refusal = judge(attempt_of(state, session, user, Door.OAUTH_IDENTITY, session.record.text("SourceIp")))
    if refusal is not None:
        return None
    began = int(from_stamp(session.record.text("CreatedDate")).timestamp())
    given = session.scopes or frozenset()
    common = _common(state, session.app, user, given, "access_token", began, request)
    return {**common, "exp": int(ends_at(state, session).timestamp())}


def _refresh_token(state: State, text: str, client: App, request: TokenRequest) -> dict[str, Any] | None:
    row = state.records.first("OauthToken", Token=hashed(text)) if text else None
    app = None if row is None else app_by_id(state, row.text("AppId"))
    user = None if row is None else state.records.get(row.text("UserId"))
    if row is None or app is None or user is None or not _may_know(client, app) or not is_alive(state, row, app):
        return None
    began = int(from_stamp(row.text("CreatedDate")).timestamp())
    given = app.scopes if row["Scopes"] is None else frozenset(row.text("Scopes").split())
    return _common(state, app, user, given, "refresh_token", began, request)


def _may_know(client: App, owner: App) -> bool:
    return owner.id == client.id or client.option("isIntrospectAllTokens")


def _common(
    state: State, app: App, user: Record, given: frozenset[str], kind: str, began: int, request: TokenRequest
) -> dict[str, Any]:
    return {
        "active": True,
        "scope": scopes.shown(given),
        "client_id": app.consumer_key,
        "username": user.text("Username"),
        "sub": f"{request.base_url}/id/{state.org.id}/{user.id}",
        "token_type": kind,
        "iat": began,
        "nbf": began,
    }


def revoke(state: State, text: str) -> Reply:
    """Answers ``/services/oauth2/revoke``: ends an access token, or (by a refresh or delete token) an authorisation."""
    with state.transaction():
        session = find_session(state, text)
        if session is not None:
            state.records.delete(session.record.id)
            return Reply(200)
        rows = state.records.find("OauthToken", Token=hashed(text)) if text else []
        rows = rows or (state.records.find("OauthToken", DeleteToken=text) if text else [])
        if not rows:
            refusal = fault("revoke-unknown")
            return oauth_error(refusal.code, refusal.message)
        for row in rows:
            revoke_authorisation(state, row)
        return Reply(200)
