"""Files that a command writes where its user says: never over what it reads, nor over what the project is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from os.path import realpath
from pathlib import Path
from typing import NamedTuple

from sfmeta.cli.desk import Desk
from sfmeta.errors import UsageError
from sfmeta.workspace.findings import FINDINGS_FILE
from sfmeta.workspace.project import ENFORCEMENT, IGNORE_FILE, PROJECT_FILE

_OWN_FILES = ("policy.yml", "environments.yml", FINDINGS_FILE, PROJECT_FILE, IGNORE_FILE, ".gitignore")
_TEMPLATES = "templates"
_HEAD = 400


class Output(NamedTuple):
    """A file that is to be written.

    Attributes:
        option: that names it.
        file: where.
        kind: a key of ``_kinds``: ``inventory``, ``csv``, ``plan``, ...
    """

    option: str
    file: Path
    kind: str


def check_outputs(
    desk: Desk, outputs: Sequence[Output], *, policy: Path | None = None, inventory: Path | None = None
) -> None:
    """Refuse files that must not be written; asked before an org is, so that nothing is done in vain.

    Args:
        desk: knows the project, if there is one.
        outputs: what is to be written.
        policy: the one that is named, where one is.
        inventory: likewise.

    Raises:
        UsageError: two of them are one; a file is an input or one of the project's own, lies among its metadata, its
            templates or in git's folder, is no file at all, or holds anything but an older output of the same kind: a
            key, a script, somebody's table.
        SourceError: the project's ``sfdx-project.json`` is wrong, so that nobody knows where its metadata lies.
    """
    if len({_real(one.file) for one in outputs}) < len(outputs):
        raise UsageError(
            f"Two of {', '.join(one.option for one in outputs)} name the same file", "Name one file for each"
        )
    kept = dict(_kept(desk, policy, inventory))
    folders = dict(_folders(desk))
    for one in outputs:
        if problem := _problem(one.file, kept, folders) or _held(one):
            raise UsageError(f"{one.option} {one.file} {problem}", "Name another file")


def _held(output: Output) -> str:
    """What stands in the way: nothing, where the file is not there, empty, or older and of the same kind."""
    if not output.file.is_file():
        return ""
    with output.file.open("rb") as stream:
        head = stream.read(_HEAD)
    name, is_of_kind = _kinds()[output.kind]
    return f"exists and is no {name}" if head and not is_of_kind(head) else ""


def _kinds() -> Mapping[str, tuple[str, Callable[[bytes], bool]]]:
    """By how they begin: what each is called, and how it is known."""
    from sfmeta.codec.inventory_json import begins_inventory
    from sfmeta.report.csv_table import begins_csv
    from sfmeta.report.drift_sarif import begins_drift_sarif
    from sfmeta.report.evidence import begins_evidence
    from sfmeta.report.html import begins_evidence_page, begins_page, begins_watch_page
    from sfmeta.report.junit import begins_junit
    from sfmeta.report.sarif import begins_sarif
    from sfmeta.workspace.plan_file import begins_plan

    return {
        "inventory": ("inventory", begins_inventory),
        "csv": ("table of a forecast", begins_csv),
        "sarif": ("SARIF of a forecast", begins_sarif),
        "html": ("page of a forecast", begins_page),
        "evidence": ("evidence", begins_evidence),
        "evidence-html": ("page of evidence", begins_evidence_page),
        "watch-html": ("page of a watch", begins_watch_page),
        "junit": ("JUnit report of sfmeta drift", begins_junit),
        "plan": ("plan", begins_plan),
        "drift-sarif": ("SARIF of sfmeta drift", begins_drift_sarif),
    }


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
