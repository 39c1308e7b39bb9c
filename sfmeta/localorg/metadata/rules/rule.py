"""What a rule of the Metadata API is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeployRule:
    """One sentence that deployments obey.

    Attributes:
        id: stable, for tests.
        sentence: what it says.
        source: where that comes from.
        grade: A, B, C or emulator.
        message: the text of the problem, with places for names; "" where the rule says nothing.
        assumption: the open question it hangs on, "" where it hangs on none.
    """

    id: str
    sentence: str
    source: str
    grade: str
    message: str = ""
    assumption: str = ""
