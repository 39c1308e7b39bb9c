"""SIGKILL at the moments of a deployment that leave a trace. All of them: scripts/faultmatrix."""

from __future__ import annotations

import pytest

from tests.faultmatrix.cells import Kill, kills
from tests.faultmatrix.conftest import Calm
from tests.faultmatrix.play import Undisturbed, play

PARTS = 3


def telling(peace: Undisturbed) -> list[Kill]:
    """Just before and after the ledger or the lock changes, and around the call that the org must not see twice."""
    all_of_them = kills(peace.ran.steps)
    sending = [one for one in all_of_them if one.step.endswith("call deploy")][:2]
    return sorted([*sending, *(one for one in all_of_them if one.step.endswith("git update-ref"))], key=nth)


def nth(one: Kill) -> int:
    return one.nth


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scene", ["deploy"])
def test_a_kill_leaves_nothing_that_cannot_be_mended(calm: Calm, scene: str, part: int) -> None:
    stage, peace = calm(scene)
    cells = telling(peace)[part::PARTS]
    assert cells
    results = [play(stage, peace, cell) for cell in cells]
    wrong = [str(result) for result in results if result.wrong]
    assert not wrong, "\n".join(wrong)


def test_the_moments_are_told_apart(calm: Calm) -> None:
    steps = {one.step for one in telling(calm("deploy")[1])}
    assert steps == {"before git update-ref", "after git update-ref", "before call deploy", "after call deploy"}
