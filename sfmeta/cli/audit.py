"""``sfmeta audit``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.inventories import AUDIT_DAYS, AUDIT_WAIT_MINUTES
from sfmeta.cli.options import TargetOrg, Wait
from sfmeta.cli.outputs import Output, check_outputs
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb

if TYPE_CHECKING:
    from sfmeta.model.inventory import Inventory

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "audit")
def audit(
    ui: Ui,
    target_org: TargetOrg = "",
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, help="Look at the logins and calls of so many days.")
    ] = AUDIT_DAYS,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="FILE", help="Write the inventory here, as JSON.")
    ] = None,
    parallel: Annotated[
        int, typer.Option("--parallel", metavar="N", min=1, max=10, help="So many calls at a time.")
    ] = 4,
    wait: Wait = AUDIT_WAIT_MINUTES,
) -> Answer:
    """Who uses what in an org: apps, users, grants, logins, and what cannot be seen. Changes nothing.

    Example: sfmeta audit -o production -f inventory.json

    Exit codes: 0 read, 1 the org refused, 4 the user may not see enough or too few API requests are left, 6 org not
    reached.
    """
    from sfmeta.ops.audit import AuditRequest
    from sfmeta.ops.audit import audit as read

    request = AuditRequest(days, parallel)
    with Desk(ui) as desk, no_collector():
        if file is not None:
            check_outputs(desk, [Output("--file", file, "inventory")])
        inventory = read(desk.connect(target_org), request, desk.tools(wait))
        return answer(ui, inventory, file)


def answer(ui: Ui, inventory: Inventory, file: Path | None) -> Answer:
    """The inventory as text and document; written whole or not at all where a file is given."""
    from sfmeta.codec.inventory_json import inventory_bytes, inventory_document
    from sfmeta.report.inventory import inventory_text
    from sfmeta.workspace.files import write_atomic

    if file is not None:
        # who uses what is nobody else's business
        write_atomic(file, inventory_bytes(inventory), mode=0o600)
    document = inventory_document(inventory) if ui.as_json else {}
    text = inventory_text(inventory, ui.style, shutil.get_terminal_size().columns)
    return Answer(document, f"{text}\n\nWritten to {file}." if file else text)
