"""``scripts/soak``: forecasts random orgs, makes stages and packages true and tries every login, thousands of times."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from soaking import plans, rollbacks

if TYPE_CHECKING:
    from sfmeta.localorg.seed.format import Seed

ORGS_PER_PART = 100
PACKAGES_PER_PART = 50
"""So many of them get a package, and what undoes it, in place of the stages of a policy."""


@dataclass(frozen=True, slots=True)
class Part:
    """What came of some orgs.

    Attributes:
        number: which part; with the same number the same orgs come again.
        orgs: how many were looked at.
        logins: how many logins were compared with a forecast.
        found: the disagreements of the smallest org that has one, as text.
        seed: that org's seed.
        policy: its policy.
    """

    number: int
    orgs: int
    logins: int
    found: tuple[str, ...] = ()
    seed: Seed | None = None
    policy: str = ""


def main() -> int:
    """Runs; the exit code is 1 where a forecast was wrong."""
    options = _options()
    if options.rollbacks:
        return rollbacks.main(options.rollbacks, options.seed, options.jobs, wire=options.wire)
    if options.plans:
        return plans.main(options.plans, options.seed, options.jobs)
    numbers = range(options.seed, options.seed + -(-options.orgs // ORGS_PER_PART))
    orgs = logins = 0
    wrong: list[Part] = []
    start = time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        for done in as_completed([pool.submit(look, number) for number in numbers]):
            part = done.result()
            orgs, logins = orgs + part.orgs, logins + part.logins
            wrong += [part] if part.found else []
            minutes = (time.monotonic() - start) / 60
            print(f"{orgs:,} orgs, {logins:,} logins, {len(wrong)} wrong, {minutes:.1f} min", file=sys.stderr)
    for part in wrong:
        _keep(part, options.keep)
    print(f"{orgs:,} orgs, {logins:,} logins compared with their forecasts, {len(wrong)} parts with a disagreement")
    return 1 if wrong else 0


def look(number: int) -> Part:
    """One part: random orgs of a seed; a disagreement is made as small as it can be."""
    stages = look_at_stages(number)
    if stages.found:
        return stages
    packages = look_at_packages(number)
    return replace(packages, orgs=stages.orgs + packages.orgs, logins=stages.logins + packages.logins)


def look_at_packages(number: int) -> Part:
    """Random packages of a seed, for random orgs."""
    from hypothesis import HealthCheck, given, seed, settings

    from tests.forecast.package_agreement import PackageCase, look_at_package, package_cases
    from tests.forecast.random_orgs import Knobs

    counted = [0, 0]
    smallest: list[Part] = []

    @seed(number)
    @settings(max_examples=PACKAGES_PER_PART, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(package_cases(Knobs(soap_login_off=False)))
    def agree(case: PackageCase) -> None:
        looked = look_at_package(case)
        counted[0] += 1
        counted[1] += looked.compared
        if looked.disagreements:
            found = (str(case.edits), *map(str, looked.disagreements))
            smallest[:] = [Part(number, 0, 0, found, case.seed)]
            raise AssertionError

    try:
        agree()
    except AssertionError:
        return replace(smallest[0], orgs=counted[0], logins=counted[1])
    return Part(number, counted[0], counted[1])


def look_at_stages(number: int) -> Part:
    """Random policies of a seed, for random orgs."""
    from hypothesis import HealthCheck, given, seed, settings

    from tests.forecast import agreement
    from tests.forecast.random_orgs import Knobs, RandomCase, cases

    counted = [0, 0]
    smallest: list[Part] = []

    @seed(number)
    @settings(max_examples=ORGS_PER_PART, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(cases(Knobs(soap_login_off=False)))
    def agree(case: RandomCase) -> None:
        looked = (agreement.look_at(case), agreement.look_at_alone(case))
        counted[0] += 1
        counted[1] += sum(one.compared for one in looked)
        if found := tuple(str(wrong) for one in looked for wrong in one.disagreements):
            smallest[:] = [Part(number, 0, 0, found, case.seed, case.policy_text)]
            raise AssertionError

    try:
        agree()
    except AssertionError:
        last = smallest[0]
        return Part(number, counted[0], counted[1], last.found, last.seed, last.policy)
    return Part(number, counted[0], counted[1])


def _keep(part: Part, root: Path) -> None:
    from tests.forecast.orgs.golden import keep

    assert part.seed is not None
    folder = keep(f"soak-{part.number}", part.seed, part.policy, part.found, root=root)
    print("\n".join(part.found[:5]), file=sys.stderr)
    print(f"The case lies in {folder}: write its intent.md and move it to tests/forecast/golden", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description=(
            "Audits random local orgs, forecasts each stage and random packages, makes them true and tries every login "
            "for real."
        ),
        epilog="Exit codes: 0 every forecast was right, 1 one was not.",
    )
    parser.add_argument("--orgs", type=int, default=10_000, metavar="N", help="how many (default 10,000)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="the first part's; the same seed, the same orgs"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default 2)")
    parser.add_argument(
        "--rollbacks", type=int, default=0, metavar="N", help="so many random lives of an org with rollbacks instead"
    )
    parser.add_argument(
        "--plans", type=int, default=0, metavar="N", help="so many random orgs prepared and restricted by plans instead"
    )
    parser.add_argument(
        "--wire",
        action="store_true",
        help="with --rollbacks: through sfmeta's commands and HTTP, seconds for each life",
    )
    parser.add_argument("--keep", type=Path, default=Path("soak"), metavar="DIR", help="where wrong cases go")
    options = parser.parse_args()
    if options.orgs < 1 or options.jobs < 1 or min(options.rollbacks, options.plans) < 0:
        parser.error("--orgs and --jobs must be at least 1, and --rollbacks and --plans not negative")
    if options.wire and not options.rollbacks:
        parser.error("--wire goes with --rollbacks N")
    return options


if __name__ == "__main__":
    sys.exit(main())
