"""Where and when a profile lets its users log in."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sfmeta.access.rules.case import Place
from sfmeta.model.inventory import IpRange, LoginHours


def place_of(profile: Collection[IpRange], app: Collection[IpRange], addresses: Iterable[str]) -> Place:
    """Where clients come from, as the login IP ranges see it; the address that lies worst counts.

    Args:
        profile: the login IP ranges of the user's profile.
        app: the app's own trusted ranges.
        addresses: that were seen.
    """
    if not profile:
        return Place.ANYWHERE
    seen = tuple(addresses)
    if not seen:
        return Place.UNSEEN
    outside = [address for address in seen if not _in_any(address, profile)]
    if not outside:
        return Place.ANYWHERE
    if not app or all(_in_any(address, app) for address in outside):
        return Place.OUTSIDE_BUT_IN_APPS
    return Place.OUTSIDE


def is_open(hours: LoginHours | None, at: datetime | None, time_zone: str) -> bool:
    """Whether login hours let a user in.

    Args:
        hours: None: none.
        at: the moment; None asks whether there is any moment of the week.
        time_zone: of the org, an IANA name.

    Source: Metadata API guide, ProfileLoginHours: minutes from midnight; a day without hours is not restricted.
    """
    if hours is None:
        return True
    if at is None:
        return any(day is None or day[0] < day[1] for day in hours.days)
    local = at.astimezone(ZoneInfo(time_zone))
    day = hours.days[local.weekday()]
    return day is None or day[0] <= local.hour * 60 + local.minute < day[1]


def _in_any(address: str, ranges: Iterable[IpRange]) -> bool:
    return any(_between(one.start, address, one.end) for one in ranges)


def _between(start: str, address: str, end: str) -> bool:
    """What is no address (``Salesforce.com IP``) lies in no range."""
    try:
        low, given, high = (ipaddress.ip_address(one) for one in (start, address, end))
    except ValueError:
        return False
    return low.version == given.version == high.version and int(low) <= int(given) <= int(high)
