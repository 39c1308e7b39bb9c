"""Which files of a project an operation is about: folders, a manifest, or components by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sfmeta.codec.schema import Schema
from sfmeta.errors import Severity, SourceError, UsageError
from sfmeta.model.component import Entry, Package
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.source.manifest import DESTRUCTIVE_FILES, read_manifest
from sfmeta.source.package import build_package
from sfmeta.source.validation import validate
from sfmeta.workspace.project import Project


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for on the command line; all empty means everything in the package directories.

    Attributes:
        below: folders or files of the project.
        manifest: path of a package.xml inside the project, "" for none.
        members: components by name; ``*`` stands for all of a type.
    """

    below: tuple[str, ...] = ()
    manifest: str = ""
    members: tuple[ComponentId, ...] = ()


def named(project: Project, selection: Selection) -> tuple[ComponentId, ...]:
    """The components that a selection names; empty where it names none and all are meant.

    Raises:
        SourceError: the manifest is wrong.
        UsageError: there is no such manifest.
    """
    members = list(selection.members)
    if selection.manifest:
        data = project.read(selection.manifest)
        if data is None:
            raise UsageError(f"No such manifest: {selection.manifest}")
        members += read_manifest(data, selection.manifest).components
    return tuple(members)


def package_of(project: Project, selection: Selection, schema: Schema) -> Package:
    """The package for a selection of the project's files. What an org would refuse for its form is refused here.

    Raises:
        UsageError: nothing was found at all.
        SourceError: a file is wrong or does not belong where it lies, or something that was named has no file.
    """
    entries = project.entries(selection.below)
    destructive = [entry.path for entry in entries if entry.path.rpartition("/")[2] in DESTRUCTIVE_FILES]
    if destructive:
        raise UsageError(
            f"{destructive[0]} is not deployed from a project", "Delete what it names in Setup, or with sf"
        )
    problems = validate(entries, schema, project_version=project.api_version)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise SourceError.of([item for item in problems if item.severity is Severity.ERROR], "files")
    return assemble(entries, project.api_version, named(project, selection))


def assemble(entries: Collection[Entry], api_version: ApiVersion, wanted: Collection[ComponentId]) -> Package:
    """A package of the components that are wanted; of all where none is named.

    Raises:
        UsageError: there is no component at all.
        SourceError: a file does not belong where it lies, or a wanted component has none.
    """
    package = build_package(entries, api_version, only=frozenset(wanted) or None)
    if package.is_empty:
        raise UsageError("There is no metadata here to work on", "See: sfmeta generate, sfmeta retrieve")
    return package
