"""Sessions: rows of AuthSession, known again by the hash of their token."""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from sfmeta.localorg.apps import App, app_by_id
from sfmeta.localorg.caller import Door
from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.doors.logins import login_type
from sfmeta.localorg.doors.networks import security_of
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

_ALPHABET = string.ascii_letters + string.digits + "._"
# sixty-four of them: each stands for four bytes, none more often than another
_TO_ALPHABET = (_ALPHABET * 4).encode("ascii")
_UNUSED_WRITES_AFTER = timedelta(minutes=1)
# Object Reference, AuthSession.SessionType
_SESSION_TYPES = {Door.SOAP_LOGIN: "API", Door.UI: "UI"}


@dataclass(frozen=True, slots=True)
class Session:
    """A session that was found.

    Attributes:
        record: the AuthSession.
        app: what it was opened with, None for SOAP login() and the browser; the app's record may be gone
            (``app_gone``).
        app_gone: it was opened with an app that is not there any more.
    """

    record: Record
    app: App | None
    app_gone: bool = False

    @property
    def opened_at(self) -> Door:
        """The door it was opened at."""
        return Door(self.record.text("Door"))

    @property
    def scopes(self) -> frozenset[str] | None:
        """What it is good for; None for a session without OAuth."""
        if self.app is None:
            return None
        text = self.record["Scopes"]
        return self.app.scopes if text is None else frozenset(str(text).split())


def hashed(token: str) -> str:
    """What is kept of a token: enough to know it again."""
    return hashlib.sha256(token.encode()).hexdigest()


def random_text(length: int) -> str:
    """Letters, digits, dots and underscores that nobody can guess."""
    return secrets.token_bytes(length).translate(_TO_ALPHABET).decode("ascii")


def open_session(
    state: State,
    user: Record,
    app: App | None,
    door: Door,
    *,
    scopes: frozenset[str] | None = None,
    source_ip: str = "127.0.0.1",
    login_id: str = "",
) -> str:
    """Opens a session.

    Args:
        state: the org.
        user: whose.
        app: with what.
        door: where.
        scopes: what it is good for; None for all that the app has.
        source_ip: where the client is.
        login_id: the row of LoginHistory.

    Returns:
        The access token (session id): ``00D...!AQ...``, known to nobody else; only its hash is kept.
    """
    token = f"{state.org.id[:15]}!AQ{random_text(95)}"
    now = state.clock.stamp()
    state.records.insert(
        "AuthSession",
        {
            "Token": hashed(token),
            "UsersId": user.id,
            "AppId": app.id if app else None,
            "Door": door.value,
            "Scopes": None if scopes is None else " ".join(sorted(scopes)),
            "SourceIp": source_ip,
            "LoginType": login_type(door),
            "LoginHistoryId": login_id or None,
            "SessionType": _SESSION_TYPES.get(door, "Oauth2"),
            "SessionSecurityLevel": "HIGH_ASSURANCE" if app and app.raises_session_level else "STANDARD",
            "NumSecondsValid": int(_timeout(state, app).total_seconds()),
            "CreatedDate": now,
            "LastModifiedDate": now,
            "LastUsedDate": now,
        },
    )
    return token


def find_session(state: State, token: str, *, uses: bool = True) -> Session | None:
    """The session of a token, or None where there is none or it was not used for too long.

    Args:
        state: the org.
        token: as the client has it.
        uses: whether this is a use, from which the timeout counts anew.
    """
    record = state.records.first("AuthSession", Token=hashed(token)) if token else None
    if record is None:
        return None
    app = app_by_id(state, record.text("AppId"))
    now, last = state.clock.now(), from_stamp(record.text("LastUsedDate"))
    if now - last > _timeout(state, app):
        state.records.delete(record.id)
        return None
    if uses and now - last > _UNUSED_WRITES_AFTER:
        stamp = to_stamp(now)
        state.records.update(record.id, LastUsedDate=stamp, LastModifiedDate=stamp)
    return Session(record, app, app_gone=app is None and bool(record["AppId"]))


def ends_at(state: State, session: Session) -> datetime:
    """When a session ends unless it is used before."""
    return from_stamp(session.record.text("LastUsedDate")) + _timeout(state, session.app)


def _timeout(state: State, app: App | None) -> timedelta:
    minutes = app.timeout_minutes if app else None
    return timedelta(minutes=minutes or security_of(state).session_minutes)


def end_sessions(state: State, user_id: str, app_id: str) -> None:
    """Ends a user's sessions with an app."""
    state.records.delete_all(
        session for session in state.records.find("AuthSession", AppId=app_id) if session["UsersId"] == user_id
    )
