"""How long a person waits for the first character."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.measure import Result, interleaved, run, seconds_of

VERSION_TARGET = 0.35
HELP_TARGET = 0.25


def version(bench: Bench) -> list[Result]:
    """``--version`` of both tools."""
    what = "sfmeta --version / sf --version"
    return [_compared(bench, "version", what, ["--version"], ["--version"], VERSION_TARGET)]


def deploy_help(bench: Bench) -> list[Result]:
    """The help of the command that deploys."""
    what = "sfmeta deploy --help / sf project deploy start --help"
    theirs = ["project", "deploy", "start", "--help"]
    return [_compared(bench, "deploy-help", what, ["deploy", "--help"], theirs, HELP_TARGET)]


def _compared(bench: Bench, name: str, what: str, ours: list[str], theirs: list[str], target: float) -> Result:
    sf = bench.sf
    if sf is None:
        return Result(name, what, None, target, "x", "the Salesforce CLI is not installed")
    measured = interleaved(
        bench.runs,
        sfmeta=lambda: run([bench.sfmeta.command, *ours], env=bench.sfmeta.env),
        sf=lambda: run([sf.command, *theirs], env=sf.env),
    )
    ours_s, theirs_s = seconds_of(measured["sfmeta"]), seconds_of(measured["sf"])
    return Result(name, what, ours_s / theirs_s, target, "x", details={"sfmeta_s": ours_s, "sf_s": theirs_s})
