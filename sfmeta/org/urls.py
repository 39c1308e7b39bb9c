"""URLs of orgs and login hosts: what may be contacted, and how it is written."""

from __future__ import annotations

from urllib.parse import urlsplit

from sfmeta.errors import UsageError

_LOOPBACK_NAMES = frozenset({"localhost", "::1"})


def base_url(text: str) -> str:
    """The URL of an org or login host, as we use it: ``https://host[:port]``.

    Args:
        text: as a person writes it; a bare host name means https, a path is dropped.

    Raises:
        UsageError: it is no such URL, holds a password, or is plain http to anything but loopback.
    """
    stripped = text.strip()
    parts = urlsplit(stripped if "://" in stripped else f"https://{stripped}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise UsageError("the URL's port is no number", "Write it like https://acme.my.salesforce.com") from exc
    if not host or any(char.isspace() for char in stripped):
        raise UsageError("that is no URL of an org", "Write it like https://acme.my.salesforce.com")
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"the URL of {host} holds a user name or password", "Leave them out")
    shown = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme.lower()}://{shown}" + (f":{port}" if port else "")
    check_scheme(url)
    return url


def check_scheme(url: str) -> None:
    """Plain http is for loopback only: it would show the token to the network.

    Raises:
        UsageError: anything else.
    """
    parts = urlsplit(url)
    if parts.scheme == "https":
        return
    if parts.scheme != "http":
        raise UsageError(f"'{parts.scheme}' is not how an org is reached", "Use https://")
    if not is_loopback((parts.hostname or "").lower()):
        raise UsageError(f"plain http to {parts.hostname} would show the token to the network", "Use https://")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine by definition (127.0.0.0/8, ::1, localhost)."""
    if host in _LOOPBACK_NAMES:
        return True
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isascii() and part.isdigit() for part in parts)
