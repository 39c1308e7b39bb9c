"""The ways into an org, as values. Each knows how to get a session, and whether it can get another.

Secrets are ``Secret``s from the moment they come in; they are revealed only in the form that goes onto the wire.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from sfmeta.errors import SessionExpired, UsageError
from sfmeta.model.secret import Secret
from sfmeta.org.http import Http
from sfmeta.org.session import LoginFlow, Session
from sfmeta.org.token_endpoint import audience_of, token_session
from sfmeta.org.urls import base_url, is_loopback

T = TypeVar("T")

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_LIFE_S = 120  # Salesforce asks for at most three minutes; clocks differ


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that somebody else obtained. It cannot be renewed."""

    kind: ClassVar[str] = "access-token"
    can_renew: ClassVar[bool] = False

    instance_url: str
    token: Secret

    def log_in(self, http: Http, now: Callable[[], float]) -> Session:  # noqa: ARG002 (nothing to ask for)
        """See ``LoginFlow``."""
        return Session(base_url(self.instance_url), self.token)


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """OAuth 2.0 JWT bearer: an app, a user, and the app's private key. No password, no browser.

    Attributes:
        client_id: the app's consumer key.
        username: whom to act as; the app must be pre-authorised for them.
        private_key: RSA, PEM.
        login_url: where the token endpoint is: the login host, or the org's My Domain.
        audience: "" derives it from the login URL.
    """

    kind: ClassVar[str] = "jwt"
    can_renew: ClassVar[bool] = True

    client_id: str
    username: str
    private_key: Secret
    login_url: str
    audience: str = ""

    def log_in(self, http: Http, now: Callable[[], float]) -> Session:
        """See ``LoginFlow``."""
        import jwt  # 100 ms of cryptography that only this flow needs

        login = base_url(self.login_url)
        claims = {
            "iss": self.client_id,
            "sub": self.username,
            "aud": self.audience or audience_of(login),
            "exp": int(now()) + _JWT_LIFE_S,
        }
        try:
            assertion = jwt.encode(claims, self.private_key.reveal(), algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            # no cause is kept: it may quote the key
            raise UsageError("the private key is no RSA key in PEM form", "It begins with -----BEGIN") from None
        form = {"grant_type": _JWT_GRANT, "assertion": assertion}
        session = token_session(http, login, form, (self.private_key, Secret(assertion)))
        return replace(session, username=self.username)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """OAuth 2.0 client credentials: the app itself, acting as the user its policy names.

    Attributes:
        client_id: the app's consumer key.
        client_secret: the app's consumer secret.
        login_url: the org's My Domain; the general login hosts do not offer this flow.
    """

    kind: ClassVar[str] = "client-credentials"
    can_renew: ClassVar[bool] = True

    client_id: str
    client_secret: Secret
    login_url: str

    def log_in(self, http: Http, now: Callable[[], float]) -> Session:  # noqa: ARG002 (its form has no time in it)
        """See ``LoginFlow``."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret.reveal(),
        }
        return token_session(http, base_url(self.login_url), form, (self.client_secret,))


_AUTH_URL = re.compile(r"force://(?P<id>[^:@/]*):(?P<secret>[^:@]*):(?P<token>[^@]+)@(?P<host>[^@/\s]+)/?\Z")


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """OAuth 2.0 refresh token, for example from an sfdx auth URL.

    Attributes:
        client_id: the app's consumer key.
        refresh_token: the token; where the org rotates it, a session brings the next one.
        login_url: where the token endpoint is.
        client_secret: empty where the app needs none.
    """

    kind: ClassVar[str] = "refresh-token"
    can_renew: ClassVar[bool] = True

    client_id: str
    refresh_token: Secret
    login_url: str
    client_secret: Secret | None = None

    @classmethod
    def from_auth_url(cls, url: Secret) -> RefreshToken:
        """From ``force://clientId:clientSecret:refreshToken@host`` (``sf org display --verbose`` shows it).

        Raises:
            UsageError: it is no such URL. The message does not quote it.
        """
        match = _AUTH_URL.match(url.reveal().strip())
        if match is None:
            raise UsageError(
                "that is no sfdx auth URL", "It looks like force://<clientId>:<clientSecret>:<refreshToken>@<host>"
            )
        host = match["host"]
        # the form has no scheme; only a local org is reached by plain http
        login_url = f"http://{host}" if is_loopback(host.partition(":")[0]) else f"https://{host}"
        return cls(match["id"], Secret(match["token"]), base_url(login_url), Secret(match["secret"]))

    def log_in(self, http: Http, now: Callable[[], float]) -> Session:  # noqa: ARG002 (its form has no time in it)
        """See ``LoginFlow``."""
        form = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "refresh_token": self.refresh_token.reveal(),
        }
        if self.client_secret:
            form["client_secret"] = self.client_secret.reveal()
        secrets = (self.refresh_token, self.client_secret or Secret(""))
        return token_session(http, base_url(self.login_url), form, secrets)


class Door:
    """Holds the current session, and gets another through the same flow when the org has ended it.

    Several threads may go through it: whoever finds the session ended first renews it for all.
    """

    def __init__(
        self,
        flow: LoginFlow,
        http: Http,
        now: Callable[[], float],
        on_login: Callable[[Session], None] | None = None,
    ) -> None:
        """Args:
        flow: the way in.
        http: for the calls it takes.
        now: seconds since the epoch.
        on_login: told of every new session, so that a rotated refresh token can be kept.
        """
        self._flow = flow
        self._http = http
        self._now = now
        self._on_login = on_login
        self._session: Session | None = None
        self._lock = threading.Lock()

    @property
    def kind(self) -> str:
        """Which kind of way in this is."""
        return self._flow.kind

    @property
    def session(self) -> Session:
        """The current session; the first use logs in."""
        return self._session or self._other_than(None)

    def through(self, call: Callable[[Session], T]) -> T:
        """Makes a call with the current session; if the org has ended it, once more with a new one.

        Safe for calls that change something: an org that refuses a session has not taken the call.

        Raises:
            SessionExpired: it cannot be renewed, or the org refuses the new one too.
            LoginRefused: API Access Control refuses the session; logging in again would only use up logins.
        """
        session = self.session
        try:
            return call(session)
        except SessionExpired:
            if not self._flow.can_renew:
                raise
            return call(self._other_than(session))

    def _other_than(self, ended: Session | None) -> Session:
        """A session that is not this one: what another thread has got meanwhile, or a new one."""
        with self._lock:
            if self._session is None or self._session is ended:
                self._session = self._log_in()
            return self._session

    def _log_in(self) -> Session:
        session = self._flow.log_in(self._http, self._now)
        if session.refresh_token is not None and isinstance(self._flow, RefreshToken):
            self._flow = replace(self._flow, refresh_token=session.refresh_token)
        if self._on_login is not None:
            self._on_login(session)
        return session
