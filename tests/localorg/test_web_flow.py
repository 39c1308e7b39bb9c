"""The web server flow and the user-agent flow, by a browser without JavaScript and a client over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sfmeta.localorg.doors.boxes import set_box
from tests.localorg.browser import CALLBACK, CHALLENGE, VERIFIER, Browser, sent_back
from tests.localorg.visitor import Visitor

UMA, ADA, AMY, INA, ROB = (f"{name}@doors.example" for name in ("uma", "ada", "amy", "ina", "rob"))
BLOCKED = {"error": "OAUTH_APP_BLOCKED", "error_description": "this app is blocked by admin", "state": "s 1"}


def exchange(client: Visitor, key: str, code: str, **fields: str) -> Any:
    """The client's part: a code for tokens."""
    form = {"client_id": key, "client_secret": "s", "redirect_uri": CALLBACK, "code": code, **fields}
    return client.token(grant_type="authorization_code", **{name: value for name, value in form.items() if value})


def history(client: Visitor, username: str) -> list[tuple[str, str, str]]:
    user = client.org.state.records.first("User", Username=username)
    assert user is not None
    rows = client.org.state.records.find("LoginHistory", UserId=user.id)
    return [(row.text("LoginType"), row.text("Application"), row.text("Status")) for row in rows]


def test_from_the_login_page_to_the_api(browser: Browser, client: Visitor) -> None:
    page = browser.authorize("key.portal", scope="api refresh_token")
    assert page.status_code == 200
    assert "script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    wrong = browser.log_in(page, UMA, "wrong")
    assert wrong.status_code == 403
    assert "Please check your username and password." in wrong.text
    approval = browser.log_in(wrong, UMA)
    assert "Portal" in approval.text
    assert UMA in approval.text
    assert "<li>refresh_token</li>" in approval.text
    answer = sent_back(browser.submit(approval, save="Allow"))
    assert answer["state"] == "s 1"
    token = exchange(client, "key.portal", answer["code"]).json()
    assert token["scope"] == "api refresh_token"
    assert token["refresh_token"].startswith("5Aep")
    assert client.rest("/limits", token["access_token"]).status_code == 200
    again = client.token(grant_type="refresh_token", client_id="key.portal", refresh_token=token["refresh_token"])
    assert again.json()["scope"] == "api refresh_token"
    assert "refresh_token" not in again.json()
    assert history(client, UMA) == [
        ("Application", "Browser", "Invalid Password"),
        ("Application", "Browser", "Success"),
        ("Remote Access 2.0", "Portal", "Success"),
        ("Remote Access 2.0", "Portal", "Success"),
    ]
    [row] = client.org.state.records.find("OauthToken", AppName="Portal", Flow="oauth_code")
    assert row["UseCount"] == 2
    dump = "\n".join(client.org.state.connection.iterdump())
    assert not any(secret in dump for secret in (answer["code"], token["access_token"], token["refresh_token"]))


def test_the_user_says_no(browser: Browser, client: Visitor) -> None:
    approval = browser.log_in(browser.authorize("key.portal"), UMA)
    assert sent_back(browser.submit(approval, cancel="Deny")) == {
        "error": "access_denied",
        "error_description": "end-user denied authorization",
        "state": "s 1",
    }
    # its ticket is used up
    assert browser.submit(approval, save="Allow").status_code == 400
    assert client.org.state.records.find("OauthToken", AppName="Portal", Flow="oauth_code") == []


def test_a_code_is_good_once_for_its_client_and_redirect_uri_and_for_a_quarter_of_an_hour(
    browser: Browser, client: Visitor
) -> None:
    code = browser.approve("key.portal", UMA)["code"]
    errors = [
        (exchange(client, "key.public", code), "invalid authorization code"),
        (exchange(client, "key.portal", "aPrxNonsense"), "invalid authorization code"),
        (exchange(client, "key.portal", code, client_secret="no"), "invalid client credentials"),
        (exchange(client, "key.portal", code, client_secret=""), "invalid client credentials"),
        (exchange(client, "key.portal", code, redirect_uri="https://localhost/other"), "redirect_uri must match"),
        (exchange(client, "key.portal", code, code_verifier=VERIFIER), "unexpected code verifier"),
    ]
    for answer, text in errors:
        assert answer.status_code == 400
        assert text in answer.json()["error_description"]
    assert exchange(client, "key.portal", code).status_code == 200
    expired = {"error": "invalid_grant", "error_description": "expired authorization code"}
    assert exchange(client, "key.portal", code).json() == expired
    late = browser.approve("key.portal", UMA)["code"]
    client.org.state.move_clock(timedelta(minutes=16))
    assert exchange(client, "key.portal", late).json() == expired
    assert [status for _, _, status in history(client, UMA)].count("Failed: Invalid Nonce") == 2


def test_a_public_client_needs_no_secret(browser: Browser, client: Visitor) -> None:
    code = browser.approve("key.public", UMA, code_challenge=CHALLENGE)["code"]
    assert exchange(client, "key.public", code, client_secret="", code_verifier=VERIFIER).status_code == 200


@pytest.mark.parametrize("key", ["key.strict", "key.partner"])
def test_pkce_where_the_app_requires_it(browser: Browser, client: Visitor, key: str) -> None:
    missing = {"error": "invalid_request", "error_description": "missing required code challenge", "state": "s 1"}
    assert sent_back(browser.authorize(key)) == missing
    code = browser.approve(key, UMA, code_challenge=CHALLENGE, code_challenge_method="S256")["code"]
    for verifier in ("", "another", CHALLENGE):
        wrong = exchange(client, key, code, code_verifier=verifier)
        assert wrong.json() == {"error": "invalid_grant", "error_description": "invalid code verifier"}
    assert ("Remote Access 2.0", "Failed: Invalid Code Verifier") in [
        (kind, status) for kind, _, status in history(client, UMA)
    ]
    assert exchange(client, key, code, code_verifier=VERIFIER).status_code == 200


def test_pkce_by_plain_text_and_for_the_whole_org(browser: Browser, client: Visitor) -> None:
    client.org.state.set_setting("isPkceRequired", True)
    assert sent_back(browser.authorize("key.portal"))["error_description"] == "missing required code challenge"
    odd = browser.authorize("key.portal", code_challenge="x", code_challenge_method="S512")
    assert sent_back(odd)["error_description"] == "invalid code challenge method"
    code = browser.approve("key.portal", UMA, code_challenge=VERIFIER, code_challenge_method="plain")["code"]
    assert exchange(client, "key.portal", code, code_verifier=VERIFIER).status_code == 200


@pytest.mark.parametrize(
    "uri",
    ["", "https://localhost/callback/", "https://localhost/callback?x=1", "https://evil.example/", "javascript:1"],
)
def test_a_redirect_uri_that_is_not_the_apps_is_never_followed(browser: Browser, uri: str) -> None:
    answer = browser.authorize("key.portal", redirect_uri=uri)
    assert answer.status_code == 400
    assert answer.text == "error=redirect_uri_mismatch&error_description=redirect_uri%20must%20match%20configuration"


def test_requests_that_are_refused_before_anybody_logs_in(browser: Browser) -> None:
    unknown = browser.authorize("key.nobody")
    assert (unknown.status_code, unknown.text) == (
        400,
        "error=invalid_client_id&error_description=client%20identifier%20invalid",
    )
    assert sent_back(browser.authorize("key.portal", response_type="magic"))["error"] == "unsupported_response_type"
    page = browser.authorize("key.portal", scope="api wave_api")
    assert page.status_code == 302
    location = page.headers["location"]
    assert location == (
        "/setup/secur/RemoteAccessErrorPage.apexp"
        "?error=invalid_scope&error_description=the+requested+scope+is+not+allowed"
    )
    shown = browser.get(location)
    assert "OAUTH_APPROVAL_ERROR_GENERIC : An unexpected error has occured during authentication." in shown.text


def test_an_app_that_is_not_installed(browser: Browser, client: Visitor) -> None:
    page = browser.log_in(browser.authorize("key.rogue"), ROB)
    assert page.headers["location"] == (
        "/setup/secur/RemoteAccessErrorPage.apexp?error=invalid_client&error_description=app+must+be+installed+into+org"
    )
    assert history(client, ROB) == [("Remote Access 2.0", "Rogue", "Failed: Not approved for access")]
    # who authorised it before goes on, and a holder of Approve Uninstalled Connected Apps may begin
    assert "code" in browser.approve("key.rogue", UMA)
    code = browser.approve("key.rogue", ADA)["code"]
    assert exchange(client, "key.rogue", code).status_code == 200
    set_box(client.org.state, "enableAdminApprovedAppsOnly", True)
    for user in (UMA, ADA):
        assert sent_back(browser.log_in(browser.authorize("key.rogue", prompt="login"), user)) == BLOCKED


def test_a_blocked_app_and_one_that_is_blocked_between_approval_and_exchange(browser: Browser, client: Visitor) -> None:
    records = client.org.state.records
    approval = browser.log_in(browser.authorize("key.portal"), UMA)
    code = browser.approve("key.portal", AMY)["code"]
    block = records.insert("BlacklistedConsumer", {"ConsumerKey": "key.portal"})
    assert sent_back(browser.submit(approval, save="Allow")) == BLOCKED
    assert exchange(client, "key.portal", code).json() == {
        "error": "app_blocked",
        "error_description": "this app is blocked by admin",
    }
    assert sent_back(browser.log_in(browser.authorize("key.portal"), UMA)) == BLOCKED
    records.delete(block)
    assert "code" in browser.approve("key.portal", UMA)


def test_pre_authorised_users_see_no_approval_page_and_others_do_not_get_in(browser: Browser, client: Visitor) -> None:
    answer = browser.log_in(browser.authorize("key.approved"), AMY)
    code = sent_back(answer)["code"]
    assert exchange(client, "key.approved", code).status_code == 200
    assert sent_back(browser.log_in(browser.authorize("key.approved"), UMA)) == {
        "error": "OAUTH_APP_ACCESS_DENIED",
        "error_description": "user is not admin approved to access this app",
        "state": "s 1",
    }
    code = browser.approve("key.approved", AMY)["code"]
    client.org.state.records.delete_all(client.org.state.records.find("SetupEntityAccess"))
    assert exchange(client, "key.approved", code).json() == {
        "error": "invalid_app_access",
        "error_description": "user is not admin approved to access this app",
    }


def test_an_inactive_user_and_an_api_only_user(browser: Browser, client: Visitor) -> None:
    page = browser.log_in(browser.authorize("key.portal"), INA)
    assert (page.status_code, "Please check" in page.text) == (403, True)
    assert history(client, INA) == [("Remote Access 2.0", "Portal", "User is Inactive")]
    # API Only keeps a user out of pages, not out of the flow that gives an API its token
    assert "code" in browser.approve("key.portal", ROB)


def test_who_approved_before_is_not_asked_again_unless_the_client_wants_it(browser: Browser, client: Visitor) -> None:
    code = browser.approve("key.portal", UMA, scope="api refresh_token")["code"]
    exchange(client, "key.portal", code)
    assert "code" in sent_back(browser.log_in(browser.authorize("key.portal", scope="api"), UMA))
    for more in ({"prompt": "consent"}, {"scope": "api web"}):
        assert "Allow Access?" in browser.log_in(browser.authorize("key.portal", **more), UMA).text


def test_a_browser_session_takes_the_place_of_the_login_page(browser: Browser, client: Visitor) -> None:
    assert sent_back(browser.authorize("key.portal", immediate="true"))["error"] == "immediate_unsuccessful"
    frontdoor = client.call("POST", "/services/oauth2/singleaccess", portal_token(client))
    browser.session.get(frontdoor.json()["frontdoor_uri"], allow_redirects=False, timeout=30)
    approval = browser.authorize("key.public")
    assert "Allow Access?" in approval.text
    assert sent_back(browser.authorize("key.public", immediate="true"))["error"] == "immediate_unsuccessful"
    browser.submit(approval, save="Allow")
    assert 'id="Login"' in browser.authorize("key.public", prompt="login").text


def portal_token(client: Visitor) -> str:
    token: str = client.password("Portal", UMA, "pw-1").json()["access_token"]
    return token


def test_the_user_agent_flow(browser: Browser, client: Visitor) -> None:
    answer = browser.approve("key.portal", UMA, response_type="token")
    assert answer["token_type"] == "Bearer"
    assert answer["refresh_token"]
    assert client.rest("/limits", answer["access_token"]).status_code == 200
    assert history(client, UMA)[-1] == ("Remote Access 2.0", "Portal", "Success")
    client.org.state.set_setting("blockOAuthUsrAgtFlow", True)
    page = browser.log_in(browser.authorize("key.public", response_type="token"), UMA)
    assert "#" in page.headers["location"]
    assert sent_back(page)["error_description"] == "the user-agent flow is blocked in this org"


def test_scopes_decide_what_a_token_opens(browser: Browser, client: Visitor) -> None:
    narrow = exchange(client, "key.narrow", browser.approve("key.narrow", UMA)["code"]).json()
    assert narrow["scope"] == "id web"
    assert "refresh_token" not in narrow
    refused = client.rest("/limits", narrow["access_token"])
    assert (refused.status_code, refused.json()[0]["message"]) == (
        401,
        "This session is not valid for use with the REST API",
    )
    assert client.call("GET", "/services/oauth2/userinfo", narrow["access_token"]).status_code == 200
    full = exchange(client, "key.full", browser.approve("key.full", UMA)["code"]).json()
    assert (full["scope"], "refresh_token" in full) == ("full", False)
    assert client.rest("/limits", full["access_token"]).status_code == 200
    less = exchange(client, "key.portal", browser.approve("key.portal", UMA, scope="web")["code"]).json()
    assert client.rest("/limits", less["access_token"]).status_code == 401


def test_what_a_client_sends_stands_in_no_page_as_it_came(browser: Browser) -> None:
    nasty = '"><script>alert(1)</script>'
    page = browser.authorize("key.portal", state=nasty, login_hint=nasty)
    assert "<script>" not in page.text
    again = browser.log_in(page, nasty, "x")
    assert "<script>" not in again.text
    approval = browser.log_in(again, UMA)
    assert sent_back(browser.submit(approval, save="Allow"))["state"] == nasty
