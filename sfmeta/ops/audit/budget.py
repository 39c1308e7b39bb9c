"""Whether the org has enough API requests left for an audit, before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from sfmeta.errors import GuardRefused

_CONSTANT = 40
_ROWS = 2000
_TOKENS_IN_PAGE = 500
_TOKENS_IN_CHUNK = 2000


def require_requests(limits: Mapping[str, object], tokens: int, users: int) -> None:
    """Refuses where fewer are left than the audit is likely to need.

    Args:
        limits: as the org says them.
        tokens: how many there are.
        users: likewise; assignments are taken for three a user.

    Raises:
        GuardRefused: too few; nothing was used up but these few calls.
    """
    left = _left(limits)
    needed = estimate(tokens, users)
    if left is not None and left < needed:
        raise GuardRefused(
            f"the org has {left:,} API requests left for today, and this audit needs about {needed:,}",
            "Wait until some are free again (Setup, Company Information, API Requests), or audit at night",
            "REQUEST_LIMIT_EXCEEDED",
        )


def estimate(tokens: int, users: int) -> int:
    """How many calls an audit takes, about."""
    of_tokens = ceil(1.5 * tokens / _TOKENS_IN_PAGE) + ceil(tokens / _TOKENS_IN_CHUNK)
    return _CONSTANT + of_tokens + ceil(users / _ROWS) + ceil(3 * users / _ROWS)


def _left(limits: Mapping[str, object]) -> int | None:
    requests = limits.get("DailyApiRequests")
    left = requests.get("Remaining") if isinstance(requests, Mapping) else None
    return left if isinstance(left, int) else None
