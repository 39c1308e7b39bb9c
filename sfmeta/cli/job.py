"""``sfmeta job``: report, resume, cancel, close."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from sfmeta.cli.deploy import answer, job_id, with_validation
from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg, Wait, Yes
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import GuardRefused
from sfmeta.model.deployment import NOT_SENT
from sfmeta.model.environment import NO_ENVIRONMENTS
from sfmeta.model.outcome import DeployOutcome, OrgInfo
from sfmeta.ops import job as op
from sfmeta.ops.environments import environment_of
from sfmeta.ops.validation import complete, of_deploy, of_promotion
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
        org = desk.connect(target_org)
        outcome = op.report(org, job_id(job))
        return _checked(ui, desk, org.info, _state(ui, outcome), outcome)


@verb(app, "cancel", command="job cancel")
def cancel(ui: Ui, job: Job, target_org: TargetOrg = "", wait: Wait = 33, project: ProjectDir = None) -> Answer:
    """Stop a deploy job and say what became of it. It may end before it can be stopped.

    Example: sfmeta job cancel 0Af000000000001AAA -o uat
    """
    with Desk(ui, project) as desk:
        org = desk.connect(target_org)
        outcome = op.cancel(org, job_id(job), _ledger_to_close(ui, desk, org.info), desk.tools(wait))
        stopped = str(outcome.status) == "Canceled"
        return Answer(outcome_json(outcome), outcome_text(outcome, ui.style), 0 if stopped else 1)


@verb(app, "resume", command="job resume")
def resume(ui: Ui, job: Job, target_org: TargetOrg = "", wait: Wait = 33, project: ProjectDir = None) -> Answer:
    """Wait for a deploy job, read back what it left, and close the ledger entry that it left open.

    Works on any machine with the job's id. Where the ledger here does not know the deployment, what came of it is
    shown and not recorded. A deployment whose job id was lost is taken for this job where it can be. A check that was
    begun here and has passed its tests is recorded as a validation for --quick.

    Example: sfmeta job resume 0Af000000000001AAA -o uat
    """
    with Desk(ui, project) as desk:
        org = desk.connect(target_org)
        desk.records.lock(org.info)
        ledger = desk.records.ledger_if_any(org.info)
        resumed = op.resume(org, job_id(job), ledger, desk.tools(wait))
        if resumed.report is not None:
            return answer(ui, resumed.report)
        said = _checked(ui, desk, org.info, _state(ui, resumed.outcome), resumed.outcome)
        said = replace(said, result={**said.result, "recorded": resumed.record is not None})
        if resumed.record is None:
            if not resumed.outcome.check_only:
                ui.warn(_unrecorded(job, anywhere=ledger is not None))
            return said
        if resumed.record.success:
            return said
        differing = "; ".join(resumed.record.differences)
        return replace(said, text=f"{said.text}\nRecorded as failed: {differing or resumed.record.status}", exit_code=1)


@verb(app, "close", command="job close")
def close(ui: Ui, target_org: TargetOrg = "", wait: Wait = 33, yes: Yes = False, project: ProjectDir = None) -> Answer:
    """Close a deployment of which nobody knows whether the org took it: what the org holds now is what came of it.

    For whoever has looked at Setup > Deployment Status and found no job that is it. It counts as one that may have
    happened, so that a rollback undoes it. One that was closed as never taken within the last day stays so, and is not
    looked for again. Where one of the jobs is it: sfmeta job resume.

    Example: sfmeta job close -o uat

    Exit codes: 0 closed, 2 there is none, 4 consent is missing or a job that may be it is still running, 6 org not
    reached.
    """
    with Desk(ui, project) as desk:
        org = desk.connect(target_org)
        desk.records.lock(org.info)
        ledger = desk.records.ledger(org.info)
        tools = desk.tools(wait)
        _, record = op.open_deployment(ledger, tools)
        ui.consent(
            f"Setup > Deployment Status of {org.info.title} shows no job that is deployment {record.id}", yes=yes
        )
        closed = op.close(org, ledger, tools)
        never = closed.status == NOT_SENT
        what = "it is not looked for again" if never else f"what {org.info.title} holds now is recorded"
        text = f"Closed deployment {closed.id} as {closed.status}: {what}."
        return Answer({"deployment": closed.id, "status": closed.status}, text)


def _checked(ui: Ui, desk: Desk, info: OrgInfo, said: Answer, outcome: DeployOutcome) -> Answer:
    """What is said of a check-only job that has ended: from now on it can be deployed, or why not."""
    if not (outcome.check_only and outcome.done):
        return said
    kept = desk.records.validations_if_any(info)
    made = complete(outcome, kept, desk.tools(0)) if kept is not None else None
    if made is None:
        if outcome.success and outcome.tests_total:
            ui.warn("What this check was of is not recorded here, so that --quick cannot deploy it")
        return said
    environments = desk.values.environments if desk.root_if_any else NO_ENVIRONMENTS
    target = environments.chain.get(made.environment)
    demand = of_promotion(target) if target else of_deploy(environment_of(environments, info.id))
    return with_validation(said, made, demand)


def _unrecorded(job: str, *, anywhere: bool) -> str:
    if not anywhere:
        return f"Nothing was recorded: this is no project under git. In one: sfmeta job resume {job}"
    return (
        f"Nothing was recorded: the ledger here knows no deployment with job {job}. Fetch it where it was begun "
        f"(git fetch origin 'refs/sfmeta/*:refs/sfmeta/*'), then run: sfmeta job resume {job}"
    )


def _ledger_to_close(ui: Ui, desk: Desk, info: OrgInfo) -> Ledger | None:
    """The ledger; None where who waits for the job records its end: a job must be stopped whoever waits for it."""
    try:
        desk.records.lock(info)
    except GuardRefused as error:
        if error.code != LOCKED:
            raise
        ui.warn(f"{error.message}; what came of it is recorded there")
        return None
    return desk.records.ledger_if_any(info)


def _state(ui: Ui, outcome: DeployOutcome) -> Answer:
    code = (0 if outcome.success else 1) if outcome.done else 5
    return Answer(outcome_json(outcome), outcome_text(outcome, ui.style), code)
