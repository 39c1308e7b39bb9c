"""``sfmeta generate``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sfmeta.access.wanted import ManualStep
from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.options import ProjectDir
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.ops import generate as op
from sfmeta.report.words import counted
from sfmeta.workspace.project import ENFORCEMENT

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "generate")
def generate(
    ui: Ui,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Without it: policy.yml of the project.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 3 where files would change.")] = False,
    project: ProjectDir = None,
) -> Answer:
    """Turn the policy into metadata files.

    What the policy says is written; what it does not mention stays as it is in the file. Nothing is written if
    anything is wrong. What a person does in Setup is listed: whom to assign first, then the settings of apps.

    No file is ever deleted. Files that generate clearly wrote and the policy no longer asks for are named: permission
    sets, blocks, the two boxes, and apps that left the policy while their file still names their permission set.
    Whether other files were generated once cannot be told.

    Example: sfmeta generate --check

    Exit codes: 0 done, 2 policy, template or file is wrong, 3 files would change (--check).
    """
    with Desk(ui, project) as desk, no_collector():
        request = op.GenerateRequest(
            policy=desk.policy(policy),
            tree=desk.project,
            schema=desk.schema,
            now=datetime.now(UTC),
            home=desk.project.home,
            enforcement=ENFORCEMENT,
            api_version=desk.project.api_version,
            check=check,
        )
        result = op.generate(request)
    for problem in result.warnings:
        ui.warn(str(problem))
    document = {
        "created": list(result.created),
        "changed": list(result.changed),
        "unchanged": list(result.unchanged),
        "stale": list(result.stale),
        "manual_steps": [_step_json(step) for step in result.manual_steps],
    }
    return Answer(document, "\n".join(_lines(ui, result, check=check)), 3 if check and result.differs else 0)


def _lines(ui: Ui, result: op.GenerateResult, *, check: bool) -> Iterator[str]:
    would = "would " if check else ""
    yield from (ui.style(f"{would}create {path}", "green") for path in result.created)
    yield from (ui.style(f"{would}change {path}", "yellow") for path in result.changed)
    if result.unchanged:
        yield f"{counted(len(result.unchanged), 'file')} as the policy says already."
    yield from (f"the policy no longer asks for it, kept: {path}" for path in result.stale)
    if result.manual_steps:
        yield "In Setup, by hand:"
    for step in result.manual_steps:
        yield f"  {step.title} ({step.where})"
        yield from (f"    - {action}" for action in step.actions)
        yield from (f"    see it with: {query}" for query in step.verify)


def _step_json(step: ManualStep) -> dict[str, object]:
    return {
        "app": step.app,
        "title": step.title,
        "where": step.where,
        "actions": list(step.actions),
        "verify": list(step.verify),
    }
