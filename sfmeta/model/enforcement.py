"""Ticking the boxes of API Access Control, as values: which boxes, and how far a flip came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sfmeta.model.names import OrgId


class Users(StrEnum):
    """Whom a box binds."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    ALL = "all"


class FlipStage(StrEnum):
    """How far a flip came."""

    INTENDED = "intended"
    """Written down. Whether the boxes are ticked is not known: the org has to be asked."""
    WAITING = "waiting"
    """The boxes are ticked and the logins work; a person has to confirm until the deadline."""
    REVERTING = "reverting"
    """It is being taken back, or should have been."""
    CONFIRMED = "confirmed"
    """A person said that the world still turns."""
    REVERTED = "reverted"
    """The boxes are unticked again."""

    @property
    def is_open(self) -> bool:
        """It has to be settled: confirmed or taken back."""
        return self not in (FlipStage.CONFIRMED, FlipStage.REVERTED)


@dataclass(frozen=True, slots=True)
class Flip:
    """One flip: which boxes were ticked in which org, and what is to become of it.

    Attributes:
        org_id: in which org.
        org_name: its title, for people.
        boxes: the fields of ``Settings:ConnectedApp`` that it ticks; they were not ticked before.
        stage: how far it came.
        began_at: UTC, ISO 8601, by this machine's clock.
        within_s: so long it waits for somebody to confirm, in seconds.
        deadline: until when somebody has to confirm, UTC, ISO 8601; "" until it waits.
        break_glass: the username of the person who can untick the boxes in Setup.
        canaries: usernames that prove that access works.
        skipped: canaries of the policy that this flip does without.
        deployment: its entry in the ledger, "" until that is known.
        settled_at: when it was confirmed or taken back; "" until then.
        settled_by: who did, as git or the machine knows them.
        wish: ``revert`` where another process asks the one that waits to take it back; "" otherwise.
    """

    org_id: OrgId
    org_name: str
    boxes: tuple[str, ...]
    stage: FlipStage
    began_at: str
    within_s: float
    deadline: str = ""
    break_glass: str = ""
    canaries: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    deployment: str = ""
    settled_at: str = ""
    settled_by: str = ""
    wish: str = ""
