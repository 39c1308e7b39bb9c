"""How the org waits before it takes a request that a fault delays: by its own clock, or until it is let go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sfmeta.localorg.faults import doing
from sfmeta.localorg.state import State

HELD_S = 3000.0
"""A delay of this length stands for: until ``Delays.let_go``."""
_LOOK_EVERY_S = 0.002


class Delays:
    """In place of ``asyncio`` in the room where faults are done.

    A command under test sleeps by moving the org's clock (``StandInClock``); a request that waits beside it must wait
    by that clock, too.
    """

    to_thread: Callable[..., Awaitable[Any]] = staticmethod(asyncio.to_thread)

    def __init__(self) -> None:
        self._state: State | None = None
        self._free = threading.Event()
        self.reached = threading.Event()

    def follow(self, state: State) -> None:
        """The org whose clock counts; nothing is held."""
        self._state = state
        self._free.clear()
        self.reached.clear()

    def let_go(self) -> None:
        """What is held is taken now."""
        self._free.set()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        assert self._state is not None
        if seconds == HELD_S:
            self.reached.set()
            while not self._free.is_set():
                await asyncio.sleep(_LOOK_EVERY_S)
            return
        until = self._state.clock.now() + timedelta(seconds=seconds)
        while self._state.clock.now() < until:
            await asyncio.sleep(_LOOK_EVERY_S)


DELAYS = Delays()
"""Of this process; ``Stage.set`` tells it which org is on stage."""


def install() -> None:
    """From now on, in every org of this process."""
    setattr(doing, "asyncio", DELAYS)  # noqa: B010 (a module's own name is replaced)
