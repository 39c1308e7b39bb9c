"""What elements of profiles and security settings mean, in the words of an inventory."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.model.element import Element
from sfmeta.model.inventory import LoginHours

# Metadata API guide, SessionSettings.sessionTimeout
SESSION_MINUTES: Mapping[str, int] = MappingProxyType(
    {
        "FifteenMinutes": 15,
        "ThirtyMinutes": 30,
        "SixtyMinutes": 60,
        "TwoHours": 120,
        "FourHours": 240,
        "EightHours": 480,
        "TwelveHours": 720,
        "TwentyFourHours": 1440,
    }
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Names of the files of standard profiles; forcedotcom/cli and real retrieves. Others are named as Setup shows them.
STANDARD_PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "Admin": "System Administrator",
        "Standard": "Standard User",
        "ReadOnly": "Read Only",
        "SolutionManager": "Solution Manager",
        "MarketingProfile": "Marketing User",
        "ContractManager": "Contract Manager",
        "StandardAul": "Standard Platform User",
        "MinimumAccess": "Minimum Access - Salesforce",
        "Guest License User": "Guest License User",
    }
)


def login_hours(root: Element) -> LoginHours | None:
    """Login hours, None where there are none. Source: Metadata API guide, ProfileLoginHours."""
    hours = root.first("loginHours")
    if hours is None or not hours.children:
        return None
    return LoginHours(tuple(_day(hours, name) for name in _DAYS))


def _day(hours: Element, name: str) -> tuple[int, int] | None:
    start, end = hours.value(f"{name}Start") or "", hours.value(f"{name}End") or ""
    return (int(start), int(end)) if start.isdigit() and end.isdigit() else None
