"""The way in by user name and password over SOAP: old, off in new orgs, gone by Summer '27, needed by some still."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any, ClassVar
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError

from sfmeta.codec.envelopes import EnvelopeError, answer_name
from sfmeta.model.secret import Secret
from sfmeta.org.faults import login_refused, no_salesforce
from sfmeta.org.http import Answer, Http
from sfmeta.org.session import Session
from sfmeta.org.urls import base_url

# login() does not exist from API 65 on (help 005132110); any version before it gives the same session.
_LOGIN_VERSION = "63.0"


@dataclass(frozen=True, slots=True)
class SoapPassword:
    """``login()`` of the Partner API.

    Attributes:
        username: whom to log in as.
        password: with the security token appended where the org asks for one.
        login_url: the login host or the org's My Domain.
    """

    kind: ClassVar[str] = "password"
    can_renew: ClassVar[bool] = True

    username: str
    password: Secret
    login_url: str

    def log_in(self, http: Http, now: Callable[[], float]) -> Session:  # noqa: ARG002 (its envelope has no time in it)
        """See ``org.session.LoginFlow``."""
        # simple-salesforce makes the envelope and reads the answer; it brings zeep along, so it comes in late
        from simple_salesforce.exceptions import SalesforceAuthenticationFailed
        from simple_salesforce.login import SalesforceLogin

        login = base_url(self.login_url)
        try:
            token, host = SalesforceLogin(
                username=self.username,
                password=self.password.reveal(),
                scratch_url=login,  # the one parameter of its that takes a whole URL
                sf_version=_LOGIN_VERSION,
                session=_Session(http),  # type: ignore[arg-type]
            )
        except SalesforceAuthenticationFailed as exc:
            # no cause is kept: where it finds no fault, its message is the whole answer
            code, message = exc.code, unescape(exc.auth_message or "")  # it reads texts as XML
            if not isinstance(code, str) or not code.replace("_", "").isalnum() or code.startswith("UNKNOWN_EXC"):
                raise no_salesforce(login, "its answer to a SOAP login is none") from None
            raise login_refused(code, message, (self.password,)) from None
        except (ExpatError, ValueError):
            raise no_salesforce(login, "its answer to a SOAP login is no XML") from None
        # it gives only the host; the scheme is that of the login
        return Session(base_url(f"{urlsplit(login).scheme}://{host}"), Secret(token), username=self.username)


class _Session:
    """Stands in for the ``requests.Session`` that simple-salesforce would use: our time-outs, our limits, no DTD."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def post(self, url: str, body: str, *, headers: dict[str, str], proxies: object) -> _Response:  # noqa: ARG002
        """simple-salesforce's only call."""
        # again where the answer is lost; a wrong password is an answer, and an org counts those
        answer = self._http.call("POST", url, headers=headers, data=body.encode(), idempotent=True)
        if answer.status not in (200, 500):
            raise no_salesforce(url, f"it answers HTTP {answer.status}")
        try:
            answer_name(answer.body)
        except EnvelopeError as exc:
            raise no_salesforce(url, str(exc)) from exc
        return _Response(answer)


class _Response:
    """What simple-salesforce reads of an answer."""

    def __init__(self, answer: Answer) -> None:
        self.status_code: int = answer.status
        self.content: bytes = answer.body

    def json(self) -> Any:
        """Asked for by simple-salesforce's OAuth logins only."""
        return json.loads(self.content)
