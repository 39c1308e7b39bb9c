"""``sfmeta history``."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import OrgRefused, OrgUnreachable
from sfmeta.ops import history as op
from sfmeta.report.deployment import deployment_json
from sfmeta.report.history import history_text, told_json, told_text
from sfmeta.workspace.ledger import Ledger

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "history")
def history(
    ui: Ui,
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="One in full: its id, the beginning of it, or its job's id.")
    ] = "",
    target_org: TargetOrg = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 20,
    project: ProjectDir = None,
) -> Answer:
    """The deployments of an org, newest first, from git (refs/sfmeta/orgs/<org id>); or one with what it changed.

    The org is asked only where there is no deployment in git: if it shows some of ours, the history is elsewhere.

    Example: sfmeta history -o production

    Exit codes: 0 done, 2 no such deployment, 4 there is no history here, and the org shows deployments of ours.
    """
    with Desk(ui, project) as desk:
        ledger = desk.records.ledger_of(target_org)
        ui.target_org = desk.registry.find(target_org).alias
        if entry:
            return _one(ui, op.one(ledger, entry))
        found = op.history(ledger, limit)
        result = {"deployments": [deployment_json(item) for item in found]}
        if found:
            return Answer(result, history_text(found, ui.style, shutil.get_terminal_size().columns))
        notes = _why_empty(desk, target_org, ledger)
        for note in notes:
            ui.warn(note)
        shown = "" if notes else ", and the org shows none of our user's"
        return Answer(result, f"No deployment to this org is recorded here{shown}.")


def _why_empty(desk: Desk, target_org: str, ledger: Ledger) -> tuple[str, ...]:
    try:
        org = desk.connect(target_org)
    except (OrgRefused, OrgUnreachable) as error:
        return (op.unasked(error),)
    return op.why_empty(org, ledger)


def _one(ui: Ui, told: op.Told) -> Answer:
    entry, changes, records, unknown = told.deployment, told.changes, told.records, told.unknown
    return Answer(
        told_json(entry, told.commit, changes, records, told.writes, unknown),
        told_text(entry, changes, records, unknown, ui.style),
    )
