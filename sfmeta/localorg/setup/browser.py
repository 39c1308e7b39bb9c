"""A form and the browser it comes from: read whole, and proven to be from a page of Setup.

The session's cookie belongs to ``doors.ui``. A browser that is not logged in yet has one of Setup's own, so that no
other site can log it in; both names hold the org's id, because browsers share cookies between the ports of a host.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from sfmeta.localorg.http.call import Call
from sfmeta.localorg.setup.pages.page import Given
from sfmeta.localorg.state import State

FORM_FIELD = "_form"
"""The hidden field of every form that proves where it came from."""

_MOST_FIELDS = 2000
_SECRET = re.compile(r"[\w-]{32}", re.ASCII)


def read_form(call: Call) -> Given | None:
    """The posted form; None where it is none, or has more fields than any form of Setup."""
    try:
        text = call.body.decode("ascii")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        return None
    if any("\x00" in value for values in fields.values() for value in values):
        return None
    return {name: tuple(values) for name, values in fields.items()}


def proof(secret: str) -> str:
    """What the forms of a browser carry: made from its cookie, which no other site knows."""
    return hmac.new(secret.encode(), b"a form of Setup", hashlib.sha256).hexdigest()


def is_from_setup(call: Call, given: Given, secret: str) -> bool:
    """Whether a posted form came from a page that Setup gave to the same browser."""
    origin = call.headers.get("origin", "")
    if origin and origin != "null" and urlsplit(origin).netloc != urlsplit(call.base_url).netloc:
        return False
    sent = next(iter(given.get(FORM_FIELD, ())), "")
    return bool(secret) and hmac.compare_digest(sent.encode(), proof(secret).encode())


def visitor_secret(state: State, call: Call) -> str:
    """The secret of a browser that is not logged in yet, "" where it has none, or one that was not made here.

    It goes back in a header: a cookie may hold a quoted line feed.
    """
    try:
        found = SimpleCookie(call.headers.get("cookie", "")).get(_visitor_cookie(state))
    except CookieError:
        return ""
    return found.value if found is not None and _SECRET.fullmatch(found.value) else ""


def new_visitor_secret() -> str:
    """A secret for a browser that has none."""
    return secrets.token_urlsafe(24)


def visitor_cookie(state: State, call: Call, secret: str) -> str:
    """The Set-Cookie header with the secret."""
    secure = "; Secure" if call.base_url.startswith("https:") else ""
    return f"{_visitor_cookie(state)}={secret}; Path=/setup; HttpOnly; SameSite=Strict{secure}"


def _visitor_cookie(state: State) -> str:
    return f"visitor_{state.org.id[:15]}"
