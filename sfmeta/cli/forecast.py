"""``sfmeta forecast``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from sfmeta import __version__
from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.options import ProjectDir, TargetOrg
from sfmeta.cli.outlook import AsIs, Asked, At, Days, InventoryFile, Outlook, PolicyFile, UpToStage, UpToWave, look
from sfmeta.cli.outputs import Output, check_outputs
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "forecast")
def forecast(
    ui: Ui,
    target_org: TargetOrg = "",
    stage: UpToStage = None,
    wave: UpToWave = None,
    as_is: AsIs = False,
    at: At = "",
    days: Days = None,
    inventory: InventoryFile = None,
    policy: PolicyFile = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every row here, for a spreadsheet.")
    ] = None,
    sarif: Annotated[
        Path | None, typer.Option("--sarif", metavar="FILE", help="Write who is hit here, for code scanning.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the report here, as sfmeta report does.")
    ] = None,
    project: ProjectDir = None,
) -> Answer:
    """Who stops working after a stage of the policy, or might, and why. Changes nothing.

    Every user with every app (or protocol) that an audit saw, and every grant of the policy: now, and after the
    stage; by which rule, and what would help. What an audit cannot see is named.

    Example: sfmeta forecast -o production --stage restrict --wave 1

    Exit codes: 0 nobody stops who is not accepted, 2 the policy or the options are wrong, 3 somebody stops or might, or
    a blind spot is not accepted, 4 the user may not see enough, 6 org not reached.
    """
    files = {kind: path for kind, path in (("csv", csv), ("sarif", sarif), ("html", html)) if path}
    asked = Asked(target_org, stage, wave, as_is, at, days, inventory, policy)
    with Desk(ui, project) as desk, no_collector():
        outputs = [Output(f"--{kind}", path, kind) for kind, path in files.items()]
        check_outputs(desk, outputs, policy=policy, inventory=inventory)
        found = look(desk, asked)
        write(found, files)
        return _answer(ui, found, files)


def write(found: Outlook, files: Mapping[str, Path]) -> None:
    """Write a forecast in the forms that were asked for: all of the files, or none.

    Args:
        found: what was found.
        files: by form: ``csv``, ``sarif``, ``html``.
    """
    from sfmeta.workspace.files import write_together

    contents = {path: _content(found, kind).encode(errors="replace") for kind, path in files.items()}
    # who uses what is nobody else's business
    write_together(contents, mode=0o600)


def _content(found: Outlook, kind: str) -> str:
    if kind == "csv":
        from sfmeta.report.csv_table import forecast_csv

        return forecast_csv(found.forecast)
    if kind == "sarif":
        from sfmeta.report.sarif import forecast_sarif

        document = forecast_sarif(found.forecast, __version__, found.policy)
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    from sfmeta.report.html import page

    return page(found.forecast, __version__)


def _answer(ui: Ui, found: Outlook, files: Mapping[str, Path]) -> Answer:
    from sfmeta.report.forecast import forecast_json, forecast_text

    written = {"files": {kind: str(path) for kind, path in files.items()}}
    document = {**forecast_json(found.forecast), **written} if ui.as_json else {}
    lines = [] if ui.as_json else [forecast_text(found.forecast, ui.style, shutil.get_terminal_size().columns)]
    if files:
        lines += ["", *(f"Written to {path}." for path in files.values())]
    return Answer(document, "\n".join(lines), 0 if found.forecast.is_clean else 3)
