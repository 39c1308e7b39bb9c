"""The proof of rollback end to end: lives that show what matters, those that were found, and a few random ones.

More of them: ``scripts/soak --rollbacks 100 --wire``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.faultmatrix.stage import Scene, Stage
from tests.rollback_wire.life import Life
from tests.rollback_wire.machine import WireMachine, lives
from tests.rollback_wire.steps import Assign, Back, BackTo, Deploy, Open, Promote, Setup, Trouble
from tests.rollback_wire.theatre import theatre

LIVES = 3
REFRESH, SCOPES, PORTAL = (
    ("apps", "billing_sync", "refresh_token"),
    ("apps", "billing_sync", "scopes"),
    ("apps", "partner_portal", "permitted_users"),
)
SET, USER = "Allow_Billing_Sync", "super.user@acme.example"
KNOWN = {
    "what somebody changed elsewhere stays, a conflict is settled, a lost answer is looked for": (
        (
            Deploy((), trouble=Trouble("drop-after")),
            Deploy(((REFRESH, 1), (SCOPES, 2))),
            Setup("Billing Sync", (("ip_relaxation", "BYPASS"), ("refresh_token", "zero"))),
            Back(),
            Back(side="theirs"),
            Back(1, side="ours"),
        ),
        {"deploy 0": 2, "rollback 4 rollback-conflict": 1, "rollback 0": 2, "conflict, theirs": 1, "conflict, ours": 1},
    ),
    "grants go with a permission set and come back with it": (
        (
            Promote(((PORTAL, 1),)),
            Assign(SET, USER, "2036-01-01T00:00:00.000+0000"),
            Open(SET, "Dataloader.io", opens=True),
            Back(side="ours"),
            Back(),
        ),
        {"promote 0": 1, "rollback 0": 2},
    ),
    "a list of an external client app names what goes": (
        (
            Deploy((), only=("PermissionSet",)),
            Setup("Partner Portal", (("permission_sets", ["Use_Any_API_Client"]),)),
            Deploy(()),
            Back(1, side="ours"),
        ),
        {"rollback 0": 1},
    ),
    "the files of a revision say who may use an app": (
        (Deploy(((SCOPES, 2),)), BackTo()),
        {"rollback 0": 1},
    ),
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Scene]]:
    with theatre(tmp_path_factory.mktemp("theatre")) as made:
        yield made


@pytest.mark.parametrize("name", KNOWN)
def test_a_life_that_shows_what_matters(begun: tuple[Stage, Scene], name: str) -> None:
    steps, wanted = KNOWN[name]
    life = Life(*begun)
    for step in steps:
        life.live(step)
        life.check()
    assert life.seen | wanted == life.seen, life.story


def test_random_lives(begun: tuple[Stage, Scene]) -> None:
    seen: Counter[str] = Counter()
    run_state_machine_as_test(lambda: WireMachine(*begun, seen), settings=lives(LIVES, derandomize=True))
    assert seen["rollback 0"], seen
