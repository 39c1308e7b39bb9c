"""``sfmeta diff``."""

from __future__ import annotations

from typing import Annotated

import typer

from sfmeta.cli import verify
from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ManifestFile, Members, ProjectDir, SourceDirs, TargetOrg, Wait
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError
from sfmeta.ops import selection
from sfmeta.ops import verify as op
from sfmeta.report.changes import changes_json, changes_text, summary

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "diff")
def diff(
    ui: Ui,
    target_org: TargetOrg = "",
    from_rev: Annotated[str, typer.Option("--from", metavar="REV", help="Compare from this git revision ...")] = "",
    to_rev: Annotated[
        str, typer.Option("--to", metavar="REV", help="... to this one; without it to the files as they are.")
    ] = "",
    source_dir: SourceDirs = [],
    manifest: ManifestFile = None,
    metadata: Members = [],
    wait: Wait = 33,
    project: ProjectDir = None,
) -> Answer:
    """What differs, by meaning: order and formatting never show.

    With --from: between two revisions. Else between an org (old) and the files (new), on what the files assert:
    what a deployment would change, with the values of the org's environment (environments.yml).

    Example: sfmeta diff -o uat

    Example: sfmeta diff --from HEAD~1

    Exit codes: 0 nothing differs, 2 usage or files are wrong, 3 something differs, 6 org not reached.
    """
    with Desk(ui, project) as desk:
        chosen = desk.selection(source_dir, manifest, metadata)
        only = selection.named(desk.project, chosen)
        if not from_rev:
            if to_rev:
                raise UsageError("--to goes with --from")
            package = selection.assemble(desk.entries(chosen.below), desk.project.api_version, only)
            org = desk.connect(target_org)
            package = desk.values.derived(package, org.info).package
            return verify.answer(ui, op.verify(org, package.entries, desk.tools(wait)), org.info)
        changes = op.compare_revisions(
            desk.entries(chosen.below, from_rev), desk.entries(chosen.below, to_rev), only=only
        )
        result = {"from": from_rev, "to": to_rev or None, "changes": changes_json(changes)}
        if not changes:
            return Answer(result, "Nothing differs.")
        return Answer(result, f"{changes_text(changes, ui.style)}\n{summary(changes)}.", 3)
