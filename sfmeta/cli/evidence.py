"""``sfmeta evidence``."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Annotated

import typer

from sfmeta import __version__
from sfmeta.cli.desk import Desk, no_collector
from sfmeta.cli.granting import POLICY_FILE, policy_bytes
from sfmeta.cli.inventories import AUDIT_DAYS, AUDIT_WAIT_MINUTES
from sfmeta.cli.options import BeginHistory, ProjectDir, TargetOrg
from sfmeta.cli.outputs import Output, check_outputs
from sfmeta.cli.package_outlook import policy_of
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.ops.begun import require_history
from sfmeta.ops.evidence import EvidenceRequest, gather
from sfmeta.report.evidence import evidence_bytes, evidence_json, evidence_text
from sfmeta.workspace.files import write_together
from sfmeta.workspace.findings import read_findings

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb(app, "evidence")
def evidence(
    ui: Ui,
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="Write the JSON document here.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE.html", help="Write the page for people here.")
    ] = None,
    target_org: TargetOrg = "",
    begin_history: BeginHistory = False,
    project: ProjectDir = None,
) -> Answer:
    """What an auditor asks for, from git and the org: who decided, what was done, who gets in, who is an exception.

    The policy with who wrote it and who agreed; every deployment on record with its package digest, job id, forecast
    and review; who gets in today, by which rule; who is refused or not seen since the last change; exceptions and until
    when. It reads, and changes nothing. Fetch the ledger first: sfmeta ledger sync.

    Example: sfmeta evidence -o production -f evidence.json --html evidence.html

    Exit codes: 0 written, whatever it says, 2 the policy is wrong or a file must not be written, 4 the user may not see
    enough or the ledger is not here, 6 org not reached.
    """
    with Desk(ui, project) as desk, no_collector():
        outputs = [Output("--file", file, "evidence")]
        outputs += [Output("--html", html, "evidence-html")] if html else []
        check_outputs(desk, outputs)
        data = policy_bytes(desk)
        org = desk.connect(target_org)
        request = EvidenceRequest(
            policy=policy_of(desk, org.info.id),
            policy_file=POLICY_FILE,
            policy_digest=hashlib.sha256(data).hexdigest(),
            directories=desk.project.package_directories,
            days=AUDIT_DAYS,
            answers=read_findings(desk.project.root).for_org(org.info.id),
        )
        ledger = desk.records.ledger(org.info)
        # an empty history here is not taken for "nothing was done"
        for note in require_history(org, ledger, begin_history=begin_history):
            ui.warn(note)
        found = gather(org, request, desk.repository, ledger, desk.tools(AUDIT_WAIT_MINUTES))
        contents = {file: evidence_bytes(found)}
        if html:
            from sfmeta.report.html import evidence_page

            contents[html] = evidence_page(found, __version__).encode()
        # who uses what is nobody else's business
        write_together(contents, mode=0o600)
        written = {"files": {"json": str(file), **({"html": str(html)} if html else {})}}
        text = evidence_text(found, ui.style, shutil.get_terminal_size().columns)
        lines = [text, "", *(f"Written to {path}." for path in contents)]
        return Answer({**evidence_json(found), **written} if ui.as_json else {}, "\n".join(lines))
