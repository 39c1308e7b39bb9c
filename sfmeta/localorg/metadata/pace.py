"""How long jobs take, and where a job stands in its time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

PENDING, IN_PROGRESS, FINALIZING = "Pending", "InProgress", "FinalizingDeploy"
_FINALIZING_FROM = 0.9


@dataclass(frozen=True, slots=True)
class Mode:
    """How long jobs take.

    Attributes:
        kind: ``immediate``, ``polls`` or ``seconds``.
        amount: how many.
    """

    kind: Literal["immediate", "polls", "seconds"] = "immediate"
    amount: float = 0

    @classmethod
    def parse(cls, text: str) -> Mode:
        """From ``immediate``, ``polls:3`` or ``seconds:2.5``.

        Raises:
            ValueError: it is none of these.
        """
        kind, _, amount = text.partition(":")
        if kind == "polls" or kind == "seconds":
            number = float(amount)
            if not 0 <= number < math.inf:
                raise ValueError(f"'{amount}' is no number of {kind}")
            return cls("polls" if kind == "polls" else "seconds", number)
        if text != "immediate":
            raise ValueError(f"'{text}' is no mode of jobs: write immediate, polls:N or seconds:N")
        return cls()


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a job stands.

    Attributes:
        status: Pending, InProgress or FinalizingDeploy; "" when its time is over.
        progress: how much of the work in progress is done, 0 to 1.
    """

    status: str
    progress: float = 0.0


def stage(mode: Mode, polls: int, age_s: float) -> Stage:
    """Where a job stands that is first in its queue.

    Args:
        mode: how long jobs take.
        polls: how often somebody asked since it is the first.
        age_s: for how long it is the first, by the org's clock.
    """
    if mode.kind == "polls":
        if polls > mode.amount:
            return Stage("")
        if polls <= 1:
            return Stage(PENDING)
        return _working((polls - 1) / mode.amount, last=polls > 2 and polls == mode.amount)
    if mode.kind == "seconds":
        done = age_s / mode.amount if mode.amount else 1.0
        if done >= 1:
            return Stage("")
        return Stage(PENDING) if done < 0.25 else _working((done - 0.25) / 0.65, last=done >= _FINALIZING_FROM)
    return Stage("")


def _working(progress: float, *, last: bool) -> Stage:
    return Stage(FINALIZING, 1.0) if last else Stage(IN_PROGRESS, min(progress, 1.0))
