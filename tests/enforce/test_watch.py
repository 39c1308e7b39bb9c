"""The watch end to end: who is refused after a flip or a restrict wave, and who has not been seen since."""

from __future__ import annotations

import stat
from typing import Any

import pytest

from tests.cli.conftest import Shop
from tests.enforce.conftest import CANARY, ON, Hurried

pytestmark = pytest.mark.usefixtures("hurried")
BILLING, PORTAL = "billing.integration@acme.example", "portal.integration@acme.example"
FORMER, SOAP = "former.tool.user@acme.example", "soapui.dev@acme.example"
PHONE = "Salesforce for Android"


def watch(shop: Shop, *words: str, code: int = 0) -> dict[str, Any]:
    return shop.result("enforce", "watch", "--once", *words, code=code)


def pairs(found: dict[str, Any], kind: str) -> set[tuple[str, str]]:
    return {(row["username"], row["app"]["label"] if row["app"] else row["way"]) for row in found[kind]}


def enforce(shop: Shop, hurried: type[Hurried]) -> None:
    hurried.at_first_sleep = lambda: shop.ok("enforce", "confirm")
    shop.ok(*ON)


def grant(shop: Shop, option: str) -> None:
    ready = str(shop.root.parent / "ready.json")
    shop.ok("localorg", "app", "policy", "Billing Sync", option, "Integration User", "--ready-file", ready)


def test_after_a_flip(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out
    enforce(shop, hurried)
    first = watch(shop)
    assert first["since_why"].startswith("the flip ")
    assert first["clean"]
    assert not first["proven"]
    assert {(BILLING, "Billing Sync"), (PORTAL, "Partner Portal"), (SOAP, "soap_login"), (FORMER, PHONE)} <= pairs(
        first, "unproven"
    )
    # the canary came in when the flip was proven
    assert (CANARY, PHONE) not in pairs(first, "unproven")
    # whom nobody expects is not waited for: his loss is accepted, and the app is blocked
    assert (FORMER, "Rogue Exporter") not in pairs(first, "unproven")

    # who gets in is proven; who is refused as the policy wants it is foreseen
    assert shop.org.login(PORTAL, "Partner Portal").let_in
    assert shop.org.login(SOAP).let_in
    assert not shop.org.login(FORMER, "Rogue Exporter").let_in
    second = watch(shop)
    assert not {(PORTAL, "Partner Portal"), (SOAP, "soap_login")} & pairs(second, "unproven")
    assert (FORMER, "Rogue Exporter") in pairs(second, "foreseen")

    # somebody takes a grant away: the job that comes at night is refused, and that is no surprise of the policy
    grant(shop, "--remove-profile")
    for _ in range(2):
        assert not shop.org.login(BILLING, "Billing Sync").let_in
    third = watch(shop, code=3)
    [row] = third["refused"]
    assert (row["username"], row["app"]["label"], row["refusals"]) == (BILLING, "Billing Sync", 2)
    assert row["statuses"]
    assert row["first_refusal"] <= row["last_refusal"]
    text = shop.run("enforce", "watch", "--once")
    assert text.code == 3
    assert "Refused, and should work (1)" in text.out
    assert row["statuses"][0] in text.out

    # and gives it back
    grant(shop, "--profile")
    assert shop.org.login(BILLING, "Billing Sync").let_in
    last = watch(shop)
    assert pairs(last, "recovered") == {(BILLING, "Billing Sync")}
    assert not last["refused"]


def test_it_goes_on_until_everybody_was_seen(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out
    enforce(shop, hurried)
    waited_for = pairs(watch(shop), "unproven")

    def the_night() -> None:
        for user, app in waited_for:
            assert shop.org.login(user, "" if app == "soap_login" else app).let_in, (user, app)

    # tokens of this app end after seven days now, so that those who have old ones cannot come any more
    dead = {pair for pair in waited_for if pair[1] == "Dataloader.io"}
    waited_for -= dead
    hurried.at_first_sleep = the_night
    ran = shop.run("enforce", "watch", "--days", "1", "--every", "600", "--json")
    assert ran.code == 0
    found = ran.document["result"]
    assert pairs(found, "unproven") == dead
    assert found["proven"] is (not dead)
    assert "not seen since" in ran.err


def test_the_days_are_over_and_a_page_is_there(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out
    enforce(shop, hurried)
    page = shop.root.parent / "watch.html"
    ran = shop.run("enforce", "watch", "--days", "1", "--every", "900", "--html", str(page))
    assert ran.code == 0
    assert "unproven" in ran.out
    text = page.read_text(encoding="utf-8")
    assert "Should work, and not seen since" in text
    assert BILLING.partition("@")[0] in text
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    # an older page may be replaced, anything else not
    shop.ok("enforce", "watch", "--once", "--html", str(page))
    page.write_text("mine", encoding="utf-8")
    refused = shop.run("enforce", "watch", "--once", "--html", str(page))
    assert refused.code == 2
    assert page.read_text(encoding="utf-8") == "mine"


def test_after_a_restrict_wave(rolled_out: Shop) -> None:
    shop = rolled_out
    grant(shop, "--remove-profile")
    assert not shop.org.login(BILLING, "Billing Sync").let_in
    found = watch(shop, code=3)
    assert found["since_why"].startswith("the deploy ")
    assert pairs(found, "refused") == {(BILLING, "Billing Sync")}
    assert watch(shop, "--since", "2036-01-01", code=2)["problems"] == []


def test_a_project_without_a_change_asks_from_when_on(generated: Shop) -> None:
    ran = generated.run("enforce", "watch", "--once")
    assert ran.code == 2
    assert "--since" in ran.err
    assert generated.run("enforce", "watch", "--once", "--since", "yesterday").code == 2
    found = watch(generated, "--since", "2026-01-01")
    assert found["since"] == "2026-01-01T00:00:00Z"
