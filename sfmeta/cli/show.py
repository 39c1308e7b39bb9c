"""``sfmeta show``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.report.plan import LINES_SHOWN, plan_json, plan_text
from sfmeta.workspace.plan_file import read_plan_file

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_ALL_LINES = 1_000_000


@verb(app, "show")
def show(ui: Ui, file: Annotated[Path, typer.Argument(metavar="FILE", help="Of sfmeta plan -f.")]) -> Answer:
    """Print a plan: its steps, where to click, what each package changes. Contacts no org.

    Example: sfmeta show wave-1.plan

    Exit codes: 0 done, 2 it is no plan.
    """
    plan = read_plan_file(file).plan
    shown = _ALL_LINES if ui.verbose else LINES_SHOWN
    return Answer(plan_json(plan), plan_text(plan, ui.style, shutil.get_terminal_size().columns, shown))
