"""One thing wrong with a component."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """A message of a deployment.

    Attributes:
        text: as the deployment says it.
        line: 0 where there is none.
        column: likewise.
        rule: its id in ``rules.catalog``.
        is_warning: fails the component only where warnings are not ignored.
    """

    text: str
    line: int = 0
    column: int = 0
    rule: str = ""
    is_warning: bool = False
