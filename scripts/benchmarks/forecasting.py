"""A large forecast: a hundred thousand users, five hundred apps, a million pairs of them."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import Result, run

PAIRS = 1_000_000
TARGET_S = 5.0
TARGET_BYTES = 500 * 2**20
_WORKER = Path(__file__).with_name("forecast_worker.py")


def forecast(bench: Bench) -> list[Result]:
    """The forecast of every stage at once, in one process; its linearity by a quarter of the pairs beside it.

    Processor time of the forecast alone, the least of the runs; the memory is that of the whole process, its inventory
    included.
    """
    whole, quarter = [], []
    for _ in range(bench.runs):
        quarter.append(_measured(bench, PAIRS // 4))
        whole.append(_measured(bench, PAIRS))
    seconds, peak = min(one["seconds"] for one in whole), max(one["peak_bytes"] for one in whole)
    ratio = seconds / (4 * min(one["seconds"] for one in quarter))
    what = f"forecast of {PAIRS:,} pairs of user and app"
    details = {"rows": whole[0]["rows"], "harmed": whole[0]["harmed"]}
    return [
        Result("forecast", what, seconds, TARGET_S, "s", details=details),
        Result("forecast-memory", f"{what}, inventory included, of 500 MB", peak / TARGET_BYTES, 1.0, "x"),
        Result("forecast-linear", f"{what}, of four times a quarter of them", ratio, 1.25, "x"),
    ]


def _measured(bench: Bench, pairs: int) -> dict[str, float]:
    ran = run([bench.python, _WORKER, pairs], env=bench.sfmeta.env)
    found: dict[str, float] = {**json.loads(ran.output), "peak_bytes": ran.peak_bytes}
    return found
