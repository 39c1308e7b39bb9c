"""A project's files as components, read and parsed only where somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sfmeta.codec import xml
from sfmeta.errors import Problem, SourceError
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import ACCESS_TYPES
from sfmeta.source.paths import META, component_at


class SourceTree(Protocol):
    """The project on disk; ``workspace.project.Project`` is one. Paths are relative to its root, with ``/``."""

    def paths(self, below: Iterable[str] = ()) -> Iterable[str]:
        """The files below the package directories, or below the folders given; a missing folder holds none."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes, None where there is no such file."""

    def write_together(self, files: Mapping[str, bytes]) -> None:
        """Write files; where one cannot be written, all stay as they were."""


@dataclass(slots=True)
class ProjectFiles(Mapping[ComponentId, Element]):
    """The access family's components in a project.

    A file that cannot be parsed counts as empty, and its problems are kept: they stop the run before it writes.

    Attributes:
        tree: where the files are.
        problems: of files that could not be read.
        unreadable: the components of these files; grows as files are asked for.
    """

    tree: SourceTree
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[ComponentId] = field(default_factory=set)
    _paths: dict[ComponentId, str] = field(default_factory=dict)
    _bytes: dict[ComponentId, bytes] = field(default_factory=dict)
    _content: dict[ComponentId, Element] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: SourceTree, extra: Iterable[str] = ()) -> ProjectFiles:
        """The components of the package directories, and of single files beside them.

        Args:
            tree: the project.
            extra: paths outside the package directories that count too, if they exist.
        """
        files = cls(tree)
        beside = [path for path in extra if tree.read(path) is not None]
        known = {component_at(path) for path in beside}
        for path in [*beside, *tree.paths()]:
            component = component_at(path) if path.endswith(META) else None
            if component is None or component.type not in ACCESS_TYPES:
                continue
            if component in known and path not in beside:
                continue  # a retrieved copy of what has its own place
            first = files._paths.setdefault(component, path)
            if first != path:
                message = f"{component} has two files; the other is {first}"
                files.problems.append(Problem(message, "source-duplicate", path, hint="Keep one of them"))
        return files

    def path(self, component: ComponentId) -> str | None:
        """Where a component's file is; None where it has none."""
        return self._paths.get(component)

    def data(self, component: ComponentId) -> bytes | None:
        """A component's file as it is; None where it has none."""
        path = self._paths.get(component)
        if path is None:
            return None
        if component not in self._bytes:
            self._bytes[component] = self.tree.read(path) or b""
        return self._bytes[component]

    def __getitem__(self, component: ComponentId) -> Element:
        if component not in self._content:
            data = self.data(component)
            if data is None:
                raise KeyError(component)
            self._content[component] = self._parse(data, self._paths[component], component)
        return self._content[component]

    def __iter__(self) -> Iterator[ComponentId]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, component: object) -> bool:
        return component in self._paths

    def _parse(self, data: bytes, path: str, component: ComponentId) -> Element:
        try:
            return xml.parse(data, path)
        except SourceError as error:
            self.problems.extend(error.problems)
            self.unreadable.add(component)
            return Element(component.type)
