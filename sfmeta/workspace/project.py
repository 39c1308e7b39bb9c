"""The project on disk: ``sfdx-project.json``, the package directories, ``.forceignore``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Protocol

from sfmeta.errors import OperationFailed, SourceError, UsageError
from sfmeta.model.component import Entry
from sfmeta.model.names import ApiVersion
from sfmeta.workspace.files import write_atomic, write_together

PROJECT_FILE = "sfdx-project.json"
IGNORE_FILE = ".forceignore"
DEFAULT_API_VERSION = ApiVersion(63)
ENFORCEMENT = "force-app/enforcement"
"""Where the two switches live: no package directory, so that no ordinary deploy ticks the boxes."""


class Ignored(Protocol):
    """What ``.forceignore`` says."""

    def match_file(self, file: str) -> object:
        """True where a path, relative to the root, is left out."""


class _NothingIgnored:
    def match_file(self, file: str) -> bool:  # noqa: ARG002 (the protocol's signature)
        return False


@dataclass(frozen=True, slots=True)
class Project:
    """A Salesforce project, as every Salesforce tool knows it.

    Attributes:
        root: the folder that holds ``sfdx-project.json``.
        package_directories: relative to the root, with ``/``; the default one first.
        api_version: ``sourceApiVersion``.
        ignore: the patterns of ``.forceignore``.
    """

    root: Path
    package_directories: tuple[str, ...]
    api_version: ApiVersion
    ignore: Ignored

    @property
    def home(self) -> str:
        """Where new files go: below ``main/default`` of the default package directory, as Salesforce tools do it."""
        first = self.package_directories[0]
        return f"{first}/default" if first.rpartition("/")[2] == "main" else f"{first}/main/default"

    def paths(self, below: Iterable[str] = ()) -> Iterator[str]:
        """The files below the package directories (or below ``below``), sorted, ignored ones left out."""
        for directory in below or self.package_directories:
            top = self.root / directory
            if top.is_file():
                yield directory
                continue
            # the switches are in .forceignore; who names their folder gets them, and then the guard's refusal
            asked_for = bool(below) and f"{directory}/".startswith(f"{ENFORCEMENT}/")
            for path in sorted(top.rglob("*")):
                relative = path.relative_to(self.root).as_posix()
                if path.is_file() and (asked_for or not self.ignore.match_file(relative)):
                    yield relative

    def kept(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Of a revision's files those that ``paths`` would give of the work tree: no ignored ones, no switches."""
        return tuple(
            entry
            for entry in entries
            if not entry.path.startswith(f"{ENFORCEMENT}/") and not self.ignore.match_file(entry.path)
        )

    def entries(self, below: Iterable[str] = ()) -> tuple[Entry, ...]:
        """The same files as entries, whose bytes are read when asked for."""
        return tuple(self.entry(path) for path in self.paths(below))

    def entry(self, path: str) -> Entry:
        """One file."""
        file = self.root / path
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        return Entry(path, digest, len(data), partial(_read_again, file, digest))

    def read(self, path: str) -> bytes | None:
        """A file's bytes, None where there is no such file."""
        try:
            return self._inside(path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Write a file, whole or not at all."""
        write_atomic(self._inside(path), data)

    def write_together(self, files: Mapping[str, bytes]) -> None:
        """Write several files; where one cannot be written, all stay as they were."""
        write_together({self._inside(path): data for path, data in files.items()})

    def delete(self, path: str) -> None:
        """Remove a file; no matter if it is gone already."""
        self._inside(path).unlink(missing_ok=True)

    def relative(self, path: Path) -> str:
        """A path from the command line, relative to the root.

        Raises:
            UsageError: it does not exist or lies outside the project.
        """
        if not path.exists():
            raise UsageError(f"No such file or folder: {path}")
        try:
            return path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            raise UsageError(f"{path} lies outside the project {self.root}") from None

    def _inside(self, path: str) -> Path:
        folder, _, name = path.rpartition("/")
        target = _real_folder(self.root, folder) / name
        if name in ("", ".", "..") or target.is_symlink():
            target = target.resolve()
        if not target.is_relative_to(self.root):
            raise UsageError(f"{path} lies outside the project {self.root}")
        return target


@lru_cache(maxsize=1024)
def _real_folder(root: Path, folder: str) -> Path:
    """A folder with its links resolved; thousands of files lie in a handful of them."""
    return (root / folder).resolve()


def _read_again(path: Path, digest: str) -> bytes:
    """The same bytes as before: what is sent is what was looked at."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise OperationFailed(f"{path} was changed while it was being worked on", "Run the command again")
    return data


def find_project(start: Path) -> Project:
    """The project that holds ``start``, here or above.

    Raises:
        UsageError: there is none.
        SourceError: its ``sfdx-project.json`` is wrong.
    """
    start = start.resolve()
    if not start.is_dir():
        raise UsageError(f"No such folder: {start}")
    for folder in (start, *start.parents):
        if (folder / PROJECT_FILE).is_file():
            return _load(folder)
    raise UsageError(f"No {PROJECT_FILE} in {start} or above", "Run sfmeta init, or give --project DIR")


def _load(root: Path) -> Project:
    file = root / PROJECT_FILE
    try:
        data = json.loads(file.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        raise SourceError.at("is no JSON", PROJECT_FILE, line) from error
    directories = data.get("packageDirectories") if isinstance(data, dict) else None
    if not isinstance(directories, list) or not directories:
        raise SourceError.at("names no packageDirectories", PROJECT_FILE, hint='e.g. [{"path": "force-app/main"}]')
    paths: list[str] = []
    for entry in directories:
        path = entry.get("path") if isinstance(entry, dict) else None
        if not isinstance(path, str) or not path or not (root / path).resolve().is_relative_to(root):
            raise SourceError.at("has a package directory without a path inside the project", PROJECT_FILE)
        paths.insert(0 if entry.get("default") is True else len(paths), Path(path).as_posix())
    return Project(
        root=root,
        package_directories=tuple(paths),
        api_version=_api_version(data.get("sourceApiVersion")),
        ignore=_ignored(root / IGNORE_FILE),
    )


def _ignored(file: Path) -> Ignored:
    if not file.is_file():
        return _NothingIgnored()
    import pathspec  # 30 ms that only a project with such a file pays

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError.at("is not UTF-8", IGNORE_FILE) from error
    return pathspec.GitIgnoreSpec.from_lines(text.splitlines())


def _api_version(value: object) -> ApiVersion:
    if value is None:
        return DEFAULT_API_VERSION
    try:
        return ApiVersion.parse(str(value))
    except UsageError as error:
        raise SourceError.at(f"sourceApiVersion: {error.message}", PROJECT_FILE, hint=error.hint) from error
