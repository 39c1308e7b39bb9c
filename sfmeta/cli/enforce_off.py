"""``sfmeta enforce off``: what it does, in order."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sfmeta.cli.enforce_words import changed_json, changed_text, unticked_json
from sfmeta.cli.flips_left import doors_of
from sfmeta.cli.signals import unbroken
from sfmeta.cli.ui import Answer
from sfmeta.errors import OperationFailed, SfmetaError, StillRunning
from sfmeta.ops.enforce.boxes import PLACE, boxes_of, named, read_boxes
from sfmeta.ops.enforce.left import not_as_before, settle_as_reverted, take_back
from sfmeta.ops.enforce.untick import Unticked, Way, untick
from sfmeta.ops.enforce.waiting import REVERT
from sfmeta.report.enforcement import flip_json
from sfmeta.workspace.flips import Flips

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.cli.desk import Desk
    from sfmeta.model.enforcement import Flip, Users
    from sfmeta.ops.ports import Tools
    from sfmeta.org.client import OrgClient

_LOOK_EVERY_S = 0.5


def run_off(desk: Desk, alias: str, users: Users | None, tools: Tools, *, yes: bool) -> Answer:
    """Untick what is asked for; a flip that is open is taken back as a whole.

    Raises:
        GuardRefused: no consent, or another operation changes the org.
        OperationFailed: the boxes could not be unticked.
    """
    org = desk.connect(alias, heed_flip=False)
    flips = Flips(desk.places.config, org.info.id)
    noted = flips.open()
    boxes = read_boxes(org, tools)
    wanted = boxes_of(users) if users else boxes.ticked
    ticked = tuple(name for name in boxes.ticked if name in wanted)
    if noted is None and not ticked:
        return Answer(
            _result(org, None, Unticked()), f"Nothing to do: no box of {org.info.title} is ticked that is meant."
        )
    what = named(noted.flip.boxes if noted else ticked)
    desk.ui.consent(f"This unticks the box for {what} in {org.info.title} ({org.info.id})", yes=yes)
    if noted is not None and not noted.is_left(tools.clock.now()):
        gone = _ask_the_other(flips, tools)
        text = f"The process that made the flip has taken it back ({gone.settled_at})."
        return Answer(_result(org, gone, Unticked(gone.boxes)), text)
    desk.records.lock(org.info, settling=True)
    try:
        flip, done = _unticked(desk, org, alias, flips, ticked, tools)
    except OperationFailed as error:
        who = noted.flip.break_glass if noted else ""
        error.hint = f"By hand: {PLACE}{f', by {who}' if who else ''}"
        raise
    return _answer(desk, org, flips, flip, done, tools)


def _unticked(
    desk: Desk, org: OrgClient, alias: str, flips: Flips, ticked: tuple[str, ...], tools: Tools
) -> tuple[Flip | None, Unticked]:
    doors = doors_of(desk, org, alias)
    ledger = _ledger(desk, org)
    with unbroken("The boxes are being unticked; wait for that"):
        if flips.open() is not None:
            return take_back(org, doors, flips, ledger, tools, desk.who)
        done = untick(
            (Way("this session", lambda: org), Way("a fresh login", doors.open)), ticked, ledger, tools, desk.author
        )
    noted = flips.read()
    if noted is not None and set(noted.flip.boxes) <= set(done.boxes):
        return settle_as_reverted(flips, tools.clock.now(), desk.who), done
    return None, done


def _ledger(desk: Desk, org: OrgClient) -> Any:
    """The ledger; a remote that does not answer must not keep anybody from unticking."""
    try:
        return desk.records.ledger_if_any(org.info)
    except SfmetaError as error:
        desk.ui.warn(f"Nothing of this is recorded: {error.message}")
        return None


def _ask_the_other(flips: Flips, tools: Tools) -> Flip:
    """Ask the process that waits for a confirmation to take its flip back, and wait for that.

    Raises:
        StillRunning: it has not done it in time.
        OperationFailed: it ended without doing it, or somebody confirmed first.
    """
    from dataclasses import replace

    flips.move(lambda one: replace(one, wish=REVERT) if one.stage.is_open else one)
    tools.progress.step("Asking the process that made the flip to take it back")
    until = tools.clock.monotonic() + tools.deadline_s
    while tools.clock.monotonic() < until:
        noted = flips.read()
        if noted is not None and not noted.flip.stage.is_open:
            if str(noted.flip.stage) == "confirmed":
                raise OperationFailed("Somebody confirmed the flip first", "Run this again to untick the boxes")
            return noted.flip
        if noted is not None and noted.is_left(tools.clock.now()):
            raise OperationFailed("The process that made the flip ended without taking it back", "Run this again")
        tools.clock.sleep(_LOOK_EVERY_S)
    raise StillRunning("The process that made the flip is still at it", "See: sfmeta enforce status -o ORG")


def _answer(desk: Desk, org: OrgClient, flips: Flips, flip: Flip | None, done: Unticked, tools: Tools) -> Answer:
    changed = not_as_before(org, flips, tools) if flip is not None else None
    for trouble in done.troubles:
        desk.ui.warn(f"On the way: {trouble}")
    if done.boxes and done.record is None:
        desk.ui.warn("This is not recorded in the ledger")
    what = f"Unticked the box for {named(done.boxes)}." if done.boxes else "No box had to be unticked."
    lines = [f"{org.info.title}: {what}"]
    if flip is not None and done.boxes:
        lines += changed_text(changed, "Not as it was before the flip", desk.ui.style)
    with suppress(SfmetaError):
        left = read_boxes(org, tools).ticked
        lines += [f"Still ticked: the box for {named(left)}."] if left else []
    return Answer({**_result(org, flip, done), "not_as_before": changed_json(changed)}, "\n".join(lines))


def _result(org: OrgClient, flip: Flip | None, done: Unticked) -> dict[str, Any]:
    return {
        "org_id": str(org.info.id),
        "unticked": unticked_json(done),
        "flip": flip_json(flip, is_left=False) if flip else None,
    }
