"""What a command that sends a package is told of whom it locks out: from the project's policy and an inventory."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfmeta.cli.clock import SystemClock
from sfmeta.cli.desk import Desk
from sfmeta.cli.package_outlook import foresee, guard, json_of, text_of
from sfmeta.cli.ui import Ui
from sfmeta.codec.inventory_json import inventory_bytes
from sfmeta.errors import GuardRefused
from sfmeta.model.component import Entry
from sfmeta.model.inventory import Standing
from sfmeta.model.names import ComponentId
from sfmeta.ops.foresight import Sending
from tests.forecast.small import app, inventory, use, user

BLOCK = b"""<BlacklistedConsumer xmlns="http://soap.sforce.com/2006/04/metadata">
<blockedByApiWhitelisting>false</blockedByApiWhitelisting><consumerKey>k</consumerKey><masterLabel>Rogue</masterLabel>
</BlacklistedConsumer>"""
SENDING = Sending(
    {ComponentId.of("BlacklistedConsumer", "Rogue"): (Entry.of("Rogue.blacklistedConsumer", BLOCK),)},
    subject="the rollback",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "force-app"}]}')
    rogue = app("Rogue", standing=Standing.USED_ONLY, admin_approved=None)
    found = inventory(user("ann"), rogue, use("ann", "Rogue"))
    (tmp_path / "inventory.json").write_bytes(inventory_bytes(found))
    return tmp_path


def test_whom_it_stops_is_told_short_and_refused(project: Path) -> None:
    (project / "policy.yml").write_text("version: 1\n")
    ui = Ui("rollback", {})
    with Desk(ui, project) as desk:
        found = foresee(desk, "", SENDING, inventory=project / "inventory.json")
    assert "after the rollback" in text_of(ui, found)
    assert "ann@acme.example with Rogue, refresh token" in text_of(ui, found)
    assert json_of(found)["clean"] is False
    with pytest.raises(GuardRefused, match="1 user stops working after the rollback"):
        guard(found)


def test_without_a_policy_nobody_is_accepted_and_that_is_said(project: Path) -> None:
    ui = Ui("rollback", {})
    with Desk(ui, project) as desk:
        found = foresee(desk, "", SENDING, inventory=project / "inventory.json")
    assert all(row.accepted is None for row in found.rows)
    assert ui.warnings == ["There is no policy.yml, so that nobody's loss of access is accepted"]


def test_how_old_an_inventory_is_goes_by_the_clock_of_the_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "policy.yml").write_text("version: 1\n")
    taken = inventory().taken_at.timestamp()
    found = {}
    for days in (0, 8):
        monkeypatch.setattr(SystemClock, "now", lambda _, days=days: taken + days * 86_400)
        with Desk(Ui("rollback", {}), project) as desk:
            found[days] = foresee(desk, "", SENDING, inventory=project / "inventory.json")
    assert len(found[8].unresolved) == len(found[0].unresolved) + 1
    assert "8 days" in found[8].unresolved[0]
