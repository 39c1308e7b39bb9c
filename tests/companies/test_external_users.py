"""An org full of partners and customers: few employees, many external users, a portal and what hangs on it."""

from __future__ import annotations

from tests.companies.company import Company
from tests.companies.conftest import Begin

PARTNERS, CUSTOMERS = 60, 60


def company() -> Company:
    made = Company("Full of Guests")
    made.profiles = {
        "Clerk": ("ApiEnabled",),
        "Partner Community": ("ApiEnabled",),
        "Customer Community": ("ApiEnabled",),
    }
    clerks = [made.user(f"clerk{number}", "Clerk") for number in range(3)]
    partners = [made.user(f"partner{number}", "Partner Community", "PowerPartner") for number in range(PARTNERS)]
    customers = [made.user(f"customer{number}", "Customer Community", "CspLitePortal") for number in range(CUSTOMERS)]
    approved = {"decision": "allow", "permitted_users": "admin_approved"}
    made.app(
        "Partner Portal", *partners[:20], clerks[0], kind="external_client_app",
        says={**approved, "wave": 1, "grants": {"profiles": ["Partner Community"], "users": [clerks[0]]}},
    )  # fmt: skip
    made.app(
        "Order Desk", *partners[20:30], *customers[:5],
        says={**approved, "wave": 2, "grants": {"users": [*partners[20:30], *customers[:5]]}},
    )  # fmt: skip
    made.app(
        "Shop Connector", *customers[5:15], ownership="installed",
        says={**approved, "wave": 2, "grants": {"profiles": ["Customer Community"]}},
    )  # fmt: skip
    made.app("Help Desk", *customers[15:20], clerks[1], says={"decision": "allow", "permitted_users": "everyone"})
    made.app("Page Grabber", customers[20], customers[21], ownership="uninstalled", says={"decision": "block"})
    made.losses = [(customers[20], "page_grabber"), (customers[21], "page_grabber")]
    return made


def test_an_org_full_of_external_users(begin: Begin) -> None:
    made = company()
    story = begin(made)
    everybody = {(user, app) for app, user in made.tokens}
    assert story.who_gets_in() == everybody
    story.carry_out("prepare")
    assert story.who_gets_in() == everybody
    story.carry_out("restrict", 1)
    assert story.gets_in("partner59@company.example", "Partner Portal", "--flow", "password"), "by the profile"
    assert not story.gets_in("customer59@company.example", "Partner Portal", "--flow", "password")
    story.carry_out("restrict", 2)
    assert story.who_gets_in() == everybody
    assert not story.gets_in("customer59@company.example", "Order Desk", "--flow", "password")
    assert story.gets_in("customer59@company.example", "Shop Connector", "--flow", "password"), "by the profile"
    assert not story.gets_in("partner59@company.example", "Shop Connector", "--flow", "password")
    story.carry_out("block")
    blocked = {pair for pair in everybody if pair[1] == "Page Grabber"}
    assert story.who_gets_in() == everybody - blocked
    story.undo("restrict-2")
    assert story.who_gets_in() == everybody - blocked
    assert story.gets_in("customer59@company.example", "Order Desk", "--flow", "password"), "open again"
    assert not story.gets_in("customer59@company.example", "Partner Portal", "--flow", "password"), "wave 1 is not"


def test_a_partner_whom_nobody_listed_stands_in_the_way(begin: Begin) -> None:
    made = company()
    made.policy["order_desk"]["grants"]["users"].remove("partner25@company.example")
    story = begin(made)
    story.carry_out("prepare")
    story.carry_out("restrict", 1)
    planned = story.shop.result("plan", "--stage", "restrict", "--wave", "2", "-f", "../it.plan")
    assert {one["user"] for one in planned["forecast"]["outstanding"]} >= {"partner25@company.example"}
    story.visit("shop_connector")
    visits = [str(step["number"]) for step in planned["steps"] if step["kind"] == "manual"]
    done = [word for number in visits for word in ("--done", number)]
    ran = story.shop.run("apply", "../it.plan", "--accept-loss", "--yes", *done)
    assert ran.code == 4, ran
    assert "partner25@company.example" in ran.err
    assert story.gets_in("partner25@company.example", "Order Desk")
