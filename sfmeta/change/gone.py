"""Files that speak of permission sets which the same package deletes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sfmeta.change.documents import root_of
from sfmeta.change.inverse import entry_of
from sfmeta.codec.compare import Aliases
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId

GRANT = "permissionSetName"
"""The element of a connected app's file that opens it to a permission set."""


def without_gone(files: Holdings, deletions: Collection[ComponentId], aliases: Aliases) -> Holdings:
    """The files without the grants that a deletion takes anyway: what is sent must be what is there afterwards.

    Args:
        files: to deploy.
        deletions: what the package deletes after that.
        aliases: see ``comparison.unmet``.
    """
    gone = {component.full_name for component in deletions if component.type == "PermissionSet"}
    if not gone:
        return files
    names = aliases.get(GRANT, {})
    return {component: _without(component, entries, gone, names) for component, entries in files.items()}


def _without(
    component: ComponentId, entries: tuple[Entry, ...], gone: Collection[str], names: Mapping[str, str]
) -> tuple[Entry, ...]:
    if component.type != "ConnectedApp":
        return entries
    root = root_of(entries[0])
    kept = [child for child in root.children if not _is_gone(child, gone, names)]
    if len(kept) == len(root.children):
        return entries
    if not any(child.name == GRANT for child in kept):
        # leaving the list out may keep what is in it
        place = next(number for number, child in enumerate(root.children) if child.name == GRANT)
        kept.insert(place, Element.of(GRANT))
    return (entry_of(entries[0].path, root.with_children(tuple(kept))),)


def _is_gone(child: Element, gone: Collection[str], names: Mapping[str, str]) -> bool:
    name = child.text.strip()
    return child.name == GRANT and names.get(name, name) in gone
