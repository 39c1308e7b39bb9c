"""``sfmeta retrieve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ManifestFile, Members, ProjectDir, SourceDirs, TargetOrg, Wait
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.ops import retrieve as op
from sfmeta.report.words import counted

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "retrieve")
def retrieve(
    ui: Ui,
    target_org: TargetOrg = "",
    source_dir: SourceDirs = [],
    manifest: ManifestFile = None,
    metadata: Members = [],
    target: Annotated[
        Path | None, typer.Option("--target", metavar="DIR", help="Where to write; else the project itself.")
    ] = None,
    zip_file: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="Keep the org's answer as it came, as one zip.")
    ] = None,
    wait: Wait = 33,
    project: ProjectDir = None,
) -> Answer:
    """Fetch metadata from an org into files, in source format.

    Without -d, -x or -m: the components that the project's files already hold. Secrets never come back from an
    org; a consumer key does, and belongs to that org alone.

    Example: sfmeta retrieve -o uat -m ConnectedApp:Billing_Sync -m 'PermissionSet:*'

    Exit codes: 0 done, 1 something could not be retrieved, 2 usage, 5 still running, 6 org not reached.
    """
    with Desk(ui, project) as desk:
        org = desk.connect(target_org)
        wanted = op.wanted(desk.project, desk.selection(source_dir, manifest, metadata))
        if zip_file is not None:
            found = op.retrieve_zip(org, wanted, zip_file, desk.tools(wait))
        else:
            found = op.retrieve_files(org, wanted, desk.project, target, desk.tools(wait))
        result = {
            "org_id": str(org.info.id),
            "files": list(found.written),
            "unchanged": list(found.unchanged),
            "absent": [str(item) for item in found.absent],
            "empty_types": list(found.empty_types),
            "unreadable": {str(item): words for item, words in found.unreadable.items()},
        }
        lines = [f"wrote {path}" for path in found.written]
        lines += [f"{counted(len(found.unchanged), 'file')} already as in the org"] if found.unchanged else []
        lines += [f"none in the org: {name}" for name in found.empty_types]
        lines += [ui.style(f"not in the org: {item}", "yellow") for item in found.absent]
        lines += [ui.style(f"not readable: {item}: {words}", "red") for item, words in found.unreadable.items()]
        complete = not found.absent and not found.unreadable
        return Answer(result, "\n".join(lines) or "The org has none of these.", 0 if complete else 1)
