"""Plays a cell: the scene, the break, the advice, the law."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import timedelta

from tests.faultmatrix.cells import DELAY_S, LATE, LATE_S, LATER, PATIENCE_S, Fault, Kill
from tests.faultmatrix.delays import DELAYS, HELD_S
from tests.faultmatrix.law import DONE_ALREADY, Found, at_the_end, broken_off, look
from tests.faultmatrix.stage import Ran, Scene, Stage

MOST_FOLLOWED = 4
_ARRIVES_S = 60.0
_DELAYS = {"delay": DELAY_S, LATE: LATE_S, LATER: HELD_S}
# a lock that nobody gave back; what would be shared and is no ledger. Commits under refs/sfmeta-tmp/ are not shared
WANTED_EMPTY = ("refs/sfmeta-locks", "refs/sfmeta/tmp")
_ADVICE = re.compile(r"sfmeta ((?:job resume 0Af|job close|ledger )[^.,;()\n]*)")
_LATER = re.compile(r"again in (\d+) (second|minute)s?")


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """The command as it goes when nothing breaks.

    Attributes:
        scene: of the command.
        ran: the command.
        found: what it leaves.
    """

    scene: Scene
    ran: Ran
    found: Found


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a cell.

    Attributes:
        scene: the name of the scene.
        cell: what was broken.
        broken: the command that it was broken in.
        at_break: what there was right after it.
        followed: what was run then, in order.
        wrong: how the law was broken; empty where it holds.
    """

    scene: str
    cell: Fault | Kill
    broken: Ran
    at_break: Found
    followed: tuple[Ran, ...]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        then = "".join(f"\n    then sfmeta {' '.join(ran.words)}: {ran.code} {ran.message}" for ran in self.followed)
        wrong = "".join(f"\n  ! {one}" for one in self.wrong)
        return f"{self.scene}: {self.cell}: {self.broken.code} {self.broken.message}{then}{wrong}"


def undisturbed(stage: Stage, scene: Scene) -> Undisturbed:
    """Runs the command of a scene in peace."""
    stage.set(scene)
    ran = stage.ok(*scene.words)
    return Undisturbed(scene, ran, look(stage, scene))


def play(stage: Stage, calm: Undisturbed, cell: Fault | Kill) -> Result:
    """Plays one cell.

    Args:
        stage: where; everything on it is replaced.
        calm: the undisturbed run of the scene.
        cell: what breaks.
    """
    scene = calm.scene
    stage.set(scene)
    killed = isinstance(cell, Kill)
    broken = stage.run(*scene.words, kill_at=cell.nth) if killed else with_fault(stage, scene, cell)
    at_break = look(stage, scene)
    wrong = [f"right after: {one}" for one in broken_off(broken, at_break, scene, killed=killed)]
    followed = []
    last = broken
    while last.code and last.error_code != DONE_ALREADY and len(followed) < MOST_FOLLOWED:
        last = stage.run(*advice(stage, scene.words, last))
        followed.append(last)
    leftovers = stage.git("for-each-ref", "--format=%(refname)", *WANTED_EMPTY)
    wrong += at_the_end(last, look(stage, scene), calm.found, leftovers)
    return Result(scene.name, cell, broken, at_break, tuple(followed), tuple(wrong))


def with_fault(stage: Stage, scene: Scene, fault: Fault) -> Ran:
    """Runs the command of a scene with a fault in it, which is then over."""
    late = fault.kind in (LATE, LATER)
    when = {"after": fault.nth - 1} if fault.lasting else {"nth": fault.nth}
    delay = {"delay_s": _DELAYS[fault.kind]} if fault.kind in _DELAYS else {}
    stage.org.faults.add("delay" if late else fault.kind, **when, **delay)
    ran = stage.run(*scene.words, patience_s=PATIENCE_S if late else 0.0)
    [listed] = stage.org.faults.listed()
    assert listed["hits"], f"{fault} never fell"
    if fault.kind == LATER:
        assert len(stage.jobs()) == scene.jobs, "the request was not held"
        _arrive(stage, scene)
    if late:
        assert len(stage.jobs()) > scene.jobs, "the late request never arrived"
    stage.org.faults.clear()
    stage.org.faults.slow_jobs("polls:1")  # clearing made them fast
    return ran


def _arrive(stage: Stage, scene: Scene) -> None:
    """What is held reaches the org now."""
    DELAYS.let_go()
    deadline = time.monotonic() + _ARRIVES_S
    while len(stage.jobs()) == scene.jobs and time.monotonic() < deadline:
        time.sleep(0.01)


def advice(stage: Stage, words: tuple[str, ...], ran: Ran) -> tuple[str, ...]:
    """What to run after what went wrong: the command that the message names, else the same again, in due time."""
    later = _LATER.search(ran.message)
    if later is not None:
        stage.org.advance_clock(timedelta(seconds=(int(later[1]) + 1) * (60 if later[2] == "minute" else 1)))
    named = _ADVICE.search(ran.message)
    return tuple(named[1].split()) if named is not None else words
