"""``scripts/faultmatrix``: every fault at every call, SIGKILL at every step, and the table of what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from sfmeta.localorg.running.server import LocalOrg
from tests.faultmatrix.cells import Fault, Kill, faults, kills
from tests.faultmatrix.nursery import Nursery
from tests.faultmatrix.play import Result, play, undisturbed
from tests.faultmatrix.scenes import SCENES
from tests.faultmatrix.stage import Stage
from tests.faultmatrix.table import LEGEND, fault_table, kill_table
from tests.plan_kills import play as plans
from tests.plan_kills.scenes import NAMES as PLAN_SCENES
from tests.plan_kills.scenes import made as made_plans

Played = Result | plans.Came
_ALL = (*SCENES, *PLAN_SCENES)


def main() -> int:
    """Runs; the exit code is 1 where the law was broken."""
    options = _options()
    start = time.monotonic()
    results: list[Played] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        parts = [
            pool.submit(look, name, part, options.parts, options.once)
            for name in options.scenes
            for part in range(options.parts)
        ]
        for done in as_completed(parts):
            found = done.result()
            results += found
            for result in found:
                if result.wrong:
                    print(result, file=sys.stderr)
            wrong = sum(bool(result.wrong) for result in results)
            minutes = (time.monotonic() - start) / 60
            print(f"{len(results):,} cells, {wrong} wrong, {minutes:.1f} min", file=sys.stderr)
    text = _report(options.scenes, results, time.monotonic() - start)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 1 if any(result.wrong for result in results) else 0


def look(name: str, part: int, parts: int, once: bool) -> list[Played]:
    """One part of a scene's cells, on a stage of its own."""
    with made_stage() as stage:
        if name in PLAN_SCENES:
            plan = plans.undisturbed(stage, made_plans(stage)[name])
            return [plans.play(stage, plan, cell) for cell in kills(plan.ran.steps)[part::parts]]
        calm = undisturbed(stage, SCENES[name](stage))
        lasting = () if once else faults(calm.ran.calls, lasting=True)
        cells: list[Fault | Kill] = [*faults(calm.ran.calls), *lasting, *kills(calm.ran.steps)]
        return [play(stage, calm, cell) for cell in cells[part::parts]]


@contextmanager
def made_stage() -> Iterator[Stage]:
    """A stage for the time of the block."""
    with (
        tempfile.TemporaryDirectory(prefix="sfmeta-faultmatrix-") as folder,
        LocalOrg("acme") as org,
        Nursery() as nursery,
    ):
        stage = Stage(Path(folder), org, nursery)
        yield stage
        stage.close()


def _report(scenes: list[str], results: list[Played], seconds: float) -> str:
    all_wrong = sum(bool(result.wrong) for result in results)
    parts = [f"{len(results):,} cells, {all_wrong} of them against the law, {seconds / 60:.0f} minutes.", LEGEND]
    for name in scenes:
        if name in PLAN_SCENES:
            came = [one for one in results if one.scene == name]
            wrong = sum(bool(one.wrong) for one in came)
            parts += [f"### {name}: SIGKILL", f"{len(came)} moments, then the same command again; {wrong} wrong."]
            continue
        ours = sorted(
            (one for one in results if isinstance(one, Result) and one.scene == name), key=lambda one: one.cell.nth
        )
        parts += [f"### {name}: faults", fault_table(one for one in ours if isinstance(one.cell, Fault))]
        parts += [f"### {name}: SIGKILL", kill_table([one for one in ours if isinstance(one.cell, Kill)])]
    return "\n\n".join(chain(parts, [""]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/faultmatrix",
        description="Breaks deploy and its relatives at every call and every step, does what they then advise, and "
        "looks whether there is one deployment, and one entry of it. The scenes of plans are killed at every step, "
        "and every login that the policy allows is tried.",
        epilog="Exit codes: 0 the law held in every cell, 1 it did not.",
    )
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"{', '.join(_ALL)} (default: all)")
    parser.add_argument("--once", action="store_true", help="leave out the faults that last")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default 2)")
    parser.add_argument("--parts", type=int, default=8, metavar="N", help="parts of a scene (default 8)")
    parser.add_argument("-f", "--output", type=Path, metavar="FILE", help="where the tables go; stdout without it")
    options = parser.parse_args()
    options.scenes = options.scenes or list(_ALL)
    if unknown := set(options.scenes) - set(_ALL):
        parser.error(f"no such scene: {', '.join(sorted(unknown))}")
    if options.jobs < 1 or options.parts < 1:
        parser.error("--jobs and --parts must be at least 1")
    return options


if __name__ == "__main__":
    sys.exit(main())
