"""``scripts/soak --rollbacks``: random lives of an org, in memory or over HTTP, and after every rollback its law."""

from __future__ import annotations

import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

LIVES_PER_PART = 200
LIVES_PER_PART_OVER_HTTP = 10


@dataclass(frozen=True, slots=True)
class Part:
    """What came of some lives.

    Attributes:
        number: which part; with the same number the same lives come again.
        problem: how the law was broken, "" where it held.
        recipe: the smallest life that was found to break it.
    """

    number: int
    problem: str = ""
    recipe: str = ""


def main(lives: int, seed: int, jobs: int, *, wire: bool = False) -> int:
    """Runs; the exit code is 1 where the law was broken.

    Args:
        lives: how many, at least.
        seed: of the first part.
        jobs: processes.
        wire: sfmeta's commands against a local org over HTTP; in memory otherwise.
    """
    looking = look_over_http if wire else look
    per_part = LIVES_PER_PART_OVER_HTTP if wire else LIVES_PER_PART
    numbers = range(seed, seed + -(-lives // per_part))
    wrong: list[Part] = []
    start = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for done, future in enumerate(as_completed([pool.submit(looking, number) for number in numbers]), 1):
            part = future.result()
            wrong += [part] if part.problem else []
            minutes = (time.monotonic() - start) / 60
            print(f"{done * per_part:,} lives, {len(wrong)} parts wrong, {minutes:.1f} min", file=sys.stderr)
    for part in wrong:
        print(f"Seed {part.number}: {part.problem}\n{part.recipe}\n")
    print(f"{len(numbers) * per_part:,} lives of an org, {len(wrong)} parts in which a rollback broke its law")
    return 1 if wrong else 0


def look(number: int) -> Part:
    """The lives of one seed, until one breaks the law; that one is made as small as it can be."""
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.stateful import run_state_machine_as_test

    from tests.rollback.machine import RollbackMachine
    from tests.rollback.recipe import smallest

    RollbackMachine._hypothesis_internal_use_seed = number  # type: ignore[attr-defined]  # what hypothesis.seed sets
    wanted = settings(
        max_examples=LIVES_PER_PART,
        stateful_step_count=8,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        # recipes are made small without hypothesis, which takes minutes for it
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(RollbackMachine, settings=wanted)
    except Exception as error:
        recipe = getattr(error, "recipe", None)
        if recipe is None:
            raise
        kind = _kind(recipe.problem())
        small = smallest(recipe, lambda one: _kind(one.problem()) == kind)
        return Part(number, small.problem() or str(error), str(small))
    return Part(number)


def look_over_http(number: int) -> Part:
    """The same over HTTP; a life takes seconds there, and only steps are left out of it."""
    import tempfile
    from collections import Counter

    from hypothesis.stateful import run_state_machine_as_test

    from tests.rollback_wire.machine import WireMachine, lives
    from tests.rollback_wire.recipe import problem, shortest, shown
    from tests.rollback_wire.theatre import theatre

    WireMachine._hypothesis_internal_use_seed = number  # type: ignore[attr-defined]  # what hypothesis.seed sets
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, theatre(Path(folder)) as (stage, scene):
        try:
            run_state_machine_as_test(lambda: WireMachine(stage, scene, seen), settings=lives(LIVES_PER_PART_OVER_HTTP))
        except Exception as error:
            steps = getattr(error, "steps", None)
            if steps is None:
                raise
            kind = _kind(problem(stage, scene, steps))
            small = shortest(steps, lambda one: _kind(problem(stage, scene, one)) == kind)
            return Part(number, problem(stage, scene, small) or str(error), shown(small))
    return Part(number)


def _kind(problem: str) -> str:
    """What went wrong without where: a life that is made smaller must go wrong in the same way."""
    return re.sub(r"\(.*\)|'[^']*'|\[.*|\S+:\S+", "", problem)
