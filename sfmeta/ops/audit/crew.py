"""Several readings at a time, and one bar that tells how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from sfmeta.ops.ports import Progress

T = TypeVar("T")
A = TypeVar("A")
P = ParamSpec("P")


class Crew:
    """So many workers; whatever goes wrong in one of them ends the work of all.

    Args:
        size: how many calls there may be at a time.
        progress: told from the thread that waits, never by a worker.
        give_up: called when the work of all ends before its time.
    """

    def __init__(self, size: int, progress: Progress, give_up: Callable[[], None]) -> None:
        self._pool = ThreadPoolExecutor(max(1, size), thread_name_prefix="audit")
        self._progress = progress
        self._give_up = give_up

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # what has not begun never does, what runs ends with its present call; who pressed Ctrl-C does not wait for that
        if kind is not None:
            self._give_up()
        self._pool.shutdown(wait=kind is not KeyboardInterrupt, cancel_futures=True)

    def start(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begins one piece; its result is waited for with ``result()``."""
        return self._pool.submit(work, *args, **kwargs)

    def wait(self, named: Mapping[str, Future[Any]]) -> None:
        """Waits for all of these, told by name as they are done.

        Raises:
            SfmetaError: the first error of any of them.
        """
        names = {future: name for name, future in named.items()}
        for done, future in enumerate(as_completed(names), 1):
            future.result()
            self._progress.advance(done, len(names), names[future])

    def each(self, work: Callable[[A], T], over: Iterable[A], what: str) -> list[T]:
        """The same work over many; results in the order of ``over``.

        Args:
            work: a worker's.
            over: one argument each.
            what: is being read, for the bar.

        Raises:
            SfmetaError: the first error of any of them.
        """
        futures = [self._pool.submit(work, one) for one in over]
        for done, future in enumerate(as_completed(futures), 1):
            future.result()
            self._progress.advance(done, len(futures), what)
        return [future.result() for future in futures]
