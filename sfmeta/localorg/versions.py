"""The API versions that the org speaks."""

from __future__ import annotations

import re

MINIMUM = 31
"""Versions up to 30.0 are retired (Help 005132110)."""
MAXIMUM = 67
"""Summer '26."""

_SPELLED = re.compile(r"v?([1-9]\d{1,2})\.0")


def version_number(text: str) -> int | None:
    """62 for ``62.0`` or ``v62.0``; None for what is no version."""
    match = _SPELLED.fullmatch(text)
    return int(match[1]) if match else None


def season(version: int) -> str:
    """The release of a version, as ``/services/data`` labels it: 62 is Winter '25."""
    year, which = divmod(version - 62, 3)
    return f"{('Winter', 'Spring', 'Summer')[which]} '{25 + year}"


LOGIN_GONE_FROM = 65
"""The first version without SOAP login() (Help 005132110)."""
