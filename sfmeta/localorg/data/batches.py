"""Long query results, handed out in batches by ``nextRecordsUrl``. Kept in memory: a restart ends them."""

from __future__ import annotations

import re
import secrets
import string
import threading
from collections import OrderedDict
from typing import Any

from sfmeta.localorg.data.query import Result
from sfmeta.localorg.ids import to_18

_DEFAULT = 2000
_SMALLEST, _LARGEST = 200, 2000
_TOKENS = 500
"""OauthToken answers with 500 rows at a time (object reference, OauthToken)."""
_KEPT = 50
_LOCATOR = re.compile(r"([A-Za-z0-9]{18})-(\d+)")
_FROM_TOKENS = re.compile(r"\bfrom\s+oauthtoken\b", re.IGNORECASE)


class Batches:
    """Cuts results and remembers the rest of the latest ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[str, Result, int]] = OrderedDict()

    def size(self, text: str, options: str) -> int:
        """How many records go into a batch.

        Args:
            text: the query.
            options: the header ``Sforce-Query-Options``, such as ``batchSize=200``.
        """
        if _FROM_TOKENS.search(text):
            return _TOKENS
        asked = re.search(r"batchsize\s*=\s*(\d+)", options.lower())
        return min(max(int(asked[1]), _SMALLEST), _LARGEST) if asked else _DEFAULT

    def first(self, result: Result, size: int, url: str, user_id: str) -> dict[str, Any]:
        """The first batch; the rest is kept for the user who asked."""
        locator = ""
        if len(result.records) > size:
            # 01g is what real locators start with
            locator = to_18("01g" + "".join(secrets.choice(string.ascii_letters) for _ in range(12)))
            with self._lock:
                self._kept[locator] = (user_id, result, size)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return _batch(result, 0, size, url, locator)

    def next(self, locator: str, url: str, user_id: str) -> dict[str, Any] | None:
        """A later batch, or None for a locator that is not this user's or not known (any more)."""
        named = _LOCATOR.fullmatch(locator)
        with self._lock:
            kept = self._kept.get(named[1]) if named else None
        if named is None or kept is None or kept[0] != user_id:
            return None
        return _batch(kept[1], int(named[2]), kept[2], url, named[1])


def _batch(result: Result, start: int, size: int, url: str, locator: str) -> dict[str, Any]:
    end = start + size
    answer: dict[str, Any] = {"totalSize": result.total, "done": end >= len(result.records)}
    if end < len(result.records):
        answer["nextRecordsUrl"] = f"{url}/{locator}-{end}"
    answer["records"] = result.records[start:end]
    return answer
