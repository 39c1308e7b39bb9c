"""A flip that is open and whose process is gone: confirmed or taken back by whoever comes later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sfmeta.change.guards import SWITCHES, is_true
from sfmeta.codec import xml
from sfmeta.errors import GuardRefused, OperationFailed, SfmetaError
from sfmeta.model.deployment import Deployment, Purpose, stamp
from sfmeta.model.enforcement import Flip, FlipStage
from sfmeta.ops.enforce.boxes import SETTINGS, named, read_boxes
from sfmeta.ops.enforce.family import Changed, compare, from_json, read_family
from sfmeta.ops.enforce.logins import Doors, Proof, troubles
from sfmeta.ops.enforce.tick import record_confirmation
from sfmeta.ops.enforce.untick import Unticked, Way, bring_to_end, untick
from sfmeta.ops.enforce.waiting import confirmed, reverting
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import by_component
from sfmeta.workspace.flips import Flips
from sfmeta.workspace.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Turned:
    """The last flip that the ledger knows.

    Attributes:
        record: its entry.
        state: each box as it was afterwards; empty where that is not known yet.
    """

    record: Deployment
    state: Mapping[str, bool]

    @property
    def is_unconfirmed(self) -> bool:
        """It ticked something, and nobody confirmed it."""
        return any(self.state.values()) and not self.record.confirmed_at


def last_turned(ledger: Ledger) -> Turned | None:
    """The last deployment that turned a box and was taken by the org, or may have been; None where there is none."""
    for commit, entry in ledger.deployments():
        if entry.kind == Purpose.ENFORCE and (entry.was_taken or not entry.status):
            return Turned(entry, boxes_after(ledger, commit))
    return None


def boxes_after(ledger: Ledger, commit: str) -> dict[str, bool]:
    """Each box as it was after the flip that a commit of the ledger records; empty where that is not known yet."""
    held = by_component(ledger.after(commit)).get(SETTINGS)
    root = xml.parse(held[0].read(), held[0].path) if held else None
    return {name: is_true(root.value(name)) for name in SWITCHES} if root is not None else {}


def take_back(
    org: Org, doors: Doors, flips: Flips, ledger: Ledger | None, tools: Tools, who: str
) -> tuple[Flip, Unticked]:
    """Take back a flip whose process is gone; ``who`` does.

    Raises:
        OperationFailed: the boxes could not be unticked; the flip stays open.
    """
    flip = flips.move(reverting)
    if not flip.stage.is_open:
        raise OperationFailed("The flip was settled meanwhile", "See: sfmeta enforce status -o ORG")
    ways = (Way("this session", lambda: org), Way("a fresh login", doors.open))
    done = untick(ways, flip.boxes, ledger, tools, _author(ledger))
    return settle_as_reverted(flips, tools.clock.now(), who), done


def _author(ledger: Ledger | None) -> str:
    return ledger.repository.identity() if ledger is not None else ""


def settle_as_reverted(flips: Flips, now: float, who: str) -> Flip:
    """Write down that the boxes of the flip are unticked."""
    return flips.move(lambda one: replace(one, stage=FlipStage.REVERTED, settled_at=stamp(now), settled_by=who))


def confirm(
    org: Org, doors: Doors, flips: Flips, ledger: Ledger, tools: Tools, who: str
) -> tuple[Flip, tuple[Proof, ...]]:
    """Confirm a flip whose process is gone; what that process may not have proven is proven first.

    Raises:
        GuardRefused: the boxes are not ticked: there is nothing to confirm.
        OperationFailed: somebody who has to get in does not.
        SfmetaError: what is open in the ledger cannot be closed now.
    """
    noted = flips.open()
    if noted is None:
        raise GuardRefused("There is no flip to confirm", "See: sfmeta enforce status -o ORG", "flip-not-waiting")
    bring_to_end(org, ledger, tools)
    flip = noted.flip
    ticked = read_boxes(org, tools).ticked
    missing = tuple(name for name in flip.boxes if name not in ticked)
    if missing:
        raise GuardRefused(
            f"The box for {named(missing)} is not ticked, so there is nothing to confirm",
            "Settle it with: sfmeta enforce off --yes -o ORG",
            "flip-not-waiting",
        )
    tools.progress.step("Logging in anew, as sfmeta and as each canary")
    proofs = doors.prove_all(flip.canaries)
    if said := troubles(proofs):
        hint = "Repair it and confirm again, or take the flip back: sfmeta enforce off --yes -o ORG"
        raise OperationFailed(f"Somebody who has to get in does not any more: {said}", hint)
    turned = last_turned(ledger)
    is_its = turned is not None and turned.record.started_at >= flip.began_at
    deployment = flip.deployment or (turned.record.id if turned and is_its else "")

    def settled(one: Flip) -> Flip:
        # stage and time do not matter any more: what it waited for is here
        waiting = replace(one, stage=FlipStage.WAITING, deployment=deployment) if one.stage.is_open else one
        return confirmed(waiting, who, tools.clock.now())

    flip = flips.move(settled)
    record_confirmation(ledger, flip)
    return flip, proofs


def not_as_before(org: Org, flips: Flips, tools: Tools) -> Changed | None:
    """What of the access family is not as it was before the last flip; None where that is not known here."""
    before = from_json(flips.family())
    if before is None:
        return None
    try:
        return compare(before, read_family(org, tools))
    except SfmetaError:
        return None
