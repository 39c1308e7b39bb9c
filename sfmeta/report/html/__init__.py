"""The report: one HTML file that needs nothing else, neither a network nor a script.

``document`` renders; ``overview``, ``table``, ``matrix`` and ``timeline`` say what stands where; ``templates`` how.
``watch`` is the page of ``enforce watch``, ``evidence`` that of ``sfmeta evidence``.
"""

from __future__ import annotations

from sfmeta.report.html.document import begins_page, page
from sfmeta.report.html.evidence import begins_evidence_page, evidence_page
from sfmeta.report.html.watch import begins_watch_page, watch_page

__all__ = ["begins_evidence_page", "begins_page", "begins_watch_page", "evidence_page", "page", "watch_page"]
