"""Sessions and what remains of logins: AuthSession, OauthToken and LoginHistory."""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import timedelta

from sfmeta.localorg.apps import App, app_by_id
from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Door
from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

_ALPHABET = string.ascii_letters + string.digits + "._"
_UNUSED_WRITES_AFTER = timedelta(minutes=1)

# LoginHistory.LoginType; "Remote Access 2.0" is Help 000383352's, the other is remembered, not verified
_LOGIN_TYPES = {Door.SOAP_LOGIN: "Other Apex API"}
_LISTED_BY_ASSUMPTION = {Door.OAUTH_JWT, Door.OAUTH_CLIENT_CREDENTIALS}


@dataclass(frozen=True, slots=True)
class Session:
    """A session that was found.

    Attributes:
        record: the AuthSession.
        app: what it was opened with, None for SOAP login(); the app's record may be gone (``app_gone``).
        app_gone: it was opened with an app that is not there any more.
    """

    record: Record
    app: App | None
    app_gone: bool = False


def hashed(token: str) -> str:
    """What is kept of a token: enough to know it again."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(state: State, user: Record, app: App | None, door: Door) -> str:
    """Opens a session.

    Returns:
        The access token (session id): ``00D...!AQ...``, known to nobody else; only its hash is kept.
    """
    token = f"{state.org.id[:15]}!AQ{_random(95)}"
    now = state.clock.stamp()
    state.records.insert(
        "AuthSession",
        {
            "Token": hashed(token),
            "UsersId": user.id,
            "AppId": app.id if app else None,
            "Door": door.value,
            "CreatedDate": now,
            "LastUsedDate": now,
        },
    )
    return token


def find_session(state: State, token: str) -> Session | None:
    """The session of a token, or None where there is none or it was not used for too long."""
    record = state.records.first("AuthSession", Token=hashed(token)) if token else None
    if record is None:
        return None
    app = app_by_id(state, record.text("AppId"))
    now, last = state.clock.now(), from_stamp(record.text("LastUsedDate"))
    timeout = timedelta(minutes=app.timeout_minutes if app else 120)
    if now - last > timeout:
        state.records.delete(record.id)
        return None
    if now - last > _UNUSED_WRITES_AFTER:
        state.records.update(record.id, LastUsedDate=to_stamp(now))
    return Session(record, app, app_gone=app is None and bool(record["AppId"]))


def end_sessions(state: State, user_id: str, app_id: str) -> None:
    """Ends a user's sessions with an app."""
    state.records.delete_all(
        session for session in state.records.find("AuthSession", AppId=app_id) if session["UsersId"] == user_id
    )


def record_token(state: State, user: Record, app: App, door: Door) -> None:
    """Counts a login in OauthToken: one row per user and app, made where there is none.

    The username-password flow leaves no row (Help remoteaccess_oauth_username_password_flow).
    """
    if door is Door.OAUTH_PASSWORD:
        return
    if door in _LISTED_BY_ASSUMPTION and not assumed(state.org, "jwt_tokens_are_listed"):
        return
    now = state.clock.stamp()
    row = state.records.first("OauthToken", UserId=user.id, AppId=app.id)
    if row is None:
        add_token(state, user, app, use_count=1, created=now, last_used=now)
    else:
        state.records.update(row.id, UseCount=int(row["UseCount"] or 0) + 1, LastUsedDate=now)


def add_token(
    state: State, user: Record, app: App, *, use_count: int, created: str, last_used: str | None, refresh: str = ""
) -> str:
    """Adds an authorisation: what a user gave an app, once, on the consent page or by an administrator's word.

    Args:
        refresh: the refresh token that belongs to it, "" for none; only its hash is kept.

    Returns:
        The row's id.
    """
    return state.records.insert(
        "OauthToken",
        {
            "UserId": user.id,
            "AppId": app.id,
            "AppName": app.label,
            "UseCount": use_count,
            "CreatedDate": created,
            "LastUsedDate": last_used,
            "DeleteToken": _random(40).replace(".", "a"),
            "Token": hashed(refresh) if refresh else None,
        },
    )


def record_login(
    state: State, user: Record, door: Door, status: str, *, app: App | None, source_ip: str, api_version: int = 0
) -> None:
    """Adds a row to LoginHistory."""
    soap = door is Door.SOAP_LOGIN
    state.records.insert(
        "LoginHistory",
        {
            "UserId": user.id,
            "LoginTime": state.clock.stamp(),
            "LoginType": _LOGIN_TYPES.get(door, "Remote Access 2.0"),
            "Status": status,
            "SourceIp": source_ip,
            "LoginUrl": "127.0.0.1",
            "Application": app.label if app else "N/A",
            "ApiType": "SOAP Partner" if soap else "N/A",
            "ApiVersion": f"{api_version}.0" if soap else "N/A",
            "Browser": "Unknown",
            "Platform": "Unknown",
            "ClientVersion": "N/A",
        },
    )


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
