"""``sfmeta enforce``: on, off, status, confirm, watch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.options import BeginHistory, ProjectDir, TargetOrg, Yes
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import GuardRefused, UsageError
from sfmeta.model.enforcement import Users

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.ops.enforce.left import Turned

app = typer.Typer(
    help="Tick the boxes of API Access Control with a way back, and watch what comes after.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
_CONFIRM_MINUTES = 10.0
_BROWSER_DAYS = 7
_WAIT_MINUTES = 33
_WATCH_DAYS = 35
"""Past the end of a month: our choice."""
_EVERY_MINUTES = 15

_WhichUsers = Annotated[
    Users | None,
    typer.Option("--users", help="Which box. Without it: on: what the policy asks for, off: whatever is ticked."),
]


@verb(app, "on", command="enforce on")
def enforce_on(
    ui: Ui,
    target_org: TargetOrg = "",
    users: _WhichUsers = None,
    confirm_within: Annotated[
        float,
        typer.Option(
            "--confirm-within", metavar="MIN", help="Nobody confirms within so many minutes: it is taken back."
        ),
    ] = _CONFIRM_MINUTES,
    browser_days: Annotated[
        int,
        typer.Option(
            "--browser-days", metavar="N", min=1, help="So old may the break-glass admin's last browser login be."
        ),
    ] = _BROWSER_DAYS,
    setup_open: Annotated[
        bool,
        typer.Option(
            "--setup-open", help="The break-glass admin has Setup > API Access Control open in a browser now."
        ),
    ] = False,
    skip_canary: Annotated[
        list[str],
        typer.Option("--skip-canary", metavar="USER", help="Do without this canary. May be given more than once."),
    ] = [],
    begin_history: BeginHistory = False,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Tick the boxes that the policy asks for, prove that access works, and wait for a person to confirm.

    Refuses, with all reasons at once, unless: the policy asks for it; the forecast is clean or every loss is accepted
    by name; the org has the feature; a break-glass admin has been in with a browser lately and has Setup open now;
    sfmeta's own login and every canary have just come in anew. Then: what the flip might change by itself is kept, a
    second session is kept open, the flip is written down, sent, and everybody logs in again. If somebody fails, or
    nobody confirms in time (here, or with sfmeta enforce confirm in another window), it is taken back at once; so it is
    after Ctrl-C.

    Example: sfmeta enforce on -o uat --confirm-within 15

    Exit codes: 0 ticked and confirmed, or ticked already, 1 taken back, 2 policy or usage is wrong, 4 a condition is
    not met and nothing was touched, 6 org not reached, 130 interrupted and taken back.
    """
    from sfmeta.cli.enforce_on import OnRequest, run_on

    if not 0 < confirm_within <= 24 * 60:
        raise UsageError("--confirm-within is a time in minutes, up to a day", "Nobody could confirm in no time")
    request = OnRequest(
        target_org,
        users,
        confirm_within * 60.0,
        browser_days,
        setup_open,
        tuple(skip_canary),
        begin_history,
        yes,
    )
    with Desk(ui, project) as desk:
        return run_on(desk, request, desk.tools(_WAIT_MINUTES))


@verb(app, "off", command="enforce off")
def enforce_off(
    ui: Ui,
    target_org: TargetOrg = "",
    users: _WhichUsers = None,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Untick the boxes, or take back a flip that is open, also one that a killed process left.

    Unticking takes no access away, so there is no forecast. What is not as it was before the last flip from this
    machine is named: unticking may not restore what ticking rewrote.

    Example: sfmeta enforce off -o uat --yes

    Exit codes: 0 unticked or nothing to do, 1 it could not be unticked, 4 no consent or another operation runs, 6 org
    not reached.
    """
    from sfmeta.cli.enforce_off import run_off

    with Desk(ui, project) as desk:
        return run_off(desk, target_org, users, desk.tools(_WAIT_MINUTES), yes=yes)


@verb(app, "confirm", command="enforce confirm")
def enforce_confirm(ui: Ui, target_org: TargetOrg = "", project: ProjectDir = None) -> Answer:
    """Say that the world still turns: a flip that waits for that stands from now on.

    Where the process that made it is gone, sfmeta and the canaries log in anew first.

    Example: sfmeta enforce confirm -o uat

    Exit codes: 0 confirmed, 1 somebody who has to get in does not, 4 there is nothing to confirm, or it is too late, 6
    org not reached.
    """
    from sfmeta.cli.flips_left import doors_of
    from sfmeta.ops.enforce.left import confirm
    from sfmeta.ops.enforce.waiting import confirmed
    from sfmeta.report.enforcement import flip_json
    from sfmeta.workspace.flips import Flips

    with Desk(ui, project) as desk:
        org = desk.connect(target_org, heed_flip=False)
        tools = desk.tools(_WAIT_MINUTES)
        flips = Flips(desk.places.config, org.info.id)
        noted = flips.read()
        if noted is None:
            hint = "A flip is confirmed on the machine that made it; see: sfmeta enforce status -o ORG"
            raise GuardRefused("No flip of this org is written down here", hint, "flip-not-waiting")
        if noted.is_left(tools.clock.now()):
            desk.records.lock(org.info, settling=True)
            ledger = desk.records.ledger(org.info)
            flip, _ = confirm(org, doors_of(desk, org, target_org), flips, ledger, tools, desk.who)
        else:
            now, who = tools.clock.now(), desk.who
            flip = flips.move(lambda one: confirmed(one, who, now))
        text = f"Confirmed: the flip of {flip.began_at} stands. See who is refused: sfmeta enforce watch -o ORG"
        return Answer({"org_id": str(org.info.id), "flip": flip_json(flip, is_left=False)}, text)


@verb(app, "status", command="enforce status")
def enforce_status(ui: Ui, target_org: TargetOrg = "", project: ProjectDir = None) -> Answer:
    """How the boxes stand, whether a flip is open and until when, and the last flip on record.

    Example: sfmeta enforce status -o uat

    Exit codes: 0 nothing is open, 3 a flip is not confirmed, 6 org not reached.
    """
    from sfmeta.ops.enforce.boxes import read_boxes
    from sfmeta.ops.enforce.left import last_turned
    from sfmeta.report.enforcement import boxes_text, flip_json, flip_text, record_json, record_text
    from sfmeta.workspace.flips import Flips

    with Desk(ui, project) as desk:
        org = desk.connect(target_org, heed_flip=False)
        tools = desk.tools(_WAIT_MINUTES)
        boxes = read_boxes(org, tools)
        noted = Flips(desk.places.config, org.info.id).read()
        ledger = desk.records.ledger_if_any(org.info)
        turned = last_turned(ledger) if ledger is not None else None
        is_left = noted is not None and noted.is_left(tools.clock.now())
        lines = [f"{org.info.title}: {boxes_text(boxes.state)}"]
        lines += flip_text(noted.flip, ui.style, is_left=is_left) if noted else []
        lines += [record_text(turned.record, turned.state)] if turned else []
        waiting = noted is not None and noted.flip.stage.is_open
        here = noted.flip.deployment if noted else ""
        elsewhere = not waiting and bool(boxes.ticked) and _is_unconfirmed(turned, here)
        if elsewhere:
            lines.append(
                ui.style("It was made on another machine, and is not confirmed there as far as known", "yellow")
            )
        result = {
            "org_id": str(org.info.id),
            "boxes": dict(boxes.state),
            "open": waiting or elsewhere,
            "flip": flip_json(noted.flip, is_left=is_left) if noted else None,
            "last_recorded": record_json(turned.record, turned.state) if turned else None,
        }
        return Answer(result, "\n".join(lines), 3 if waiting or elsewhere else 0)


def _is_unconfirmed(turned: Turned | None, here: str) -> bool:
    """The ledger has a flip that nobody confirmed, and it is not the one that is written down here."""
    return turned is not None and turned.is_unconfirmed and turned.record.id != here


@verb(app, "watch", command="enforce watch")
def enforce_watch(
    ui: Ui,
    target_org: TargetOrg = "",
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, help="Watch for so many days after the change.")
    ] = _WATCH_DAYS,
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="DATE",
            help="The change. Without it: the last flip, else the last deployment that touched an app.",
        ),
    ] = "",
    once: Annotated[bool, typer.Option("--once", help="Look once and end, for CI.")] = False,
    every: Annotated[
        int, typer.Option("--every", metavar="MIN", min=1, help="So many minutes between two looks.")
    ] = _EVERY_MINUTES,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page for people here, at every look.")
    ] = None,
    project: ProjectDir = None,
) -> Answer:
    """Who is refused since the flip, and who has not been seen since: ten minutes prove little.

    Audits the org and reads LoginHistory. Expected is every user with every app (or protocol) that was in use in the 90
    days before and whose loss nobody accepted. Each stays "unproven" until it was let in once. Works after a restrict
    wave, too. Without --once it goes on until all were seen, or the days are over, or it is stopped. Changes nothing.

    Example: sfmeta enforce watch -o production --once

    Exit codes: 0 nobody is refused who should work (some may be unproven, and are listed), 2 the policy or the options
    are wrong, 3 somebody is refused who should work, 4 the user may not see enough, 6 org not reached.
    """
    from sfmeta.cli.enforce_watch import WatchRequest, run_watch

    with Desk(ui, project) as desk:
        return run_watch(desk, WatchRequest(target_org, days, since, once, every, html))
