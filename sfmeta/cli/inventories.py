"""Who uses what in an org, for the commands that look at it: from a file, or audited now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sfmeta.cli.desk import Desk
from sfmeta.errors import UsageError

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.model.inventory import Inventory

AUDIT_DAYS = 90
"""How far back an audit looks, where nobody says."""
AUDIT_WAIT_MINUTES = 33
"""How long an audit waits for the retrieve of the apps' files, where nobody says."""


def inventory_of(desk: Desk, alias: str, file: Path | None, days: int) -> Inventory:
    """Who uses what: from a file, or from an org that is audited now.

    Args:
        desk: of the run.
        alias: the org; with a file, one that the file must be of, or "".
        file: what ``sfmeta audit -f`` wrote; then no org is contacted.
        days: how far back an audit looks.

    Raises:
        UsageError: there is no such file, or it is of another org than the alias.
        SourceError: it holds no inventory.
    """
    if file is not None:
        from sfmeta.codec.inventory_json import read_inventory

        try:
            found = read_inventory(file.read_bytes(), str(file))
        except FileNotFoundError:
            raise UsageError(f"No inventory at {file}", "Write one: sfmeta audit -o ORG -f FILE") from None
        if alias:
            _check_is_of(desk, found, file, alias)
        return found
    from sfmeta.ops.audit import AuditRequest, audit

    return audit(desk.connect(alias), AuditRequest(days=days), desk.tools(AUDIT_WAIT_MINUTES))


def _check_is_of(desk: Desk, inventory: Inventory, file: Path, alias: str) -> None:
    """Who names an org and an inventory means one org; which, an alias says without asking it."""
    org = desk.registry.find(alias)
    if org.org_id != inventory.org_id:
        named = "SFMETA_TARGET_ORG" if alias == desk.ui.environ.get("SFMETA_TARGET_ORG") else "-o"
        raise UsageError(
            f"{file} is of {inventory.org_name} ({inventory.org_id}), not of {alias} ({org.org_id})",
            f"Leave {named} out, or audit {alias}: sfmeta audit -o {alias} -f FILE",
        )
