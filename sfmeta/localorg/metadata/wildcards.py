"""What ``*`` stands for in the manifest of a retrieve."""

from __future__ import annotations

from sfmeta.localorg.metadata.kinds import FOLDERS

_NONE = frozenset({*FOLDERS.values(), "AnalyticSnapshot", "StandardValueSet"})


def takes_wildcard(type_name: str) -> bool:
    """Whether ``*`` names all components of a type. Where it does not, it names none, without a word.

    Source: the rule ``retrieve-no-wildcard``.
    """
    return type_name not in _NONE


def wildcard_holds(type_name: str, full_name: str) -> bool:
    """Whether ``*`` of a type means one of its components: standard objects, and what they hold, have to be named.

    Source: the rule ``retrieve-wildcard-objects``.
    """
    return type_name != "CustomObject" or "__" in full_name
