"""Username and password, as SOAP login() and the username-password flow check them."""

from __future__ import annotations

import hmac

from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State


def user_by_name(state: State, username: str) -> Record | None:
    """The user, active or not; usernames know no case."""
    return state.records.first("User", Username=username.strip().lower()) if username.strip() else None


def password_is_right(user: Record, given: str) -> bool:
    """Whether a password is the user's, alone or followed by the security token (which no address here needs)."""
    password = user.text("Password")
    allowed = (password, password + user.text("SecurityToken"))
    return bool(password) and any(hmac.compare_digest(given.encode(), right.encode()) for right in allowed)
