"""``enforce on`` refuses for each reason alone, for all of them together, and touches nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sfmeta.localorg.clock import to_stamp
from tests.cli.conftest import Shop
from tests.enforce.conftest import ADMIN, ANSWERS, CANARY, ON, ticked


def refused(shop: Shop, *words: str) -> dict[str, str]:
    """What the conditions say that are not met, and what would meet them."""
    ran = shop.run(*(words or ON), "--json")
    assert ran.code == 4, ran
    assert ran.document["error"]["code"] == "enforcement-refused"
    gates: list[dict[str, Any]] = ran.document["result"]["gates"]
    shut = {gate["name"]: f"{gate['what']} -> {gate['satisfy']}" for gate in gates if gate["verdict"] == "refused"}
    assert all(gate["satisfy"] for gate in gates if gate["verdict"] == "refused")
    assert all(name in ran.document["error"]["message"] for name in shut)
    assert not ticked(shop)
    return shut


def age_browser_logins(shop: Shop, days: int) -> None:
    records = shop.org.state.records
    for login in records.find("LoginHistory", LoginType="Application"):
        records.update(login.id, LoginTime=to_stamp(shop.org.time - timedelta(days=days)))


def test_each_condition_refuses_alone(rolled_out: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = rolled_out
    policy = (shop.root / "policy.yml").read_text(encoding="utf-8")
    before = len(shop.result("history")["deployments"])

    def alone(name: str, *words: str) -> str:
        shut = refused(shop, *words)
        assert list(shut) == [name]
        shop.write("policy.yml", policy)
        return shut[name]

    # the policy does not ask for it
    assert "external_users: true" in alone("policy", *ON, "--users", "external")

    # the forecast: a loss that nobody accepted, an app that nobody decided about, something that cannot be seen
    shop.edit("policy.yml", "    decision: allow\n\nany_api_client", "    decision: undecided\n\nany_api_client")
    assert "sfmeta" in alone("forecast")
    shop.edit("policy.yml", "browser_session, ", "")
    assert "cannot be seen" in alone("forecast")
    shop.learn({**ANSWERS, "self_authorize_survives_first_box": False})
    assert CANARY in alone("forecast")
    shop.learn(ANSWERS)

    # the break-glass admin
    shop.edit("policy.yml", f"username: {ADMIN}}}", "username: nobody@acme.example}")
    assert "nobody@acme.example" in alone("break-glass")
    shop.edit("policy.yml", f"username: {ADMIN}}}", "username: billing.integration@acme.example}")
    assert "API-only" in alone("break-glass")
    assert "--setup-open" in alone("setup-open", "enforce", "on", "--yes")
    age_browser_logins(shop, 10)
    assert "last 7 days" in alone("break-glass")
    assert "--setup-open" in alone("setup-open", "enforce", "on", "--yes", "--browser-days", "30")
    age_browser_logins(shop, 0)

    # sfmeta's own login
    monkeypatch.setenv("ADMIN_TOKEN", shop.org.admin.access_token)
    shop.ok("org", "add", "token", "--access-token-env", "ADMIN_TOKEN", "-r", shop.org.url)
    shut = refused(shop, *ON, "-o", "token")
    assert "cannot come in again by itself" in shut["own-login"]
    assert shut.keys() <= {"own-login", "own-app"}

    # canaries
    shop.edit("policy.yml", f"canaries: [{CANARY}]", "canaries: []")
    assert "names no canary" in alone("canaries")
    shop.edit("policy.yml", f"canaries: [{CANARY}]", f"canaries: [{ADMIN}]")
    assert "CustomizeApplication" in alone("canaries")
    shop.edit("policy.yml", f"canaries: [{CANARY}]", "canaries: [nobody@acme.example]")
    assert "no active user" in alone("canaries")
    shop.edit("policy.yml", f"canaries: [{CANARY}]", f"canaries: [{CANARY}, former.tool.user@acme.example]")
    assert "--skip-canary former.tool.user@acme.example" in alone("canaries")
    assert "is no canary" in alone("canaries", *ON, "--skip-canary", "x@acme.example")
    monkeypatch.setenv("CANARY_TOKEN", "wrong")
    assert "already before the flip" in alone("canaries")

    assert len(shop.result("history")["deployments"]) == before


def test_what_is_not_met_is_told_together(generated: Shop) -> None:
    shut = refused(generated, "enforce", "on", "--yes")
    assert shut.keys() == {"forecast", "break-glass", "canaries", "setup-open"}


def test_without_the_feature_support_is_named(rolled_out: Shop) -> None:
    rolled_out.org.state.change_org(features=("SoapLogin",))
    shut = refused(rolled_out)
    assert "Support" in shut["feature"]
    assert "deployment" not in shut
