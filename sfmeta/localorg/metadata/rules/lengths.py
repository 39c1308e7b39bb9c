"""How long texts of the access family may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import problem
from sfmeta.localorg.metadata.xml import Node

_DESCRIPTION, _LABEL = 255, 80
_BOTH: Mapping[str, int] = MappingProxyType({"description": _DESCRIPTION, "label": _LABEL})
_LENGTHS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "CustomPermission": _BOTH,
        "MutingPermissionSet": _BOTH,
        "PermissionSet": _BOTH,
        "PermissionSetGroup": _BOTH,
        "Profile": MappingProxyType({"description": _DESCRIPTION}),
    }
)
"""Object reference, PermissionSet.Description and Label; for the others by analogy."""


def length_problems(type_name: str, document: Node) -> Iterator[Problem]:
    """Texts that are too long for the fields that hold them."""
    for element, limit in _LENGTHS.get(type_name, {}).items():
        node = document.first(element)
        if node is None or len(node.text.strip()) <= limit:
            continue
        field, value = element[:1].upper() + element[1:], node.text.strip()
        if element == "description":
            yield problem("text-too-large", node, field=field, value=value, limit=limit)
        else:
            yield problem("text-too-long", node, field=field, limit=limit)
