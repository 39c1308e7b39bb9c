"""Every text with which a door answers, with its source and how sure it is. ``sfmeta localorg rules`` prints it.

A text is ``code: words``, as a client reads the pair; a page's or LoginHistory's has no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.caller import Fault
from sfmeta.localorg.doors.catalog_behaviour import BEHAVIOUR
from sfmeta.localorg.doors.catalog_oauth import OAUTH_TEXTS
from sfmeta.localorg.doors.catalog_sessions import SESSION_TEXTS
from sfmeta.localorg.sourced import Sourced

DOOR_TEXTS: tuple[Sourced, ...] = (*OAUTH_TEXTS, *SESSION_TEXTS, *BEHAVIOUR)
"""All of them, in the order in which a reader meets them."""

_BY_ID: Mapping[str, Sourced] = MappingProxyType({text.id: text for text in DOOR_TEXTS})


def text_of(text_id: str) -> str:
    """A text as it stands in the catalog."""
    return _BY_ID[text_id].message


def fault(text_id: str, http_status: int = 400, **names: str) -> Fault:
    """A refusal in the words of the catalog.

    Args:
        text_id: of a text with a code.
        http_status: of the answer.
        **names: what stands in the text's places.
    """
    code, _, words = text_of(text_id).format_map(names).partition(": ")
    return Fault(code, words or code, http_status)
