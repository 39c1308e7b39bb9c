"""The root element of a file, parsed once while one component is looked at from several sides."""

from __future__ import annotations

from functools import lru_cache

from sfmeta.codec import xml
from sfmeta.model.component import Entry
from sfmeta.model.element import Element

_KEPT = 16  # the states of one component
_LARGEST_KEPT_BYTES = 64 * 1024  # a profile may have 20 MB


def root_of(entry: Entry) -> Element:
    """The document of a file.

    Args:
        entry: of a component that is one XML document.

    Raises:
        SourceError: it is no well-formed XML.
    """
    return _kept(entry) if entry.size_bytes <= _LARGEST_KEPT_BYTES else _parsed(entry)


def _parsed(entry: Entry) -> Element:
    return xml.parse(entry.read(), entry.path)


_kept = lru_cache(maxsize=_KEPT)(_parsed)
