"""Text in columns that fits a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

_GAP = "  "
_LEAST = 12


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, flexible: int = 0) -> list[str]:
    """Lines of a table: every column as wide as its widest cell, the flexible one as wide as is left.

    Args:
        head: names of the columns.
        rows: as many cells each.
        width: of the terminal.
        flexible: the column that is cut where there is not enough room.
    """
    table = [head, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(head))]
    rest = sum(widths) - widths[flexible] + len(_GAP) * (len(head) - 1)
    widths[flexible] = min(widths[flexible], max(_LEAST, width - rest))
    return [_GAP.join(_cell(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in table]


def _cell(text: str, size: int) -> str:
    return text.ljust(size) if len(text) <= size else f"{text[: size - 1]}…"


def wrapped(text: str, width: int, indent: int, hanging: int = 0) -> list[str]:
    """A paragraph of lines, indented; those after the first by so much more."""
    return textwrap.wrap(
        text,
        max(width, indent + 20),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )
