"""``scripts/soak --rollbacks``: random lives of an org, and after every rollback its law."""

from __future__ import annotations

import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

LIVES_PER_PART = 200


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


def main(lives: int, seed: int, jobs: int) -> int:
    """Runs; the exit code is 1 where the law was broken."""
    numbers = range(seed, seed + -(-lives // LIVES_PER_PART))
    wrong: list[Part] = []
    start = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for done, future in enumerate(as_completed([pool.submit(look, number) for number in numbers]), 1):
            part = future.result()
            wrong += [part] if part.problem else []
            minutes = (time.monotonic() - start) / 60
            print(f"{done * LIVES_PER_PART:,} lives, {len(wrong)} parts wrong, {minutes:.1f} min", file=sys.stderr)
    for part in wrong:
        print(f"Seed {part.number}: {part.problem}\n{part.recipe}\n")
    print(f"{len(numbers) * LIVES_PER_PART:,} lives of an org, {len(wrong)} parts in which a rollback broke its law")
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


def _kind(problem: str) -> str:
    """What went wrong without where: a life that is made smaller must go wrong in the same way."""
    return re.sub(r"\(.*\)|'[^']*'|\[.*|\S+:\S+", "", problem)
