"""``scripts/soak --plans N``: random orgs are prepared and restricted by plans, and every login is tried."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

ORGS_PER_PART = 25


def main(orgs: int, first: int, jobs: int) -> int:
    """Looks at many orgs; the exit code is 1 where a policy did not come true.

    Args:
        orgs: how many.
        first: number of the first part; the same number, the same orgs.
        jobs: processes.
    """
    numbers = range(first, first + -(-orgs // ORGS_PER_PART))
    start = time.monotonic()
    looked = wrong = 0
    with ProcessPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(look, number) for number in numbers]):
            count, text = done.result()
            looked, wrong = looked + count, wrong + bool(text)
            if text:
                print(text)
            print(f"{looked:,} orgs, {wrong} parts wrong, {(time.monotonic() - start) / 60:.1f} min", file=sys.stderr)
    print(f"{looked:,} orgs prepared and restricted, {wrong} parts with a login that the policy does not say")
    return 1 if wrong else 0


def look(number: int) -> tuple[int, str]:
    """One part: how many orgs, and the smallest that went wrong, "" where none did."""
    from hypothesis import HealthCheck, given, seed, settings

    from sfmeta.codec.schema import Schema, compile_table
    from sfmeta.workspace.cache import shipped_wsdl
    from tests.forecast.orgs.golden import describe
    from tests.plan_property.cases import PlanCase, plan_cases
    from tests.plan_property.logins import wrong_logins

    schema = Schema.load(compile_table(shipped_wsdl().read_bytes()))
    looked = 0
    text = ""

    @seed(number)
    @settings(max_examples=ORGS_PER_PART, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(plan_cases())
    def agree(case: PlanCase) -> None:
        nonlocal looked, text
        looked += 1
        if wrong := wrong_logins(case, schema):
            text = describe(case.seed, case.policy_text, more="\n".join(wrong))
            raise AssertionError

    try:
        agree()
    except AssertionError:
        return looked, text
    return looked, ""
