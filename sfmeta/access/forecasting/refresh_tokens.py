"""How long a refresh token is good for, by the app's policy.

Source: Metadata API guide, ConnectedAppOauthPolicy.refreshTokenPolicy: ``infinite``, ``zero``,
``specific_lifetime:<n>:HOURS|DAYS|MONTHS``, ``specific_inactivity:<n>:...``; evaluated when the token is used. How long
a month is was not found: 30 days are taken, the shortest that is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sfmeta.access.rules.case import TokenAge

_MOST = 36_500  # a hundred years of days: longer is endless, and dates end
_UNITS = {"HOURS": timedelta(hours=1), "DAYS": timedelta(days=1), "MONTHS": timedelta(days=30)}


class Token(NamedTuple):
    """An authorisation.

    Attributes:
        authorised: when it was given.
        last_used: None: never.
        uses: how often it was used.
    """

    authorised: datetime
    last_used: datetime | None = None
    uses: int = 0

    @property
    def last(self) -> datetime:
        """When its client last had it: when it used it, or when it was given."""
        return max(self.last_used or self.authorised, self.authorised)


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

    def ends(self, token: Token) -> datetime | None:
        """When a token ends if its client goes on as before; None where it goes on."""
        if self.kind == "specific_lifetime":
            return token.authorised + self.lasts
        if self.kind == "specific_inactivity" and (token.last - token.authorised) / max(token.uses, 1) > self.lasts:
            return token.last + self.lasts
        return None

    def is_good(self, token: Token, at: datetime, seen_at: datetime) -> bool | None:
        """Whether a token is good; None where that hangs on how often it will be used.

        Args:
            token: what is known of it.
            at: the moment that is looked at.
            seen_at: when the use was seen. A client that used its token often enough is taken to go on so.
        """
        match self.kind:
            case "zero":
                return False
            case "specific_lifetime":
                return at <= token.authorised + self.lasts
            case "specific_inactivity":
                if seen_at > token.last + self.lasts:
                    return False
                return None if at > token.last + self.lasts and self.ends(token) is not None else True
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
    if kind in ("specific_lifetime", "specific_inactivity") and amount.isdecimal() and unit in _UNITS:
        return RefreshPolicy(kind, min(int(amount), _MOST) * _UNITS[unit])
    return ENDLESS


def age(issued: RefreshPolicy, now: RefreshPolicy, token: Token, at: datetime, seen_at: datetime) -> TokenAge:
    """What two policies say of a token: the one it was issued under and the one of now. The rest as in ``is_good``."""
    by_issued = issued.is_good(token, at, seen_at)
    by_now = by_issued if issued is now else now.is_good(token, at, seen_at)
    if by_issued is None or by_now is None:
        return TokenAge.UNSURE
    if by_issued:
        return TokenAge.GOOD if by_now else TokenAge.TOO_OLD_BY_NEW_POLICY
    return TokenAge.GOOD_BY_NEW_POLICY if by_now else TokenAge.TOO_OLD
