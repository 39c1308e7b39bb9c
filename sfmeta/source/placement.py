"""From the files of a project, in either format, to their places in a package in the Metadata API's format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sfmeta.errors import Problem, SourceError
from sfmeta.model.component import Entry
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import Shape
from sfmeta.source import manifest
from sfmeta.source.paths import META, Location, known_directory, locate, part_of, parts_of

# Never part of a component. Source: source-deploy-retrieve's default ignores, and the two manifests' own names.
_IGNORED = re.compile(r"(^|/)(\.[^/]*|jsconfig\.json|package2-descriptor\.json|package2-manifest\.json|__tests__/.*)$")
_HIDDEN_FOLDER = re.compile(r"(^|/)\.[^./][^/]*/")
_MANIFESTS = frozenset({manifest.PACKAGE_XML, *manifest.DESTRUCTIVE_FILES})

FOLDER_TYPES: Mapping[str, str] = {
    "DashboardFolder": "Dashboard",
    "DocumentFolder": "Document",
    "EmailFolder": "EmailTemplate",
    "ReportFolder": "Report",
}
"""Folders are members of their content's type in a manifest, and ``reports/F-meta.xml`` in a package."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One file of a component and where it goes.

    Attributes:
        id: the component (a part of a custom object has its own).
        location: where the file lies now.
        path: where it goes in a package; for a part, the whole component's file.
        entry: the file.
        is_part: whether it is one of many files that become one.
    """

    id: ComponentId
    location: Location
    path: str
    entry: Entry
    is_part: bool = False


def is_component_file(path: str) -> bool:
    """Whether a file in a package directory is meant to be part of a component: no manifest, nothing hidden."""
    return parts_of(path)[-1] not in _MANIFESTS and not _IGNORED.search(path)


def place_one(entry: Entry) -> Placed | None:
    """One file with its component and its place; None where it belongs to no component."""
    location = locate(entry.path)
    return None if location is None else _placed(entry, location)


def homeless(path: str) -> Problem:
    """What to say of a file that belongs to no component."""
    if known_directory(path):
        message = "no metadata type has files of this name in this folder"
    else:
        message = "the file lies in no folder that holds metadata"
    hint = "Move it out of the package directory, or list it in .forceignore"
    return Problem(message, "package-unknown-file", path, hint=hint)


def place(entries: Iterable[Entry]) -> list[Placed]:
    """Every file with its component and its place.

    Args:
        entries: files of a package directory or an unpacked package; manifests, hidden files and what Salesforce's own
            tools leave out (``jsconfig.json``, ``__tests__``) are passed over.

    Raises:
        SourceError: a file belongs to no component; all of them are named.
    """
    placed = []
    problems = []
    for entry in entries:
        if not is_component_file(entry.path) or _HIDDEN_FOLDER.search(entry.path):
            continue
        item = place_one(entry)
        if item is None:
            problems.append(homeless(entry.path))
        else:
            placed.append(item)
    if problems:
        raise SourceError.of(problems, "project files")
    return placed


def _placed(entry: Entry, location: Location) -> Placed:
    kind, below = location.type, location.below
    name = below[-1]
    if kind.shape is Shape.DECOMPOSED:
        if name.removesuffix(META).endswith(f".{kind.suffix}"):
            return Placed(location.id, location, f"{kind.directory}/{name.removesuffix(META)}", entry)
        part = part_of(kind, below)
        whole = f"{kind.directory}/{below[0]}.{kind.suffix}"
        return Placed(location.id, location, whole, entry, is_part=part is not None)
    if kind.name in FOLDER_TYPES:
        stem = name.removesuffix(META).removesuffix(f".{kind.suffix}")
        path = f"{kind.directory}/{'/'.join((*below[:-1], stem))}{META}"
        return Placed(ComponentId.of(FOLDER_TYPES[kind.name], location.id.full_name), location, path, entry)
    if kind.name == "StaticResource":
        return _static_resource(entry, location)
    if kind.shape in (Shape.BUNDLE, Shape.MIXED):
        return Placed(location.id, location, f"{kind.directory}/{'/'.join(below)}", entry)
    if kind.shape is Shape.FILE:
        name = name.removesuffix(META)
    folders = below[:-1] if kind.in_folder else ()
    return Placed(location.id, location, "/".join((kind.directory, *folders, name)), entry)


def _static_resource(entry: Entry, location: Location) -> Placed:
    """A resource keeps its content's ending in source format; in a package it is always ``.resource``."""
    name = location.below[0]
    if len(location.below) > 1:
        return Placed(location.id, location, f"staticresources/{name}.resource", entry, is_part=True)
    if name.endswith(META):
        return Placed(location.id, location, f"staticresources/{name}", entry)
    stem = name.rpartition(".")[0]
    return Placed(location.id, location, f"staticresources/{stem}.resource", entry)
