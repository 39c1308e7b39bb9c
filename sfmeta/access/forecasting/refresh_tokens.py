"""How long a refresh token is good for, by the app's policy.

Source: Metadata API guide, ConnectedAppOauthPolicy.refreshTokenPolicy: ``infinite``, ``zero``,
``specific_lifetime:<n>:HOURS|DAYS|MONTHS``, ``specific_inactivity:<n>:...``; evaluated when the token is used. How long
a month is was not found: 30 days are taken, the shortest that is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sfmeta.access.rules.case import TokenAge

_UNITS = {"HOURS": timedelta(hours=1), "DAYS": timedelta(days=1), "MONTHS": timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """A refresh token policy.

    Attributes:
        kind: ``infinite``, ``zero``, ``specific_lifetime`` or ``specific_inactivity``.
        lasts: for the two that count.
    """

    kind: str = "infinite"
    lasts: timedelta = timedelta(0)

    @property
    def is_endless(self) -> bool:
        """Tokens are good until revoked."""
        return self.kind == "infinite"

    def ends(self, authorised: datetime) -> datetime | None:
        """When a token ends whatever is done with it; None where nothing is fixed."""
        return authorised + self.lasts if self.kind == "specific_lifetime" else None

    def is_good(self, authorised: datetime, last_used: datetime | None, at: datetime, seen_at: datetime) -> bool:
        """Whether a token is good.

        Args:
            authorised: when it was issued.
            last_used: None: never.
            at: the moment that is looked at.
            seen_at: when the use was seen. A client that used its token in time until then is taken to go on so.
        """
        match self.kind:
            case "zero":
                return False
            case "specific_lifetime":
                return at <= authorised + self.lasts
            case "specific_inactivity":
                return seen_at <= max(last_used or authorised, authorised) + self.lasts
            case _:
                return True


ENDLESS = RefreshPolicy()
"""Good until revoked."""


@cache
def parse_policy(text: str) -> RefreshPolicy:
    """A policy as ConnectedApp metadata spells it; what is not known or not understood counts as endless."""
    kind, _, rest = text.partition(":")
    amount, _, unit = rest.partition(":")
    if kind == "zero":
        return RefreshPolicy("zero")
    if kind in ("specific_lifetime", "specific_inactivity") and amount.isdigit() and unit in _UNITS:
        return RefreshPolicy(kind, int(amount) * _UNITS[unit])
    return ENDLESS


def age(
    issued: RefreshPolicy,
    now: RefreshPolicy,
    authorised: datetime,
    last_used: datetime | None,
    at: datetime,
    seen_at: datetime,
) -> TokenAge:
    """What two policies say of a token: the one it was issued under and the one of now. The rest as in ``is_good``."""
    by_issued = issued.is_good(authorised, last_used, at, seen_at)
    by_now = by_issued if issued is now else now.is_good(authorised, last_used, at, seen_at)
    if by_issued:
        return TokenAge.GOOD if by_now else TokenAge.TOO_OLD_BY_NEW_POLICY
    return TokenAge.GOOD_BY_NEW_POLICY if by_now else TokenAge.TOO_OLD
