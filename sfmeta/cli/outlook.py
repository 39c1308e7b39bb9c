"""What ``forecast`` and ``report`` ask for, and how an answer to it is found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.inventories import AUDIT_DAYS, inventory_of
from sfmeta.errors import UsageError
from sfmeta.model.forecast import Stage

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.model.forecast import Forecast
    from sfmeta.model.policy import Policy

UpToStage = Annotated[
    Stage | None,
    typer.Option("--stage", help="Up to and with this stage. Without it: as far as the policy goes."),
]
UpToWave = Annotated[
    int | None, typer.Option("--wave", metavar="N", min=1, help="Of restrict, up to and with this wave.")
]
At = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="DATE",
        help="Look ahead: 2027-01-31 is the end of that day, UTC; 2027-01-31T18:00+01:00 minds login hours, too.",
    ),
]
Days = Annotated[
    int | None,
    typer.Option(
        "--days", metavar="N", min=1, help=f"Audit the logins and calls of so many days. Without it: {AUDIT_DAYS}."
    ),
]
InventoryFile = Annotated[
    Path | None,
    typer.Option("--inventory", metavar="FILE", help="Of sfmeta audit -f; then no org is contacted."),
]
AsIs = Annotated[
    bool,
    typer.Option("--as-is", help="That stage alone, on the org as it is. Without it: those before it count as done."),
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Without it: policy.yml of the project.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one run.

    Attributes:
        target_org: ``-o``.
        stage: ``--stage``.
        wave: ``--wave``.
        as_is: ``--as-is``.
        at: ``--at``, as typed.
        days: ``--days``.
        inventory: ``--inventory``.
        policy: ``--policy``.
    """

    target_org: str
    stage: Stage | None
    wave: int | None
    as_is: bool
    at: str
    days: int | None
    inventory: Path | None
    policy: Path | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What was found.

    Attributes:
        forecast: who stops, and why.
        policy: the one it rests on, usernames resolved.
    """

    forecast: Forecast
    policy: Policy


def look(desk: Desk, asked: Asked) -> Outlook:
    """Reads the policy, then the org (or an inventory of it), and looks ahead.

    Raises:
        UsageError: options that do not go together, or a file that is not there.
        SourceError: the policy, the inventory or the findings are wrong.
    """
    from sfmeta.ops.forecast import ForecastRequest, look_ahead, resolved
    from sfmeta.workspace.findings import read_findings

    if asked.inventory and asked.days:
        raise UsageError("--days goes with an audit, not with --inventory", "Leave one out")
    moment = _moment(asked.at)
    policy = resolved(desk.policy(asked.policy), desk.ui.environ)
    inventory = inventory_of(desk, asked.target_org, asked.inventory, asked.days or AUDIT_DAYS)
    if desk.root_if_any is not None:
        policy = desk.values.named_here(policy, inventory.org_id)
    if moment and moment < inventory.taken_at:
        raise UsageError(f"--at {asked.at} lies before the audit", "A forecast looks ahead")
    # what probes found out: in the project, or beside a policy that stands alone
    answers = read_findings(desk.root_beside(asked.policy)).for_org(inventory.org_id)
    request = ForecastRequest(asked.stage, asked.wave, moment, ":" in asked.at, asked.as_is)
    return Outlook(look_ahead(inventory, policy, request, answers, datetime.now(UTC)), policy)


def _moment(text: str) -> datetime | None:
    from sfmeta.config.scalars import parse_until

    if not text:
        return None
    until = parse_until(text)
    if until is None:
        raise UsageError(f"--at {text} is no date", "Write 2027-01-31, or 2027-01-31T18:00+01:00")
    return until.at
