"""One open question: what is made for it, what is asked, how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sfmeta.ops.probe.answer import Learned
from sfmeta.ops.probe.bench import Bench


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be asked without harm.

    Attributes:
        name: as ``access.questions`` and ``localorg.assumptions`` name it.
        text: the question itself.
        made: what is made for it; "" for nothing.
        asked: what is then done and looked at.
        taken_back: how what was made goes away again; "" for nothing.
        ask: does it. It raises ``NotSettled`` or an error of the tree where there is no answer.
    """

    name: str
    text: str
    made: str
    asked: str
    taken_back: str
    ask: Callable[[Bench], Learned]
