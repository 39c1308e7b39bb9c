"""Files that speak of permission sets which the same package deletes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from sfmeta.change.documents import root_of
from sfmeta.change.inverse import entry_of
from sfmeta.codec.compare import Aliases
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId

GRANT = "permissionSetName"
"""The element of a connected app's file that opens it to a permission set."""
GRANTS = "commaSeparatedPermissionSet"
"""The element of an external client app's file that names all permission sets that it is open to."""


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
    found: dict[ComponentId, tuple[Entry, ...]] = {}
    for component, entries in files.items():
        without = _WITHOUT.get(component.type)
        found[component] = entries if without is None else _changed(entries, without, gone, aliases)
    return found


def _changed(
    entries: tuple[Entry, ...], without: _Without, gone: Collection[str], aliases: Aliases
) -> tuple[Entry, ...]:
    root = root_of(entries[0])
    kept = without(root, gone, aliases)
    return entries if kept == root.children else (entry_of(entries[0].path, root.with_children(kept)),)


def _of_connected_app(root: Element, gone: Collection[str], aliases: Aliases) -> tuple[Element, ...]:
    names = aliases.get(GRANT, {})
    kept = [child for child in root.children if not (child.name == GRANT and _is_gone(child.text, gone, names))]
    if len(kept) < len(root.children) and not any(child.name == GRANT for child in kept):
        # leaving the list out may keep what is in it
        place = next(number for number, child in enumerate(root.children) if child.name == GRANT)
        kept.insert(place, Element.of(GRANT))
    return tuple(kept)


def _of_external_client_app(root: Element, gone: Collection[str], aliases: Aliases) -> tuple[Element, ...]:
    kept: list[Element] = []
    names = aliases.get(GRANTS, {})
    for child in root.children:
        listed = child.text.split(",") if child.name == GRANTS else []
        left = [name for name in listed if not _is_gone(name, gone, names)]
        if len(left) == len(listed):
            kept.append(child)
        elif left:
            kept.append(Element.of(GRANTS, text=",".join(left)))
        # nobody is left: the deletion has said so, and whether an empty list clears is not established
    return tuple(kept)


def _is_gone(text: str, gone: Collection[str], names: Mapping[str, str]) -> bool:
    name = text.strip()
    return names.get(name, name) in gone


_Without = Callable[[Element, Collection[str], Aliases], tuple[Element, ...]]
_WITHOUT: Mapping[str, _Without] = MappingProxyType(
    {
        "ConnectedApp": _of_connected_app,
        "ExtlClntAppOauthConfigurablePolicies": _of_external_client_app,
    }
)
