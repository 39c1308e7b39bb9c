"""Signals that end a process, as Ctrl-C: what has to be done at the end is done."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_Handler = Callable[[int, FrameType | None], None]


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM, which service managers send, and the end of the terminal (SIGHUP) are Ctrl-C for the block."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled(_ENDING, stop):
        yield


@contextmanager
def unbroken(words: str) -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP do not end the block; each is answered.

    Args:
        words: say that it goes on.
    """

    def say(_number: int, _frame: FrameType | None) -> None:
        # straight to the terminal, which may be gone: whatever was being written when the signal came goes on
        with suppress(OSError):
            os.write(2, f"{words}\n".encode())

    with _handled((signal.SIGINT, *_ENDING), say):
        yield


@contextmanager
def _handled(numbers: tuple[signal.Signals, ...], handler: _Handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is given signals
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
