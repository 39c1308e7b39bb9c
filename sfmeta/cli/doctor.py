"""``sfmeta doctor``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg, Yes
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import GuardRefused, OperationFailed
from sfmeta.ops.doctor.examination import Circumstances
from sfmeta.ops.doctor.examine import examine
from sfmeta.report.doctor import WIDTH, diagnosis_json, diagnosis_text, plan_text, probing_json, probing_text
from sfmeta.workspace.findings import FINDINGS_FILE, read_findings, record

if TYPE_CHECKING:
    from sfmeta.model.names import OrgId
    from sfmeta.org.client import OrgClient

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WAIT_MINUTES = 10


@verb(app, "doctor")
def doctor(
    ui: Ui,
    target_org: TargetOrg = "",
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Find out open questions with throw-away things; never on a production org."),
    ] = False,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Look at an org before anything is done to it: permissions, features, sfmeta's own way in, limits, clocks.

    Nothing is changed, but one thing: what a probe that was killed left behind is taken away.

    With --probe: what nobody could establish about Salesforce is asked of this org in place of that. Throw-away
    permission sets, a group and an app are made, assigned to our own user alone, tried, and deleted. What was learned
    goes to findings.json in the project, which forecasts read from then on: commit it.

    Example: sfmeta doctor -o uat

    Exit codes: 0 no problem (warnings may stand), 1 a probe left something behind, 3 problems found, 4 a guard refused,
    6 org not reached.
    """
    with Desk(ui, project) as desk:
        root = desk.root_if_any
        org = desk.connect(target_org)
        if probe:
            return _probe(ui, desk, org, root, yes=yes)
        _clean_up(ui, desk, org)
        found = examine(org, _circumstances(ui, root, org.info.id), desk.tools(_WAIT_MINUTES))
        text = diagnosis_text(found, ui.style, _width())
        return Answer(diagnosis_json(found), text, 3 if found.problems else 0)


def _probe(ui: Ui, desk: Desk, org: OrgClient, root: Path | None, *, yes: bool) -> Answer:
    from sfmeta.cli.flips_left import require_settled
    from sfmeta.ops.probe import run as op
    from sfmeta.ops.probe.table import QUESTIONS

    # it makes things and takes them away: what a flip left open comes first
    question = op.check_org(org.info)
    op.check_user(org, desk.tools(_WAIT_MINUTES))
    if root is not None:
        read_findings(root)  # a file that cannot be read is told before anything is made
    plans = ((one.text, one.made, one.asked, one.taken_back) for one in QUESTIONS)
    ui.tell(plan_text(plans, _width()))
    require_settled(desk.places.config, org.info, desk.tools(0).clock.now())
    ui.consent(question, yes=yes)
    found = op.probe(org, desk.tools(_WAIT_MINUTES), desk.places.config)
    text = probing_text(found, ui.style, _width())
    if any(one.is_local for one in found.answers):
        text += "\nThis is a local org: its answers count for this org alone."
    if root is None:
        ui.warn(f"There is no project here, so nothing was written to {FINDINGS_FILE} (sfmeta init)")
    elif found.answers:
        record(root, found.answers)
        text += f"\nWritten to {FINDINGS_FILE}; forecasts count with it from now on."
    left = OperationFailed("A probe left something behind", "Run sfmeta doctor again", "LeftBehind")
    return Answer(probing_json(found), text, 1 if found.left else 0, left if found.left else None)


def _clean_up(ui: Ui, desk: Desk, org: OrgClient) -> None:
    """What a killed probe left behind; a probe that is running now is left alone."""
    from sfmeta.ops.probe import run as op

    try:
        cleaned = op.clean_up(org, desk.tools(_WAIT_MINUTES), desk.places.config)
    except GuardRefused as running:
        ui.warn(running.message)
        return
    for thing in cleaned.gone:
        ui.warn(f"A probe that was killed had left {thing}; it is gone now")
    for thing in cleaned.left:
        ui.warn(f"A probe that was killed had left {thing}; it could not be taken away")


def _width() -> int:
    """Of a line: the terminal's, within reason."""
    return max(70, min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns))


def _circumstances(ui: Ui, root: Path | None, org_id: OrgId) -> Circumstances:
    """What the project says."""
    if root is None:
        return Circumstances()
    from sfmeta.config.policy import read_policy

    file = root / "policy.yml"
    named = read_policy(file.read_bytes(), file.name).break_glass if file.is_file() else None
    learned = read_findings(root).for_org(org_id).get("group_members_preauthorize")
    return Circumstances(
        break_glass=named.username.resolve(ui.environ) if named else "" if file.is_file() else None,
        group_members_preauthorize=learned.answer if learned else None,
    )
