"""Options that commands share: which local org is meant, and who does something in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.localorg_client import VARIABLE

ReadyFile = Annotated[
    Path | None, typer.Option("--ready-file", metavar="FILE", help=f"The org's ready file (or set {VARIABLE}).")
]
DataDir = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The org's data directory.")]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="USERNAME", help="As whom; the user's permissions count. Without it: the admin."),
]
