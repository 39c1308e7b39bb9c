"""``sfmeta rollback``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sfmeta.access.listing import some
from sfmeta.cli import deploy, verify
from sfmeta.cli.desk import Desk, component_named, no_collector
from sfmeta.cli.options import AcceptUnreadable, BeginHistory, ProjectDir, SkipForecast, TargetOrg, Wait, Yes
from sfmeta.cli.package_outlook import guarded, shown_of
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import GuardRefused, OperationFailed, UsageError
from sfmeta.ops import rollback as op
from sfmeta.report.changes import changes_json, changes_text
from sfmeta.report.conflicts import conflict_text, conflicts_json, grant_conflict_text, grant_text, kept_grants_json

if TYPE_CHECKING:
    from sfmeta.org.client import OrgClient

CONFLICTS_SHOWN = 5
"""So many conflicts are in the error's own words; the result has all of them."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "rollback")
def rollback(
    ui: Ui,
    to: Annotated[str, typer.Option("--to", metavar="REV", help="The git revision to go back to.")] = "",
    deployment: Annotated[
        str,
        typer.Option(
            "--deployment", metavar="ID", help="As the org was before this deployment (sfmeta history), or its job."
        ),
    ] = "",
    last: Annotated[
        bool, typer.Option("--last", help="As the org was before the last deployment (no rollback).")
    ] = False,
    ours: Annotated[
        bool, typer.Option("--ours", help="Where somebody changed the same since: the rollback wins.")
    ] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="Where somebody changed the same since: it stays.")] = False,
    target_org: TargetOrg = "",
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Agree to what cannot be undone, and to who might stop; listed first."),
    ] = False,
    accept_unreadable: AcceptUnreadable = [],
    skip_forecast: SkipForecast = False,
    begin_history: BeginHistory = False,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Put an org back: to a revision of the files, or to what it was before a deployment. Read back and verified.

    What our deployments changed is taken from the ledger in git. What somebody changed in the org since stays, where
    the way back does not touch it; where it does, nothing is sent until --ours or --theirs says who wins. Profiles
    get explicit false; permission sets that a deployment made are deleted; apps are never deleted. Grants go back,
    too. What cannot be undone is said first, and whom the rollback would lock out (it reads policy.yml and audits the
    org): while somebody is who is not accepted by name, nothing is sent; what hangs on an open question needs
    --accept-loss.

    Example: sfmeta rollback -o uat --last

    Exit codes: 0 done and verified, 1 refused or not as asked for, 2 usage, 4 a conflict is not settled, a loss was not
    accepted or a guard refused, 5 still running, 6 org not reached. 3: it is done, and the org refused the package
    that would take it back.
    """
    if [bool(to), bool(deployment), last].count(True) != 1:
        raise UsageError("Say what to go back to", "One of: --to REV, --deployment ID, --last")
    side = side_of(ours=ours, theirs=theirs)
    with Desk(ui, project) as desk, no_collector():
        repository = desk.repository
        revision = repository.revision(to) if to else ""
        unreadable = [component_named(text) for text in accept_unreadable]
        org = desk.connect(target_org)
        desk.records.lock(org.info)
        request = op.RollbackRequest(
            desk.project.package_directories,
            desk.project.api_version,
            revision,
            deployment,
            side,
            unreadable,
            begin_history,
            kept=desk.project.kept,
            derived=lambda entries: desk.values.derived_at(revision, entries, org.info),
        )
        agreed = Agreed(accept_loss=accept_loss, skip_forecast=skip_forecast, yes=yes)
        return carry_out(desk, org, request, agreed, wait)


def side_of(*, ours: bool, theirs: bool) -> op.Side | None:
    """``--ours`` and ``--theirs`` as one value; None for neither.

    Raises:
        UsageError: both.
    """
    if ours and theirs:
        raise UsageError("--ours and --theirs do not go together", "Choose who wins")
    return op.Side.OURS if ours else op.Side.THEIRS if theirs else None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the command line agrees to in advance.

    Attributes:
        accept_loss: to what cannot be undone, and to who might stop.
        skip_forecast: nobody asks whom the rollback locks out.
        yes: to the questions.
    """

    accept_loss: bool = False
    skip_forecast: bool = False
    yes: bool = False


def carry_out(desk: Desk, org: OrgClient, request: op.RollbackRequest, agreed: Agreed, wait: int) -> Answer:
    """One rollback from its plan to its answer: shown, guarded, agreed to, done, verified.

    Args:
        desk: of the run.
        org: the target, logged in and locked.
        request: what to go back to.
        agreed: by the command line.
        wait: minutes.
    """
    ui, repository = desk.ui, desk.repository
    ledger, tools = desk.records.ledger(org.info), desk.tools(wait)
    plan = op.prepare(org, request, repository, ledger, tools)
    _show(ui, plan)
    if not plan.is_settled:
        return _unsettled(plan)
    if not agreed.skip_forecast:
        seen = guarded(desk, org, plan.deployment, "the rollback", accept_open=agreed.accept_loss)
        plan = replace(plan, deployment=seen)
    _agree(ui, plan, org.info.title, accept_loss=agreed.accept_loss, yes=agreed.yes)
    report = op.execute(org, plan, ledger, tools)
    done = deploy.answer(ui, report.deployment)
    result = {**done.result, **_result(plan, report), "forecast": shown_of(plan.deployment)}
    texts = [done.text]
    if report.verification.compared:
        texts.append(verify.answer(ui, report.verification, org.info).text)
    if plan.revision and repository.head() != plan.revision:
        texts.append(f"Make the branch agree: {result['make_the_branch_agree']}")
    failure = done.error or OperationFailed("The org does not hold what was asked for", code="NotReadBack")
    code = done.exit_code if report.success else 1
    return Answer(result, "\n".join(texts), code, None if report.success else failure)


def _unsettled(plan: op.RollbackPlan) -> Answer:
    """Nothing is sent while it is not said who wins a conflict."""
    met = [*map(conflict_text, plan.conflicts), *map(grant_conflict_text, plan.grant_conflicts)]
    guessed = not plan.grant_conflicts and all(conflict.is_guess for conflict in plan.conflicts)
    did = "may have changed" if guessed else "changed"
    error = GuardRefused(
        f"Somebody {did} in the org what this rollback would change: {some(met, CONFLICTS_SHOWN, '; ')}",
        "Let the rollback win with --ours, or keep what the org has with --theirs",
        code="rollback-conflict",
    )
    return Answer(_others_json(plan), f"Nothing was sent. {error.hint}.", error.exit_code, error)


def _agree(ui: Ui, plan: op.RollbackPlan, org: str, *, accept_loss: bool, yes: bool) -> None:
    """What must be agreed to before anything is sent."""
    if plan.deployment.changes_nothing:
        return
    if plan.losses and not accept_loss:
        lost = "; ".join(map(str, plan.losses))
        raise GuardRefused(f"This rollback cannot undo everything: {lost}", "Agree to it with --accept-loss")
    ui.consent(f"This rolls {org} back to {_goal(plan)}", yes=yes)
    deploy.agree(ui, plan.deployment, yes=yes)


def _others_json(plan: op.RollbackPlan) -> dict[str, Any]:
    """What somebody else changed in the org: where the rollback meets it, and what stays."""
    return {
        "conflicts": conflicts_json(plan.conflicts, plan.grant_conflicts),
        "kept_as_drift": changes_json(plan.kept),
        "kept_grants": kept_grants_json(plan.kept_grants),
    }


def _goal(plan: op.RollbackPlan) -> str:
    if plan.revision:
        return plan.revision[:12]
    of_plan = plan.deployment.provenance.plan
    return f"before plan {of_plan}" if of_plan else f"before deployment {plan.undone[-1].id}"


def _result(plan: op.RollbackPlan, report: op.RollbackReport) -> dict[str, Any]:
    return {
        "to": plan.revision or None,
        "undone": [entry.id for entry in plan.undone],
        "from": plan.base or None,
        "recorded": plan.recorded,
        "side": str(plan.side) if plan.side else None,
        **_others_json(plan),
        "losses": [
            {"component": str(loss.component), "path": "/".join(loss.path) or None, "message": loss.message}
            for loss in plan.losses
        ],
        "verification": {
            "compared": report.verification.compared,
            "changes": changes_json(report.verification.changes),
        },
        "make_the_branch_agree": f"git revert --no-edit {plan.revision[:12]}..HEAD" if plan.revision else None,
    }


def _show(ui: Ui, plan: op.RollbackPlan) -> None:
    if not plan.recorded:
        ui.warn("The ledger has no deployment to this org: HEAD is taken for what was deployed last")
    if ui.quiet or ui.as_json:
        return
    start = f"From {plan.base[:12] or 'nothing'} back to {_goal(plan)}" if plan.revision else f"Back to {_goal(plan)}"
    typer.echo(f"{start}:", err=True)
    deploy.show_plan(ui, plan.deployment)
    if plan.kept or plan.kept_grants:
        typer.echo("Changed in the org since, and left as it is:", err=True)
        if plan.kept:
            typer.echo(changes_text(plan.kept, ui.style), err=True)
        for change in plan.kept_grants:
            typer.echo(f"  {grant_text(change)}", err=True)
    won = "the rollback wins" if plan.side is op.Side.OURS else "it stays"
    for text in (*map(conflict_text, plan.conflicts), *map(grant_conflict_text, plan.grant_conflicts)):
        decided = f" ({won})" if plan.side else ""
        typer.echo(f"{ui.style('Conflict', 'red')}: {text}{decided}", err=True)
    for loss in plan.losses:
        hint = f" ({loss.hint})" if loss.hint else ""
        typer.echo(f"{ui.style('Cannot be undone', 'red')}: {loss}{hint}", err=True)
