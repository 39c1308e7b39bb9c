"""The device flow: a device without a browser, its owner on a page, and the apps for which it is closed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.localorg.browser import Browser
from tests.localorg.visitor import Visitor

UMA = "uma@doors.example"
CLOSED = {"error": "invalid_grant", "error_description": "device flow is not enabled for the app"}
PENDING = {"error": "authorization_pending", "error_description": "waiting for the user to approve"}


def begin(client: Visitor, key: str, **more: str) -> Any:
    return client.token(response_type="device_code", client_id=key, **more)


def poll(client: Visitor, key: str, code: str) -> Any:
    return client.token(grant_type="device", client_id=key, code=code)


@pytest.mark.parametrize("key", ["key.public", "key.partner"])
def test_from_the_code_on_the_device_to_the_api(client: Visitor, browser: Browser, key: str) -> None:
    asked = begin(client, key, scope="api refresh_token").json()
    assert asked["verification_uri"] == f"{client.org.url}/setup/connect"
    assert re.fullmatch(r"[A-Z0-9]{8}", asked["user_code"])
    assert poll(client, key, asked["device_code"]).json() == PENDING
    page = browser.get("/setup/connect", user_code=asked["user_code"])
    assert browser.submit(page, user_code="WRONG", un=UMA, pw="pw-1").status_code == 403
    assert browser.submit(page, un=UMA, pw="wrong").status_code == 403
    approval = browser.submit(page, un=UMA, pw="pw-1")
    assert "Allow Access?" in approval.text
    assert poll(client, key, asked["device_code"]).json() == PENDING
    assert "Device connected" in browser.submit(approval, save="Allow").text
    token = poll(client, key, asked["device_code"]).json()
    assert token["scope"] == "api refresh_token"
    assert token["refresh_token"]
    assert client.rest("/limits", token["access_token"]).status_code == 200
    # the code is used up
    assert poll(client, key, asked["device_code"]).json()["error"] == "invalid_grant"


def test_an_owner_who_says_no_and_a_code_that_is_too_old(client: Visitor, browser: Browser) -> None:
    asked = begin(client, "key.public").json()
    page = browser.get("/setup/connect", user_code=asked["user_code"])
    browser.submit(browser.submit(page, un=UMA, pw="pw-1"), cancel="Deny")
    assert poll(client, "key.public", asked["device_code"]).json()["error"] == "access_denied"
    late = begin(client, "key.public").json()
    client.org.state.move_clock(timedelta(minutes=11))
    assert poll(client, "key.public", late["device_code"]).json()["error_description"] == "invalid device code"
    page = browser.get("/setup/connect", user_code=late["user_code"])
    assert browser.submit(page, un=UMA, pw="pw-1").status_code == 403


@pytest.mark.parametrize("key", ["key.rogue", "key.portal"])
def test_an_app_that_is_not_installed_or_does_not_enable_it(client: Visitor, key: str) -> None:
    answer = begin(client, key)
    assert (answer.status_code, answer.json()) == (400, CLOSED)


def test_what_the_device_flow_gave_an_uninstalled_app_before_is_worth_nothing(client: Visitor) -> None:
    assert client.refresh("Rogue", "refresh-rogue-uma").status_code == 200
    assert client.refresh("Rogue", "refresh-rogue-tom").json() == {
        "error": "invalid_client",
        "error_description": "app must be installed into org",
    }


def test_an_app_that_is_blocked_while_the_device_waits(client: Visitor, browser: Browser) -> None:
    asked = begin(client, "key.public").json()
    page = browser.get("/setup/connect", user_code=asked["user_code"])
    approval = browser.submit(page, un=UMA, pw="pw-1")
    browser.submit(approval, save="Allow")
    client.org.state.records.insert("BlacklistedConsumer", {"ConsumerKey": "key.public"})
    assert poll(client, "key.public", asked["device_code"]).json()["error"] == "app_blocked"
    second = begin(client, "key.public").json()
    refused = browser.submit(browser.get("/setup/connect", user_code=second["user_code"]), un=UMA, pw="pw-1")
    assert "app_blocked : this app is blocked by admin" in refused.text


@pytest.mark.parametrize("code", ["", "x", "é" * 40])
def test_what_is_no_device_code(client: Visitor, code: str) -> None:
    assert poll(client, "key.public", code).json()["error_description"] == "invalid device code"
    assert begin(client, "key.nobody").json()["error"] == "invalid_client_id"
    assert begin(client, "key.public", scope="wave_api").json()["error"] == "invalid_scope"
