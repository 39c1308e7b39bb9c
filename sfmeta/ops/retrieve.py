"""Fetching metadata from an org into files."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.model.component import Entry
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import is_document
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.selection import Selection, named
from sfmeta.ops.snapshot import by_component, read_messages, retrieve, take_snapshot
from sfmeta.report.words import counted
from sfmeta.source.paths import component_at, source_path
from sfmeta.workspace.files import write_atomic
from sfmeta.workspace.project import Project


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What came.

    Attributes:
        written: files that are new or differ from what was there, as paths.
        unchanged: files that were there byte for byte.
        absent: what the org does not have.
        unreadable: what it would not give, and its words.
        empty_types: types asked for as a whole of which the org has none.
    """

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    absent: tuple[ComponentId, ...]
    unreadable: Mapping[ComponentId, str]
    empty_types: tuple[str, ...] = ()


def wanted(project: Project, selection: Selection) -> tuple[ComponentId, ...]:
    """What to ask for: what is named, else what the project's files hold.

    Raises:
        UsageError: nothing is named and there are no files.
    """
    asked = named(project, selection) or tuple(by_component(project.entries(selection.below)))
    if not asked:
        raise UsageError("Nothing to retrieve", "Name components with -m Type:Name, or give a manifest with -x")
    return asked


def retrieve_files(
    org: Org, components: Sequence[ComponentId], project: Project, target: Path | None, tools: Tools
) -> Retrieved:
    """Retrieve components into source format.

    Args:
        org: where from.
        components: which; ``*`` stands for all of a type.
        project: files that exist there are updated where they lie; new ones go to its default package directory.
        target: another folder to write to; the project stays as it is.
        tools: the clock, progress and scratch space.
    """
    tools.progress.step(f"Retrieving {counted(len(components), 'component')} from {org.info.title}")
    reading = project.entries() if target is None else ()
    snapshot = take_snapshot(org, components, tools, reading=reading)
    existing = {component: entries[0].path for component, entries in by_component(reading).items() if len(entries) == 1}
    written, unchanged = [], []
    for component, entries in snapshot.holdings.items():
        for entry in entries:
            path = existing.get(component) or f"{_home(project, target)}{source_name(component, entry)}"
            if _put(project, target, path, entry.read()):
                written.append(path)
            else:
                unchanged.append(path)
    held = {component.type for component in snapshot.holdings}
    empty = sorted({item.type for item in components if item.full_name == "*" and item.type not in held})
    absent = tuple(sorted(snapshot.absent))
    return Retrieved(tuple(written), tuple(unchanged), absent, snapshot.unreadable, tuple(empty))


def retrieve_zip(org: Org, components: Sequence[ComponentId], file: Path, tools: Tools) -> Retrieved:
    """Retrieve components and keep the org's zip as it came."""
    tools.progress.step(f"Retrieving {counted(len(components), 'component')} from {org.info.title}")
    sink = tools.scratch()
    outcome = retrieve(org, list(components), tools, sink)
    absent, unreadable = read_messages(outcome, components)
    temporary = file.with_name(f".{file.name}.part")
    try:
        with temporary.open("wb") as out:
            shutil.copyfileobj(sink, out)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OperationFailed(f"Cannot write {file}: {error.strerror}") from error
    return Retrieved((str(file),), (), tuple(sorted(absent)), unreadable)


def _home(project: Project, target: Path | None) -> str:
    return "" if target is not None else f"{project.home}/"


def source_name(component: ComponentId, entry: Entry) -> str:
    """The path of a retrieved file in source format below ``main/default``; content files keep theirs."""
    if is_document(component.type):
        return source_path(component)
    path = entry.path.removeprefix("unpackaged/")
    return path if component_at(path) is not None else entry.path


def _put(project: Project, target: Path | None, path: str, data: bytes) -> bool:
    """Write where it differs; whether it did."""
    if target is None:
        if project.read(path) == data:
            return False
        project.write(path, data)
        return True
    file = target / path
    if file.is_file() and file.read_bytes() == data:
        return False
    write_atomic(file, data)
    return True
