"""A person with a browser that knows no JavaScript, before the pages of a local org."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import HTTPAdapter

from sfmeta.localorg.running.server import LocalOrg

CALLBACK = "https://localhost/callback"
VERIFIER = "a-verifier-that-is-long-enough-for-the-rfc-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")

_INPUT = re.compile(r"<input ([^>]*)>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_ACTION = re.compile(r'<form method="post" action="([^"]*)">')


class From(HTTPAdapter):
    """Requests from a certain address of the loopback network."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **options)


def session_from(address: str) -> requests.Session:
    """A client at an address such as 127.0.0.2."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", From(address))
    return session


@dataclass
class Browser:
    """Shows one page at a time and follows no redirect by itself.

    Attributes:
        org: where the pages are.
        address: of the person's computer.
    """

    org: LocalOrg
    address: str = "127.0.0.1"
    session: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = session_from(self.address)

    def get(self, path: str, **parameters: str) -> requests.Response:
        """Opens a page."""
        return self.session.get(self.org.url + path, params=parameters, allow_redirects=False, timeout=30)

    def submit(self, page: requests.Response, **fields: str) -> requests.Response:
        """Fills in a page's form and sends it."""
        action = _ACTION.search(page.text)
        assert action is not None, page.text
        inputs = [dict(_ATTRIBUTE.findall(text)) for text in _INPUT.findall(page.text)]
        given = {unescape(one["name"]): unescape(one.get("value", "")) for one in inputs if one.get("type") != "submit"}
        url = self.org.url + unescape(action[1])
        return self.session.post(url, data={**given, **fields}, allow_redirects=False, timeout=30)

    def authorize(self, client_id: str, **parameters: str) -> requests.Response:
        """Follows a client's link to the authorize endpoint."""
        known = {"response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, "state": "s 1"}
        return self.get("/services/oauth2/authorize", **{**known, **parameters})

    def log_in(self, page: requests.Response, username: str, password: str = "pw-1") -> requests.Response:
        """Fills in the login form."""
        return self.submit(page, un=username, pw=password)

    def approve(self, client_id: str, username: str, **parameters: str) -> dict[str, str]:
        """The whole way to the client: what comes back in the query or the fragment."""
        page = self.log_in(self.authorize(client_id, **parameters), username)
        if page.status_code == 200:
            page = self.submit(page, save="Allow")
        return sent_back(page)


def sent_back(page: requests.Response) -> dict[str, str]:
    """What a redirect to the client carries."""
    assert page.status_code == 302, page.text
    parts = urlsplit(page.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == CALLBACK, page.headers["location"]
    return dict(parse_qsl(parts.query or parts.fragment, strict_parsing=True))
