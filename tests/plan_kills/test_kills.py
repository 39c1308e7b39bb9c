"""SIGKILL where a plan is carried out or taken back. All moments of all scenes: scripts/faultmatrix."""

from __future__ import annotations

import pytest

from sfmeta.localorg.apps import all_apps
from sfmeta.localorg.setup import actions
from tests.faultmatrix.cells import Kill, kills
from tests.faultmatrix.stage import Stage
from tests.plan_kills.conftest import Calmly
from tests.plan_kills.hollow import without_grants
from tests.plan_kills.law import look
from tests.plan_kills.play import play

# of each scene the calls that change the org, and the ledger's last word: by what ends, and at which of them
TELLING = {
    "plan-prepare": (
        ("after call deploy", 1),
        ("after call POST sobjects/PermissionSetAssignment", 1),
        ("before call POST sobjects/PermissionSetAssignment", 3),
    ),
    # the second deploy call of a step is the check of its undo
    "plan-restrict": (("after call deploy", 1), ("after call deploy", 3)),
    "plan-hollow": (("after call deploy", 1), ("before call tooling DeployRequest", 3)),
    "plan-hollow-hidden": (("after call deploy", 1),),
    "plan-undo": (("before call deploy", 1), ("after call deploy", 1)),
    "plan-undo-prepare": (
        ("after call DELETE sobjects/PermissionSetAssignment", 1),
        ("after call deploy", 1),
    ),
}


def telling(scene: str, steps: tuple[str, ...]) -> list[Kill]:
    """The moments of a scene that are tried here."""
    every = kills(steps)
    return [[one for one in every if one.step == step][nth - 1] for step, nth in TELLING[scene]]


@pytest.mark.parametrize("scene", TELLING)
def test_the_same_command_again_ends_as_planned_and_nobody_is_locked_out_meanwhile(
    stage: Stage, calm: Calmly, scene: str
) -> None:
    peace = calm(scene)
    came = [play(stage, peace, cell) for cell in telling(scene, peace.ran.steps)]
    wrong = [str(one) for one in came if one.wrong]
    assert not wrong, "\n".join(wrong)


class TestUndisturbed:
    """What the cells are compared with."""

    def test_everybody_whom_the_policy_allows_still_gets_in(self, calm: Calmly) -> None:
        for scene in TELLING:
            peace = calm(scene)
            assert len(peace.scene.expected) > 50
            assert not peace.seen.lost, peace.seen.lost
            assert not peace.seen.wrong, peace.seen.wrong

    def test_the_scenes_send_what_they_are_named_after(self, calm: Calmly) -> None:
        assert {scene: calm(scene).seen.jobs for scene in TELLING} == {
            "plan-prepare": 1, "plan-restrict": 3, "plan-hollow": 2, "plan-hollow-hidden": 2, "plan-undo": 1,
            "plan-undo-prepare": 1,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("scene", "why"),
        [
            ("plan-hollow", "the org does not hold what was sent"),
            ("plan-hollow-hidden", "Billing Sync is not granted to permission set Allow_Billing_Sync"),
        ],
    )
    def test_an_app_without_its_grants_is_as_it_was_before(
        self, stage: Stage, calm: Calmly, scene: str, why: str
    ) -> None:
        peace = calm(scene)
        assert why in peace.ran.message
        assert "it was taken back" in peace.ran.message
        stage.set(peace.scene.scene)
        assert look(stage, peace.scene).held == peace.seen.held


def test_an_app_that_was_left_shut_is_opened_whatever_else_is_in_the_way(stage: Stage, calm: Calmly) -> None:
    peace = calm("plan-hollow")
    stage.set(peace.scene.scene)
    [cell, *_] = telling("plan-hollow", peace.ran.steps)
    with without_grants(stage.org.state):
        stage.run(*peace.scene.scene.words, kill_at=cell.nth)
        ran = stage.run("job", "resume", stage.jobs()[0].id)
    assert look(stage, peace.scene).lost
    portal = next(app for app in all_apps(stage.org.state) if app.label == "Partner Portal")
    actions.set_policy(stage.org.state, portal.id, actions.PolicyChange(ip_relaxation="BYPASS"), "")
    with (stage.root / "policy.yml").open("a") as policy:
        policy.write("# decided otherwise since\n")
    ran = stage.run(*peace.scene.scene.words)
    assert ran.code == 1
    assert "it was taken back" in ran.message
    assert not look(stage, peace.scene).lost
    again = stage.run(*peace.scene.scene.words)
    assert (again.code, again.error_code) == (4, "plan-stale"), "then the rest is looked at"
