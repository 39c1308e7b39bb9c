"""Where the files of a component lie in a package, and which component a file belongs to.

From the type registry that client and org share (it is data, Salesforce's own).
"""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import category
from urllib.parse import quote, unquote

from sfmeta.localorg.metadata.kinds import CHILDREN, Files, by_directory, type_of
from sfmeta.model.registry import Shape

__all__ = ["META", "Place", "is_known_type", "is_name", "parent_of", "path_of", "place_of", "type_of"]

META = "-meta.xml"
"""The ending of a file that describes another; a component that is one document has none in this format."""

MAX_NAME = 255
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
            return Place(entry.name, unquote(raw), False)
        if rest == stem and ("/" not in raw or entry.in_folder or directory in _NESTED):
            return Place(entry.name, unquote(raw), True)
    return _inside(candidates, rest, stem)


def _inside(candidates: tuple[Files, ...], rest: str, stem: str) -> Place | None:
    """What a file belongs to that has not its type's own ending: parts of bundles, documents, folders."""
    for entry in candidates:
        if entry.shape is Shape.BUNDLE and "/" in rest:
            parts = rest.split("/")
            # the only bundles whose names have two parts (source-deploy-retrieve's registry)
            depth = 2 if entry.name == "DigitalExperienceBundle" and len(parts) > 2 else 1
            return Place(entry.name, unquote("/".join(parts[:depth])), False)
        if entry.in_folder and (entry.shape is Shape.MIXED or ("/" not in rest and rest.endswith(META))):
            return Place(entry.name, unquote(stem), False)
        if entry.shape is Shape.MIXED:
            # ExperienceBundle: experiences/Help.site-meta.xml beside experiences/Help/...
            return Place(entry.name, unquote(stem.partition("/")[0].removesuffix(".site")), False)
    return None


def path_of(type_name: str, full_name: str) -> str:
    """The path of a component's main file in a package; unknown types get a folder of their own name."""
    entry = type_of(type_name)
    if entry is None:
        return f"{type_name}/{_quoted(full_name, _SAFE)}.{type_name[:1].lower()}{type_name[1:]}"
    if entry.in_folder and "/" not in full_name:
        return f"{entry.directory}/{_quoted(full_name, _SAFE)}{META}"
    slash = "/" if entry.in_folder or entry.shape is Shape.BUNDLE or entry.directory in _NESTED else ""
    name = _quoted(full_name, _SAFE + slash)
    if entry.shape is Shape.BUNDLE or (entry.in_folder and entry.shape is Shape.MIXED):
        return f"{entry.directory}/{name}"
    return f"{entry.directory}/{name}.{entry.suffix}" if entry.suffix else f"{entry.directory}/{name}"


def _quoted(name: str, safe: str) -> str:
    """A name as a path has it; no part of it may lead out of its folder."""
    parts = quote(name, safe=safe).split("/")
    return "/".join(part.replace(".", "%2E") if part in (".", "..") else part or "%20" for part in parts)


def is_name(full_name: str) -> bool:
    """Whether a name can be one of a component at all (rule ``crud-name``)."""
    # labels are parts of some names (layouts), so any letters and spaces of the world are in order
    unfit = any(category(character) in ("Cc", "Cs") for character in full_name)
    return len(full_name) <= MAX_NAME and not unfit and all(part.strip(" .") for part in full_name.split("/"))


def parent_of(type_name: str, full_name: str) -> tuple[str, str, str, str] | None:
    """For a type that lives in another's file: parent type, parent's name, the element and the name inside it."""
    found = CHILDREN.get(type_name)
    if found is None:
        return None
    parent, element = found
    if parent == "CustomLabels":
        return parent, "CustomLabels", element, full_name
    owner, _, own_name = full_name.partition(".")
    return parent, owner, element, own_name


def is_known_type(name: str) -> bool:
    """Whether package.xml may name that type."""
    return type_of(name) is not None or name in CHILDREN
