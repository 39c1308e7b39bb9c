"""Options by which every command finds the local org that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.localorg_client import VARIABLE

ReadyFile = Annotated[
    Path | None, typer.Option("--ready-file", metavar="FILE", help=f"The org's ready file (or set {VARIABLE}).")
]
DataDir = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The org's data directory.")]
