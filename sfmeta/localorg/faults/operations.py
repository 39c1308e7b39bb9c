"""Which SOAP operations the org has, so that a fault for a misspelt one is refused and not waited for in vain."""

from __future__ import annotations

from difflib import get_close_matches

PARTNER_OPERATIONS = ("login", "logout")
"""Those of the partner and the enterprise API; the others are the Metadata API's."""


def known_operations() -> tuple[str, ...]:
    """Every operation by its name in a request's Body, sorted."""
    # here: an org without faults need not load the Metadata API before somebody calls it
    from sfmeta.localorg.metadata.operations import OPERATIONS

    return tuple(sorted({*OPERATIONS, *PARTNER_OPERATIONS}, key=str.lower))


def unknown_operation(name: str) -> list[str]:
    """What is wrong with the name of an operation, nothing for one that there is, or "" for all."""
    if not name:
        return []
    known = known_operations()
    if name in known:
        return []
    folded = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), folded, 1)
    hint = f"did you mean {folded[near[0]]}" if near else f"there are {', '.join(known)}"
    return [f"there is no SOAP operation {name}: {hint}"]
