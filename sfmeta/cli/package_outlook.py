"""What a package does to who can log in, for the commands that send one: audited now, shown short, guarded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.inventories import AUDIT_DAYS, AUDIT_WAIT_MINUTES, inventory_of
from sfmeta.errors import GuardRefused

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.cli.ui import Ui
    from sfmeta.model.forecast import Forecast
    from sfmeta.model.names import OrgId
    from sfmeta.model.policy import Policy
    from sfmeta.ops.deployment import DeployPlan
    from sfmeta.ops.foresight import Sending
    from sfmeta.org.client import OrgClient

NAMED = 10
"""So many of those who would stop stand in the error's own words."""
ROWS_KEPT = 1_000
"""So many of those whom a deployment hits are kept in the ledger."""


def foresee(
    desk: Desk, alias: str, sending: Sending, *, org: OrgClient | None = None, inventory: Path | None = None
) -> Forecast:
    """Reads the project's policy, audits the org (or reads an inventory of it), and looks ahead. Changes nothing.

    Args:
        desk: of the run.
        alias: the org.
        sending: what would be sent.
        org: the same org, where the command has logged in already.
        inventory: of ``sfmeta audit -f``; then no org is contacted.

    Raises:
        UsageError: the inventory is of another org.
        SourceError: the policy, the inventory, the findings or a file are wrong.
    """
    from sfmeta.ops.foresight import foresee_in
    from sfmeta.workspace.findings import read_findings

    if inventory is None:
        return outlook_on(desk, org or desk.connect(alias))(sending)
    with no_collector():
        found = inventory_of(desk, alias, inventory, AUDIT_DAYS)
        policy = policy_of(desk, found.org_id)
        answers = read_findings(desk.project.root).for_org(found.org_id)
        return foresee_in(found, sending, policy, answers, desk.tools(AUDIT_WAIT_MINUTES).now)


def outlook_on(desk: Desk, org: OrgClient) -> Callable[[Sending], Forecast]:
    """Reads the project's policy and findings now; whoever calls the answer has the org audited then.

    Raises:
        SourceError: the policy or the findings are wrong.
    """
    from sfmeta.ops.audit import AuditRequest
    from sfmeta.ops.foresight import foresee as audit_and_foresee
    from sfmeta.workspace.findings import read_findings

    policy = policy_of(desk, org.info.id)
    answers = read_findings(desk.project.root).for_org(org.info.id)
    tools = desk.tools(AUDIT_WAIT_MINUTES)

    def look(sending: Sending) -> Forecast:
        with no_collector():
            return audit_and_foresee(org, sending, policy, answers, AuditRequest(days=AUDIT_DAYS), tools)

    return look


def guarded(desk: Desk, org: OrgClient, plan: DeployPlan, subject: str, *, accept_open: bool) -> DeployPlan:
    """Whom a deployment locks out: audited now, shown on stderr, and refused where somebody is by surprise.

    Args:
        desk: of the run.
        org: the target, logged in.
        plan: what would be done.
        subject: how the words call it: "the rollback".
        accept_open: somebody agreed to what hangs on open questions.

    Returns:
        The plan with what was foreseen; as it is where the deployment touches nothing that lets anybody in.

    Raises:
        GuardRefused: somebody would stop working who is not accepted by name, or might; or our user may not see enough.
        SourceError: the policy or the findings are wrong.
    """
    from sfmeta.ops.foresight import Sending
    from sfmeta.ops.snapshot import by_component

    if plan.changes_nothing or not plan.touches_access:
        return plan
    files = by_component(plan.package.entries)
    sending = Sending(files, plan.package.deletions, plan.writes, plan.before.holdings, subject)
    forecast = outlook_on(desk, org)(sending)
    if not (desk.ui.quiet or desk.ui.as_json):
        desk.ui.finish_progress()
        typer.echo(text_of(desk.ui, forecast), err=True)
    guard(forecast, accept_open=accept_open)
    return replace(plan, foreseen=for_ledger(forecast))


def for_ledger(forecast: Forecast) -> Mapping[str, object]:
    """The forecast as the ledger keeps it: all whom it hits, up to a thousand."""
    from sfmeta.report.package_forecast import short_json

    return short_json(forecast, ROWS_KEPT)


def shown_of(plan: DeployPlan) -> Mapping[str, object] | None:
    """What was foreseen, short enough for the answer of a command; None where nobody was asked."""
    from sfmeta.report.package_forecast import SHOWN

    found = plan.foreseen
    rows = found.get("rows") if found else None
    return {**found, "rows": rows[:SHOWN]} if found and isinstance(rows, list) else found


def text_of(ui: Ui, forecast: Forecast) -> str:
    """The forecast for people, short."""
    from sfmeta.report.package_forecast import short_text

    return short_text(forecast, ui.style, shutil.get_terminal_size().columns)


def json_of(forecast: Forecast) -> Mapping[str, object]:
    """The forecast for machines, short."""
    from sfmeta.report.package_forecast import short_json

    return short_json(forecast)


def guard(forecast: Forecast, *, accept_open: bool = False, may_skip: bool = True) -> None:
    """Refuse what locks somebody out by surprise, or may; what cannot be seen is named, and stops nothing here.

    Args:
        forecast: what was found.
        accept_open: somebody agreed to what hangs on open questions.
        may_skip: the command has ``--skip-forecast``.

    Raises:
        GuardRefused: somebody would stop working who is not accepted by name, or might.
    """
    from sfmeta.access.listing import some
    from sfmeta.model.forecast import Harm
    from sfmeta.report.forecast_words import app_title, plain
    from sfmeta.report.package_forecast import headline

    harms = {row.harm for row in forecast.outstanding}
    certain = bool(forecast.unresolved) or Harm.STOPS in harms
    if not certain and (accept_open or not harms):
        return
    agree = "" if certain else "agree to the open questions with --accept-loss, "
    named = f"Do what the forecast names, {agree}or accept each loss in policy.yml by name"
    emergency = "; in an emergency: --skip-forecast" if may_skip else ""
    people = [f"{plain(row.user.username)} with {plain(app_title(row))}" for row in forecast.outstanding]
    who = f": {some(people, NAMED)}" if people else ""
    raise GuardRefused(f"{headline(forecast).rstrip('.')}{who}", f"{named}{emergency}", code="lock-out")


def policy_of(desk: Desk, org_id: OrgId) -> Policy:
    """The project's, its users as they are called in an org; without one nobody's loss is accepted, and no blind spot.

    Raises:
        SourceError: it is wrong, or environments.yml is.
        UsageError: a variable in it is not set.
    """
    from sfmeta.model.policy import Policy
    from sfmeta.ops.forecast import resolved

    if desk.project.read("policy.yml") is None:
        desk.ui.warn("There is no policy.yml, so that nobody's loss of access is accepted")
        return Policy()
    return desk.values.named_here(resolved(desk.policy(None), desk.ui.environ), org_id)
