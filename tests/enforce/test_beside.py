"""What a flip means for the other commands: rollback and promote leave it alone, and no package slips through."""

from __future__ import annotations

from typing import Any

import pytest

from sfmeta.change.guards import Ourselves, refusals
from sfmeta.model.component import Entry
from sfmeta.model.names import ComponentId, OrgId
from sfmeta.ops.candidate import find_candidate
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.cli.conftest import Shop
from tests.enforce.conftest import ON, Hurried, ticked

SETTINGS = ComponentId.of("Settings", "ConnectedApp")
INTERNAL, EXTERNAL = "enableAdminApprovedAppsOnly", "enableAdminApprovedAppsOnlyForExternalUser"


def settings(**boxes: bool) -> dict[ComponentId, tuple[Entry, ...]]:
    body = "".join(f"<{name}>{str(value).lower()}</{name}>" for name, value in boxes.items())
    root = f'<ConnectedAppSettings xmlns="http://soap.sforce.com/2006/04/metadata">{body}</ConnectedAppSettings>'
    return {SETTINGS: (Entry.of("settings/ConnectedApp.settings", root.encode()),)}


@pytest.mark.parametrize(
    ("flips", "rules"),
    [
        ({}, 2),
        ({INTERNAL: True}, 1),
        ({INTERNAL: False, EXTERNAL: False}, 2),
        ({INTERNAL: True, EXTERNAL: True}, 0),
    ],
)
def test_a_flip_turns_what_it_is_there_for_and_nothing_else(flips: dict[str, bool], rules: int) -> None:
    package = settings(**{INTERNAL: True, EXTERNAL: True})
    held = settings(**{INTERNAL: False, EXTERNAL: False})
    found = refusals(package, (), held, Ourselves(flips=flips))
    assert [one.rule for one in found] == ["enforcement-by-deploy"] * rules


@pytest.mark.usefixtures("hurried")
def test_rollback_and_promote_leave_a_flip_alone(rolled_out: Shop, hurried: type[Hurried]) -> None:
    shop = rolled_out
    before = shop.result("history")["deployments"]
    hurried.at_first_sleep = lambda: shop.ok("enforce", "confirm")
    flip = shop.result(*ON)["deployment"]
    assert shop.run("rollback", "--deployment", flip, "--yes", "--json").document["error"]["code"] == (
        "rollback-enforcement"
    )

    ledger = Ledger(find_repository(shop.root), OrgId.parse(shop.org.org_id))
    assert find_candidate(ledger, "", "sandbox").record.id == before[0]["id"]

    def undone(*words: str) -> Any:
        return shop.result("rollback", *words, "--yes", "--accept-loss", "--skip-forecast")

    # a deployment before it is taken back, and the flip between them stays
    done = undone("--deployment", before[0]["id"])
    assert done["undone"] == [before[0]["id"]]
    assert ticked(shop)
    # and so it does on the way to a revision
    shop.ok("deploy", "--yes")
    first = shop.folder.git("rev-list", "--max-parents=0", "HEAD")
    assert flip not in undone("--to", first)["undone"]
    assert ticked(shop)
