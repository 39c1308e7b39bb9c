"""A foreign client of a local org, made of requests and PyJWT only."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import jwt
import requests

from sfmeta.localorg.running.server import LocalOrg

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PASSWORD = "acme-demo-1"
LOGIN = (
    '<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
    '<env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{}</n1:username>'
    "<n1:password>{}</n1:password></n1:login></env:Body></env:Envelope>"
)


class Visitor:
    """Knocks at doors."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org
        self.admin_token = org.admin.access_token
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def call(self, method: str, path: str, token: str | None = None, **options: Any) -> requests.Response:
        """Any request; with the administrator's session unless another token ("" for none) is given."""
        token = self.admin_token if token is None else token
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **options.pop("headers", {})}
        return self.session.request(method, self.org.url + path, headers=headers, timeout=30, **options)

    def rest(self, path: str, token: str | None = None, method: str = "GET", **options: Any) -> requests.Response:
        """A request below the REST API of version 63.0."""
        return self.call(method, f"/services/data/v63.0{path}", token, **options)

    def query(self, soql: str, token: str | None = None, **options: Any) -> Any:
        """The JSON answer to a query."""
        return self.rest("/query", token, params={"q": soql}, **options).json()

    def token(self, **form: str) -> requests.Response:
        """A POST to the token endpoint."""
        return self.call("POST", "/services/oauth2/token", "", data=form)

    def password(self, app: str, username: str, password: str = PASSWORD) -> requests.Response:
        """The username-password flow."""
        known = self.org.app(app)
        return self.token(
            grant_type="password",
            client_id=known.client_id,
            client_secret=known.client_secret,
            username=username,
            password=password,
        )

    def refresh(self, app: str, refresh_token: str) -> requests.Response:
        """The refresh token flow."""
        known = self.org.app(app)
        return self.token(
            grant_type="refresh_token",
            client_id=known.client_id,
            client_secret=known.client_secret,
            refresh_token=refresh_token,
        )

    def jwt(self, app: str, username: str, key: Path | None = None, **claims: Any) -> requests.Response:
        """The JWT bearer flow."""
        known = self.org.app(app)
        file = key or known.private_key_file
        assert file is not None
        claims = {
            "iss": known.client_id,
            "sub": username,
            "aud": self.org.url,
            "exp": int(time.time()) + 180,
            **claims,
        }
        assertion = jwt.encode(claims, file.read_bytes(), algorithm="RS256")
        return self.token(grant_type=JWT_BEARER, assertion=assertion)

    def soap_login(self, username: str, password: str = PASSWORD, version: str = "59.0") -> requests.Response:
        """SOAP login()."""
        body = LOGIN.format(username, password)
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"}
        return self.call("POST", f"/services/Soap/u/{version}", "", data=body, headers=headers)

    def tick(self, **boxes: bool) -> None:
        """Ticks boxes as a person in Setup would."""
        assert self.call("POST", "/_local/access", self.org.control_token, json=boxes).status_code == 200
