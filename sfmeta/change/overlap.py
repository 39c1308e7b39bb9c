"""Whether two sets of changes touch the same places of a document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from sfmeta.model.change import FieldChange

Trail = tuple[str, ...]


class Touched:
    """The places that some changes touch: each with everything above and below it."""

    def __init__(self, changes: Iterable[FieldChange]) -> None:
        self._trails = {change.path for change in changes}
        self._above = {trail[:depth] for trail in self._trails for depth in range(len(trail))}

    @classmethod
    def at(cls, trails: Iterable[Trail]) -> Self:
        """The places at these trails, whatever happened there."""
        return cls(FieldChange(trail, None, None) for trail in trails)

    def __contains__(self, trail: Trail) -> bool:
        """Whether a place lies at, above or below one of them."""
        if trail in self._above:
            return True
        return any(trail[:depth] in self._trails for depth in range(len(trail) + 1))
