"""One sentence that the gate obeys, and what it answers when it applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sfmeta.localorg.doors.attempt import Answer, Attempt


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence that the gate obeys.

    Attributes:
        id: stable, for tests, forecasts and ``Fault.rule``.
        sentence: what it says.
        source: where that comes from.
        grade: A, B, C or assumption.
        answer: what it answers when it applies.
        applies: whether it decides an attempt.
        assumption: the open question it hangs on, "" where it hangs on none.
        ends_session: a session that it refuses is over, whatever changes later.
    """

    id: str
    sentence: str
    source: str
    grade: str
    answer: Answer
    applies: Callable[[Attempt], bool]
    assumption: str = ""
    ends_session: bool = False
