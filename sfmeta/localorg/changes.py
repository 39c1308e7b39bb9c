"""What was written since somebody last looked: so that who has seen all of it need not look again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, ...]


class Changes:
    """Counts writes by what was written. Use it while holding ``State.lock``; a new process begins at nothing."""

    def __init__(self) -> None:
        self._written: Counter[str] = Counter()
        self._undone = 0
        self._seen: dict[str, Stamp] = {}

    def note(self, what: str) -> None:
        """Something of that name was written, or perhaps was."""
        self._written[what] += 1

    def note_undone(self) -> None:
        """A transaction was undone: nothing is as it was seen inside."""
        self._undone += 1

    def stamp(self, names: Iterable[str]) -> Stamp:
        """A mark that is another one as soon as anything of these names is written, or anything at all undone."""
        return (self._undone, *(self._written[name] for name in names))

    def is_seen(self, who: str, stamp: Stamp) -> bool:
        """Whether somebody saw things as they were at a stamp, last of all."""
        return self._seen.get(who) == stamp

    def see(self, who: str, stamp: Stamp) -> None:
        """Somebody saw things as they were at a stamp, taken before looking."""
        self._seen[who] = stamp
