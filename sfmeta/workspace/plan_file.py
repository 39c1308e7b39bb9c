"""A plan as a file: one zip with ``plan.json``, ``packages/NN.zip`` and ``undo/NN.zip``. No secret is in it.

Where an environment's values were set in a package, ``packages/NN.base.zip`` has the files as they were before.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sfmeta.codec.plan_json import plan_bytes, read_plan
from sfmeta.errors import SourceError, UsageError
from sfmeta.model.component import Entry, Package
from sfmeta.model.plan import Plan, PlanStep, StepKind
from sfmeta.source.archive import read_zip, write_zip
from sfmeta.source.derivation import underlying
from sfmeta.source.package import read_package
from sfmeta.workspace.files import write_together

PLAN_JSON = "plan.json"
_BEGINNINGS = (b"packages/", PLAN_JSON.encode())
_NAME_AT = 30
"""Where the name of the first file stands in a zip (PKWARE APPNOTE 4.3.7)."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What a plan's file holds.

    Attributes:
        plan: the plan.
        packages: by the number of the step; contents are read when asked for.
        bases: likewise the files as they were before an environment's values were set, where they differ.
    """

    plan: Plan
    packages: Mapping[int, Package] = field(default_factory=dict)
    bases: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)


def write_plan(
    file: Path,
    plan: Plan,
    packages: Mapping[int, Package],
    undo: Mapping[int, Package],
    bases: Mapping[int, tuple[Entry, ...]],
) -> None:
    """Write a plan; a file that is there is replaced as a whole, or not at all.

    Args:
        file: where.
        plan: the plan.
        packages: by the number of the step.
        undo: likewise.
        bases: likewise the files of packages before an environment's values were set, where they differ.
    """
    entries = [Entry.of(PLAN_JSON, plan_bytes(plan))]
    for folder, found in (("packages", packages), ("undo", undo)):
        entries += [Entry.of(f"{folder}/{number:02}.zip", _zipped(one.entries)) for number, one in found.items()]
    entries += [Entry.of(f"packages/{number:02}.base.zip", _zipped(base)) for number, base in bases.items() if base]
    sink = io.BytesIO()
    write_zip(entries, sink)
    # who uses what is nobody else's business
    write_together({file: sink.getvalue()}, mode=0o600)


def read_plan_file(file: Path) -> PlanFile:
    """Read a plan, with distrust: every package must be the one that the plan names.

    Raises:
        UsageError: there is no such file.
        SourceError: it is no plan, or a package in it is another.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"No plan at {file}", "Make one: sfmeta plan -o ORG --stage STAGE -f FILE") from None
    except IsADirectoryError:
        raise UsageError(f"{file} is a folder, not a plan") from None
    files = {entry.path: entry for entry in read_zip(io.BytesIO(data), str(file))}
    if PLAN_JSON not in files:
        raise SourceError.at("this zip holds no plan.json", str(file), hint="A plan comes from: sfmeta plan")
    plan = read_plan(files[PLAN_JSON].read(), str(file))
    sent = [step for step in plan.steps if step.kind is StepKind.METADATA]
    packages = {step.number: _package(step, files, file) for step in sent}
    bases = {step.number: _base(step, packages[step.number], files, file) for step in sent}
    return PlanFile(plan, packages, bases)


def begins_plan(head: bytes) -> bool:
    """Whether a file is a plan, by how it begins."""
    return head.startswith(b"PK\x03\x04") and head[_NAME_AT:].startswith(_BEGINNINGS)


def _package(step: PlanStep, files: Mapping[str, Entry], file: Path) -> Package:
    path = f"packages/{step.name}.zip"
    if path not in files:
        raise SourceError.at(f"{path} is missing", str(file), hint="Make the plan anew")
    where = f"{file}:{path}"
    package = read_package(read_zip(io.BytesIO(files[path].read()), where), where)
    if package.digest != step.digest or package.components != step.components:
        raise SourceError.at(f"{path} is not the package that the plan names", str(file), hint="Make the plan anew")
    return package


def _base(step: PlanStep, package: Package, files: Mapping[str, Entry], file: Path) -> tuple[Entry, ...]:
    path = f"packages/{step.name}.base.zip"
    where = f"{file}:{path}"
    base = tuple(read_zip(io.BytesIO(files[path].read()), where)) if path in files else ()
    if underlying(package, base).digest != step.base_digest:
        what = f"step {step.name} does not come from the package that the plan names"
        raise SourceError.at(what, str(file), hint="Make the plan anew")
    return base


def _zipped(entries: Iterable[Entry]) -> bytes:
    sink = io.BytesIO()
    write_zip(entries, sink)
    return sink.getvalue()
