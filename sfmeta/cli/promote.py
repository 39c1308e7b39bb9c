"""``sfmeta promote``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from sfmeta.cli import deploy
from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.gates import gates_json, gates_text, show_gates
from sfmeta.cli.options import BeginHistory, ProjectDir, Wait, Yes
from sfmeta.cli.package_outlook import for_ledger
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError
from sfmeta.model.deployment import NO_JOB
from sfmeta.ops import promote as op
from sfmeta.ops.deploy import execute
from sfmeta.ops.gates import Foresight
from sfmeta.ops.validation import check

if TYPE_CHECKING:
    from sfmeta.model.component import Holdings
    from sfmeta.model.forecast import Forecast
    from sfmeta.model.names import ComponentId
    from sfmeta.org.client import OrgClient

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "promote")
def promote(
    ui: Ui,
    to: Annotated[str, typer.Option("--to", metavar="ENV", help="The environment, by its name in environments.yml.")],
    deployment: Annotated[
        str,
        typer.Option(
            "--deployment",
            metavar="ID",
            help="Repeat this one (sfmeta history), or its job. Without it: the last one there.",
        ),
    ] = "",
    check_only: Annotated[
        bool, typer.Option("--check-only", "--dry-run", help="Judge the gates, let the org validate, save nothing.")
    ] = False,
    quick: Annotated[
        str, typer.Option("--quick", metavar="JOB", help="Deploy what this check-only job proved, without its tests.")
    ] = "",
    begin_history: BeginHistory = False,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Take the very package that was proven in the environment before to the next one, after its gates.

    The package comes from the ledger of the environment before, not from the files. Every gate is judged and shown
    before anything changes: that it was deployed and read back there, that the orgs are the right ones, the soak time,
    a clean verify there now, a commit it came from, a clean forecast of the target itself, a second person, a check
    with the tests that the environment demands. --quick deploys such a check; every gate is judged again.

    Example: sfmeta promote --to production --check-only

    Exit codes: 0 done or nothing to do, 1 refused or not read back as sent, 2 environments.yml or usage is wrong, 4 a
    gate or a guard refused, 5 still running, 6 an org not reached.
    """
    if quick and check_only:
        raise UsageError("--quick deploys what a check has proven, as it was checked", "Leave --check-only out")
    validation = deploy.job_id(quick) if quick else NO_JOB
    with Desk(ui, project) as desk, no_collector():
        route = op.route_to(desk.values.environments, to)
        source = desk.connect(route.source.org)
        target = desk.connect(route.target.org)
        if not check_only:
            desk.records.lock(target.info)
        kept = desk.records.validations(target.info)
        ends = op.Ends(source, target, desk.records.ledger(source.info), desk.records.ledger(target.info), kept)
        tree = desk.project
        request = op.Request(
            route,
            deployment,
            check_only,
            tree.package_directories,
            desk.components(),
            tree.kept,
            begin_history,
            validation,
        )
        tools = desk.tools(wait)
        foreseen: list[Forecast] = []
        found = op.look(request, ends, desk.repository, _foresight(desk, target, foreseen), tools)
        if not found.is_open:
            error = op.refusal(found)
            text = gates_text(ui, found.gates) + f"\nNot promoted to {to}."
            return Answer({"gates": gates_json(found.gates)}, text, error.exit_code, error)
        show_gates(ui, found.gates)
        plan = op.prepare(found, ends, desk.repository.identity(), tools)
        plan = replace(plan, foreseen=for_ledger(foreseen[-1]) if foreseen else None)
        deploy.show_plan(ui, plan)
        deploy.agree(ui, plan, yes=yes)
        made = None
        if check_only:
            report, made = check(target, plan, kept, tools, to)
        else:
            report = execute(target, plan, ends.target_ledger, tools)
        done = deploy.with_validation(deploy.answer(ui, report), made, request.demand)
        result = {**done.result, "gates": gates_json(found.gates), "source": plan.provenance.source}
        return Answer(result, done.text, done.exit_code, done.error)


def _foresight(desk: Desk, target: OrgClient, foreseen: list[Forecast]) -> Foresight | None:
    """Audits the target when it is asked, and keeps what was found; None where the project has no policy."""
    from sfmeta.cli.package_outlook import outlook_on
    from sfmeta.ops.foresight import Sending

    if desk.project.read(op.POLICY_FILE) is None:
        return None
    look = outlook_on(desk, target)

    def foresee(files: Holdings, deletions: tuple[ComponentId, ...]) -> Forecast:
        foreseen.append(look(Sending(files, deletions)))
        return foreseen[-1]

    return foresee
