"""Where a component's files lie, in the Metadata API's format and in source format, and back.

Both formats have a folder per type. They differ in the ending (a component that is one XML file ends in ``-meta.xml``
in source format), in custom objects (one file, or a folder of many) and in static resources (one file, or a folder).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sfmeta.errors import SourceError
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import CHILD_TYPES, MetadataType, Shape, by_directory, types

META = "-meta.xml"
"""The ending of every metadata file in source format."""

# Retrieved files are named Custom%3A Sales Profile, Account-Account %28Marketing%29 Layout: everything but letters
# (of any alphabet: forcedotcom/cli#2869), digits, space, hyphen and underscore is a percent code. A dot separates the
# parts of a name (Type__mdt.Record) but in the types whose names are free text (Force%2Ecom - Free User). Reading
# accepts any mixture.
_ENCODED = re.compile(r"[^\w. -]")
_FREE_TEXT = frozenset({"Layout", "Profile"})

# Every file below such a component's folder belongs to it, whatever its ending.
_FOLDERS = frozenset({Shape.BUNDLE, Shape.MIXED})

# Source format: the parts of a decomposed component, by the ending of their files: (element of the whole, child type).
# Source: source-deploy-retrieve 12.37.2, metadataRegistry.json ("decomposed" adapters); a part without a child type of
# its own is named by its parent alone.
PARTS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "CustomObject": MappingProxyType(
            {
                name[0].lower() + name[1:]: (element, name)
                for name, (parent, element) in CHILD_TYPES.items()
                if parent == "CustomObject"
            }
            | {"field": ("fields", "CustomField")}
        ),
        "CustomObjectTranslation": MappingProxyType({"fieldTranslation": ("fields", "")}),
        "Bot": MappingProxyType({"botVersion": ("botVersions", "")}),
    }
)


def encode_name(component: ComponentId) -> str:
    """A component's full name as it stands in a path; the ``/`` after a folder stays."""
    name = component.full_name
    if component.type in _FREE_TEXT:
        return _ENCODED.sub(_percent, name).replace(".", "%2E")
    return "/".join(_ENCODED.sub(_percent, part) for part in name.split("/"))


def decode_name(text: str) -> str:
    """A full name from a path; a percent sign that starts no code stays as it is."""
    return re.sub(r"(?:%[0-9A-Fa-f]{2})+", _decoded, text)


def package_path(component: ComponentId) -> str:
    """The file of a component in the Metadata API's format.

    Returns:
        ``permissionsets/X.permissionset``; for a bundle its folder, ``lwc/X``.

    Raises:
        SourceError: the type is unknown, or it is part of another type's file.
    """
    entry = _type_of(component)
    path = f"{entry.directory}/{encode_name(component)}"
    return path if entry.shape is Shape.BUNDLE or not entry.suffix else f"{path}.{entry.suffix}"


def source_path(component: ComponentId) -> str:
    """The file of a component in source format, below a package directory's ``main/default``.

    Returns:
        ``permissionsets/X.permissionset-meta.xml``; ``objects/A__c/A__c.object-meta.xml``; for a bundle its folder.

    Raises:
        SourceError: the type is unknown, or it is part of another type's file.
    """
    entry = _type_of(component)
    path = package_path(component)
    if entry.shape is Shape.DECOMPOSED:
        folder, _, file = path.rpartition("/")
        return f"{folder}/{file.removesuffix('.' + entry.suffix)}/{file}{META}"
    return path if entry.shape is Shape.BUNDLE or not entry.suffix else path + META


def component_at(path: str) -> ComponentId | None:
    """The component a file belongs to, in either format.

    Args:
        path: with ``/``; what stands before the type's folder (``force-app/main/default``, ``unpackaged``) is ignored.

    Returns:
        Its id; for a part of a custom object in source format the part's own (``CustomField:A__c.B__c``). None where
        no known folder and ending match.
    """
    located = locate(path)
    return None if located is None else located.id


@dataclass(frozen=True, slots=True)
class Location:
    """A file of a component.

    Attributes:
        id: the component, or the part of a custom object.
        type: the type whose folder it lies in.
        below: the parts of the path below that folder.
    """

    id: ComponentId
    type: MetadataType
    below: tuple[str, ...]


def parts_of(path: str) -> tuple[str, ...]:
    """The steps of a path; ``x.zip!package.xml`` is a file in a zip."""
    return tuple(part for part in path.replace(".zip!", ".zip/").split("/") if part not in ("", "."))


def locate(path: str) -> Location | None:
    """The component a file belongs to and where in its type's folder the file lies; see ``component_at``."""
    parts = parts_of(path)
    for position in _candidates(path, parts):
        below = parts[position + 1 :]
        entries = by_directory().get(parts[position], ())
        if len(entries) > 1:  # a shared folder: the type with this very ending comes first
            ending = below[-1].removesuffix(META).rpartition(".")[2]
            entries = tuple(sorted(entries, key=lambda entry: entry.suffix != ending))
        for entry in entries:
            found = _within(entry, below)
            if found is not None:
                return Location(found, entry, below)
    return None


def _candidates(path: str, parts: tuple[str, ...]) -> Iterable[int]:
    """Where the type's folder may stand, the likeliest first.

    Within a package directory the outermost folder that makes sense is meant, because a bundle or a static resource may
    hold a folder named ``classes``. A path from the root of a disk has folders before that, some named ``documents``.
    """
    for position in range(len(parts) - 3, -1, -1):
        if parts[position : position + 2] == ("main", "default"):
            return range(position + 2, len(parts) - 1)
    if path.startswith(("/", "..")):
        return range(len(parts) - 2, -1, -1)
    return range(len(parts) - 1)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def _decoded(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace")


def _type_of(component: ComponentId) -> MetadataType:
    entry = types().get(component.type)
    if entry is not None:
        return entry
    parent = CHILD_TYPES.get(component.type)
    if parent is not None:
        raise SourceError.at(f"{component} is part of a {parent[0]} file and has none of its own", "")
    raise SourceError.at(f"{component}: no metadata type of that name is known", "", hint="Case matters")


def _within(entry: MetadataType, below: tuple[str, ...]) -> ComponentId | None:
    """The component of a type that the parts below the type's folder name."""
    if entry.shape is Shape.DECOMPOSED:
        return _decomposed(entry, below)
    if entry.shape in _FOLDERS and len(below) > 1 and not entry.in_folder:
        return _id(entry, _folder_name(entry, below))
    if not entry.suffix:
        # experiences/X.site-meta.xml stands beside the folder experiences/X
        stem, dot, _ = below[-1].removesuffix(META).rpartition(".")
        return _id(entry, stem) if entry.shape is Shape.MIXED and dot else None
    name = below[-1]
    bare = _stem(entry, name)
    if bare is None and entry.name.endswith("Folder") and name.endswith(META) and "." not in name.removesuffix(META):
        bare = name.removesuffix(META)  # reports/F-meta.xml, as a folder lies in the Metadata API's format
    if bare is None:
        return None
    folders = below[:-1]
    if entry.in_folder and not folders:
        return None
    return _id(entry, "/".join((*folders, bare)) if entry.in_folder else bare)


def _id(entry: MetadataType, encoded: str) -> ComponentId:
    return ComponentId.of(entry.name, decode_name(encoded))


def _folder_name(entry: MetadataType, below: tuple[str, ...]) -> str:
    # digitalExperiences/site/X/...: the kind of site is part of the name
    return "/".join(below[:2]) if entry.name == "DigitalExperienceBundle" and len(below) > 2 else below[0]


def _stem(entry: MetadataType, name: str) -> str | None:
    """The name without its ending; None where the ending is another type's."""
    stem, _, suffix = name.removesuffix(META).rpartition(".")
    # documents and static resources keep their own endings beside the metadata file
    return stem if stem and (suffix == entry.suffix or entry.shape is Shape.MIXED) else None


def _decomposed(entry: MetadataType, below: tuple[str, ...]) -> ComponentId | None:
    stem = _stem(entry, below[-1])
    if stem is not None:
        return _id(entry, stem) if len(below) <= 2 else None
    part = part_of(entry, below)
    if part is None:
        return None
    return _id(entry, below[0]) if not part.type else ComponentId.of(part.type, part.full_name)


@dataclass(frozen=True, slots=True)
class Part:
    """A file that is one part of a decomposed component.

    Attributes:
        element: that holds it in the whole component's file.
        type: its own type, "" where it has none in a manifest.
        full_name: ``A__c.B__c``.
    """

    element: str
    type: str
    full_name: str


def part_of(entry: MetadataType, below: tuple[str, ...]) -> Part | None:
    """The part of a decomposed component that a source format file is; None where it is none."""
    if len(below) < 2 or not below[-1].endswith(META):
        return None
    stem, _, suffix = below[-1].removesuffix(META).rpartition(".")
    element, type_name = PARTS.get(entry.name, {}).get(suffix, ("", ""))
    if not element or not stem:
        return None
    return Part(element, type_name, f"{decode_name(below[0])}.{decode_name(stem)}")


def known_directory(path: str) -> bool:
    """Whether any folder on the way to a file is one that holds components."""
    return any(part in by_directory() for part in parts_of(path)[:-1])
