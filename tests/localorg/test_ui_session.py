"""Sessions of the browser: how they come to be, and what a tool can do that takes one over."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sfmeta.localorg.caller import Fault
from sfmeta.localorg.doors.ui import cookie_name, open_ui_session
from tests.localorg.browser import Browser
from tests.localorg.visitor import Visitor

UMA, ROB, INA, ADA = (f"{name}@doors.example" for name in ("uma", "rob", "ina", "ada"))
LIST = (
    '<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
    '<env:Header><m:SessionHeader xmlns:m="http://soap.sforce.com/2006/04/metadata"><m:sessionId>{}</m:sessionId>'
    '</m:SessionHeader></env:Header><env:Body><m:describeMetadata xmlns:m="http://soap.sforce.com/2006/04/metadata">'
    "<m:asOfVersion>63.0</m:asOfVersion></m:describeMetadata></env:Body></env:Envelope>"
)


def stolen(client: Visitor, username: str = ADA) -> str:
    """What a browser tool reads from the browser."""
    session = open_ui_session(client.org.state, username, "pw-1")
    assert not isinstance(session, Fault)
    return session.token


def metadata(client: Visitor, token: str) -> requests.Response:
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    return client.call("POST", "/services/Soap/m/63.0", "", data=LIST.format(token), headers=headers)


def box(client: Visitor, ticked: bool) -> None:
    assert client.call("POST", "/_local/access", client.org.control_token, json={"internal": ticked}).status_code == 200


def test_a_stolen_session_opens_the_apis_until_the_box_is_ticked(client: Visitor) -> None:
    token = stolen(client)
    assert client.rest("/limits", token).status_code == 200
    assert metadata(client, token).status_code == 200
    box(client, True)
    refused = client.rest("/limits", token)
    assert (refused.status_code, refused.json()) == (
        401,
        [{"message": "This session is not valid for use with the REST API", "errorCode": "INVALID_SESSION_ID"}],
    )
    fault = metadata(client, token)
    assert fault.status_code == 500
    assert "INVALID_SESSION_ID: This session is not valid for use with the API" in fault.text
    box(client, False)
    assert client.rest("/limits", token).status_code == 200


def test_a_holder_of_use_any_api_client_is_exempt(client: Visitor) -> None:
    token = stolen(client)
    box(client, True)
    profile = client.org.state.records.first("Profile", Name="System Administrator")
    assert profile is not None
    [owned] = client.org.state.records.find("PermissionSet", ProfileId=profile.id)
    client.org.state.records.update(owned.id, PermissionsUseAnyApiClient=True)
    assert client.rest("/limits", token).status_code == 200


def test_who_may_not_log_in_on_a_page(client: Visitor) -> None:
    state = client.org.state
    for username, password, message in (
        (ROB, "pw-1", "Access Restricted for API Only Users"),
        (INA, "pw-1", "Please check your username and password."),
        (UMA, "wrong", "Please check your username and password."),
        ("nobody@doors.example", "pw-1", "Please check your username and password."),
    ):
        outcome = open_ui_session(state, username, password)
        assert isinstance(outcome, Fault)
        assert outcome.message.startswith(message)
    statuses = [row.text("Status") for row in state.records.find("LoginHistory")]
    # the first is the administrator's own, of the ready file
    assert statuses == ["Success", "Failed: API-only user", "User is Inactive", "Invalid Password"]
    # API Only users use APIs
    token = client.password("Portal", ROB, "pw-1").json()["access_token"]
    assert client.rest("/limits", token).status_code == 200


def single_access(client: Visitor, token: str, **form: str) -> Any:
    return client.call("POST", "/services/oauth2/singleaccess", token, data=form)


def test_a_token_becomes_a_browser_session_by_a_url_that_opens_once(client: Visitor) -> None:
    token = client.password("Portal", UMA, "pw-1").json()["access_token"]
    url = single_access(client, token, redirect_uri="/setup/home").json()["frontdoor_uri"]
    browser = Browser(client.org)
    opened = browser.session.get(url, allow_redirects=False, timeout=30)
    assert (opened.status_code, opened.headers["location"]) == (302, "/setup/home")
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith(f"{cookie_name(client.org.state)}=00D")
    assert "HttpOnly" in cookie
    assert 'id="Login"' not in browser.authorize("key.public").text
    assert browser.session.get(url, allow_redirects=False, timeout=30).status_code == 403
    browser.get("/secur/logout.jsp")
    assert 'id="Login"' in browser.authorize("key.public").text
    browser.session.close()


def test_which_tokens_become_a_browser_session(client: Visitor) -> None:
    without_web = client.password("Public", UMA, "pw-1").json()["access_token"]
    refused = single_access(client, without_web)
    assert (refused.status_code, refused.json()["error"]) == (403, "Invalid_Scope")
    for token in ("", "00D!x"):
        assert single_access(client, token).status_code == 403
    api_only = client.password("Portal", ROB, "pw-1").json()["access_token"]
    url = single_access(client, api_only).json()["frontdoor_uri"]
    page = client.call("GET", url.removeprefix(client.org.url), "")
    assert (page.status_code, "Access Restricted for API Only Users" in page.text) == (403, True)
    by_login = client.soap_login(UMA, "pw-1").text.partition("<sessionId>")[2].partition("<")[0]
    opened = client.call("GET", "/secur/frontdoor.jsp", "", params={"sid": by_login}, allow_redirects=False)
    assert opened.status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "a\r\nX: y", ""]
)
def test_a_frontdoor_leads_nowhere_else(client: Visitor, target: str) -> None:
    token = client.password("Portal", UMA, "pw-1").json()["access_token"]
    answer = client.call(
        "GET", "/secur/frontdoor.jsp", "", params={"sid": token, "retURL": target}, allow_redirects=False
    )
    assert answer.status_code == 302
    assert urlsplit(answer.headers["location"]) == urlsplit("/setup")
