"""Answers that are lost while a plan is carried out, and a job that outlasts the command."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sfmeta.localorg.faults.fault import Kind
from sfmeta.localorg.metadata.jobs import DEPLOY, Job, Jobs
from tests.faultmatrix.cells import LATER, Fault
from tests.faultmatrix.stage import Stage
from tests.plan_kills.conftest import Calmly
from tests.plan_kills.law import look
from tests.plan_kills.play import play

RECORD = "POST sobjects/PermissionSetAssignment"
LOST = (
    ("plan-prepare", Kind.DROP_AFTER, RECORD, 1),
    ("plan-prepare", Kind.CUT, RECORD, 2),
    ("plan-prepare", Kind.CUT, "deploy", 1),
    ("plan-restrict", Kind.DROP_AFTER, "deploy", 3),
    ("plan-restrict", LATER, "deploy", 1),
    ("plan-undo", Kind.DROP_AFTER, "deploy", 1),
)


@pytest.mark.parametrize(("scene", "kind", "call", "nth"), LOST)
def test_an_answer_is_lost(stage: Stage, calm: Calmly, scene: str, kind: str, call: str, nth: int) -> None:
    peace = calm(scene)
    places = [number for number, name in enumerate(peace.ran.calls, 1) if name == call]
    came = play(stage, peace, Fault(kind, call, places[nth - 1]))
    assert not came.wrong, str(came)


def test_a_job_that_outlasts_the_command_is_waited_for_by_the_next_run(
    stage: Stage, calm: Calmly, monkeypatch: pytest.MonkeyPatch
) -> None:
    peace = calm("plan-restrict")
    stage.set(peace.scene.scene)
    add = Jobs.add

    def slow(jobs: Jobs, kind: str, *arguments: Any) -> Job:
        if kind == DEPLOY:
            jobs.set_mode("seconds:600")  # retrieves before it are as they were
        return add(jobs, kind, *arguments)

    monkeypatch.setattr(Jobs, "add", slow)
    ran = stage.run(*peace.scene.scene.words)
    assert ran.code == 5, ran
    first = look(stage, peace.scene)
    assert first.jobs == 1
    assert not first.lost
    assert stage.run(*peace.scene.scene.words).code == 5, "it still runs"
    monkeypatch.undo()
    stage.org.advance_clock(timedelta(seconds=600))
    stage.org.faults.slow_jobs("polls:1")
    stage.ok(*peace.scene.scene.words)
    last = look(stage, peace.scene)
    assert (last.jobs, last.held, last.lost, last.wrong) == (peace.seen.jobs, peace.seen.held, (), ())
