"""A package in a zip: its manifest, its deletions, its components."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sfmeta.localorg.metadata.kinds import CHILDREN
from sfmeta.localorg.metadata.layout import META, parent_of, place_of, type_of
from sfmeta.localorg.metadata.manifest import DESCRIPTORS, Manifest
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.metadata.zipfiles import Archive


@dataclass(frozen=True, slots=True)
class Component:
    """What the files of a package stand for.

    Attributes:
        type: the metadata type.
        full_name: decoded.
        paths: of its files, below the package's root, sorted.
        is_document: it is one XML file.
    """

    type: str
    full_name: str
    paths: tuple[str, ...]
    is_document: bool

    @property
    def main_path(self) -> str:
        """The file that messages name: the content where there is one."""
        return next((path for path in self.paths if not path.endswith(META)), self.paths[0])


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """The files below one package root.

    Attributes:
        archive: the zip.
        root: "" or a directory with a slash.
        descriptors: which manifests are there.
        components: what the other files stand for; files that no type claims are left out (emulator-defined).
    """

    archive: Archive
    root: str
    descriptors: tuple[str, ...]
    components: Mapping[tuple[str, str], Component] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        """A file below the root."""
        return self.archive.read(self.root + path)


def packages_in(archive: Archive, single: bool) -> Iterator[PackageFiles]:
    """The packages of a zip.

    Args:
        archive: the zip.
        single: package.xml is at the zip's root; else every directory at the root is a package.
    """
    if single:
        yield _package(archive, "")
        return
    roots = dict.fromkeys(path.partition("/")[0] + "/" for path in archive.sizes if "/" in path)
    for root in roots or [""]:
        yield _package(archive, root)


def _package(archive: Archive, root: str) -> PackageFiles:
    grouped: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    descriptors = []
    for whole in sorted(archive.sizes):
        if not whole.startswith(root):
            continue
        path = whole[len(root) :]
        if path in DESCRIPTORS:
            descriptors.append(path)
        elif (place := place_of(path)) is not None:
            grouped.setdefault((place.type, place.full_name), []).append((path, place.is_document))
    components = {
        key: Component(*key, tuple(path for path, _ in files), len(files) == 1 and files[0][1])
        for key, files in grouped.items()
    }
    return PackageFiles(archive, root, tuple(descriptors), components)


def outline(archive: Archive, single: bool) -> list[tuple[str, int]]:
    """How many components of each type a zip holds, in the order of its types: what is seen of it on its way."""
    found = Counter(kind for package in packages_in(archive, single) for kind, _ in package.components)
    return sorted(found.items())


def is_named(manifest: Manifest, component: Component) -> bool:
    """Whether package.xml names a component, by itself, by ``*``, or as the parent of what it names."""
    if manifest.names(component.type, component.full_name):
        return True
    entry = type_of(component.type)
    if entry is not None and entry.in_folder and "/" not in component.full_name:
        return True
    for child, (parent, _) in CHILDREN.items():
        if parent == component.type:
            for member in manifest.members.get(child, ()):
                owner = parent_of(child, member)
                if member == "*" or (owner is not None and owner[1] == component.full_name):
                    return True
    return False


def holds_child(document: Node, element: str, name: str) -> Node | None:
    """The child component in its parent's file, None where it is not there."""
    return next((node for node in document.all(element) if node.value("fullName") == name), None)
