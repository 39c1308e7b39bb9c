"""The rows of a forecast, made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, overload

from sfmeta.model.forecast import Decision, Row
from sfmeta.model.inventory import Use

Judged: TypeAlias = tuple[Use, Decision, Decision]
"""A use, what the rules say of it now, and what they say of it then."""


class Rows(Sequence[Row]):
    """Rows that are made when they are looked at: there may be a million of them.

    Args:
        judged: what they are made of, in their order.
        make: makes one.
    """

    def __init__(self, judged: Sequence[Judged], make: Callable[[Judged], Row]) -> None:
        self._judged, self._make = judged, make

    def __len__(self) -> int:
        return len(self._judged)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return Rows(self._judged[place], self._make)
        return self._make(self._judged[place])

    def __iter__(self) -> Iterator[Row]:
        return map(self._make, self._judged)
