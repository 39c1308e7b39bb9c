"""The rows of a forecast, made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from sfmeta.model.forecast import Row
from sfmeta.model.inventory import Use


class Rows(Sequence[Row]):
    """Rows that are made when they are looked at: there may be a million of them.

    Args:
        uses: what they are made of, in their order.
        make: makes one.
    """

    def __init__(self, uses: Sequence[Use], make: Callable[[Use], Row]) -> None:
        self._uses, self._make = uses, make

    def __len__(self) -> int:
        return len(self._uses)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return Rows(self._uses[place], self._make)
        return self._make(self._uses[place])

    def __iter__(self) -> Iterator[Row]:
        return map(self._make, self._uses)
