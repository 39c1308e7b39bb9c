"""The grant types without a page: password, JWT bearer, client credentials, refresh token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sfmeta.localorg.apps import App
from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.doors import scopes
from sfmeta.localorg.doors.attempt import Answer
from sfmeta.localorg.doors.catalog import fault, text_of
from sfmeta.localorg.doors.gate import Login, log_in
from sfmeta.localorg.doors.logins import record_login
from sfmeta.localorg.doors.oauth.jwt_bearer import check_assertion, claimed_subject
from sfmeta.localorg.doors.oauth.token_request import TokenRequest, authenticated_client
from sfmeta.localorg.doors.passwords import Check, check_password, user_by_name
from sfmeta.localorg.doors.sessions import hashed
from sfmeta.localorg.doors.tokens import by_refresh_token, rotate
from sfmeta.localorg.doors.words import AUTHENTICATION_FAILURE, words
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

_STATUS = {Check.WRONG: "status-password", Check.TOKEN_NEEDED: "status-token"}


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant that was good.

    Attributes:
        login: the session.
        app: the client.
        refresh: a refresh token to go with it, "" for none.
    """

    login: Login
    app: App
    refresh: str = ""


Outcome: TypeAlias = "Granted | Fault"


def password(state: State, request: TokenRequest) -> Outcome:
    """The username-password flow."""
    user = user_by_name(state, request["username"])
    app = authenticated_client(state, request, needs_secret=True)
    if isinstance(app, Fault):
        if user is not None:
            _refused(state, request, user, None, Door.OAUTH_PASSWORD, "status-consumer")
        return app
    if user is None:
        return AUTHENTICATION_FAILURE
    check = check_password(state, user, request["password"], request.source_ip)
    if check is not Check.RIGHT:
        _refused(state, request, user, app, Door.OAUTH_PASSWORD, _STATUS[check])
        return AUTHENTICATION_FAILURE
    return let_in(state, request, user, app, Door.OAUTH_PASSWORD)


def jwt_bearer(state: State, request: TokenRequest) -> Outcome:
    """The JWT bearer flow."""
    assertion = check_assertion(state, request["assertion"], request.base_url)
    if isinstance(assertion, Fault):
        named = user_by_name(state, claimed_subject(request["assertion"]))
        if named is not None:
            _refused(state, request, named, None, Door.OAUTH_JWT, "status-assertion")
        return assertion
    user = user_by_name(state, assertion.username)
    if user is None:
        # what a subject that is no user gets was not found; this is what an unknown pair gets
        return words(Answer.NOT_APPROVED_YET, Door.OAUTH_JWT)
    return let_in(state, request, user, assertion.app, Door.OAUTH_JWT)


def client_credentials(state: State, request: TokenRequest) -> Outcome:
    """The client credentials flow: as the app's execution user."""
    app = authenticated_client(state, request, needs_secret=True)
    if isinstance(app, Fault):
        return app
    user = user_by_name(state, app.record.text("ClientCredentialUser"))
    if not app.record.flag("IsClientCredentialEnabled") or user is None:
        return fault("no-execution-user")
    return let_in(state, request, user, app, Door.OAUTH_CLIENT_CREDENTIALS)


def refresh_token(state: State, request: TokenRequest) -> Outcome:
    """The refresh token flow."""
    with state.transaction():
        probe = authenticated_client(state, request, needs_secret=False)
        if isinstance(probe, Fault):
            return probe
        app = authenticated_client(state, request, needs_secret=probe.option("isSecretRequiredForRefreshToken"))
        if isinstance(app, Fault):
            return app
        row = by_refresh_token(state, request["refresh_token"], app)
        user = None if row is None else state.records.get(row.text("UserId"))
        if row is None or user is None:
            _refused_refresh(state, request, app)
            return fault("refresh-expired")
        given = None if row["Scopes"] is None else frozenset(row.text("Scopes").split())
        outcome = let_in(state, request, user, app, Door.OAUTH_REFRESH, given, row)
        if isinstance(outcome, Fault) or not app.option("isRefreshTokenRotationEnabled"):
            return outcome
        return Granted(outcome.login, app, rotate(state, row, request["refresh_token"]))


def let_in(
    state: State,
    request: TokenRequest,
    user: Record,
    app: App,
    door: Door,
    given: frozenset[str] | None = None,
    approval: Record | None = None,
) -> Outcome:
    """Asks the gate for a session.

    Args:
        state: the org.
        request: what the client sent.
        user: who, known by now.
        app: the client.
        door: the flow.
        given: the scopes that were given before; None: the client may ask for those of its app.
        approval: the row of OauthToken that a refresh token belongs to.
    """
    wanted = given if given is not None else scopes.asked(app, request["scope"])
    if wanted is None:
        return fault("scope-too-much")
    outcome = log_in(state, user, app, door, source_ip=request.source_ip, scopes=wanted, approval=approval)
    return outcome if isinstance(outcome, Fault) else Granted(outcome, app)


def _refused_refresh(state: State, request: TokenRequest, app: App) -> None:
    """LoginHistory knows whose refresh token it was as long as the row is there, too old or not."""
    row = state.records.first("OauthToken", Token=hashed(request["refresh_token"]))
    user = None if row is None else state.records.get(row.text("UserId"))
    if user is not None:
        _refused(state, request, user, app, Door.OAUTH_REFRESH, "status-refresh")


def _refused(state: State, request: TokenRequest, user: Record, app: App | None, door: Door, status: str) -> None:
    record_login(state, user, door, text_of(status), app=app, source_ip=request.source_ip)
