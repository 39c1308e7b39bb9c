"""``sfmeta validate``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.options import ManifestFile, ProjectDir
from sfmeta.cli.ui import PROBLEMS_SHOWN, Answer, Ui, problem_json
from sfmeta.cli.verb import verb
from sfmeta.errors import Problem, Severity, UsageError
from sfmeta.report.words import counted
from sfmeta.source.manifest import read_manifest
from sfmeta.source.validation import validate as check
from sfmeta.workspace.cache import SchemaCache
from sfmeta.workspace.loose import loose_entries
from sfmeta.workspace.project import ENFORCEMENT

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "validate")
def validate(
    ui: Ui,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, folders or zips. Without: the whole project.")
    ] = [],
    manifest: ManifestFile = None,
    wsdl: Annotated[
        Path | None, typer.Option("--wsdl", metavar="FILE", help="A newer metadata.wsdl than the built-in 63.0.")
    ] = None,
    project: ProjectDir = None,
) -> Answer:
    """Check metadata files offline: their form, Salesforce's schema, and what they say about each other.

    As lenient as an org is: files that orgs gave out pass, with warnings at most. Warnings alone do not fail.

    Example: sfmeta validate force-app package.zip

    Exit codes: 0 no error, 2 at least one.
    """
    with Desk(ui, project) as desk, no_collector():
        schema = SchemaCache(desk.places.cache, wsdl).schema()
        options: dict[str, Any] = {}
        if manifest is not None:
            if not manifest.is_file():
                raise UsageError(f"No such manifest: {manifest}")
            options = {"manifest": read_manifest(manifest.read_bytes(), str(manifest)), "manifest_file": str(manifest)}
        if paths:
            with loose_entries(paths) as entries:
                return _answer(ui, check(entries, schema, **options), len(entries))
        found = desk.project
        files = found.entries((*found.package_directories, ENFORCEMENT))
        return _answer(ui, check(files, schema, project_version=found.api_version, **options), len(files))


def _answer(ui: Ui, problems: Sequence[Problem], files: int) -> Answer:
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if not ui.as_json:
        for problem in problems[:PROBLEMS_SHOWN]:
            ui.say_problem(problem)
        if len(problems) > PROBLEMS_SHOWN:
            typer.echo(f"... and {len(problems) - PROBLEMS_SHOWN} more (--json lists them all)", err=True)
    result = {"files": files, "errors": len(errors), "problems": [problem_json(problem) for problem in problems]}
    warnings = len(problems) - len(errors)
    text = f"{counted(files, 'file')}: {counted(len(errors), 'error')}, {counted(warnings, 'warning')}."
    return Answer(result, text, 2 if errors else 0)
