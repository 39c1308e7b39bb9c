"""What an app's files say about OAuth reaches the doors, whoever deployed or installed it."""

from __future__ import annotations

from sfmeta.localorg.apps import App, app_by_key
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.xml import parse
from sfmeta.localorg.setup import actions
from sfmeta.localorg.state import State
from tests.localorg.browser import Browser
from tests.localorg.visitor import Visitor

UMA, FAY = "uma@doors.example", "fay@doors.example"


def put(state: State, type_name: str, full_name: str, inner: str) -> None:
    effects.put(state, type_name, full_name, parse(f"<{type_name}>{inner}</{type_name}>".encode()))


def face(state: State, key: str) -> App:
    app = app_by_key(state, key)
    assert app is not None
    return app


def test_a_connected_app_that_is_deployed_anew(client: Visitor) -> None:
    state = client.org.state
    put(
        state,
        "ConnectedApp",
        "Public",
        "<contactEmail>a@b.example</contactEmail><ipRanges><end>10.0.0.9</end><start>10.0.0.1</start></ipRanges>"
        "<label>Public</label><oauthConfig><callbackUrl>https://one.example/\nhttps://two.example/</callbackUrl>"
        "<isPkceRequired>true</isPkceRequired><scopes>Basic</scopes><scopes>OfflineAccess</scopes></oauthConfig>"
        "<oauthPolicy><ipRelaxation>BYPASS_2FACTOR</ipRelaxation><refreshTokenPolicy>zero</refreshTokenPolicy>"
        "</oauthPolicy>",
    )
    app = face(state, "key.public")
    assert app.scopes == {"id", "refresh_token"}
    assert app.callback_urls == ("https://one.example/", "https://two.example/")
    assert (app.ip_relaxation, app.ip_ranges, app.refresh_policy) == ("BYPASS_2FACTOR", "10.0.0.1-10.0.0.9", "zero")
    assert app.option("isPkceRequired")
    # what the file says no more is off again, but for what it cannot say
    assert not app.option("isConsumerSecretOptional")
    assert app.allows_device_flow
    token = client.password("Public", UMA, "pw-1").json()
    assert token["scope"] == "id refresh_token"
    assert client.rest("/limits", token["access_token"]).status_code == 401


def test_the_files_of_an_external_client_app(client: Visitor) -> None:
    state = client.org.state
    belongs = "<externalClientApplication>Partner</externalClientApplication>"
    put(
        state,
        "ExtlClntAppOauthSettings",
        "Partner",
        f"<commaSeparatedOauthScopes>Api, Web</commaSeparatedOauthScopes>{belongs}",
    )
    put(
        state,
        "ExtlClntAppGlobalOauthSettings",
        "Partner",
        f"<callbackUrl>https://three.example/</callbackUrl>{belongs}",
    )
    app = face(state, "key.partner")
    assert app.scopes == {"api", "web"}
    assert app.callback_urls == ("https://three.example/",)
    assert not app.allows_device_flow
    assert client.password("Partner", FAY, "pw-1").json()["error_description"] == "ip restricted"
    for spelled, works in (("Enforce_RelaxRefresh", False), ("Bypass_2factor", False), ("Bypass", True)):
        policy = f"{belongs}<ipRelaxationPolicyType>{spelled}</ipRelaxationPolicyType>"
        put(state, "ExtlClntAppOauthConfigurablePolicies", "Partner_defaultPolicy", policy)
        assert face(state, "key.partner").ip_relaxation == spelled.upper()
        assert (client.password("Partner", FAY, "pw-1").status_code == 200) is works
    off = f"{belongs}<isEnabled>true</isEnabled><isOauthPluginEnabled>false</isOauthPluginEnabled>"
    put(state, "ExtlClntAppConfigurablePolicies", "Partner_defaultPolicy", off)
    assert client.password("Partner", UMA, "pw-1").json()["error"] == "app_blocked"


def test_an_app_keeps_its_face_when_it_is_installed_and_when_not(client: Visitor) -> None:
    state = client.org.state
    before = face(state, "key.rogue")
    app_id = actions.install(state, before.id, "")
    installed = face(state, "key.rogue")
    assert installed.id == app_id
    assert (installed.callback_urls, installed.scopes) == (before.callback_urls, before.scopes)
    # installed, the device flow that it enables opens, too
    assert client.token(response_type="device_code", client_id="key.rogue").status_code == 200
    browser = Browser(client.org)
    assert "code" in browser.approve("key.rogue", "tom@doors.example")
    browser.session.close()
    actions.uninstall(state, app_id, "")
    after = face(state, "key.rogue")
    assert (after.callback_urls, after.scopes) == (before.callback_urls, before.scopes)


def test_settings_of_flows_are_deployed(client: Visitor) -> None:
    state = client.org.state
    effects.put(
        state,
        "Settings",
        "OauthOidc",
        parse(b"<OauthOidcSettings><blockOAuthUnPwFlow>true</blockOAuthUnPwFlow></OauthOidcSettings>"),
    )
    assert client.password("Portal", UMA, "pw-1").json()["error_description"] == "authentication failure"
    shown = effects.current(state, "Settings", "OauthOidc")
    assert shown is not None
    assert [child.name for child in shown.children if child.text == "true"] == ["blockOAuthUnPwFlow"]
