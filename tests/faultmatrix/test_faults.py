"""Every kind of fault at every operation of a deployment. All cells, of every command: scripts/faultmatrix."""

from __future__ import annotations

import pytest

from sfmeta.localorg.faults.fault import Kind
from tests.faultmatrix.cells import KINDS, LATE, LATER, Fault, faults, first_of_each, of_classes, phased
from tests.faultmatrix.conftest import Calm
from tests.faultmatrix.play import Undisturbed, play

LOST = (Kind.DROP_AFTER, Kind.CUT, LATE, LATER)
"""The org may have done what it was asked."""


def check(calm: Calm, scene: str, cells: list[Fault]) -> None:
    stage, peace = calm(scene)
    assert cells
    results = [play(stage, peace, cell) for cell in cells]
    wrong = [str(result) for result in results if result.wrong]
    assert not wrong, "\n".join(wrong)


def cells_of(peace: Undisturbed, kind: str, *, lasting: bool = False) -> list[Fault]:
    return of_classes(first_of_each(faults(peace.ran.calls, [kind], lasting=lasting)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_each_operation_of_a_deployment(calm: Calm, kind: str) -> None:
    check(calm, "deploy", cells_of(calm("deploy")[1], kind))


@pytest.mark.parametrize("kind", [Kind.DROP_BEFORE, Kind.ORG_LOCKED])
def test_a_fault_that_lasts_from_the_deploy_call_on(calm: Calm, kind: str) -> None:
    found = faults(calm("deploy")[1].ran.calls, [kind], lasting=True)
    check(calm, "deploy", [one for one in first_of_each(found) if one.operation in ("deploy", "checkDeployStatus")])


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("scene", ["rollback", "promote"])
def test_the_answer_to_other_commands_is_lost(calm: Calm, scene: str, kind: str) -> None:
    check(calm, scene, [one for one in cells_of(calm(scene)[1], kind) if one.operation == "deploy"])


def test_the_scene_has_the_calls_that_matter(calm: Calm) -> None:
    named = phased(calm("deploy")[1].ran.calls)
    for operation in ("login", "retrieve", "checkRetrieveStatus", "deploy", "checkDeployStatus", "retrieve (after)"):
        assert operation in named
