"""What asking an org came to: an answer, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass


class NotSettled(Exception):
    """The org's behaviour settles nothing, or the question cannot be asked here; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Learned:
    """An answer.

    Attributes:
        answer: yes or no.
        how: what was done and seen, one sentence.
    """

    answer: bool
    how: str
