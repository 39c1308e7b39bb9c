"""Where an org may listen."""

from __future__ import annotations

import ipaddress

from sfmeta.errors import UsageError

LOOPBACK = "127.0.0.1"
"""This machine only."""


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches the address.

    Raises:
        UsageError: it is no address.
    """
    return parsed(address).is_loopback


def host_of(address: str) -> str:
    """How a client of this machine names the address in a URL: loopback where it stands for all."""
    one = parsed(address)
    if one.is_unspecified:
        return LOOPBACK if one.version == 4 else "[::1]"
    return f"[{one}]" if one.version == 6 else str(one)


def parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address from its text.

    Raises:
        UsageError: it is none.
    """
    try:
        return ipaddress.ip_address(address)
    except ValueError as error:
        raise UsageError(
            f"{address} is no IP address", "Give --listen 127.0.0.1, ::1, 0.0.0.0 or one of your own"
        ) from error
