"""Files that a command writes where its user says: never over what it reads, nor over what the project is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os.path import realpath
from pathlib import Path

from sfmeta.cli.desk import Desk
from sfmeta.errors import UsageError
from sfmeta.workspace.findings import FINDINGS_FILE
from sfmeta.workspace.project import ENFORCEMENT, IGNORE_FILE, PROJECT_FILE

_OWN_FILES = ("policy.yml", FINDINGS_FILE, PROJECT_FILE, IGNORE_FILE, ".gitignore")
_TEMPLATES = "templates"
_HINT = "Name another file"


def check_outputs(
    desk: Desk, files: Mapping[str, Path], *, policy: Path | None = None, inventory: Path | None = None
) -> None:
    """Refuse files that must not be written; asked before an org is, so that nothing is done in vain.

    Args:
        desk: knows the project, if there is one.
        files: what is to be written, by the option that names it.
        policy: the one that is named, where one is.
        inventory: likewise.

    Raises:
        UsageError: two of them are one; a file is an input or one of the project's own, lies among its metadata, its
            templates or in git's folder, or is no file at all.
        SourceError: the project's ``sfdx-project.json`` is wrong, so that nobody knows where its metadata lies.
    """
    if len(set(map(_real, files.values()))) < len(files):
        raise UsageError(f"Two of {', '.join(files)} name the same file", "Name one file for each")
    kept = dict(_kept(desk, policy, inventory))
    folders = dict(_folders(desk))
    for option, file in files.items():
        if problem := _problem(file, kept, folders):
            raise UsageError(f"{option} {file} {problem}", _HINT)


def check_replaces_inventory(option: str, file: Path) -> None:
    """Refuse to write an inventory over anything but an older one, or nothing.

    Raises:
        UsageError: the file exists and holds something else.
    """
    from sfmeta.codec.inventory_json import begins_inventory

    if not file.is_file():
        return
    with file.open("rb") as stream:
        head = stream.read(200)
    if head and not begins_inventory(head):
        raise UsageError(f"{option} {file} exists and is no inventory", _HINT)


def _kept(desk: Desk, policy: Path | None, inventory: Path | None) -> Iterator[tuple[Path, str]]:
    root = desk.root_beside(policy)
    yield from ((_real(root / name), f"the project's {name}") for name in _OWN_FILES)
    if inventory:
        yield _real(inventory), "the inventory of --inventory"
    if policy:
        yield _real(policy), "the policy"


def _folders(desk: Desk) -> Iterator[tuple[Path, str]]:
    root = desk.root_if_any
    if root is None:
        return
    for name in (*desk.project.package_directories, ENFORCEMENT.partition("/")[0], _TEMPLATES):
        folder = _real(root / name)
        # a package directory that is the whole project leaves no other place
        if folder != _real(root):
            yield folder, f"the project's {name}"


def _problem(file: Path, kept: Mapping[Path, str], folders: Mapping[Path, str]) -> str:
    if file.is_dir():
        return "is a folder"
    if file.exists() and not file.is_file():
        return "is no regular file"
    # a link is replaced where it lies, whatever it leads to
    for place in (_real(file), _real(file.parent) / file.name):
        if place in kept:
            return f"would take the place of {kept[place]}"
        if ".git" in place.parts:
            return "lies in git's own folder"
        for folder, what in folders.items():
            if place.is_relative_to(folder):
                return f"lies in {what}"
    return ""


def _real(path: Path) -> Path:
    """The path without links; unlike ``Path.resolve``, no loop of links is an error."""
    return Path(realpath(path))
