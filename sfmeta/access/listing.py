"""Names in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def some(names: Sequence[str], shown: int = 5, between: str = ", ") -> str:
    """``a, b and 3 more``: the first few names, and how many there are beside them."""
    more = len(names) - shown
    return between.join(names[:shown]) + (f" and {more:,} more" if more > 0 else "")
