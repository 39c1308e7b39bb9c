"""Logins tried for real: through the doors of an org in memory, with real credentials, and taken back afterwards.

A client's refresh token is not known to the org, only its hash: each authorisation gets a stand-in before anything is
changed (``Tries.prepare``), and whoever had one before a change tries with it after. A user without a password gets
one, an app without a certificate none: such a client does not exist.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sfmeta.localorg.apps import App
from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.doors.gate import resolve_session
from sfmeta.localorg.doors.scopes import opens_api
from sfmeta.localorg.doors.sessions import hashed
from sfmeta.localorg.doors.ui import open_ui_session
from sfmeta.localorg.http.reply import Reply
from sfmeta.model.inventory import Way
from tests.forecast.orgs.memory import URL, MemoryOrg, key_pair

WAYS = (
    Way.REFRESH_TOKEN,
    Way.JWT_BEARER,
    Way.CLIENT_CREDENTIALS,
    Way.OAUTH_PASSWORD,
    Way.WEB,
    Way.USER_AGENT,
    Way.DEVICE,
    Way.SOAP_LOGIN,
    Way.BROWSER_SESSION,
)
"""The ways that are tried."""

PASSWORD = "harness-pass-1"
_SOAP_VERSION = 64
_VERIFIER = "v" * 64
_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).decode().rstrip("=")
_LOGIN = (
    '<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
    '<env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{}</n1:username>'
    "<n1:password>{}</n1:password></n1:login></env:Body></env:Envelope>"
)


@dataclass(frozen=True, slots=True, order=True)
class Client:
    """Somebody who comes in.

    Attributes:
        username: in lower case.
        app: the app's label, "" without one.
        way: how.
    """

    username: str
    app: str
    way: Way

    def __str__(self) -> str:
        return f"{self.username} with {self.app or 'no app'} by {self.way.value}"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try.

    Attributes:
        works: there is a session, and it opens what it should.
        said: the door's words where it does not, "" where it does.
    """

    works: bool
    said: str = ""


class CannotTry(Exception):
    """There is no such client: no certificate, no execution user, no authorisation that could have a refresh token."""


@dataclass
class Tries:
    """Tries of logins in one org.

    Args:
        org: prepared at once, so make it before anything is changed.
    """

    org: MemoryOrg
    _refresh: dict[tuple[str, str], list[str]] = field(default_factory=dict, init=False)
    _known: dict[Client, Tried] = field(default_factory=dict, init=False)
    _seen: tuple[int, str] = field(default=(-1, ""), init=False)

    def __post_init__(self) -> None:
        self.prepare()

    def prepare(self) -> None:
        """Gives every authorisation a refresh token that is known here, and every user a password."""
        records = self.org.state.records
        with self.org.state.transaction():
            labels = {app.id: app.label for app in self.org.apps()}
            users = {user.id: user for user in records.find("User")}
            for row in records.find("OauthToken"):
                owner = users.get(row.text("UserId"))
                if owner is None or row.text("AppId") not in labels:
                    continue
                token = f"5Aep.{row.id}"
                records.update(row.id, Token=hashed(token))
                key = (owner.text("Username"), labels[row.text("AppId")])
                self._refresh.setdefault(key, []).append(token)
            for user in users.values():
                if not user["Password"]:
                    records.update(user.id, Password=PASSWORD)

    def clients(self) -> list[Client]:
        """Every client that could be: each user by each way for which there are credentials."""
        found = []
        for user in self.org.state.records.find("User"):
            username = user.text("Username")
            found += [Client(username, "", way) for way in (Way.SOAP_LOGIN, Way.BROWSER_SESSION)]
            for app in self.org.apps():
                found += [Client(username, app.label, way) for way in self.ways(username, app)]
        return found

    def ways(self, username: str, app: App) -> list[Way]:
        """The ways by which a user could come with an app."""
        ways = [Way.WEB, Way.USER_AGENT, Way.DEVICE, Way.OAUTH_PASSWORD]
        if (username, app.label) in self._refresh:
            ways.append(Way.REFRESH_TOKEN)
        if app.record["Certificate"]:
            ways.append(Way.JWT_BEARER)
        if app.record.text("ClientCredentialUser") == username and app.record.flag("IsClientCredentialEnabled"):
            ways.append(Way.CLIENT_CREDENTIALS)
        return ways

    def attempt(self, client: Client) -> Tried:
        """Tries one login. The org is afterwards as it was; while it stays so, a second try is not made again.

        Raises:
            CannotTry: there is no such client.
        """
        self._look()
        if client not in self._known:
            with self.org.supposing():
                self._known[client] = _WAYS[client.way](self, client)
            self._seen = (self.org.state.connection.total_changes, self._seen[1])
        return self._known[client]

    def _look(self) -> None:
        """Forgets what came of tries where anything of the org is another than it was."""
        connection = self.org.state.connection
        # what a try wrote and took back is counted, too: after each one the count is noted
        if connection.total_changes == self._seen[0]:
            return
        print_ = self.org.fingerprint()
        if print_ != self._seen[1]:
            self._known.clear()
        self._seen = (connection.total_changes, print_)

    def all(self) -> Mapping[Client, Tried]:
        """Every client tried."""
        return {client: self.attempt(client) for client in self.clients()}

    def _by_refresh_token(self, client: Client) -> Tried:
        app = self.org.app(client.app)
        tokens = self._refresh.get((client.username, client.app))
        if not tokens:
            raise CannotTry(f"{client.username} never authorised {client.app}")
        # several clients of one user: one that gets in is enough
        tried = Tried(False)
        for token in tokens:
            form = {"grant_type": "refresh_token", "refresh_token": token, **_credentials(app)}
            tried = self._token(client, app, form)
            if tried.works:
                break
        return tried

    def _by_jwt(self, client: Client) -> Tried:
        app = self.org.app(client.app)
        if not app.record["Certificate"]:
            raise CannotTry(f"{client.app} has no certificate")
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self.assertion(app, client.username),
        }
        return self._token(client, app, form)

    def assertion(self, app: App, username: str) -> str:
        """What an app signs to come in as a user."""
        return _assertion(app.consumer_key, username, int(self.org.state.clock.outside().timestamp()))

    def _by_client_credentials(self, client: Client) -> Tried:
        app = self.org.app(client.app)
        if app.record.text("ClientCredentialUser") != client.username:
            raise CannotTry(f"{client.app} does not run as {client.username}")
        return self._token(client, app, {"grant_type": "client_credentials", **_credentials(app)})

    def _by_password(self, client: Client) -> Tried:
        app, user = self.org.app(client.app), self.org.user(client.username)
        form = {
            "grant_type": "password",
            "username": client.username,
            "password": user.text("Password") + user.text("SecurityToken"),
            **_credentials(app),
        }
        return self._token(client, app, form)

    def _by_web(self, client: Client) -> Tried:
        app = self.org.app(client.app)
        challenge = {"code_challenge": _CHALLENGE, "code_challenge_method": "S256"}
        reply, answer = self._authorized(client, app, {"response_type": "code", **challenge})
        if "code" not in answer:
            return Tried(False, _words(reply, answer))
        form = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": app.callback_urls[0],
            "code_verifier": _VERIFIER,
            **_credentials(app),
        }
        return self._token(client, app, form)

    def _by_user_agent(self, client: Client) -> Tried:
        app = self.org.app(client.app)
        reply, answer = self._authorized(client, app, {"response_type": "token"})
        if "access_token" not in answer:
            return Tried(False, _words(reply, answer))
        return self._used(client, app, answer["access_token"])

    def _by_device(self, client: Client) -> Tried:
        app = self.org.app(client.app)
        wanted = {"response_type": "device_code", "client_id": app.consumer_key}
        code = self._said(self._post(client, "/services/oauth2/token", wanted))
        if "user_code" not in code:
            return Tried(False, _refusal(code))
        page = self._post(client, "/setup/connect", {"user_code": code["user_code"], **self._signed_in(client)})
        allowed = self._approved(client, page)
        form = {"grant_type": "device", "code": code["device_code"], **_credentials(app)}
        tried = self._token(client, app, form)
        return tried if tried.works else Tried(False, _words(allowed, {}) if allowed.status != 200 else tried.said)

    def _authorized(self, client: Client, app: App, asked: Mapping[str, str]) -> tuple[Reply, dict[str, str]]:
        """What the authorize endpoint answers to a person who signs in and presses Allow."""
        where = {"client_id": app.consumer_key, "redirect_uri": app.callback_urls[0], **asked}
        reply = self._post(client, "/services/oauth2/authorize", {**where, **self._signed_in(client)})
        if reply.status == 200:
            reply = self._approved(client, reply)
        return reply, _location(reply)

    def _signed_in(self, client: Client) -> dict[str, str]:
        return {"un": client.username, "pw": self.org.user(client.username).text("Password")}

    def _approved(self, client: Client, page: Reply) -> Reply:
        """Presses Allow, where the page asks for it."""
        html = _text(page)
        ticket = re.search(r'name="ticket" value="([^"]+)"', html)
        action = re.search(r'action="([^"]+)"', html)
        if ticket is None or action is None:
            return page
        return self._post(client, action[1], {"ticket": ticket[1], "save": "Allow"})

    def _post(self, client: Client, path: str, form: Mapping[str, str]) -> Reply:
        return self.org.call("POST", path, form=form, source_ip=self.org.address_of(client.username))

    def _by_soap(self, client: Client) -> Tried:
        user = self.org.user(client.username)
        password = user.text("Password") + user.text("SecurityToken")
        body = _LOGIN.format(client.username, password).encode()
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"}
        path, address = f"/services/Soap/u/{_SOAP_VERSION}.0", self.org.address_of(client.username)
        reply = self.org.call("POST", path, headers=headers, body=body, source_ip=address)
        session = re.search(r"<sessionId>([^<]+)</sessionId>", _text(reply))
        if session is None:
            return Tried(False, _fault(_text(reply)))
        caller = resolve_session(self.org.state, session[1], Door.METADATA_SOAP, address)
        return Tried(True) if isinstance(caller, Caller) else Tried(False, f"{caller.code}: {caller.message}")

    def _by_browser(self, client: Client) -> Tried:
        user = self.org.user(client.username)
        session = open_ui_session(
            self.org.state, client.username, user.text("Password"), self.org.address_of(client.username)
        )
        if isinstance(session, Fault):
            return Tried(False, session.message)
        # what a tool of the browser does: it takes the cookie's value for a bearer token
        return self._rest(client, session.token)

    def _token(self, client: Client, app: App, form: Mapping[str, str]) -> Tried:
        """Asks the token endpoint, and uses what it gives."""
        said = self._said(self._post(client, "/services/oauth2/token", form))
        return self._used(client, app, said["access_token"]) if "access_token" in said else Tried(False, _refusal(said))

    def _used(self, client: Client, app: App, token: str) -> Tried:
        return self._rest(client, token) if opens_api(app.scopes) else Tried(True)

    def _rest(self, client: Client, token: str) -> Tried:
        reply = self.org.call(
            "GET", "/services/data/v63.0/limits", token=token, source_ip=self.org.address_of(client.username)
        )
        return Tried(reply.status == 200, "" if reply.status == 200 else _text(reply))

    @staticmethod
    def _said(reply: Reply) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(_text(reply))
        return said


_WAYS: Mapping[Way, Callable[[Tries, Client], Tried]] = {
    Way.REFRESH_TOKEN: Tries._by_refresh_token,
    Way.JWT_BEARER: Tries._by_jwt,
    Way.CLIENT_CREDENTIALS: Tries._by_client_credentials,
    Way.OAUTH_PASSWORD: Tries._by_password,
    Way.WEB: Tries._by_web,
    Way.USER_AGENT: Tries._by_user_agent,
    Way.DEVICE: Tries._by_device,
    Way.SOAP_LOGIN: Tries._by_soap,
    Way.BROWSER_SESSION: Tries._by_browser,
}


def _credentials(app: App) -> dict[str, str]:
    return {"client_id": app.consumer_key, "client_secret": app.record.text("ConsumerSecret")}


@lru_cache(maxsize=4096)
def _assertion(consumer_key: str, username: str, now_s: int) -> str:
    claims: dict[str, Any] = {"iss": consumer_key, "sub": username, "aud": URL, "exp": now_s + 180}
    return jwt.encode(claims, _private_key(), algorithm="RS256")


@cache
def _private_key() -> RSAPrivateKey:
    """Read once: checking a key takes longer than a hundred signatures."""
    key = load_pem_private_key(key_pair()[0], None)
    assert isinstance(key, RSAPrivateKey)
    return key


def _text(reply: Reply) -> str:
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    return body.decode()


def _location(reply: Reply) -> dict[str, str]:
    location = urlsplit(str(reply.headers.get("Location", "")))
    return {name: values[0] for name, values in parse_qs(location.query or location.fragment).items()}


def _refusal(said: Mapping[str, Any]) -> str:
    return f"{said.get('error')}: {said.get('error_description')}"


def _words(reply: Reply, answer: Mapping[str, str]) -> str:
    if answer:
        return urlencode({name: answer[name] for name in ("error", "error_description") if name in answer})
    error = re.search(r'id="error"[^>]*>([^<]*)<', _text(reply))
    return error[1] if error else f"HTTP {reply.status}"


def _fault(text: str) -> str:
    found = re.search(r"<faultstring>([^<]*)</faultstring>", text)
    return found[1] if found else text
