"""``sfmeta policy``: check, schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.ui import Answer, Ui, problem_json
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError
from sfmeta.ops import policy as op

app = typer.Typer(help="The policy file.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)


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
def schema(ui: Ui) -> Answer:
    """The JSON Schema of the policy file, for editors. With --json it is the "result" of the usual document.

    Example: sfmeta policy schema > policy.schema.json
    """
    document = op.policy_json_schema()
    return Answer(document, "" if ui.as_json else json.dumps(document, indent=2))


def read_policy_file(file: Path) -> bytes:
    """The bytes of a policy file.

    Raises:
        UsageError: there is none.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"No policy at {file}", "Run sfmeta init, or name the file") from None
    except IsADirectoryError:
        raise UsageError(f"{file} is a folder, not a policy file") from None
