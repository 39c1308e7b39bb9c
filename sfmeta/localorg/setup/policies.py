"""The policies of an app: who may use it, from where and for how long. What Manage App Policies edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

EVERYONE, ADMIN_APPROVED = "everyone", "admin_approved"

PERMITTED_USERS: Mapping[str, str] = MappingProxyType(
    {EVERYONE: "All users may self-authorize", ADMIN_APPROVED: "Admin approved users are pre-authorized"}
)
"""Permitted Users, with Setup's words (Help xcloud.connected_app_manage_oauth)."""

IP_RELAXATION: Mapping[str, str] = MappingProxyType(
    {
        "ENFORCE": "Enforce IP restrictions",
        "ENFORCE_RELAXREFRESH": "Enforce IP restrictions, but relax for refresh tokens",
        "BYPASS_2FACTOR": "Relax IP restrictions for activated devices",
        "BYPASS": "Relax IP restrictions",
    }
)
"""IP Relaxation as ConnectedApp metadata spells it, with Setup's words (Help, as above)."""

REFRESH_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "infinite": "Refresh token is valid until revoked",
        "zero": "Immediately expire refresh token",
        "specific_inactivity": "Expire refresh token if not used for",
        "specific_lifetime": "Expire refresh token after",
    }
)
"""Refresh token policies as ConnectedApp metadata begins them, with Setup's words (Help, as above)."""

UNITS = ("HOURS", "DAYS", "MONTHS")
SESSION_ACTIONS: Mapping[str, str] = MappingProxyType(
    {"": "None", "RaiseSessionLevel": "Raise the session level to high assurance", "Block": "Blocked"}
)
"""What a session policy does, with words for people (those of Setup were not found)."""

TIMEOUT_MINUTES = (15, 30, 60, 120, 240, 480, 720, 1440)
"""Session timeouts that Setup offers (Help, session settings: 15 minutes to 24 hours)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The policies of an app.

    Attributes:
        permitted_users: ``everyone`` or ``admin_approved``.
        refresh_token: as ConnectedApp metadata spells it (``specific_lifetime:7:DAYS``).
        ip_relaxation: likewise (``ENFORCE``).
        session_action: likewise (``Block``), "" for none.
        session_timeout: minutes, None for the org's.
        enabled: False for an external client app that is disabled.
        permission_sets: ids of those attached, sorted.
        profiles: ids of the profiles attached, sorted.
    """

    permitted_users: str = EVERYONE
    refresh_token: str = "infinite"  # noqa: S105 - a policy
    ip_relaxation: str = "ENFORCE"
    session_action: str = ""
    session_timeout: int | None = None
    enabled: bool = True
    permission_sets: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()


def refresh_words(refresh_token: str) -> str:
    """A refresh token policy in Setup's words."""
    kind, _, rest = refresh_token.partition(":")
    amount, _, unit = rest.partition(":")
    words = REFRESH_KINDS.get(kind, kind)
    return f"{words} {amount} {unit.capitalize()}" if amount else words
