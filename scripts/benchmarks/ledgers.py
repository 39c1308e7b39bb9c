"""Ten thousand components read from git and from the ledger, and a rollback of all of them planned."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import Result, run

COMPONENTS = 10_000
READ_TARGET_S = 1.0
ROLLBACK_TARGET_S = 5.0
_WORKER = Path(__file__).with_name("ledger_worker.py")
_ROOT = Path(__file__).parents[2]


def ledger(bench: Bench) -> list[Result]:
    """Wall time of each step in a process of its own, start and the making of the files not included.

    The org is the stand-in of the tests, which answers at once: what is measured is ours.
    """
    found = [_measured(bench, bench.folder(f"ledger-{number}")) for number in range(bench.runs)]
    seconds = {step: statistics.median(one[step] for one in found) for step in found[0]}
    many = f"{COMPONENTS:,} components"
    return [
        Result("ledger-revision", f"{many} at a revision, read from git", seconds["revision_s"], READ_TARGET_S, "s"),
        Result("ledger-read", f"{many}, before, after and package", seconds["ledger_s"], 2 * READ_TARGET_S, "s"),
        Result("ledger-write", f"{many}, the three stages written", seconds["write_s"], 2 * READ_TARGET_S, "s"),
        Result("ledger-rollback", f"a rollback of {many} planned", seconds["rollback_s"], ROLLBACK_TARGET_S, "s"),
    ]


def _measured(bench: Bench, folder: Path) -> dict[str, float]:
    # the stand-in for an org lies with the tests
    env = {**bench.sfmeta.env, "PYTHONPATH": str(_ROOT)}
    ran = run([bench.python, _WORKER, COMPONENTS, folder], env=env)
    found: dict[str, float] = json.loads(ran.output)
    return found
