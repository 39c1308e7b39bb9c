"""Time for a command under test: sleeping takes none, and the org's clock goes along."""

from __future__ import annotations

import json
import time
import urllib.request


class StandInClock:
    """Replaces ``time.time``, ``time.monotonic`` and ``time.sleep`` of this process.

    Whoever sleeps, finds the clock moved on instead; so does the org, whose clock is moved at its back door. A login
    would otherwise come from the future.
    """

    def __init__(self) -> None:
        self._time, self._monotonic = time.time, time.monotonic
        self._skipped_s = 0.0
        self._url = ""
        self._token = ""

    def install(self) -> None:
        """From now on, for modules that are imported later."""
        time.time = lambda: self._time() + self._skipped_s
        time.monotonic = lambda: self._monotonic() + self._skipped_s
        time.sleep = self.sleep

    def follow(self, ahead_s: float, url: str, token: str) -> None:
        """Goes with an org.

        Args:
            ahead_s: how far its clock is ahead of the machine's.
            url: where it listens.
            token: opens its back door.
        """
        self._skipped_s, self._url, self._token = ahead_s, url, token

    def sleep(self, seconds: float) -> None:
        """Takes no time, and moves both clocks."""
        self._skipped_s += seconds
        if self._url and seconds > 0:
            # not through requests: what the command sends is counted there
            request = urllib.request.Request(
                f"{self._url}/_local/clock",
                json.dumps({"advance_s": seconds}).encode(),
                {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request) as answer:
                answer.read()
