"""The largest package an org accepts, out and back: memory must not grow with it many times over."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.bench import Bench, commit, local_org, project
from benchmarks.measure import Ran, Result, peak_of, run
from benchmarks.tools import Tool

TARGET = 4.0
_TOKEN = "BENCH_ACCESS_TOKEN"
_MEGABYTE = 1 << 20
# the org's limit is 39 MB for the whole zip; names, manifest and descriptions take a little of it
_FILES, _FILE_BYTES = 13, 3 * _MEGABYTE - 4096


def large_package(bench: Bench) -> list[Result]:
    """Thirteen static resources of random bytes, 39 MB together, deployed and retrieved."""
    folder = bench.folder("transfer")
    here = folder / "project"
    project(here, {})
    deployed: list[Ran] = []
    retrieved: list[Ran] = []
    with local_org(bench, folder) as org:
        sfmeta = Tool(bench.sfmeta.command, {**bench.sfmeta.env, _TOKEN: org.token})
        add = [sfmeta.command, "org", "add", "transfer", "--instance-url", org.url, "--access-token-env", _TOKEN]
        run(add, env=sfmeta.env, cwd=folder)
        for turn in range(min(bench.runs, 3)):
            _write_resources(here, seed=turn)
            commit(here, f"turn {turn}")
            deployed.append(
                run([sfmeta.command, "deploy", "--skip-forecast", "-o", "transfer"], cwd=here, env=sfmeta.env)
            )
            back = folder / f"back-{turn}.zip"
            retrieve = [sfmeta.command, "retrieve", "-o", "transfer", "-m", "StaticResource:*", "--zip", back]
            retrieved.append(run(retrieve, cwd=here, env=sfmeta.env))
            size = back.stat().st_size
            back.unlink()
    reason = "" if size > 38.9 * _MEGABYTE else f"the zip has only {size} bytes"
    return [
        _row("deploy-39mb", "sfmeta deploy", deployed, size, reason),
        _row("retrieve-39mb", "sfmeta retrieve", retrieved, size, reason),
    ]


def _row(name: str, verb: str, results: list[Ran], size: int, reason: str) -> Result:
    peak = peak_of(results)
    details = {"peak_bytes": peak, "zip_bytes": size, "seconds": [result.seconds for result in results]}
    return Result(name, f"{verb} of a 39 MB zip: peak of the process / zip", peak / size, TARGET, "x", reason, details)


def _write_resources(project_folder: Path, seed: int) -> None:
    """Bytes that no zip makes smaller, the same for a seed on every run."""
    source = random.Random(seed)
    folder = project_folder / "force-app/main/default/staticresources"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_FILES):
        with (folder / f"Bench_{number:02}.resource").open("wb") as stream:
            for _ in range(0, _FILE_BYTES, 4096):
                stream.write(source.randbytes(4096))
        (folder / f"Bench_{number:02}.resource-meta.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<StaticResource xmlns="http://soap.sforce.com/2006/04/metadata">\n'
            "    <cacheControl>Private</cacheControl>\n    <contentType>application/octet-stream</contentType>\n"
            "</StaticResource>\n"
        )
