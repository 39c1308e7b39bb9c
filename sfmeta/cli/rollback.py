"""``sfmeta rollback``."""

from __future__ import annotations

from typing import Annotated

import typer

from sfmeta.cli import deploy, verify
from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg, Wait, Yes
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import GuardRefused, OperationFailed
from sfmeta.ops import rollback as op
from sfmeta.report.changes import changes_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "rollback")
def rollback(
    ui: Ui,
    to: Annotated[str, typer.Option("--to", metavar="REV", help="The git revision to go back to.")],
    target_org: TargetOrg = "",
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Agree to what cannot be undone; it is listed first.")
    ] = False,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Put an org back to an earlier revision, verify it, and say how to make the branch agree.

    What was deployed since is taken from the ledger in git. Profiles get explicit false where nothing else is known;
    permission sets made since are deleted; apps are never deleted. What cannot be undone is said first.

    Example: sfmeta rollback -o uat --to HEAD~1

    Exit codes: 0 done and verified, 1 refused or not as the revision says, 2 usage, 4 a loss was not accepted or a
    guard refused, 5 still running, 6 org not reached.
    """
    with Desk(ui, project) as desk:
        repository = desk.repository
        revision = repository.revision(to)
        org = desk.connect(target_org)
        ledger, tools = desk.ledger(org.info), desk.tools(wait)
        request = op.RollbackRequest(
            revision, desk.project.package_directories, desk.project.api_version, desk.schema, desk.project.kept
        )
        plan = op.prepare(org, request, repository, ledger, tools)
        _show(ui, plan)
        if plan.losses and not accept_loss and not plan.deployment.changes_nothing:
            lost = "; ".join(f"{loss.component} {loss.message}" for loss in plan.losses)
            raise GuardRefused(f"This rollback cannot undo everything: {lost}", "Agree to it with --accept-loss")
        if not plan.deployment.changes_nothing:
            for question in (f"This rolls {org.info.title} back to {revision[:12]}", *plan.deployment.consent):
                ui.consent(question, yes=yes)
        report = op.execute(org, plan, ledger, tools)
        done = deploy.answer(ui, report.deployment)
        checked = verify.answer(ui, report.verification, org.info)
        advice = f"git revert --no-edit {revision[:12]}..HEAD"
        result = {
            **done.result,
            "to": revision,
            "from": plan.base or None,
            "recorded": plan.recorded,
            "losses": [{"component": str(loss.component), "message": loss.message} for loss in plan.losses],
            "verification": {
                "compared": report.verification.compared,
                "changes": changes_json(report.verification.changes),
            },
            "make_the_branch_agree": advice,
        }
        behind = repository.head() != revision
        text = "\n".join([done.text, checked.text, *([f"Make the branch agree: {advice}"] if behind else [])])
        failure = done.error or OperationFailed("The org does not hold what the revision says", code="NotReadBack")
        return Answer(result, text, 0 if report.success else 1, None if report.success else failure)


def _show(ui: Ui, plan: op.RollbackPlan) -> None:
    if not plan.recorded:
        ui.warn("The ledger has no deployment to this org: HEAD is taken for what was deployed last")
    if ui.quiet or ui.as_json:
        return
    typer.echo(f"From {plan.base[:12] or 'nothing'} back to {plan.revision[:12]}:", err=True)
    deploy.show_plan(ui, plan.deployment)
    for loss in plan.losses:
        hint = f" ({loss.hint})" if loss.hint else ""
        typer.echo(f"{ui.style('Cannot be undone', 'red')}: {loss.component} {loss.message}{hint}", err=True)
