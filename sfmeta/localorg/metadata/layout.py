"""Where the files of a component lie in a package, and which component a file belongs to.

From the type registry that client and org share (it is data, Salesforce's own).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, unquote

from sfmeta.model.registry import CHILD_TYPES, MetadataType, Shape, by_directory, types

META = "-meta.xml"
"""The ending of a file that describes another; a component that is one document has none in this format."""

_NESTED = frozenset({"territory2Models"})
# Besides letters and digits, what orgs write as it is in paths; all else becomes percent codes.
_SAFE = " @-_.~"


@dataclass(frozen=True, slots=True)
class Place:
    """What a path in a package stands for.

    Attributes:
        type: the metadata type.
        full_name: decoded.
        is_document: the file is the component's XML; False for content and parts of bundles.
    """

    type: str
    full_name: str
    is_document: bool


@cache
def type_of(name: str) -> MetadataType | None:
    """What the registry knows of a type, None for an unknown one."""
    return next((entry for key, entry in types().items() if key == name), None)


def place_of(path: str) -> Place | None:
    """The component that a file belongs to, None where no type claims it.

    Args:
        path: below the package's root, such as ``permissionsets/Sales.permissionset``.
    """
    directory, _, rest = path.partition("/")
    candidates = by_directory().get(directory, ())
    if not rest or not candidates:
        return None
    stem = rest.removesuffix(META)
    for entry in candidates:
        if not entry.suffix or not stem.endswith("." + entry.suffix) or entry.shape is Shape.BUNDLE:
            continue
        raw = stem.removesuffix("." + entry.suffix)
        if entry.shape in (Shape.CONTENT, Shape.MIXED):
            return Place(str(entry.name), unquote(raw), False)
        if rest == stem and ("/" not in raw or entry.in_folder or directory in _NESTED):
            return Place(str(entry.name), unquote(raw), True)
    return _inside(candidates, rest, stem)


def _inside(candidates: tuple[MetadataType, ...], rest: str, stem: str) -> Place | None:
    for entry in candidates:
        if entry.shape is Shape.BUNDLE and "/" in rest:
            return Place(str(entry.name), unquote(rest.partition("/")[0]), False)
        if entry.in_folder and "/" not in rest and rest.endswith(META):
            return Place(str(entry.name), unquote(stem), False)
        if entry.shape is Shape.MIXED and entry.in_folder:
            return Place(str(entry.name), unquote(stem), False)
        if entry.shape is Shape.MIXED:
            return Place(str(entry.name), unquote(stem.partition("/")[0]), False)
    return None


def path_of(type_name: str, full_name: str) -> str:
    """The path of a component's main file in a package; unknown types get a folder of their own name."""
    entry = type_of(type_name)
    name = quote(full_name, safe=_SAFE + "/" if entry is not None and entry.in_folder else _SAFE)
    if entry is None:
        return f"{type_name}/{name}.{type_name[:1].lower()}{type_name[1:]}"
    return f"{entry.directory}/{name}.{entry.suffix}" if entry.suffix else f"{entry.directory}/{name}"


def parent_of(type_name: str, full_name: str) -> tuple[str, str, str, str] | None:
    """For a type that lives in another's file: parent type, parent's name, the element and the name inside it."""
    found = CHILD_TYPES.get(type_name)
    if found is None:
        return None
    parent, element = found
    if parent == "CustomLabels":
        return parent, "CustomLabels", element, full_name
    owner, _, own_name = full_name.partition(".")
    return parent, owner, element, own_name


def is_known_type(name: str) -> bool:
    """Whether package.xml may name that type."""
    return type_of(name) is not None or name in CHILD_TYPES
