"""The days after a change that takes access away: who is refused, and who was not seen since. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sfmeta.model.inventory import App, User, Way
from sfmeta.model.names import OrgId


class Sighting(StrEnum):
    """What is known of one user with one app since the change."""

    REFUSED = "refused"
    """Refused, and should work: nobody accepted the loss, and no login was let in after that."""
    RECOVERED = "recovered"
    """Refused, and let in later."""
    FORESEEN = "foreseen"
    """Refused, as the policy wants it or nobody expected it to work."""
    UNPROVEN = "unproven"
    """Should work, and has not come since."""
    PROVEN = "proven"
    """Was let in since."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Logins of one user that are alike, since the change.

    Attributes:
        user_id: who.
        app: ``inventory.App.key``; "" without an app.
        way: how; of a login through an app only that it was one.
        status: as the org words it (``LoginHistory.Status``).
        is_success: let in.
        count: how many.
        first: the first of them.
        latest: the last.
    """

    user_id: str
    app: str
    way: Way
    status: str
    is_success: bool
    count: int
    first: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """One user with one app, or with a protocol.

    Attributes:
        user: who.
        app: with what; None without an app.
        way: without an app: how.
        sighting: see ``Sighting``.
        why: why it is expected to work, or not.
        statuses: of the refusals, in the org's words.
        refusals: how many.
        first_refusal: the first; None for none.
        last_refusal: the last.
        last_success: the last login since the change that was let in.
        last_use: the last use that the audit knows, also from before the change; it may have failed.
    """

    user: User
    app: App | None
    way: Way
    sighting: Sighting
    why: str
    statuses: tuple[str, ...] = ()
    refusals: int = 0
    first_refusal: datetime | None = None
    last_refusal: datetime | None = None
    last_success: datetime | None = None
    last_use: datetime | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """One look.

    Attributes:
        org_id: which org.
        org_name: for people.
        since: the moment of the change.
        since_why: what happened then, one sentence.
        until: when watching ends.
        at: the moment of the look.
        rows: worst first.
        idle: how many pairs of user and app had not been used for long before the change: nothing is expected of them.
        idle_days: for how long.
        gaps: what could not be read.
    """

    org_id: OrgId
    org_name: str
    since: datetime
    since_why: str
    until: datetime
    at: datetime
    rows: tuple[Watched, ...]
    idle: int = 0
    idle_days: int = 0
    gaps: tuple[str, ...] = ()

    def of(self, sighting: Sighting) -> tuple[Watched, ...]:
        """The rows of one kind."""
        return tuple(row for row in self.rows if row.sighting is sighting)

    @property
    def is_clean(self) -> bool:
        """Nobody is refused who should work."""
        return not self.of(Sighting.REFUSED)

    @property
    def is_proven(self) -> bool:
        """And everybody who should work was seen."""
        return self.is_clean and not self.of(Sighting.UNPROVEN)
