"""SIGKILL at the moments of a deployment that leave a trace. All of them: scripts/faultmatrix."""

from __future__ import annotations

import pytest

from tests.faultmatrix.cells import Kill, kills
from tests.faultmatrix.conftest import Calm
from tests.faultmatrix.play import Undisturbed, play

PARTS = 3


def telling(peace: Undisturbed) -> list[Kill]:
    """From the first thing that is written until the last, each kind of moment once between two writes."""
    found: dict[tuple[int, str], Kill] = {}
    writes = 0
    for one in kills(peace.ran.steps):
        writes += one.step.startswith("after git")
        if writes or "git" in one.step:
            found.setdefault((writes, one.step.replace("query", "").split()[0] + one.step.split()[1]), one)
    return list(found.values())


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
    assert {"before git fast-import", "after git update-ref", "before call deploy", "after call deploy"} <= steps
