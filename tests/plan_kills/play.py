"""Plays a cell of a plan: the scene, the break, the same command again, the law."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faultmatrix.cells import Fault, Kill
from tests.faultmatrix.play import with_fault
from tests.faultmatrix.stage import Ran, Stage
from tests.plan_kills.hollow import without_grants
from tests.plan_kills.law import Seen, at_the_end, broken_off, look
from tests.plan_kills.scenes import PlanScene

MOST_AGAIN = 3


@dataclass(frozen=True, slots=True)
class Calm:
    """The run of a plan as it goes when nothing breaks.

    Attributes:
        scene: of the run.
        ran: the run.
        seen: what it leaves.
    """

    scene: PlanScene
    ran: Ran
    seen: Seen


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a cell.

    Attributes:
        scene: the name of the scene.
        cell: what was broken.
        broken: the run that it was broken in.
        followed: the runs after it.
        wrong: how the law was broken; empty where it holds.
    """

    scene: str
    cell: Fault | Kill
    broken: Ran
    followed: tuple[Ran, ...]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        then = "".join(f"\n    then {ran.code} {ran.message}" for ran in self.followed)
        wrong = "".join(f"\n  ! {one}" for one in self.wrong)
        return f"{self.scene}: {self.cell}: {self.broken.code} {self.broken.message}{then}{wrong}"


def undisturbed(stage: Stage, of: PlanScene) -> Calm:
    """Runs the command of a scene in peace."""
    stage.set(of.scene)
    with without_grants(stage.org.state, of.hollow):
        ran = stage.run(*of.scene.words)
    assert ran.code == of.code, ran
    return Calm(of, ran, look(stage, of))


def play(stage: Stage, calm: Calm, cell: Fault | Kill) -> Came:
    """Plays one cell.

    Args:
        stage: where; everything on it is replaced.
        calm: the undisturbed run of the scene.
        cell: what breaks.
    """
    of, words = calm.scene, calm.scene.scene.words
    stage.set(of.scene)
    killed = isinstance(cell, Kill)
    with without_grants(stage.org.state, of.hollow):
        broken = stage.run(*words, kill_at=cell.nth) if killed else with_fault(stage, of.scene, cell)
        at_break = look(stage, of)
        wrong = [f"right after: {one}" for one in broken_off(of, broken, at_break, calm.seen, killed=killed)]
        followed = []
        last = broken
        while last.code != of.code and len(followed) < (1 if killed else MOST_AGAIN):
            last = stage.run(*words)
            followed.append(last)
    wrong += at_the_end(of, last, look(stage, of), calm.seen, at_break)
    return Came(of.scene.name, cell, broken, tuple(followed), tuple(wrong))
