"""``sfmeta init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.ops.init import begin

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "init")
def init(
    ui: Ui,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where; without it: here.", show_default=False)
    ] = Path(),
) -> Answer:
    """Begin a project: policy.yml, environments.yml, sfdx-project.json, .forceignore, .gitignore.

    What exists stays as it is.

    Example: sfmeta init my-org && cd my-org && git init

    Exit codes: 0 done, 1 the folder cannot be written to, 2 it is no folder.
    """
    begun = begin(directory)
    for rule in begun.missing_rules:
        ui.warn(f".forceignore was there already; add the line '{rule}', so that no deploy ticks the boxes")
    lines = [f"wrote {name}" for name in begun.written] + [f"kept {name}" for name in begun.kept]
    lines.append("Next: describe your apps in policy.yml, then run sfmeta policy check and sfmeta generate.")
    return Answer({"written": list(begun.written), "kept": list(begun.kept)}, "\n".join(lines))
