"""What differs between two versions of a file."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.bench import Bench, commit, project
from benchmarks.measure import Ran, Result, cpu_seconds_of, interleaved, peak_of, run, seconds_of

XMLDIFF_TARGET = 0.005
TIME_TARGET_S = 1.2
MEMORY_TARGET = 5.0
LINEAR_TARGET = 1.25

_WORKER = Path(__file__).with_name("worker.py")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XMLNS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
_MEGABYTE = 1_000_000
_BLOCK_BYTES = 166
_PROFILE = "force-app/main/default/profiles/Bench.profile-meta.xml"


def permission_sets(bench: Bench) -> list[Result]:
    """Two permission sets of 1,000 entries with one value changed, against xmldiff as it comes."""
    folder = bench.folder("diff-permission-set")
    old, new = folder / "old.permissionset", folder / "new.permissionset"
    old.write_text(_permission_set(1000, changed=-1))
    new.write_text(_permission_set(1000, changed=500))

    def compare(tool: str) -> Ran:
        return run([bench.python, _WORKER, tool, "PermissionSet", old, new], env=bench.sfmeta.env)

    measured = interleaved(
        bench.runs,
        sfmeta=lambda: compare("sfmeta"),
        xmldiff=lambda: compare("xmldiff"),
        fast=lambda: compare("xmldiff-fast"),
    )
    ours, theirs, fast = (_said_seconds(measured[name]) for name in ("sfmeta", "xmldiff", "fast"))
    changes = {name: json.loads(results[0].output)["changes"] for name, results in measured.items()}
    reason = "" if changes["sfmeta"] == 1 else f"{changes['sfmeta']} changes were reported, and one value changed"
    details = {"sfmeta_s": ours, "xmldiff_s": theirs, "xmldiff_fast_match_s": fast, "changes": changes}
    what = "difference of two permission sets of 1,000 entries, one value changed / xmldiff"
    return [Result("diff-permission-set", what, ours / theirs, XMLDIFF_TARGET, "x", reason, details)]


def profiles(bench: Bench) -> list[Result]:
    """Two profiles of 5, 10 and 20 MB, two git revisions apart, by ``sfmeta diff``; and how time grows with size."""
    folder = bench.folder("diff-profile")
    sizes = (5, 10, 20)
    for size in sizes:
        _two_revisions(folder / str(size), size * _MEGABYTE)
    _two_revisions(folder / "start", 1000)

    def diff(size: int) -> Ran:
        command = [bench.sfmeta.command, "diff", "--from", "HEAD~1", "--to", "HEAD", "--json"]
        return run(command, cwd=folder / str(size), env=bench.sfmeta.env, accepted=(3,))

    measured = interleaved(bench.runs, small=lambda: diff(5), middle=lambda: diff(10), large=lambda: diff(20))
    seconds = {size: seconds_of(measured[name]) for size, name in zip(sizes, measured, strict=True)}
    start = cpu_seconds_of(interleaved(bench.runs, start=lambda: _nothing(bench, folder / "start"))["start"])
    spent = {size: cpu_seconds_of(measured[name]) - start for size, name in zip(sizes, measured, strict=True)}
    rates = {size: seconds / size for size, seconds in spent.items()}
    file_bytes = (folder / "20" / _PROFILE).stat().st_size
    peak = peak_of(measured["large"]) / file_bytes
    found = json.loads(measured["large"][0].output)["result"]["changes"]
    fields = [field for change in found for field in change["fields"]]
    reason = "" if len(fields) == 3 else f"{len(fields)} changes were reported, and there are three"
    details = {"seconds": seconds, "peak_bytes": peak_of(measured["large"]), "file_bytes": file_bytes}
    what = "sfmeta diff of two 20 MB profiles in git"
    return [
        Result("diff-profile", f"{what}: wall time", seconds[20], TIME_TARGET_S, "s", reason, details),
        Result("diff-profile-memory", f"{what}: peak of the process / one file", peak, MEMORY_TARGET, "x"),
        Result(
            "diff-profile-linear",
            "the same, linear: processor time per MB at 20 MB / at 5 MB",
            rates[20] / rates[5],
            LINEAR_TARGET,
            "x",
            details={"cpu_seconds_per_mb": rates, "start_cpu_s": start},
        ),
    ]


def _nothing(bench: Bench, folder: Path) -> Ran:
    command = [bench.sfmeta.command, "diff", "--from", "HEAD", "--to", "HEAD", "--json"]
    return run(command, cwd=folder, env=bench.sfmeta.env)


def _said_seconds(results: Sequence[Ran]) -> float:
    return statistics.median(float(json.loads(result.output)["seconds"]) for result in results)


def _permission_set(entries: int, changed: int) -> str:
    blocks = "".join(
        f"    <fieldPermissions>\n        <editable>{str(number == changed).lower()}</editable>\n"
        f"        <field>Account.Field_{number:04}__c</field>\n        <readable>true</readable>\n"
        "    </fieldPermissions>\n"
        for number in range(entries)
    )
    return (
        f"{_HEAD}<PermissionSet {_XMLNS}>\n{blocks}    <hasActivationRequired>false</hasActivationRequired>\n"
        "    <label>Bench</label>\n</PermissionSet>\n"
    )


def _two_revisions(folder: Path, size_bytes: int) -> None:
    """A profile of about this size; then one value changed, one block gone, one new."""
    project(folder, {})
    file = folder / _PROFILE
    file.parent.mkdir(parents=True)
    blocks = size_bytes // _BLOCK_BYTES
    for revision in range(2):
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(_profile(blocks, revision))
        commit(folder, f"revision {revision}")


def _profile(blocks: int, revision: int) -> Iterator[str]:
    yield f"{_HEAD}<Profile {_XMLNS}>\n    <custom>true</custom>\n"
    for number in range(blocks):
        if revision and number == blocks // 3:
            continue
        editable = number == blocks // 2 and revision
        yield (
            f"    <fieldPermissions>\n        <editable>{str(bool(editable)).lower()}</editable>\n"
            f"        <field>Object_{number // 400:03}__c.Field_{number % 400:03}__c</field>\n"
            "        <readable>true</readable>\n    </fieldPermissions>\n"
        )
    if revision:
        yield "    <userPermissions>\n        <enabled>true</enabled>\n        <name>ViewSetup</name>\n"
        yield "    </userPermissions>\n"
    yield "</Profile>\n"
