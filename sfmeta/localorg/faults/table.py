"""The faults of a running org: which there are, how often each was met, what falls on a request."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfmeta.localorg.faults.fault import Asked, Fault, Kind, fault_from


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to one request.

    Attributes:
        delay_s: how long it waits first; the delays that fall on it, together.
        fault: what goes wrong then, None for nothing.
    """

    delay_s: float = 0.0
    fault: Fault | None = None


UNHARMED = Plan()


@dataclass(slots=True)
class _Entry:
    fault: Fault
    matched: int = 0
    hits: int = 0


class Faults:
    """The faults of one org, in the order they were added. Safe to use from many threads.

    Every fault counts every request that it matches. Where several fall on one request, delays add up, and of the
    others the one added first is done; the rest do not count it as a hit.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._last = 0

    def add(self, kind: str, **values: Any) -> str:
        """Adds a fault.

        Args:
            kind: one of ``Kind``, as ``"drop-after"``.
            values: see ``fault_from``: method, path, operation, nth, after, every, times, probability, seed, delay_s,
                share.

        Returns:
            Its id, for ``remove``.

        Raises:
            ValueError: see ``fault_from``.
        """
        fault = fault_from({"kind": kind, **values})
        with self._lock:
            self._last += 1
            name = f"F{self._last}"
            self._entries[name] = _Entry(fault)
        return name

    def remove(self, name: str) -> None:
        """Takes one away.

        Raises:
            LookupError: there is no such fault.
        """
        with self._lock:
            if self._entries.pop(name, None) is None:
                raise LookupError(f"there is no fault {name}")

    def clear(self) -> None:
        """Takes all away."""
        with self._lock:
            self._entries.clear()

    def listed(self) -> list[Mapping[str, Any]]:
        """All of them: ``id``, what ``fault_from`` reads, ``matched`` and ``hits``."""
        with self._lock:
            return [
                {"id": name, **entry.fault.shown(), "matched": entry.matched, "hits": entry.hits}
                for name, entry in self._entries.items()
            ]

    def __bool__(self) -> bool:
        return bool(self._entries)

    def plan(self, asked: Asked) -> Plan:
        """What falls on a request; counts it."""
        delay, chosen = 0.0, None
        with self._lock:
            for entry in self._entries.values():
                if not entry.fault.match.takes(asked):
                    continue
                entry.matched += 1
                if not entry.fault.when.falls(entry.matched, entry.hits):
                    continue
                if entry.fault.kind is Kind.DELAY:
                    delay += entry.fault.delay_s
                elif chosen is None:
                    chosen = entry.fault
                else:
                    continue
                entry.hits += 1
        return Plan(delay, chosen) if delay or chosen else UNHARMED
