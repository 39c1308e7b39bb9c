"""``sfmeta drift``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sfmeta import __version__
from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg, Wait, Yes
from sfmeta.cli.outputs import Output, check_outputs
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError
from sfmeta.model.drift import Drift
from sfmeta.report.drift import commit_message, drift_json, drift_text
from sfmeta.report.words import counted
from sfmeta.workspace.project import PROJECT_FILE

if TYPE_CHECKING:
    from sfmeta.model.outcome import OrgInfo
    from sfmeta.ops.drift import Measured
    from sfmeta.workspace.ledger import Ledger

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_KINDS = {"junit": "junit", "sarif": "drift-sarif"}


@verb(app, "drift")
def drift(
    ui: Ui,
    target_org: TargetOrg = "",
    since: Annotated[
        str,
        typer.Option("--since", metavar="DEPLOYMENT", help="Measure from this deployment: its id, or its job's."),
    ] = "",
    watch: Annotated[
        int | None,
        typer.Option("--watch", metavar="MINUTES", min=1, help="Look again every so many minutes, until stopped."),
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take the org's state into the files, as one commit, and the ledger.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write a test case per component here.")
    ] = None,
    sarif: Annotated[
        Path | None, typer.Option("--sarif", metavar="FILE", help="Write what differs here, for code scanning.")
    ] = None,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """What somebody changed in an org since our deployments, and who, where the org's audit trail says so.

    Metadata by meaning, components that were deleted or made again, and who holds the permission sets that we deployed.
    Changes nothing, but with --accept. With --watch: one line per change of state (with --json one document a line);
    SIGTERM and Ctrl-C end it with the exit code of the last look, or 130 before there was one.

    Example: sfmeta drift -o production --junit drift.xml

    Example: sfmeta drift -o production --watch 15

    Exit codes: 0 nothing differs or all was accepted, 1 the org or git refused, 2 usage, or nothing is recorded to
    measure from, 3 something differs or is unknown, 4 --accept needs consent, a file has uncommitted changes or another
    run is at it, 6 org not reached.
    """
    files = {kind: path for kind, path in (("junit", junit), ("sarif", sarif)) if path}
    if accept and (since or watch):
        raise UsageError("--accept takes over what a single look at the whole finds", "Leave --since and --watch out")
    with Desk(ui, project) as desk:
        check_outputs(desk, [Output(f"--{kind}", path, _KINDS[kind]) for kind, path in files.items()])
        if watch:
            from sfmeta.cli.drift_watch import Post

            raise typer.Exit(Post(desk, target_org, since, wait, lambda found: write(desk, found, files)).keep(watch))
        from sfmeta.ops.drift import measure

        org = desk.connect(target_org)
        if accept:
            # what is taken over must not be changed by another run of ours meanwhile
            desk.records.lock(org.info)
        ledger = desk.records.ledger(org.info)
        measured = measure(org, ledger, desk.tools(wait), since)
        found = measured.drift
        for note in found.notes:
            ui.warn(note)
        write(desk, found, files)
        written = [f"Written to {path}." for path in files.values()]
        if accept and found.differs:
            return _accept(ui, desk, org.info, ledger, measured, yes=yes)
        result = {**drift_json(found), "files": {kind: str(path) for kind, path in files.items()}}
        return Answer(result, "\n".join([drift_text(found, ui.style), *written]), 0 if found.is_clean else 3)


def write(desk: Desk, found: Drift, files: Mapping[str, Path]) -> None:
    """Write what was found in the forms that were asked for: all of the files, or none.

    Args:
        desk: knows where components have their files.
        found: what was found.
        files: by form: ``junit``, ``sarif``.
    """
    from sfmeta.workspace.files import write_together

    contents: dict[Path, bytes] = {}
    for kind, path in files.items():
        if kind == "junit":
            from sfmeta.report.junit import drift_junit

            contents[path] = drift_junit(found)
        else:
            from sfmeta.report.drift_sarif import drift_sarif

            prefix = desk.repository.prefix
            places = {name: f"{prefix}{file}" for name, file in desk.files().items()} | {"": f"{prefix}{PROJECT_FILE}"}
            document = drift_sarif(found, __version__, places)
            contents[path] = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode(errors="replace")
    # who holds what is nobody else's business
    write_together(contents, mode=0o600)


def _accept(ui: Ui, desk: Desk, info: OrgInfo, ledger: Ledger, measured: Measured, *, yes: bool) -> Answer:
    """Take over what was found."""
    from sfmeta.cli.clock import SystemClock
    from sfmeta.ops.drift_accept import execute, prepare

    found = measured.drift
    plan = prepare(measured, desk.project, desk.repository, ledger, desk.schema, info.username)
    ui.tell(drift_text(found, ui.style))
    count = counted(len(found.components) + len(found.records), "change")
    files = f"as one commit of {counted(len(plan.paths), 'file')}" if plan.paths else "into the ledger alone"
    ui.consent(f"This takes over {count} of {info.title}, {files}", yes=yes)
    for path in plan.removed:
        ui.consent(f"This removes {path}, which the org no longer has", yes=yes)
    message = commit_message(found, plan.paths)
    done = execute(plan, message, desk.project, desk.repository, ledger, SystemClock())
    is_whole = not (found.unreadable or found.unread_records)
    accepted = {
        "commit": done.commit or None,
        "files": sorted(plan.files),
        "removed": list(plan.removed),
        "deployment": done.record.id,
    }
    lines = [f"wrote {path}" for path in sorted(plan.files)] + [f"removed {path}" for path in plan.removed]
    lines.append(f"Committed as {done.commit[:12]}." if done.commit else "No file had to change.")
    lines.append(f"Taken over as {done.record.id}: drift is measured from it now.")
    if found.records:
        lines.append("Grants stand in no file: where the policy names them, edit policy.yml.")
    if plan.files:
        lines.append("Where a file comes from the policy: sfmeta generate --check says what the policy would change.")
    lines += [
        ui.style(f"Not taken over, because unknown: {item}: {words}", "yellow") for item, words in _unknown(found)
    ]
    return Answer({**drift_json(found), "accepted": accepted}, "\n".join(lines), 0 if is_whole else 3)


def _unknown(found: Drift) -> list[tuple[str, str]]:
    rows = [(str(item), words) for item, words in found.unreadable.items()]
    return rows + ([("who holds the permission sets", found.unread_records)] if found.unread_records else [])
