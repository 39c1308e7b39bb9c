"""The report: one HTML file that needs nothing else, neither a network nor a script.

``document`` renders; ``overview``, ``table``, ``matrix`` and ``timeline`` say what stands where; ``templates`` how.
"""

from __future__ import annotations

from sfmeta.report.html.document import begins_page, page

__all__ = ["begins_page", "page"]
