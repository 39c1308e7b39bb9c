"""``sfmeta report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.forecast import write
from sfmeta.cli.options import ProjectDir, TargetOrg
from sfmeta.cli.outlook import AsIs, Asked, At, Days, InventoryFile, PolicyFile, UpToStage, UpToWave, look
from sfmeta.cli.outputs import Output, check_outputs
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "report")
def report(
    ui: Ui,
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE.html", help="Write the page here.")],
    target_org: TargetOrg = "",
    stage: UpToStage = None,
    wave: UpToWave = None,
    as_is: AsIs = False,
    at: At = "",
    days: Days = None,
    inventory: InventoryFile = None,
    policy: PolicyFile = None,
    project: ProjectDir = None,
) -> Answer:
    """The forecast as one page for people: who is hit, by what, when each app was used, what to do next.

    One self-contained file: it needs no network and no script, and sends nothing. At most 15 MB: of more than 2,000
    rows those with harm are shown, up to 10,000; the others are counted by app.

    Example: sfmeta report -o production -f report.html

    Exit codes: 0 written, whatever it says, 2 the policy or the options are wrong, 4 the user may not see enough, 6 org
    not reached.
    """
    from sfmeta.report.digest import digest
    from sfmeta.report.outcome import outcome

    with Desk(ui, project) as desk, no_collector():
        check_outputs(desk, [Output("--file", file, "html")], policy=policy, inventory=inventory)
        found = look(desk, Asked(target_org, stage, wave, as_is, at, days, inventory, policy))
        write(found, {"html": file})
    shown = found.forecast
    said = outcome(shown, digest(shown))
    result = {"file": str(file), "outcome": said, "stage": str(shown.stage), "clean": shown.is_clean}
    return Answer(result, f"{said}\nWritten to {file}.")
