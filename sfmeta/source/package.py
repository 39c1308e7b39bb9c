"""Project files to a package: a pure function of the files, never of the org it goes to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sfmeta.errors import Problem, SourceError
from sfmeta.model.component import Entry, Holdings, Package
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.source import manifest
from sfmeta.source.composition import compose
from sfmeta.source.manifest import Manifest, write_manifest
from sfmeta.source.placement import Placed, place


def read_package(entries: Iterable[Entry], file: str) -> Package:
    """A package from the files of its own zip, manifests included.

    Args:
        entries: every file; contents are read when asked for.
        file: the zip, for messages.

    Raises:
        SourceError: there is no ``package.xml``, it names no API version, or a manifest is wrong.
    """
    files = {entry.path: entry for entry in entries}
    if manifest.PACKAGE_XML not in files:
        raise SourceError.at("the package has no package.xml", file)
    named, before, after = (
        manifest.read_manifest(files[path].read(), f"{file}:{path}") if path in files else Manifest.of(None, ())
        for path in (manifest.PACKAGE_XML, manifest.DESTRUCTIVE_PRE, manifest.DESTRUCTIVE_POST)
    )
    if named.api_version is None:
        raise SourceError.at("its package.xml names no API version", file)
    ordered = tuple(sorted(files.values(), key=_path))
    return Package(named.api_version, named.components, ordered, before.components, after.components)


def components_in(entries: Iterable[Entry]) -> Holdings:
    """The components that files hold, each with its files.

    Args:
        entries: in either format; paths relative to a package directory or with what stands before it.

    Raises:
        SourceError: a file belongs to no component.
    """
    found: dict[ComponentId, list[Entry]] = {}
    for placed in place(entries):
        found.setdefault(placed.id, []).append(placed.entry)
    return {component: tuple(sorted(files, key=_path)) for component, files in sorted(found.items())}


def build_package(
    entries: Iterable[Entry],
    api_version: ApiVersion,
    *,
    only: Collection[ComponentId] | None = None,
    delete_before: Collection[ComponentId] = (),
    delete_after: Collection[ComponentId] = (),
) -> Package:
    """A package in the Metadata API's format, manifests included.

    Args:
        entries: project files in source or Metadata API format. Their bytes go in unchanged; only what source format
            keeps in several files (custom objects, folders of static resources) is put together.
        api_version: of the manifest.
        only: the components wanted; a full name of ``*`` takes all of a type, and a custom object takes its parts.
            None takes everything.
        delete_before: go into ``destructiveChangesPre.xml``.
        delete_after: go into ``destructiveChangesPost.xml``.

    Raises:
        SourceError: a file belongs to no component, two files are one component, a wanted component has no file, or one
            is both deployed and deleted.
    """
    placed = place(entries)
    if only is not None:
        placed = _selected(placed, only)
    components = tuple(sorted({item.id for item in placed}))
    before, after = tuple(sorted(set(delete_before))), tuple(sorted(set(delete_after)))
    _refuse_contradictions(components, (*before, *after))
    files = _files(placed)
    files.append(_manifest(manifest.PACKAGE_XML, api_version, components))
    if before:
        files.append(_manifest(manifest.DESTRUCTIVE_PRE, None, before))
    if after:
        files.append(_manifest(manifest.DESTRUCTIVE_POST, None, after))
    return Package(api_version, components, tuple(sorted(files, key=_path)), before, after)


def _path(entry: Entry) -> str:
    return entry.path


def _manifest(path: str, api_version: ApiVersion | None, components: Sequence[ComponentId]) -> Entry:
    return Entry.of(path, write_manifest(Manifest.of(api_version, components)))


def _selected(placed: list[Placed], only: Collection[ComponentId]) -> list[Placed]:
    """The files of the wanted components; wanting something that is not there is an error, not less work.

    A wildcard may find nothing, as long as there is something to do: manifests name every type.
    """
    wanted = set(only)
    found: set[ComponentId] = set()
    chosen = []
    for item in placed:
        asked = {item.id, item.location.id, ComponentId.of(item.id.type, "*")} & wanted
        if item.is_part:
            owner = ComponentId.of(item.location.type.name, item.id.full_name.partition(".")[0])
            asked |= {owner, ComponentId.of(item.location.type.name, "*")} & wanted
        if asked:
            found |= asked
            chosen.append(item)
    missing = sorted(component for component in wanted - found if component.full_name != "*" or not found)
    if missing:
        hint = "Names are case-sensitive; `sfmeta retrieve -m` fetches what only the org has"
        raise SourceError.of(
            [Problem(f"no file holds {component}", "package-missing-component", hint=hint) for component in missing],
            "selection",
        )
    return chosen


def _refuse_contradictions(components: Sequence[ComponentId], deletions: Sequence[ComponentId]) -> None:
    problems: list[Problem] = []
    for component in sorted(set(components) & set(deletions)):
        problems.append(Problem(f"{component} is both deployed and deleted", "package-contradiction"))
    for component in deletions:
        if "*" in component.full_name:
            # guide, "Deleting components from an organization": no wildcards
            message = f"{component} cannot be deleted by a wildcard"
            problems.append(Problem(message, "package-wildcard", hint="Name each component"))
    if problems:
        raise SourceError.of(problems, "package")


def _files(placed: list[Placed]) -> list[Entry]:
    """The package's files: one per place, parts put together."""
    places: dict[str, list[Placed]] = {}
    for item in placed:
        # the org does not tell names apart by case
        places.setdefault(item.path.casefold(), []).append(item)
    problems = doubles(placed)
    if problems:
        raise SourceError.of(problems, "package")
    files = []
    for items in places.values():
        parts = [item for item in items if item.is_part]
        whole = next((item for item in items if not item.is_part), None)
        if parts:
            files.append(compose(items[0].path, whole, parts))
        elif whole is not None:
            files.append(whole.entry.at(whole.path))
    return files


def doubles(placed: Iterable[Placed]) -> list[Problem]:
    """Every file that would lie in the same place of a package as another."""
    groups: dict[tuple[str, bool], list[Placed]] = {}
    for item in placed:
        groups.setdefault((item.path.casefold(), item.is_part), []).append(item)
    return [problem for items in groups.values() if len(items) > 1 for problem in _doubles(items)]


def _doubles(items: list[Placed]) -> Iterable[Problem]:
    """Two files that would lie in one place."""
    seen: dict[tuple[str, ...], Placed] = {}
    for item in sorted(items, key=lambda item: item.entry.path):
        # a part is told apart by its place below the component, a whole file only by where it goes
        key = tuple(part.casefold() for part in item.location.below) if item.is_part else ()
        other = seen.setdefault(key, item)
        if other is not item:
            message = f"{item.id} is also in {other.entry.path}"
            yield Problem(message, "package-two-files", item.entry.path, hint="Keep one of the two files")
