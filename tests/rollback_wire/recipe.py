"""A life as a value: lived again with the same end, and made shorter while it still goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.faultmatrix.stage import Scene
from tests.faultmatrix.stage import Stage as Theatre
from tests.rollback_wire.life import Life
from tests.rollback_wire.steps import NO_TROUBLE, Deploy, Promote, Step

Steps = tuple[Step, ...]


def problem(stage: Theatre, scene: Scene, steps: Steps) -> str:
    """What goes wrong in a life, "" where nothing does."""
    life = Life(stage, scene)
    try:
        for step in steps:
            life.live(step)
            life.check()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def shortest(steps: Steps, is_wrong: Callable[[Steps], bool]) -> Steps:
    """Steps that go wrong, too, and of which none can be left out."""
    while True:
        for fewer in _fewer(steps):
            if is_wrong(fewer):
                steps = fewer
                break
        else:
            return steps


def shown(steps: Steps) -> str:
    """To be copied into a test."""
    return "\n".join(["(", *(f"    {step!r}," for step in steps), ")"])


def _fewer(steps: Steps) -> Iterator[Steps]:
    for number, step in enumerate(steps):
        before, then = steps[:number], steps[number + 1 :]
        yield (*before, *then)
        if isinstance(step, Deploy) and step.trouble != NO_TROUBLE:
            yield (*before, replace(step, trouble=NO_TROUBLE), *then)
        if isinstance(step, Deploy | Promote) and len(step.edits) > 1:
            for edit in step.edits:
                yield (*before, replace(step, edits=tuple(one for one in step.edits if one != edit)), *then)
