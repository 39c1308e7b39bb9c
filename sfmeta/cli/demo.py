"""``sfmeta demo``."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.demo_stage import Stage
from sfmeta.cli.demo_story import CLOSING, OPENING, STEPS
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "demo")
def demo(
    ui: Ui,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Leave everything in this new folder, to look at.")
    ] = None,
) -> Answer:
    """Tell the whole story on two local orgs, offline, in about 20 seconds.

    Every command is run for real, in a process of its own, against two orgs on this machine that speak Salesforce's
    protocols. Each step says what it proves, and the demo fails where that is not so. It shows how sfmeta works; it
    is no proof about Salesforce.

    Example: sfmeta demo --keep ./acme

    Exit codes: 0 all steps proved what they claim, 1 one did not, 2 the folder exists already.
    """
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty", "Name a new folder")
    with ExitStack() as stack:
        root = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sfmeta-demo-")))
        root.mkdir(parents=True, exist_ok=True)
        stage = stack.enter_context(Stage(ui, root.resolve()))
        stage.say(OPENING)
        for step in STEPS:
            stage.begin(step.title)
            step.run(stage)
            stage.prove(step.proves)
        result = {
            "steps": [{"title": step.title, "proves": step.proves} for step in STEPS],
            "facts": stage.facts,
            "kept": str(root) if keep else None,
        }
        port = stage.org("sandbox")["url"].rpartition(":")[2]
        closing = CLOSING.format(root=root, port=port) if keep else "Run it with --keep DIR to look at what it made."
    return Answer(result, f"\n{len(STEPS)} steps, each proved what it claims.\n{closing}")
