"""A plan as a file: one zip with ``plan.json``, ``packages/NN.zip`` and ``undo/NN.zip``. No secret is in it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sfmeta.codec.plan_json import plan_bytes, read_plan
from sfmeta.errors import SourceError, UsageError
from sfmeta.model.component import Entry, Package
from sfmeta.model.plan import Plan, PlanStep, StepKind
from sfmeta.source.archive import read_zip, write_zip
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
    """

    plan: Plan
    packages: Mapping[int, Package] = field(default_factory=dict)


def write_plan(file: Path, plan: Plan, packages: Mapping[int, Package], undo: Mapping[int, Package]) -> None:
    """Write a plan; a file that is there is replaced as a whole, or not at all.

    Args:
        file: where.
        plan: the plan.
        packages: by the number of the step.
        undo: likewise.
    """
    entries = [Entry.of(PLAN_JSON, plan_bytes(plan))]
    for folder, found in (("packages", packages), ("undo", undo)):
        entries += [Entry.of(f"{folder}/{number:02}.zip", _zipped(package)) for number, package in found.items()]
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
    return PlanFile(
        plan,
        {step.number: _package(step, files, file) for step in plan.steps if step.kind is StepKind.METADATA},
    )


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


def _zipped(package: Package) -> bytes:
    sink = io.BytesIO()
    write_zip(package.entries, sink)
    return sink.getvalue()
