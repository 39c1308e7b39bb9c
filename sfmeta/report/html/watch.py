"""The page of ``enforce watch``: who is refused, who was not seen yet, in the style of the report."""

from __future__ import annotations

from sfmeta.model.watch import Sighting, Watch
from sfmeta.report.html.document import begins_page, environment
from sfmeta.report.watch import HEADINGS, headline, what

_SHOWN = 2000
"""So many rows of each kind; the others are counted."""
_MARK = b'content="sfmeta watch"'


def watch_page(found: Watch, version: str) -> str:
    """The page as one HTML file; it can be encoded as UTF-8 whatever an org holds.

    Args:
        found: one look.
        version: of sfmeta.
    """
    sections = [
        (sighting, HEADINGS[sighting], found.of(sighting))
        for sighting in (Sighting.REFUSED, Sighting.UNPROVEN, Sighting.RECOVERED, Sighting.FORESEEN)
    ]
    values = {
        "watch": found,
        "version": version,
        "headline": headline(found),
        "sections": [(kind, title, rows[:_SHOWN], len(rows)) for kind, title, rows in sections if rows],
        "proven": len(found.of(Sighting.PROVEN)),
        "what": what,
    }
    text = environment().get_template("watch.html.j2").render(values)
    return text.encode(errors="replace").decode()


def begins_watch_page(head: bytes) -> bool:
    """Whether a file is such a page of some version, by its first 400 bytes."""
    return begins_page(head) and _MARK in head
