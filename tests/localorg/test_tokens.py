"""The life of tokens: issued, counted, rotated, revoked, looked into."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.xml import parse
from tests.localorg.browser import CALLBACK, CHALLENGE, VERIFIER, Browser
from tests.localorg.visitor import Visitor

UMA = "uma@doors.example"
EXPIRED = {"error": "invalid_grant", "error_description": "expired access/refresh token"}


def tokens(client: Visitor, browser: Browser, key: str, user: str = UMA) -> Any:
    """A whole web server flow."""
    code = browser.approve(key, user, code_challenge=CHALLENGE, prompt="login consent")["code"]
    form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, "client_id": key, "client_secret": "s"}
    return client.token(grant_type="authorization_code", **form).json()


def refresh(client: Visitor, key: str, token: str, secret: str = "s") -> Any:
    return client.token(grant_type="refresh_token", client_id=key, client_secret=secret, refresh_token=token)


def introspect(client: Visitor, key: str, token: str, **more: str) -> Any:
    form = {"token": token, "client_id": key, "client_secret": "s", **more}
    return client.call("POST", "/services/oauth2/introspect", "", data=form)


def test_a_rotated_refresh_token_is_good_once_and_its_reuse_ends_all(client: Visitor, browser: Browser) -> None:
    first = tokens(client, browser, "key.strict")
    second = refresh(client, "key.strict", first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    third = refresh(client, "key.strict", second["refresh_token"]).json()
    assert client.rest("/limits", third["access_token"]).status_code == 200
    assert refresh(client, "key.strict", first["refresh_token"]).json() == EXPIRED
    assert refresh(client, "key.strict", third["refresh_token"]).json() == EXPIRED
    assert client.rest("/limits", third["access_token"]).status_code == 401


def test_without_rotation_a_refresh_token_stays(client: Visitor, browser: Browser) -> None:
    first = tokens(client, browser, "key.portal")
    for _ in range(3):
        answer = refresh(client, "key.portal", first["refresh_token"]).json()
        assert "refresh_token" not in answer
    [row] = client.org.state.records.find("OauthToken", AppName="Portal", Flow="oauth_code")
    assert row["UseCount"] == 4


def test_the_secret_where_the_app_requires_it(client: Visitor, browser: Browser) -> None:
    strict, portal = (tokens(client, browser, key)["refresh_token"] for key in ("key.strict", "key.portal"))
    wrong = {"error": "invalid_client", "error_description": "invalid client credentials"}
    assert refresh(client, "key.strict", strict, "").json() == wrong
    assert refresh(client, "key.portal", portal, "").status_code == 200
    assert refresh(client, "key.portal", portal, "no").json() == wrong
    by_header = client.session.post(
        f"{client.org.url}/services/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": strict},
        auth=("key.strict", "s"),
        timeout=30,
    )
    assert by_header.status_code == 200


def test_the_sixth_approval_revokes_the_oldest(client: Visitor, browser: Browser) -> None:
    given = [tokens(client, browser, "key.portal")["refresh_token"] for _ in range(6)]
    works = [refresh(client, "key.portal", one).status_code == 200 for one in given]
    assert works == [False, True, True, True, True, True]
    assert len(client.org.state.records.find("OauthToken", AppName="Portal", Flow="oauth_code")) == 5


def test_a_failed_use_counts_too(client: Visitor, browser: Browser) -> None:
    given = tokens(client, browser, "key.portal")
    state = client.org.state
    state.records.insert("BlacklistedConsumer", {"ConsumerKey": "key.portal"})
    assert refresh(client, "key.portal", given["refresh_token"]).json()["error"] == "app_blocked"
    [row] = state.records.find("OauthToken", AppName="Portal", Flow="oauth_code")
    assert row["UseCount"] == 2


def test_a_refresh_token_that_is_too_old_is_in_the_login_history(client: Visitor, browser: Browser) -> None:
    given = tokens(client, browser, "key.portal")
    state = client.org.state
    [app] = state.records.find("ConnectedApplication", Name="Portal")
    state.records.update(app.id, RefreshTokenPolicy="specific_lifetime:1:HOURS")
    assert refresh(client, "key.portal", given["refresh_token"]).status_code == 200
    state.move_clock(timedelta(minutes=61))
    assert refresh(client, "key.portal", given["refresh_token"]).json() == EXPIRED
    assert state.records.find("LoginHistory")[-1]["Status"] == "Failed: Invalid Access Token"


def test_introspection_of_own_tokens(client: Visitor, browser: Browser) -> None:
    given = tokens(client, browser, "key.portal")
    access = introspect(client, "key.portal", given["access_token"]).json()
    assert access["active"] is True
    assert (access["client_id"], access["username"], access["token_type"]) == ("key.portal", UMA, "access_token")
    assert access["scope"] == "api web refresh_token"
    assert access["exp"] - access["iat"] == 7200
    assert access["sub"] == given["id"]
    assert introspect(client, "key.portal", given["refresh_token"]).json()["token_type"] == "refresh_token"
    hinted = introspect(client, "key.portal", given["refresh_token"], token_type_hint="access_token")
    assert hinted.json() == {"active": False}
    for nonsense in ("", "00D!x"):
        assert introspect(client, "key.portal", nonsense).json() == {"active": False}
    wrong = introspect(client, "key.portal", given["access_token"], client_secret="no")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_introspection_of_others_tokens_and_of_dead_ones(client: Visitor, browser: Browser) -> None:
    given = tokens(client, browser, "key.portal")
    assert introspect(client, "key.public", given["access_token"]).json() == {"active": False}
    assert introspect(client, "key.watcher", given["access_token"]).json()["client_id"] == "key.portal"
    client.org.state.move_clock(timedelta(minutes=100))
    # looking is no use: the timeout does not begin anew
    assert introspect(client, "key.watcher", given["access_token"]).json()["active"] is True
    client.org.state.move_clock(timedelta(minutes=21))
    assert introspect(client, "key.watcher", given["access_token"]).json() == {"active": False}
    assert introspect(client, "key.watcher", given["refresh_token"]).json()["active"] is True
    client.call("POST", "/services/oauth2/revoke", "", data={"token": given["refresh_token"]})
    assert introspect(client, "key.watcher", given["refresh_token"]).json() == {"active": False}


def test_revoking_by_a_refresh_token_ends_what_came_of_it(client: Visitor, browser: Browser) -> None:
    given = tokens(client, browser, "key.portal")
    assert (
        client.call("GET", "/services/oauth2/revoke", "", params={"token": given["refresh_token"]}).status_code == 200
    )
    assert refresh(client, "key.portal", given["refresh_token"]).json() == EXPIRED
    assert client.rest("/limits", given["access_token"]).status_code == 401
    for nonsense in ("", "x"):
        answer = client.call("POST", "/services/oauth2/revoke", "", data={"token": nonsense})
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_token_type")


def test_the_orgs_session_timeout_is_deployed_and_an_apps_own_comes_first(client: Visitor) -> None:
    state = client.org.state
    settings = "<sessionSettings><sessionTimeout>FifteenMinutes</sessionTimeout></sessionSettings>"
    effects.put(state, "Settings", "Security", parse(f"<SecuritySettings>{settings}</SecuritySettings>".encode()))
    [app] = state.records.find("ConnectedApplication", Name="Public")
    state.records.update(app.id, SessionTimeout=60)
    ours, theirs = (client.password(name, UMA, "pw-1").json()["access_token"] for name in ("Portal", "Public"))
    state.move_clock(timedelta(minutes=16))
    assert [client.rest("/limits", token).status_code for token in (ours, theirs)] == [401, 200]
    [row] = [row for row in state.records.find("AuthSession") if row["AppId"] == app.id]
    assert row["NumSecondsValid"] == 3600
    assert (row["SessionType"], row["SourceIp"]) == ("Oauth2", "127.0.0.1")


def test_a_password_flow_with_an_unknown_app_is_in_the_login_history(client: Visitor) -> None:
    client.token(grant_type="password", client_id="key.nobody", client_secret="s", username=UMA, password="pw-1")
    client.token(grant_type="password", client_id="key.nobody", username="nobody@doors.example", password="pw-1")
    [row] = client.org.state.records.find("LoginHistory", Status="Failed: Consumer Deleted")
    assert row["Application"] == "N/A"


def test_discovery_names_endpoints_that_answer(client: Visitor) -> None:
    found = client.call("GET", "/.well-known/openid-configuration", "").json()
    assert found["issuer"] == client.org.url
    for name, url in found.items():
        if name.endswith("_endpoint"):
            method = "GET" if name in ("authorization_endpoint", "userinfo_endpoint") else "POST"
            answer = client.call(method, url.removeprefix(client.org.url), "")
            assert answer.status_code in (400, 401, 403), name
    assert {"api", "refresh_token", "web"} <= set(found["scopes_supported"])


def test_the_identity_url_in_its_formats(client: Visitor) -> None:
    token = client.password("Portal", UMA, "pw-1").json()
    path = token["id"].removeprefix(client.org.url)
    plain = client.call("GET", path, "", params={"oauth_token": token["access_token"], "format": "json"}).json()
    assert plain["urls"]["rest"].endswith("/services/data/v{version}/")
    latest = client.call("GET", path, token["access_token"], params={"version": "latest"}).json()
    assert latest["urls"]["metadata"].endswith(f"/services/Soap/m/67.0/{client.org.org_id}")
    asked = client.call("GET", path, token["access_token"], params={"version": "61.0"}).json()
    assert asked["urls"]["query"].endswith("/services/data/v61.0/query/")
    odd = client.call("GET", path, token["access_token"], params={"version": "x/../"}).json()
    assert odd["urls"]["query"].endswith("/v{version}/query/")
    for answer in (
        client.call("GET", path, token["access_token"], params={"format": "xml"}),
        client.call("GET", path, token["access_token"], headers={"Accept": "application/xml"}),
    ):
        assert answer.headers["content-type"].startswith("text/xml")
        root = parse(answer.content)
        assert (root.name, root.value("username"), root.value("active")) == ("user", UMA, "true")
