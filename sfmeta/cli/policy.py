"""``sfmeta policy``: draft, check, schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.desk import Desk, read_policy_file
from sfmeta.cli.inventories import AUDIT_DAYS, inventory_of
from sfmeta.cli.options import TargetOrg
from sfmeta.cli.ui import Answer, Ui, problem_json
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError
from sfmeta.ops import policy as op

app = typer.Typer(help="The policy file.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@verb(app, "draft", command="policy draft")
def draft(
    ui: Ui,
    target_org: TargetOrg = "",
    inventory: Annotated[
        Path | None,
        typer.Option("--inventory", metavar="FILE", help="What sfmeta audit wrote; then no org is contacted."),
    ] = None,
    days: Annotated[
        int,
        typer.Option("--days", metavar="N", min=1, help="How far back the audit looks, where there is no --inventory."),
    ] = AUDIT_DAYS,
    users_days: Annotated[
        int | None,
        typer.Option(
            "--users-days", metavar="N", min=1, help="Grant whom was seen so lately. Without it: the audit's days."
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="Without it: policy.yml here; made where it is missing."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference; write nothing.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 3 where the file would change.")] = False,
) -> Answer:
    """Add the apps of an org that the policy does not mention yet, each with the evidence and a proposal.

    What people wrote in the file stays, byte for byte. Apps in use that somebody installed or made here are proposed to
    be allowed for those who use them; blocked only what nobody used and nobody installed; the rest is left undecided.
    Owner, ticket and dates are yours.

    Example: sfmeta policy draft -o uat --dry-run

    Exit codes: 0 done, 2 policy or inventory is wrong, 3 the file would change (--check), 4 the user may not see all
    tokens, 6 org not reached.
    """
    from sfmeta.ops import draft as draft_op
    from sfmeta.report.drafting import draft_json, draft_text
    from sfmeta.workspace.files import write_atomic

    file = policy or Path("policy.yml")
    existing = read_policy_file(file) if file.exists() else None
    with Desk(ui) as desk:
        seen = inventory_of(desk, target_org, inventory, days)
    found = draft_op.draft_policy(draft_op.DraftRequest(seen, existing, str(file), users_days))
    for problem in found.draft.problems:
        ui.warn(str(problem))
    for gap in seen.gaps:
        ui.warn(f"{gap.message}. {gap.remedy}" if gap.remedy else gap.message)
    blind = [one.name for one in seen.coverage if one.is_blind_spot]
    if blind:
        ui.warn(f"The audit does not see all of {', '.join(blind)}: who comes in that way may be missing here")
    writes = found.differs and not (dry_run or check)
    if writes:
        write_atomic(file, found.after)
    text = draft_text(found, ui.style, written=writes)
    result = draft_json(found, written=writes)
    if dry_run:
        result["difference"] = found.difference()
        text = f"{found.difference()}{text}"
    return Answer(result, text, 3 if check and found.differs else 0)


@verb(app, "check", command="policy check")
def check(
    ui: Ui,
    named: Annotated[Path | None, typer.Argument(metavar="FILE", help="Without it: policy.yml here.")] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="The same, as generate takes it.")
    ] = None,
) -> Answer:
    """Read the policy and report every problem at once. No org is contacted.

    Example: sfmeta policy check

    Exit codes: 0 the policy can be used, 2 it cannot.
    """
    if named and policy and named != policy:
        raise UsageError(f"Two policies are named: {named} and {policy}", "Name one")
    file = named or policy or Path("policy.yml")
    found = op.check_policy(read_policy_file(file), str(file), datetime.now(UTC))
    for problem in found.warnings:
        ui.warn(str(problem))
    counted = ", ".join(f"{number} {decision}" for decision, number in found.decisions.items() if number)
    result = {
        "apps": {str(decision): number for decision, number in found.decisions.items()},
        "problems": [problem_json(problem) for problem in found.warnings],
    }
    return Answer(result, f"{file} is in order: {len(found.policy.apps)} apps ({counted or 'none'}).")


@verb(app, "schema", command="policy schema")
def schema(
    ui: Ui,
    environments: Annotated[bool, typer.Option("--environments", help="That of environments.yml instead.")] = False,
) -> Answer:
    """The JSON Schema of the policy file, for editors. With --json it is the "result" of the usual document.

    Example: sfmeta policy schema > policy.schema.json
    """
    from sfmeta.config.environments import environments_json_schema

    document = environments_json_schema() if environments else op.policy_json_schema()
    return Answer(document, "" if ui.as_json else json.dumps(document, indent=2))
