"""Waiting until a person says that the world still turns, or nobody does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from sfmeta.errors import GuardRefused
from sfmeta.model.deployment import stamp
from sfmeta.model.enforcement import Flip, FlipStage
from sfmeta.ops.ports import Clock
from sfmeta.workspace.flips import Flips

REVERT = "revert"
"""The wish of another process that the one that waits takes the flip back."""
_LOOK_EVERY_S = 0.5


class Word(StrEnum):
    """What came of waiting."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    """A person said no."""
    ASKED_BACK = "asked back"
    """``enforce off`` in another process."""
    NOBODY = "nobody"


def wait_for_word(
    flips: Flips, within_s: float, clock: Clock, ask: Callable[[], bool | None], who: str
) -> tuple[Word, Flip]:
    """Wait for a person: here (``ask``) or in another process (``enforce confirm``, ``enforce off``).

    Args:
        flips: where the flip is written down, in stage ``WAITING``.
        within_s: how long.
        clock: waits.
        ask: looks whether somebody here has answered; None for not yet. It does not wait.
        who: who answers here.

    Returns:
        The word, and the flip as it is then: confirmed, or about to be reverted.
    """
    until, until_wall = clock.monotonic() + within_s, clock.now() + within_s
    while True:
        noted = flips.read()
        flip = noted.flip if noted else None
        if flip is not None and flip.stage is FlipStage.CONFIRMED:
            return Word.CONFIRMED, flip
        if flip is not None and flip.wish == REVERT:
            return Word.ASKED_BACK, _reverting(flips)
        said = ask()
        if said is True:
            return Word.CONFIRMED, flips.move(lambda one: confirmed(one, who, clock.now()))
        if said is False:
            return Word.REFUSED, _reverting(flips)
        # a machine that slept has a clock that stood still: the deadline that was told counts, too
        left = min(until - clock.monotonic(), until_wall - clock.now())
        if left <= 0:
            last = _reverting(flips)
            # somebody may have confirmed between the look and the end
            return (Word.CONFIRMED if last.stage is FlipStage.CONFIRMED else Word.NOBODY), last
        clock.sleep(min(_LOOK_EVERY_S, left))


def confirmed(flip: Flip, who: str, now: float) -> Flip:
    """A flip that somebody confirms.

    Raises:
        GuardRefused: it does not wait for that: too late, or not yet proven.
    """
    if flip.stage is FlipStage.CONFIRMED:
        return flip
    if flip.stage is FlipStage.WAITING:
        return replace(flip, stage=FlipStage.CONFIRMED, settled_at=stamp(now), settled_by=who)
    if flip.stage is FlipStage.INTENDED:
        raise GuardRefused(
            "The flip is not at its end yet: there is nothing to confirm", "Wait until it asks", "flip-not-waiting"
        )
    raise GuardRefused(
        f"It is too late: the flip is {'being ' if flip.stage.is_open else ''}taken back",
        "See: sfmeta enforce status -o ORG",
        "flip-not-waiting",
    )


def _reverting(flips: Flips) -> Flip:
    return flips.move(reverting)


def reverting(flip: Flip) -> Flip:
    """A flip that is about to be taken back; one that was settled meanwhile stays so."""
    return replace(flip, stage=FlipStage.REVERTING) if flip.stage.is_open else flip
