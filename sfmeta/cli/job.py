"""``sfmeta job``: report, resume, cancel."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from sfmeta.cli.deploy import answer
from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg, Wait
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import GuardRefused, UsageError
from sfmeta.model.names import JobId
from sfmeta.model.outcome import DeployOutcome, OrgInfo
from sfmeta.ops import job as op
from sfmeta.report.deployment import outcome_json, outcome_text
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.lock import LOCKED

app = typer.Typer(help="A deploy job by its id.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Job = Annotated[str, typer.Argument(metavar="JOB", help="The id of a deploy job, 0Af...")]


@verb(app, "report", command="job report")
def report(ui: Ui, job: Job, target_org: TargetOrg = "", project: ProjectDir = None) -> Answer:
    """The state of a deploy job now; exit 5 while it runs.

    Example: sfmeta job report 0Af000000000001AAA -o uat
    """
    with Desk(ui, project) as desk:
        return _state(ui, op.report(desk.connect(target_org), _id(job)))


@verb(app, "cancel", command="job cancel")
def cancel(ui: Ui, job: Job, target_org: TargetOrg = "", wait: Wait = 33, project: ProjectDir = None) -> Answer:
    """Stop a deploy job and say what became of it. It may end before it can be stopped.

    Example: sfmeta job cancel 0Af000000000001AAA -o uat
    """
    with Desk(ui, project) as desk:
        org = desk.connect(target_org)
        outcome = op.cancel(org, _id(job), _ledger_to_close(ui, desk, org.info), desk.tools(wait))
        stopped = str(outcome.status) == "Canceled"
        return Answer(outcome_json(outcome), outcome_text(outcome, ui.style), 0 if stopped else 1)


@verb(app, "resume", command="job resume")
def resume(ui: Ui, job: Job, target_org: TargetOrg = "", wait: Wait = 33, project: ProjectDir = None) -> Answer:
    """Wait for a deploy job, read back what it left, and close the ledger entry that it left open.

    Example: sfmeta job resume 0Af000000000001AAA -o uat
    """
    with Desk(ui, project) as desk:
        org = desk.connect(target_org)
        desk.lock(org.info)
        resumed = op.resume(org, _id(job), desk.ledger_if_any(org.info), desk.tools(wait))
        if resumed.report is not None:
            return answer(ui, resumed.report)
        said = _state(ui, resumed.outcome)
        if resumed.record is None or resumed.record.success:
            return said
        differing = "; ".join(resumed.record.differences)
        return replace(said, text=f"{said.text}\nRecorded as failed: {differing or resumed.record.status}", exit_code=1)


def _ledger_to_close(ui: Ui, desk: Desk, info: OrgInfo) -> Ledger | None:
    """The ledger; None where who waits for the job records its end: a job must be stopped whoever waits for it."""
    try:
        desk.lock(info)
    except GuardRefused as error:
        if error.code != LOCKED:
            raise
        ui.warn(f"{error.message}; what came of it is recorded there")
        return None
    return desk.ledger_if_any(info)


def _state(ui: Ui, outcome: DeployOutcome) -> Answer:
    code = (0 if outcome.success else 1) if outcome.done else 5
    return Answer(outcome_json(outcome), outcome_text(outcome, ui.style), code)


def _id(text: str) -> JobId:
    if not text.startswith("0Af") or len(text) not in (15, 18) or not text.isalnum():
        raise UsageError(f"'{text}' is no id of a deploy job", "It starts with 0Af and has 15 or 18 characters")
    return JobId(text)
