"""What a component says, as one short text: the same where it says the same, however it is written. Pure."""

from __future__ import annotations

from sfmeta.change.documents import root_of
from sfmeta.codec import compare
from sfmeta.model import registry
from sfmeta.model.component import Entry, package_digest
from sfmeta.model.names import ComponentId


def fingerprint(component: ComponentId, entries: tuple[Entry, ...]) -> str:
    """sha256 over what a component's document means; of types that are no single document over its files.

    Order, formatting, equal spellings and secrets do not count, as in every comparison.

    Args:
        component: which.
        entries: its files; "" comes back where there are none.

    Raises:
        SourceError: a document is no well-formed XML.
    """
    if not entries:
        return ""
    if not registry.is_document(component.type) or len(entries) > 1:
        return package_digest(entries)
    return compare.meaning(component.type, root_of(entries[0]))
