"""What a probe is about to make in an org, written down before it is made, so that the next run can take it away.

One file per org in the user's configuration folder. It is held locked while a probe runs, and a line is on the disk
before ``note`` returns. An empty file says that nothing is left.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import BinaryIO, Self

from sfmeta.errors import GuardRefused
from sfmeta.model.names import OrgId

_FOLDER = "probes"


class Journal:
    """The journal of one org; a context manager that gives the lock free."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._things = _read(path)

    @classmethod
    def open(cls, config: Path, org_id: OrgId) -> Self:
        """Opens and locks it, made where it is missing.

        Args:
            config: the user's configuration folder.
            org_id: the org.

        Raises:
            GuardRefused: another probe of this org is running.
        """
        path = _path(config, org_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise GuardRefused("Another probe of this org is running", "Wait until it is done") from error
        _sync_folder(path.parent)
        return cls(file, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def things(self) -> tuple[str, ...]:
        """What was noted and is not known to be gone, in the order it was noted."""
        return tuple(self._things)

    def note(self, thing: str) -> None:
        """Something is about to be made."""
        self._append({"thing": thing})
        self._things[thing] = None

    def gone(self, thing: str) -> None:
        """It is not there any more."""
        self._append({"gone": thing})
        self._things.pop(thing, None)
        if not self._things:
            self._file.truncate(0)
            os.fsync(self._file.fileno())

    def _append(self, line: dict[str, str]) -> None:
        # a line that a kill tore off must not swallow the next one
        self._file.write(b"\n" + json.dumps(line).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def is_open(config: Path, org_id: OrgId) -> bool:
    """Whether a probe of this org left something behind, or is running."""
    return bool(_read(_path(config, org_id)))


def _path(config: Path, org_id: OrgId) -> Path:
    return config / _FOLDER / f"{org_id}.jsonl"


def _read(path: Path) -> dict[str, None]:
    """What is there, in the order it was noted."""
    things: dict[str, None] = {}
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # empty, or torn off: what it would have named was never made
        if isinstance(entry, dict) and isinstance(entry.get("thing"), str):
            things[entry["thing"]] = None
        elif isinstance(entry, dict) and isinstance(entry.get("gone"), str):
            things.pop(entry["gone"], None)
    return things


def _sync_folder(folder: Path) -> None:
    """A new file is in its folder only when the folder is on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
