"""Names of time zones."""

from __future__ import annotations

from zoneinfo import ZoneInfo

# files beside the zones that say what this computer's own zone is
_NO_ZONES = ("localtime", "posixrules")


def is_time_zone(name: str) -> bool:
    """Whether a name is one of the IANA time zones that this computer knows; UTC needs no list of them."""
    if name == "UTC" or name in _NO_ZONES:
        return name == "UTC"
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
