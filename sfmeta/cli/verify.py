"""``sfmeta verify``."""

from __future__ import annotations

from typing import Annotated

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ManifestFile, Members, ProjectDir, SourceDirs, TargetOrg, Wait
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.model.outcome import OrgInfo
from sfmeta.ops import selection
from sfmeta.ops import verify as op
from sfmeta.report.changes import changes_json, changes_text, summary
from sfmeta.report.words import counted

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "verify")
def verify(
    ui: Ui,
    target_org: TargetOrg = "",
    rev: Annotated[
        str, typer.Option("--rev", metavar="REV", help="Compare with this git revision instead of the files.")
    ] = "",
    source_dir: SourceDirs = [],
    manifest: ManifestFile = None,
    metadata: Members = [],
    wait: Wait = 33,
    project: ProjectDir = None,
) -> Answer:
    """Whether an org holds what the files (or a revision) say, compared on what they assert.

    Where environments.yml names the org, the files count with the values of that environment.

    Example: sfmeta verify -o production --rev v1.2

    Exit codes: 0 it does, 2 files are wrong, 3 something differs, 5 still running, 6 org not reached.
    """
    with Desk(ui, project) as desk:
        chosen = desk.selection(source_dir, manifest, metadata)
        # put together as a deployment would: a misplaced or missing file is an error here too
        wanted = selection.named(desk.project, chosen)
        package = selection.assemble(desk.entries(chosen.below, rev), desk.project.api_version, wanted)
        org = desk.connect(target_org)
        package = desk.values.derived(package, org.info).package
        return answer(ui, op.verify(org, package.entries, desk.tools(wait)), org.info)


def answer(ui: Ui, found: op.Verification, info: OrgInfo) -> Answer:
    """What was found, as ``verify`` and ``diff`` say it."""
    result = {
        "org_id": str(info.id),
        "compared": found.compared,
        "changes": changes_json(found.changes),
        "unreadable": {str(item): words for item, words in found.unreadable.items()},
    }
    compared = f"{counted(found.compared, 'component')} compared"
    if found.is_clean:
        return Answer(result, f"Nothing differs: {info.title} holds what the files say ({compared}).")
    lines = [changes_text(found.changes, ui.style)] if found.changes else []
    lines += [ui.style(f"? {item}: {words}", "yellow") for item, words in found.unreadable.items()]
    lines.append(
        f"{info.title} does not hold what the files say: from it to them, {summary(found.changes)} ({compared})."
    )
    return Answer(result, "\n".join(lines), 3)
