"""What a client sends to an OAuth endpoint, who the client is, and the answer with a token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from sfmeta.localorg.apps import App, app_by_key
from sfmeta.localorg.caller import Fault
from sfmeta.localorg.doors import scopes
from sfmeta.localorg.doors.catalog import fault
from sfmeta.localorg.doors.gate import Login
from sfmeta.localorg.doors.words import INVALID_CLIENT_ID
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply, as_json
from sfmeta.localorg.state import State

_WRONG_SECRET = fault("client-secret")


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A POST to the token endpoint, or another that a client makes on its own.

    Attributes:
        form: its fields; those of the query string where the form has none.
        base_url: how the client reached the org, without a trailing slash.
        source_ip: where from.
    """

    form: Mapping[str, str]
    base_url: str
    source_ip: str

    def __getitem__(self, name: str) -> str:
        return self.form.get(name, "")

    @classmethod
    def of(cls, call: Call) -> TokenRequest:
        """The request of a call; a Basic header counts as client id and secret."""
        return cls({**call.query, **call.form, **_basic(call)}, call.base_url, call.source_ip)


def _basic(call: Call) -> dict[str, str]:
    scheme, _, text = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, colon, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)} if colon else {}


def client_of(state: State, request: TokenRequest) -> App | Fault:
    """The app of a client id, whatever the secret."""
    return app_by_key(state, request["client_id"]) or INVALID_CLIENT_ID


def authenticated_client(state: State, request: TokenRequest, *, needs_secret: bool) -> App | Fault:
    """The app of a client id whose secret is right.

    Args:
        state: the org.
        request: with ``client_id`` and ``client_secret``.
        needs_secret: False where it may be left out; a wrong one is refused all the same.
    """
    app = client_of(state, request)
    if isinstance(app, Fault) or (not request["client_secret"] and not needs_secret):
        return app
    right = app.record.text("ConsumerSecret")
    return app if right and hmac.compare_digest(request["client_secret"].encode(), right.encode()) else _WRONG_SECRET


def response_fields(state: State, base_url: str, login: Login, app: App, refresh: str = "") -> dict[str, str]:
    """The fields of a token response.

    Args:
        state: the org.
        base_url: how the client reached it.
        login: the session.
        app: the client.
        refresh: a refresh token, "" for none.
    """
    identity = f"{base_url}/id/{state.org.id}/{login.user.id}"
    issued_at = str(int(state.clock.now().timestamp() * 1000))
    signature = hmac.new(app.record.text("ConsumerSecret").encode(), (identity + issued_at).encode(), hashlib.sha256)
    return {
        "access_token": login.token,
        **({"refresh_token": refresh} if refresh else {}),
        "signature": base64.b64encode(signature.digest()).decode(),
        "scope": scopes.shown(login.scopes),
        "instance_url": base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def token_answer(state: State, request: TokenRequest, login: Login, app: App, refresh: str = "") -> Reply:
    """The token endpoint's answer."""
    fields = response_fields(state, request.base_url, login, app, refresh)
    return as_json(fields, headers={"Cache-Control": "no-store"})
