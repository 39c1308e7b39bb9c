"""What no client would send to the doors: always an answer of the door's own, never a failure of the org."""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.localorg.browser import CALLBACK
from tests.localorg.visitor import Visitor

PATHS = (
    "/services/oauth2/authorize",
    "/services/oauth2/token",
    "/services/oauth2/introspect",
    "/services/oauth2/revoke",
    "/services/oauth2/singleaccess",
    "/services/oauth2/userinfo",
    "/services/oauth2/nothing",
    "/setup/connect",
    "/setup/secur/RemoteAccessAuthorizationPage.apexp",
    "/setup/secur/RemoteAccessErrorPage.apexp",
    "/secur/frontdoor.jsp",
    "/secur/logout.jsp",
    "/.well-known/openid-configuration",
    "/id/00D/005",
    "/id/\x00/x",
)
FIELDS = (
    *("assertion", "client_id", "client_secret", "code", "code_challenge", "code_challenge_method", "code_verifier"),
    *("device_code", "format", "grant_type", "immediate", "login_hint", "oauth_token", "otp", "password", "prompt"),
    *("pw", "redirect_uri", "refresh_token", "response_type", "retURL", "save", "scope", "sid", "startURL", "state"),
    *("ticket", "token", "token_type_hint", "un", "user_code", "username", "version"),
)
VALUES = (
    "",
    "\x00",
    "é世\U0001f600",
    "\r\nSet-Cookie: x=1",
    "<script>alert(1)</script>",
    "'; DROP TABLE record; --",
    "authorization_code",
    "code",
    "device",
    "device_code",
    "key.rogue",
    "localorg.dataloader.io",
    "made-up-secret-of-dataloader",
    "password",
    "plain",
    "refresh_token",
    "token",
    "true",
    "x" * 5000,
    CALLBACK,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(PATHS),
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES), max_size=8),
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES), max_size=4),
    st.sampled_from(["", "Bearer x", "Basic !", "Basic eDp5", "Negotiate é", "Bearer " + "y" * 3000]),
    st.sampled_from(["", "sid=1", "sid_00D; =; ;;", "a=\xe9"]),
)
def test_nothing_makes_the_org_fail(
    shared: Visitor,
    path: str,
    method: str,
    form: dict[str, str],
    query: dict[str, str],
    authorization: str,
    cookie: str,
) -> None:
    headers = {"Authorization": authorization.encode("latin-1"), "Cookie": cookie.encode("latin-1")}
    answer = shared.session.request(
        method,
        shared.org.url + path,
        params=query,
        data=form if method != "GET" else None,
        headers={name: value for name, value in headers.items() if value},
        allow_redirects=False,
        timeout=30,
    )
    assert answer.status_code < 500, answer.text
    assert "<script>" not in answer.text
    assert "x=1" not in answer.headers.get("set-cookie", "")
    if answer.status_code == 302:
        location = answer.headers["location"]
        assert location.startswith(("/setup", CALLBACK)), location


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%ff&b=%00", b"=" * 1000, b"&" * 1000, b"{}", b"<xml/>"])
@pytest.mark.parametrize("path", ["/services/oauth2/token", "/services/oauth2/authorize", "/setup/connect"])
def test_what_is_no_form(shared: Visitor, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = shared.call("POST", path, "", data=body, headers=headers)
    assert answer.status_code in (400, 403)


def test_a_code_verifier_of_other_letters(shared: Visitor) -> None:
    known = shared.org.app("Dataloader.io")
    form = {"grant_type": "authorization_code", "code_verifier": "é世", "code": "é世", "redirect_uri": CALLBACK}
    basic = base64.b64encode(f"{known.client_id}:{known.client_secret}".encode()).decode()
    answer = shared.call("POST", "/services/oauth2/token", "", data=form, headers={"Authorization": f"Basic {basic}"})
    assert answer.json()["error_description"] == "invalid authorization code"


def test_a_return_address_of_other_letters(shared: Visitor) -> None:
    sid = shared.soap_login(shared.org.admin.username).text.partition("<sessionId>")[2].partition("<")[0]
    assert sid
    answer = shared.call(
        "GET", "/secur/frontdoor.jsp", "", params={"sid": sid, "retURL": "/é世 x"}, allow_redirects=False
    )
    assert answer.headers["location"] == "/%C3%A9%E4%B8%96%20x"
