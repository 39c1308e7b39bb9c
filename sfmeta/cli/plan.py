"""``sfmeta plan``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sfmeta.access.listing import some
from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.options import ProjectDir, TargetOrg
from sfmeta.cli.outputs import Output, check_outputs
from sfmeta.cli.planning import Aim, Planning
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import GuardRefused, UsageError
from sfmeta.model.forecast import Harm, Stage
from sfmeta.ops.plan.making import Made, PlanRequest, make, require_generated
from sfmeta.ops.plan.unsettled import with_the_orgs
from sfmeta.report.plan import plan_json, plan_text
from sfmeta.workspace.plan_file import write_plan

if TYPE_CHECKING:
    from sfmeta.model.plan import Plan
    from sfmeta.model.records import RecordChange
    from sfmeta.ops.ports import Tools

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_WAIT_MINUTES = 33


@verb(app, "plan")
def plan(
    ui: Ui,
    stage: Annotated[Stage, typer.Option("--stage", help="prepare, restrict or block; the boxes are sfmeta enforce.")],
    wave: Annotated[
        int | None, typer.Option("--wave", metavar="N", min=1, help="Of restrict, up to and with this wave.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", metavar="FILE", help="Write the plan here.")] = None,
    target_org: TargetOrg = "",
    take_org: Annotated[
        bool,
        typer.Option("--take-org", help="Take the org's value into a file where the policy does not write one."),
    ] = False,
    app_access: Annotated[
        bool,
        typer.Option(
            "--app-access",
            help="Of prepare: attach permission sets to installed apps by records. That an org takes that is believed.",
        ),
    ] = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 3 where something is left to do, or somebody would stop.")
    ] = False,
    project: ProjectDir = None,
) -> Answer:
    """What a stage of the policy still has to do in one org, step by step, and who would stop. Changes nothing.

    prepare: permission sets, then who gets them. restrict: wave by wave, each app's policy and grants in one package;
    a visit to Setup for each app that another org made. block: likewise. The plan is bound to what was seen: the org,
    what it holds, the policy, the packages. sfmeta apply carries it out, or refuses before the first change.

    Example: sfmeta plan -o uat --stage restrict --wave 1 -f wave-1.plan

    Exit codes: 0 done, 2 the policy or a file is wrong, 3 something is left to do (--detailed-exitcode), 4 a guard
    refused, or a file holds a value that neither the policy nor the org has, 6 org not reached.
    """
    aim = Aim(stage, wave)
    if app_access and stage is not Stage.PREPARE:
        raise UsageError("--app-access goes with --stage prepare", "Who is let in comes before anybody is shut out")
    with Desk(ui, project) as desk, no_collector():
        if file is not None:
            check_outputs(desk, [Output("--file", file, "plan")])
        planning = Planning(desk, desk.connect(target_org), aim)
        tools = desk.tools(_WAIT_MINUTES)
        made = _made(planning, tools, app_access=app_access)
        if made.unsettled and take_org:
            files = with_the_orgs(made.unsettled, made.files, desk.schema)
            desk.project.write_together(files)
            for one in made.unsettled:
                ui.warn(f"taken from the org into the file: {one}")
            made = _made(planning, tools, app_access=app_access)
        _require_settled(made)
        if file is not None:
            write_plan(file, made.plan, made.packages, made.undo, made.bases)
        text = plan_text(made.plan, ui.style, shutil.get_terminal_size().columns)
        after = [] if not made.plan.steps else ["", _next(made.plan, file)]
        open_ones = bool(made.plan.steps or made.plan.foreseen.losers)
        result = {**plan_json(made.plan), "file": str(file) if file else None}
        return Answer(result, "\n".join([text, *after]), 3 if detailed_exitcode and open_ones else 0)


def _made(planning: Planning, tools: Tools, *, app_access: bool) -> Made:
    desk, aim = planning.desk, planning.aim
    generated = planning.generated()
    require_generated(generated)
    writes: tuple[RecordChange, ...] = ()
    outside: frozenset[str] = frozenset()
    if aim.stage is Stage.PREPARE:
        coming = frozenset(one.id.full_name for one in generated.wanted if one.id.type == "PermissionSet")
        found = planning.grants(coming)
        writes = (*found.writes, *(planning.app_access() if app_access else ()))
        outside = frozenset(one.app for one in found.external_missing)
        for warning in found.warnings:
            desk.ui.warn(warning)
    request = PlanRequest(
        stage=aim.stage,
        wave=aim.wave,
        policy=planning.policy,
        policy_digest=planning.policy_digest,
        generated=generated,
        entries=desk.entries(()),
        api_version=desk.project.api_version,
        derived=lambda package: desk.values.derived(package, planning.org.info),
        provenance=desk.provenance(),
        elsewhere=planning.elsewhere,
        writes=writes,
        left_outside=outside,
        answers=planning.answers,
    )
    return make(planning.org, request, planning.inventory, planning.foreseen, tools)


def _require_settled(made: Made) -> None:
    if made.unsettled:
        raise GuardRefused(
            f"Neither the policy nor the org has what these files say: {some(list(map(str, made.unsettled)), 5, '; ')}",
            "Take the org's values into the files with --take-org, or write what you want into the policy",
            "unsettled-value",
        )


def _next(plan: Plan, file: Path | None) -> str:
    if plan.foreseen.unresolved or any(one.harm is Harm.STOPS for one in plan.foreseen.losers):
        return (
            f"As it stands apply refuses it: do what sfmeta forecast --stage {plan.stage} --as-is says, or accept each "
            "loss in policy.yml by name"
        )
    agree = " --accept-loss (to what hangs on open questions)" if plan.foreseen.losers else ""
    return f"Carry it out: sfmeta apply {file}{agree}" if file else "Keep it with -f FILE, then: sfmeta apply FILE"
