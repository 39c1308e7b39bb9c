"""``sfmeta deploy``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Annotated, Any

import typer

from sfmeta.cli.desk import Desk, component_named, no_collector
from sfmeta.cli.options import (
    AcceptOpen,
    AcceptUnreadable,
    BeginHistory,
    ManifestFile,
    Members,
    ProjectDir,
    SkipForecast,
    SourceDirs,
    TargetOrg,
    Wait,
    Yes,
)
from sfmeta.cli.package_outlook import guarded, shown_of
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import OperationFailed, OrgRefused, SfmetaError, UsageError
from sfmeta.model.deployment import NO_JOB, UndoState
from sfmeta.model.names import JobId
from sfmeta.model.outcome import DeployOptions, TestLevel
from sfmeta.model.validation import Validation
from sfmeta.ops import deploy as op
from sfmeta.ops.deployment import DeployPlan, DeployReport
from sfmeta.ops.environments import environment_of
from sfmeta.ops.selection import package_of
from sfmeta.ops.validation import Demand, begin, check, of_deploy, required, too_few
from sfmeta.report.changes import changes_json, changes_text, summary
from sfmeta.report.conflicts import grant_json, grant_text
from sfmeta.report.deployment import outcome_json, outcome_text, undo_json, undo_lines
from sfmeta.report.words import counted

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "deploy")
def deploy(
    ui: Ui,
    target_org: TargetOrg = "",
    source_dir: SourceDirs = [],
    manifest: ManifestFile = None,
    metadata: Members = [],
    check_only: Annotated[
        bool, typer.Option("--check-only", "--dry-run", help="Let the org validate it, and save nothing.")
    ] = False,
    test_level: Annotated[
        TestLevel | None, typer.Option("--test-level", "-l", help="Which Apex tests run; without it the org decides.")
    ] = None,
    tests: Annotated[
        list[str], typer.Option("--tests", "-t", metavar="CLASS", help="A test class, for RunSpecifiedTests.")
    ] = [],
    ignore_warnings: Annotated[
        bool, typer.Option("--ignore-warnings", "-g", help="A warning does not fail the deployment.")
    ] = False,
    asynchronous: Annotated[
        bool, typer.Option("--async", help="Send it, print the job id and exit 0; sfmeta job resume does the rest.")
    ] = False,
    accept_loss: AcceptOpen = False,
    accept_unreadable: AcceptUnreadable = [],
    skip_forecast: SkipForecast = False,
    quick: Annotated[
        str, typer.Option("--quick", metavar="JOB", help="Deploy what this check-only job proved, without its tests.")
    ] = "",
    begin_history: BeginHistory = False,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Deploy metadata to an org, recorded in git and read back.

    Before: what the org holds is read and recorded. After: it is read again; where it differs from what was sent,
    the deployment has failed, whatever the org said. A deployment that changes nothing is not sent.
    Where environments.yml names the org, the values of that environment are set in the package, and recorded.
    What changes who may use the API is forecast first (policy.yml is read, the org audited): while somebody would stop
    working who is not accepted by name, nothing is sent; what hangs on an open question needs --accept-loss.
    A check that ran tests can be deployed with --quick for ten days: only this package, and only while the org holds
    what it held then. Where environments.yml demands such a check of the org (gates: validated), nothing else is
    deployed.

    Example: sfmeta deploy -o uat --check-only

    Exit codes: 0 done or nothing to do, 1 refused or not read back as sent, 2 files are wrong, 4 a guard refused,
    5 still running, 6 org not reached. 3: it is done, and the org refused the package that would take it back.
    """
    if (test_level is TestLevel.RUN_SPECIFIED_TESTS) != bool(tests):
        raise UsageError("RunSpecifiedTests and --tests go together", "e.g. -l RunSpecifiedTests -t MyTest")
    if quick and (check_only or test_level or ignore_warnings):
        raise UsageError("--quick deploys what a check has proven, as it was checked", "Leave the other options out")
    validation = job_id(quick) if quick else NO_JOB
    with Desk(ui, project) as desk:
        package = package_of(desk.project, desk.selection(source_dir, manifest, metadata), desk.schema)
        org = desk.connect(target_org)
        tools = desk.tools(wait)
        if not check_only:
            desk.records.lock(org.info)
        ledger = None if check_only else desk.records.ledger(org.info)
        options = DeployOptions(
            check_only=check_only, ignore_warnings=ignore_warnings, test_level=test_level, run_tests=tuple(tests)
        )
        unreadable = [component_named(text) for text in accept_unreadable]
        made = desk.values.derived(package, org.info)
        provenance = replace(desk.provenance(), derivation=made.derivation, base=made.base)
        plan = op.prepare(
            org,
            made.package,
            options,
            provenance,
            ledger,
            tools,
            accept_unreadable=unreadable,
            begin_history=begin_history,
        )
        demand = of_deploy(environment_of(desk.values.environments, org.info.id))
        kept = desk.records.validations_if_any(org.info)
        if kept is not None:
            plan = required(plan, validation, kept, tools, demand)
        show_plan(ui, plan)
        if not (check_only or skip_forecast):
            with no_collector():
                plan = guarded(desk, org, plan, "this package", accept_open=accept_loss)
        agree(ui, plan, yes=yes)
        if asynchronous:
            job = op.start(org, plan, ledger, tools)
            if check_only and kept is not None:
                begin(plan, job, kept, tools)
            return _sent(job, plan)
        proven: Validation | None = None
        if check_only:
            report, proven = check(org, plan, kept, tools)
        else:
            report = op.execute(org, plan, ledger, tools)
        told = report.outcome is not None and any(message.problem for message in report.outcome.messages)
        said = answer(ui, report, desk.files() if told else {})
        return with_validation(replace(said, result={**said.result, "forecast": shown_of(plan)}), proven, demand)


def show_plan(ui: Ui, plan: DeployPlan) -> None:
    """What will happen, on stderr, before anything is asked."""
    for note in plan.notes:
        ui.warn(note)
    lines = [f"{plan.info.title}, {plan.info.id}:"]
    lines += [changes_text(plan.changes, ui.style)] if plan.changes else []
    lines += [ui.style(f"- {component}", "red") for component in plan.deletions]
    lines += [grant_text(change) for change in plan.writes]
    lines += [f"{ui.style('!', 'yellow')} {caution.component} {caution.message}" for caution in plan.cautions]
    if not plan.options.check_only:
        lines += [f"{ui.style('!', 'yellow')} A rollback could not put back: {loss}" for loss in plan.losses]
    ui.tell("\n".join(lines))


def agree(ui: Ui, plan: DeployPlan, *, yes: bool) -> None:
    """Ask what must be agreed to; nothing where nothing changes."""
    if not plan.changes_nothing:
        for question in plan.consent:
            ui.consent(question, yes=yes)


def answer(ui: Ui, report: DeployReport, files: Mapping[str, str] = MappingProxyType({})) -> Answer:
    """What came of it; ``files`` names the project's file of each component."""
    plan = report.plan
    result: dict[str, Any] = {
        "org_id": str(plan.info.id),
        "package_digest": plan.package.digest,
        "derivation": asdict(plan.provenance.derivation),
        "changes": changes_json(plan.changes),
        "deletions": [str(item) for item in plan.deletions],
        "job": outcome_json(report.outcome) if report.outcome else None,
        "deployment": report.record.id if report.record else None,
        "not_as_sent": changes_json(report.missing),
        "not_deleted": [str(item) for item in report.undeleted],
        "not_readable": [str(item) for item in report.unread],
        "grants": [grant_json(change) for change in plan.writes],
        "grants_not_written": list(report.unwritten),
        "undo": undo_json(report.record.undo) if report.record else None,
        "losses": [{"component": str(loss.component), "message": loss.message} for loss in plan.losses],
        "changed_beside": changes_json(report.beside),
        "cautions": [{"component": str(item.component), "message": item.message} for item in plan.cautions],
    }
    if report.outcome is None and not plan.writes:
        held = counted(len(plan.package.components), "component")
        noted = f" Recorded as {report.record.id}." if report.record else ""
        return Answer(result, f"Nothing to do: {plan.info.title} holds already what is to be deployed ({held}).{noted}")
    for change in report.beside:
        paths = ", ".join("/".join(field.path) for field in change.fields)
        ui.warn(
            f"{change.id} changed beside what was sent: {paths} (sfmeta history; the state before is in the ledger)"
        )
    texts = [outcome_text(report.outcome, ui.style, files)] if report.outcome else []
    if (report.outcome is None or report.outcome.success) and not plan.options.check_only:
        texts.append(_read_back_text(ui, report))
    refused = report.record is not None and report.record.undo.state is UndoState.REFUSED
    if report.record is not None:
        texts += undo_lines(report.record, ui.style)
    code = (3 if refused else 0) if report.success else 1
    return Answer(result, "\n".join(texts), code, None if report.success else _failure(report))


def with_validation(said: Answer, made: Validation | None, demand: Demand) -> Answer:
    """The answer to a check that is on record, with what to run next where its tests passed."""
    if made is None or not made.success:
        return said
    few = too_few(made, demand)
    if few:
        return replace(said, text=f"{said.text}\n{few}. {demand.way}")
    if not made.tests:
        return said
    command = demand.deploy.replace("JOB", made.job_id)
    advice = f"Deploy exactly this without running its tests again: {command}"
    return replace(said, text=f"{said.text}\n{advice}", result={**said.result, "validation": made.job_id})


def _failure(report: DeployReport) -> SfmetaError:
    """What the JSON document says of a deployment that failed or was not read back as sent."""
    outcome = report.outcome
    if (outcome is None or outcome.success) and not _is_proven_wrong(report):
        return OperationFailed("Whether the org holds what was sent is not known", code="NotReadBack")
    if outcome is None or outcome.success:
        return OperationFailed("The org does not hold what was sent", code="NotReadBack")
    first = next((message for message in outcome.failures if message.problem), None)
    why = outcome.error or (f"{first.full_name}: {first.problem}" if first else str(outcome.status))
    return OrgRefused(f"The deployment failed: {why}", code="DeployFailed", job_id=outcome.job)


def _read_back_text(ui: Ui, report: DeployReport) -> str:
    if report.success:
        record = f" Recorded as {report.record.id}." if report.record else ""
        changed = summary(report.plan.changes, len(report.plan.deletions))
        return f"Read back: the org holds what was sent ({changed}).{record}"
    known = _is_proven_wrong(report)
    what = "it does not hold what was sent" if known else "whether it holds what was sent is not known"
    lines = [ui.style(f"The org said it succeeded, but {what}:", "red")]
    lines += [changes_text(report.missing, ui.style)] if report.missing else []
    lines += [f"{component} was not deleted" for component in report.undeleted]
    lines += [f"{component}: the org would not give it" for component in report.unread]
    lines += [f"Not written: {line}" for line in report.unwritten]
    return "\n".join(lines)


def _is_proven_wrong(report: DeployReport) -> bool:
    """Something was read that is not as sent; otherwise the org would not give all of it."""
    return bool(report.missing or report.undeleted or report.unwritten)


def _sent(job: str, plan: DeployPlan) -> Answer:
    result = {"org_id": str(plan.info.id), "package_digest": plan.package.digest, "job_id": job}
    return Answer(
        result, f"Sent as job {job}. Finish it with: sfmeta job resume {job} -o ORG" if job else "Nothing to do."
    )


def job_id(text: str) -> JobId:
    """The id of a deploy job as somebody typed it.

    Raises:
        UsageError: it is none.
    """
    if not text.startswith("0Af") or len(text) not in (15, 18) or not text.isalnum():
        raise UsageError(f"'{text}' is no id of a deploy job", "It starts with 0Af and has 15 or 18 characters")
    return JobId(text)
