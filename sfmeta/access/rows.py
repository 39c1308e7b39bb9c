"""The rows of a forecast: those with harm made at once, the others when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, overload

from sfmeta.model.forecast import Decision, Row
from sfmeta.model.inventory import Use

Judged: TypeAlias = tuple[Use, Decision, Decision]
"""A use, what the rules say of it now, and what they say of it then."""


class Rows(Sequence[Row]):
    """Rows of which only the first are made.

    Args:
        harmed: made, in their order.
        rest: the others.
        make: makes a row of one of them.
    """

    def __init__(self, harmed: Sequence[Row], rest: Sequence[Judged], make: Callable[[Judged], Row]) -> None:
        self._harmed, self._rest, self._make = harmed, rest, make

    def __len__(self) -> int:
        return len(self._harmed) + len(self._rest)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if place < 0:
            place += len(self)
        if not 0 <= place < len(self):
            raise IndexError(place)
        if place < len(self._harmed):
            return self._harmed[place]
        return self._make(self._rest[place - len(self._harmed)])

    def __iter__(self) -> Iterator[Row]:
        yield from self._harmed
        yield from map(self._make, self._rest)
