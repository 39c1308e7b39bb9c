"""``sfmeta doctor``."""

from __future__ import annotations

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError
from sfmeta.ops.doctor.examination import Circumstances
from sfmeta.ops.doctor.examine import examine
from sfmeta.report.doctor import diagnosis_json, diagnosis_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WAIT_MINUTES = 10


@verb(app, "doctor")
def doctor(
    ui: Ui,
    target_org: TargetOrg = "",
    project: ProjectDir = None,
) -> Answer:
    """Look at an org before anything is done to it: permissions, features, sfmeta's own way in, limits, clocks.

    Example: sfmeta doctor -o uat

    Exit codes: 0 no problem (warnings may stand), 3 problems found, 6 org not reached.
    """
    with Desk(ui, project) as desk:
        org = desk.connect(target_org)
        found = examine(org, _circumstances(desk, ui), desk.tools(_WAIT_MINUTES))
        text = diagnosis_text(found, ui.style)
        return Answer(diagnosis_json(found), text, 3 if found.problems else 0)


def _circumstances(desk: Desk, ui: Ui) -> Circumstances:
    """What the project says, where there is one: it is no condition."""
    from sfmeta.config.policy import read_policy

    try:
        root = desk.project.root
    except UsageError:
        return Circumstances()
    file = root / "policy.yml"
    if not file.is_file():
        return Circumstances()
    policy = read_policy(file.read_bytes(), "policy.yml")
    named = policy.break_glass
    return Circumstances(named.username.resolve(ui.environ) if named else "")
