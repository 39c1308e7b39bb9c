"""``scripts/bench``: runs the measurements, prints the table, says by its exit code whether all targets are met."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks import (
    auditing,
    deploys,
    differences,
    forecasting,
    generating,
    ledgers,
    local_org,
    startup,
    transfers,
    validating,
)
from benchmarks.bench import Bench
from benchmarks.measure import MeasuredProcessError, Result
from benchmarks.tools import install_sfmeta, sf, sfmeta

MEASUREMENTS: Mapping[str, Callable[[Bench], list[Result]]] = {
    "version": startup.version,
    "deploy-help": startup.deploy_help,
    "deploy-20": deploys.small_package,
    "diff-permission-set": differences.permission_sets,
    "diff-profile": differences.profiles,
    "forecast": forecasting.forecast,
    "ledger": ledgers.ledger,
    "generate": generating.generate,
    "validate-one": validating.one_file,
    "validate-many": validating.many_files,
    "transfer-39mb": transfers.large_package,
    "local-org-start": local_org.start,
    "local-org-deploy": local_org.many_files,
    "local-org-polls": local_org.many_clients,
    "local-org-tokens": local_org.many_tokens,
    "audit": auditing.audit,
}

EXIT_MISSED = 1


def main() -> int:
    """Measure and print; the exit code is not 0 where a target is missed or a row was skipped."""
    options = _options()
    binaries = install_sfmeta()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="sfmeta-bench-") as scratch:
        work = Path(scratch)
        bench = Bench(options.runs, work, sfmeta(binaries, work / "home"), binaries / "python", sf(work / "home-of-sf"))
        for name, measurement in MEASUREMENTS.items():
            if options.only and name not in options.only:
                continue
            print(f"bench: {name} ...", file=sys.stderr)
            try:
                results += measurement(bench)
            except MeasuredProcessError as error:
                print(f"bench: {name}: {error}", file=sys.stderr)
                results.append(Result(name, "", float("inf"), 0.0, "", str(error)))
    print(_table(results))
    if options.json:
        options.json.write_text(json.dumps(_document(results, options.runs), indent=2) + "\n")
    accepted = {"met", "skipped"} if options.allow_missing else {"met"}
    return 0 if {result.verdict for result in results} <= accepted else EXIT_MISSED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures sfmeta against the tools people use today, in one run on one machine.",
        epilog="Exit codes: 0 every target is met, 1 one is missed or a row was skipped.",
    )
    parser.add_argument("--only", action="append", choices=list(MEASUREMENTS), help="only this one; may be repeated")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="how often each is measured (default 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON as well")
    parser.add_argument("--allow-missing", action="store_true", help="a tool that is not installed is no failure")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    return options


def _table(results: list[Result]) -> str:
    rows = [("", "measured", "target", "verdict", "what")]
    for result in results:
        unit = result.unit
        value = "-" if result.value is None else f"{result.value:.3g} {unit}"
        note = f" ({result.reason.splitlines()[0]})" if result.reason else ""
        rows.append((result.name, value, f"{result.target:.3g} {unit}", result.verdict, result.what + note))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + f"  {row[4]}" for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _document(results: list[Result], runs: int) -> Mapping[str, object]:
    machine = {"platform": platform.platform(), "python": platform.python_version(), "cpus": os.cpu_count()}
    rows = [{**asdict(result), "verdict": result.verdict} for result in results]
    return {"runs": runs, "machine": machine, "results": rows}


if __name__ == "__main__":
    sys.exit(main())
