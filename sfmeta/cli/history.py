"""``sfmeta history``."""

from __future__ import annotations

from typing import Annotated

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.ops.history import history as read_history
from sfmeta.report.deployment import deployment_json
from sfmeta.report.words import counted

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "history")
def history(
    ui: Ui,
    target_org: TargetOrg = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 20,
    project: ProjectDir = None,
) -> Answer:
    """The deployments of an org, newest first, from git (refs/sfmeta/orgs/<org id>). The org is not asked.

    Example: sfmeta history -o production
    """
    with Desk(ui, project) as desk:
        found = read_history(desk.ledger_of(target_org), limit)
        lines = [_line(ui, item) for item in found]
        text = (
            "\n".join(lines)
            or "No deployment to this org is recorded here (git fetch origin 'refs/sfmeta/*:refs/sfmeta/*')."
        )
        return Answer({"deployments": [deployment_json(item) for item in found]}, text)


def _line(ui: Ui, item: Deployment) -> str:
    word = "ok" if item.success else "failed" if item.stage is Stage.FINISHED else str(item.stage)
    color = "green" if item.success else "red" if item.stage is Stage.FINISHED else "yellow"
    revision = item.source_revision[:10] + ("+" if item.source_dirty and item.source_revision else "")
    size = counted(len(item.components), "component")
    size += f", {counted(len(item.deletions), 'deletion')}" if item.deletions else ""
    by = item.author or item.username
    return (
        f"{item.started_at}  {ui.style(f'{word:8}', color)}  {item.kind:8}  {revision or '-':11}  {size}  "
        f"{item.id}  {by}"
    )
