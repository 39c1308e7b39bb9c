"""The page of ``sfmeta evidence``, in the style of the report."""

from __future__ import annotations

from sfmeta.model.evidence import Evidence
from sfmeta.report.evidence import reviewed_text, what_was_done
from sfmeta.report.forecast_words import app_title
from sfmeta.report.html.document import begins_page, environment
from sfmeta.report.watch import headline

_SHOWN = 2000
"""So many rows of each table; the others are counted."""
_MARK = b'content="sfmeta evidence"'


def evidence_page(found: Evidence, version: str) -> str:
    """The page as one HTML file; it can be encoded as UTF-8 whatever an org holds.

    Args:
        found: the evidence.
        version: of sfmeta.
    """
    before = found.before
    values = {
        "found": found,
        "inventory": found.now.inventory,
        "version": version,
        "boxes": (
            ("internal users", found.now.inventory.settings.internal_box),
            ("customers and partners", found.now.inventory.settings.external_box),
        ),
        "before": before,
        "said": before.foreseen.get("outcome") if before and before.foreseen else None,
        "watched": headline(found.watch) if found.watch else None,
        "reviewed": reviewed_text,
        "what": what_was_done,
        "rows": found.now.rows[:_SHOWN],
        "rows_total": len(found.now.rows),
        "acts": found.acts[:_SHOWN],
        "exemptions": found.exemptions[:_SHOWN],
        "app_title": app_title,
    }
    text = environment().get_template("evidence.html.j2").render(values)
    return text.encode(errors="replace").decode()


def begins_evidence_page(head: bytes) -> bool:
    """Whether a file is such a page of some version, by its first 400 bytes."""
    return begins_page(head) and _MARK in head
