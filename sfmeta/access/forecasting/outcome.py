"""What the rules say of a case before and after a stage."""

from __future__ import annotations

from typing import NamedTuple

from sfmeta.model.forecast import Decision, Harm


class Outcome(NamedTuple):
    """What the rules say of a case before and after a stage, and what that does. A tuple, as it is unpacked so often.

    Attributes:
        now: today.
        then: after the stage.
        harm: what the change does.
    """

    now: Decision
    then: Decision
    harm: Harm
