"""Setup in a real browser: Chromium from npm, with JavaScript switched off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.visitor import PASSWORD, Visitor
from tests.peers.browser import Browser

pytestmark = pytest.mark.npm

ADMIN, FORMER = "admin@acme.example", "former.tool.user@acme.example"
BOX = "For admin-approved users, limit API access to only allowlisted connected apps"


@pytest.fixture
def org() -> Iterator[LocalOrg]:
    """The story's org, new."""
    with LocalOrg.start("acme") as org:
        org.state.records.insert(
            "PermissionSet", {"Name": "Exporters", "Label": "Data Exporters", "IsOwnedByProfile": False}
        )
        yield org


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A window."""
    with Browser(tmp_path) as browser:
        yield browser


def test_an_administrator_rolls_out_api_access_control_by_hand(org: LocalOrg, browser: Browser, tmp_path: Path) -> None:
    with Visitor(org) as visitor:
        _roll_out(org, browser, visitor, tmp_path)


def _roll_out(org: LocalOrg, browser: Browser, visitor: Visitor, shots: Path) -> None:
    browser("go", f"{org.url}/setup/oauth-usage")
    browser("fill", "Username", ADMIN)
    browser("fill", "Password", PASSWORD)
    assert browser("enter", "Password").title == "Connected Apps OAuth Usage | Setup | Acme"

    # install, restrict, attach a permission set
    browser("link", "Install Rogue Exporter")
    assert "The connected app was installed" in browser("button", "Install").said
    browser("link", "Edit Policies")
    browser("select", "Permitted Users", "admin_approved")
    browser("choose", "Expire refresh token after")
    browser("fill", "Expire refresh token after: how many", "12")
    browser("select", "Expire refresh token after: of what", "MONTHS")
    assert "lose access unless" in browser("button", "Save").said
    saved = browser("button", "Save").said
    assert "Admin approved users are pre-authorized" in saved
    assert "Expire refresh token after 12 Months" in saved
    browser("link", "Manage Permission Sets")
    browser("tick", "Data Exporters")
    assert "Data Exporters" in browser("button", "Save").said

    # tick the box; the former tool user is refused, and Login History shows it
    browser("link", "API Access Control")
    browser("tick", BOX)
    assert "stops at its next use" in browser("button", "Save").said
    assert "API Access Control was saved" in browser("button", "Save").said
    assert visitor.refresh("Rogue Exporter", "refresh-rogue-former").status_code == 400
    latest = browser("link", "Login History").said.split(FORMER, 1)[1].splitlines()[0]
    assert "Failed" in latest
    assert "Rogue Exporter" in latest

    # assign, and the same login works
    browser("link", "Users")
    browser("link", "Former, Finn")
    browser("link", "Edit Assignments")
    browser("select", "Assign this permission set", _exporters(org))
    browser("select", "Expiration", "7")
    assert "Data Exporters" in browser("button", "Assign").said
    assert visitor.refresh("Rogue Exporter", "refresh-rogue-former").status_code == 200
    trail = browser("link", "View Setup Audit Trail").said
    assert "Permission set Data Exporters with expiration: assigned to user Finn Former" in trail
    assert "Installed Connected App Rogue Exporter to Salesforce" in trail
    browser("shot", str(shots / "trail.png"))
    assert (shots / "trail.png").stat().st_size > 10_000
    assert browser("button", "Log Out").title == "Login | Acme"


PAGES = (
    "",
    "oauth-usage",
    "apps",
    "external-client-apps",
    "api-access-control",
    "users",
    "users/new",
    "permission-sets",
    "login-history",
    "deployments",
    "audit-trail",
)


def test_pages_fit_wide_and_narrow_windows(org: LocalOrg, browser: Browser) -> None:
    browser("go", f"{org.url}/setup/login")
    browser("fill", "Username", ADMIN)
    browser("fill", "Password", PASSWORD)
    browser("button", "Log In")
    for width in (1280, 1200, 400):
        browser("width", width)
        for page in PAGES:
            seen = browser("go", f"{org.url}/setup/{page}")
            assert seen.overflow <= 0, (page, width)
            assert seen.said.startswith("Setup\n"), page


def _exporters(org: LocalOrg) -> str:
    found = org.state.records.first("PermissionSet", Name="Exporters")
    assert found is not None
    return found.id
