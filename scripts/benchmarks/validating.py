"""Files checked offline, in an editor's hook and in continuous integration."""

from __future__ import annotations

from benchmarks.bench import Bench, project
from benchmarks.measure import Result, interleaved, run, seconds_of

FILES = 2000
ONE_TARGET_S = 0.12
MANY_TARGET_S = 2.0

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XMLNS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def one_file(bench: Bench) -> list[Result]:
    """One file in a fresh process, beyond what ``--version`` takes."""
    folder = bench.folder("validate-one")
    project(folder, {"permissionsets/Bench.permissionset-meta.xml": _permission_set(0)})
    file = folder / "force-app/main/default/permissionsets/Bench.permissionset-meta.xml"
    measured = interleaved(
        bench.runs,
        start=lambda: run([bench.sfmeta.command, "--version"], cwd=folder, env=bench.sfmeta.env),
        validate=lambda: run([bench.sfmeta.command, "validate", file], cwd=folder, env=bench.sfmeta.env),
    )
    start, whole = seconds_of(measured["start"]), seconds_of(measured["validate"])
    details = {"process_s": whole, "start_s": start}
    what = "sfmeta validate of one file, beyond sfmeta --version"
    return [Result("validate-one", what, whole - start, ONE_TARGET_S, "s", details=details)]


def many_files(bench: Bench) -> list[Result]:
    """A project of two thousand files."""
    folder = bench.folder("validate-many")
    files = {
        f"permissionsets/Bench_{number:04}.permissionset-meta.xml": _permission_set(number) for number in range(FILES)
    }
    project(folder, files)
    measured = interleaved(
        bench.runs, validate=lambda: run([bench.sfmeta.command, "validate"], cwd=folder, env=bench.sfmeta.env)
    )
    reason = "" if f"{FILES} files" in measured["validate"][0].output else "not all files were looked at"
    what = f"sfmeta validate of {FILES:,} files"
    return [Result("validate-many", what, seconds_of(measured["validate"]), MANY_TARGET_S, "s", reason)]


def _permission_set(number: int) -> str:
    permissions = "".join(
        f"    <fieldPermissions>\n        <editable>false</editable>\n        <field>Account.F{field}__c</field>\n"
        "        <readable>true</readable>\n    </fieldPermissions>\n"
        for field in range(10)
    )
    return (
        f"{_HEAD}<PermissionSet {_XMLNS}>\n    <description>Number {number}</description>\n{permissions}"
        f"    <hasActivationRequired>false</hasActivationRequired>\n    <label>Bench {number}</label>\n"
        "    <userPermissions>\n        <enabled>true</enabled>\n        <name>ApiEnabled</name>\n"
        "    </userPermissions>\n</PermissionSet>\n"
    )
