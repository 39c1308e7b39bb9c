"""Long query results, handed out in batches by ``nextRecordsUrl``. Kept in memory: a restart ends them."""

from __future__ import annotations

import re
import secrets
import string
import threading
from collections import OrderedDict
from typing import Any

from sfmeta.localorg.data.results import Result
from sfmeta.localorg.ids import to_18

_DEFAULT = 2000
_SMALLEST, _LARGEST = 200, 2000
_KEPT = 20
"""Results that are not read to their end; the oldest goes first. A real org keeps a few for each user."""
_LOCATOR = re.compile(r"([A-Za-z0-9]{18})-(\d{1,9})")


class Batches:
    """Cuts results and remembers the rest of the latest ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[str, Result, int]] = OrderedDict()

    def first(self, result: Result, options: str, url: str, user_id: str) -> dict[str, Any]:
        """The first batch; the rest is kept for the user who asked.

        Args:
            result: the whole of it.
            options: the header ``Sforce-Query-Options``, such as ``batchSize=200``.
            url: what ``nextRecordsUrl`` begins with.
            user_id: who asked.
        """
        size, locator = result.batch_size or _asked(options), ""
        if len(result.rows) > size:
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


def _asked(options: str) -> int:
    asked = re.search(r"batchsize\s*=\s*(\d{1,9})", options.lower())
    return min(max(int(asked[1]), _SMALLEST), _LARGEST) if asked else _DEFAULT


def _batch(result: Result, start: int, size: int, url: str, locator: str) -> dict[str, Any]:
    end = start + size
    answer: dict[str, Any] = {"totalSize": result.total, "done": end >= len(result.rows)}
    if end < len(result.rows):
        answer["nextRecordsUrl"] = f"{url}/{locator}-{end}"
    answer["records"] = result.records(start, end)
    return answer
