"""How a visit to Setup stands, as the org shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from sfmeta.model.forecast import Stage
from sfmeta.model.inventory import App, Blocked, Inventory
from sfmeta.model.inventory import Standing as Place
from sfmeta.model.names import ApiVersion, OrgId
from sfmeta.model.plan import Foreseen, Plan, PlanStep, StepKind
from sfmeta.ops.plan.standing import Ground, State, standings
from sfmeta.ops.ports import Org, Tools
from tests.forecast.small import app, inventory, policy

USED = app("Exporter", standing=Place.USED_ONLY)
TWIN = App("twin", "Exporter", id="twin", standing=Place.USED_ONLY)
BLOCK = "apps: {exporter: {match: {label: Exporter}, ownership: installed, decision: block}}"


def block(app_key: str = "exporter") -> Plan:
    """A plan of one visit."""
    return Plan(
        id="20261123T120000Z-000001",
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        made_by="",
        stage=Stage.BLOCK,
        wave=None,
        org_id=OrgId.parse("00D000000000001AAA"),
        org_name="Acme",
        username="admin@acme.example",
        policy_digest="",
        revision="",
        dirty=False,
        api_version=ApiVersion.parse("63.0"),
        foreseen=Foreseen("", is_clean=True),
        steps=(PlanStep(1, StepKind.MANUAL, "Block Exporter", app_key),),
    )


def state_of(plan: Plan, org: Inventory) -> State:
    """How its visit stands; of this nothing is asked of the org, all is in the inventory."""
    ground = Ground(plan, {}, policy(BLOCK), org)
    (found,) = standings(cast("Org", None), ground, cast("Tools", None))
    return found.state


@pytest.mark.parametrize(
    ("org", "state"),
    [
        (inventory(USED), State.NOT_DONE),
        (inventory(app("Exporter", standing=Place.USED_ONLY, blocked=Blocked.BY_LIST)), State.DONE),
        # its tokens may have ended, or somebody blocked it: nobody has seen which
        (inventory(), State.UNSEEN),
        (inventory(USED, TWIN), State.UNSEEN),
    ],
    ids=["seen", "blocked", "gone", "twins"],
)
def test_an_app_that_is_not_seen_is_not_taken_for_blocked(org: Inventory, state: State) -> None:
    assert state_of(block(), org) is state


def test_nor_is_one_that_the_policy_does_not_know() -> None:
    assert state_of(block("nobody"), inventory(USED)) is State.UNSEEN
