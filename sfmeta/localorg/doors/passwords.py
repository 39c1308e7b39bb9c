"""Username and password, as SOAP login(), the username-password flow and the login page check them."""

from __future__ import annotations

import hmac
from enum import Enum, auto

from sfmeta.localorg.doors.networks import is_trusted
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State


class Check(Enum):
    """What came of a password."""

    RIGHT = auto()
    WRONG = auto()
    TOKEN_NEEDED = auto()
    """The password is right, but from where the client is it must be followed by the user's security token."""


def user_by_name(state: State, username: str) -> Record | None:
    """The user, active or not; usernames know no case."""
    return state.records.first("User", Username=username.strip().lower()) if username.strip() else None


def check_password(state: State, user: Record, given: str, source_ip: str) -> Check:
    """Whether a password is the user's, at an API door: alone, or followed by the user's security token.

    A user who has a token (a seed gives it) needs it from outside the trusted ranges; one who has none never does.
    Source: Help, user_security_token.
    """
    password, token = user.text("Password"), user.text("SecurityToken")
    if _same(given, password + token):
        return Check.RIGHT
    if not _same(given, password):
        return Check.WRONG
    return Check.RIGHT if is_trusted(state, user, source_ip) else Check.TOKEN_NEEDED


def page_password_is_right(user: Record, given: str) -> bool:
    """The same on a page, where nobody asks for a security token."""
    return _same(given, user.text("Password"))


def _same(given: str, right: str) -> bool:
    return bool(right) and hmac.compare_digest(given.encode(), right.encode())
