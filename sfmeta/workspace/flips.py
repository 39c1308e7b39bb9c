"""Flips of API Access Control, written down before they are made: whoever comes after a killed process finds them.

Two files per org in the user's configuration folder, ``flips/<org id>.json`` and ``flips/<org id>.family.json`` (what
the access family held before). The folder and not git: also a command outside the project has to find an open flip.
Every change of a flip is on the disk before it is acted on, and is made by one process at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sfmeta.errors import OperationFailed
from sfmeta.model.deployment import seconds_of
from sfmeta.model.enforcement import Flip, FlipStage
from sfmeta.model.names import OrgId
from sfmeta.workspace.processes import Process, this_process

OVERDUE_S = 2 * 3600.0
"""So long after its time to confirm no process is still at a flip, nor at taking it back: each waits for a job for half
an hour at most."""
_FOLDER = "flips"
_VERSION = 1
_LISTS = ("boxes", "canaries", "skipped")


@dataclass(frozen=True, slots=True)
class Noted:
    """A flip as it is written down.

    Attributes:
        flip: what it is.
        process: which process makes it.
    """

    flip: Flip
    process: Process

    def is_left(self, now: float) -> bool:
        """It is open, and the process that made it does not run any more.

        Of a process on another machine (a shared home) that cannot be known: it counts as ended long after it should
        have settled its flip.

        Args:
            now: seconds since the epoch.
        """
        overdue = now > seconds_of(self.flip.began_at) + self.flip.within_s + OVERDUE_S
        return self.flip.stage.is_open and (self.process.has_ended or overdue)


class Flips:
    """The last flip of one org."""

    def __init__(self, config: Path, org_id: OrgId) -> None:
        """Args:
        config: the user's configuration folder; ``flips`` in it is made when something is written.
        org_id: the org.
        """
        self._file = config / _FOLDER / f"{org_id}.json"
        self._family = config / _FOLDER / f"{org_id}.family.json"
        self._lock = config / _FOLDER / f"{org_id}.lock"

    def read(self) -> Noted | None:
        """The last flip that this user made in the org, None where there is none.

        Raises:
            OperationFailed: the file is damaged. That is never taken for "there is none".
        """
        try:
            text = self._file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return _from_json(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise OperationFailed(
                f"{self._file} is damaged, so it is not known whether a flip of API Access Control is open",
                "Look at Setup > API Access Control; then move the file away",
            ) from error

    def open(self) -> Noted | None:
        """The flip that has to be settled, None where there is none."""
        noted = self.read()
        return noted if noted is not None and noted.flip.stage.is_open else None

    def begin(self, flip: Flip, family: bytes) -> None:
        """Write a flip down before it is made, as the work of this process.

        Args:
            flip: what is going to be done.
            family: what the access family holds before.
        """
        with self._alone():
            _write(self._family, family)
            _write(self._file, _to_json(Noted(flip, this_process())))

    def move(self, change: Callable[[Flip], Flip]) -> Flip:
        """Change the flip; nobody else does at the same time.

        Args:
            change: given the flip as it is now, gives it as it shall be; may raise to leave it alone.

        Raises:
            OperationFailed: there is none.
        """
        with self._alone():
            noted = self.read()
            if noted is None:
                raise OperationFailed(f"{self._file} is gone", "Look at Setup > API Access Control")
            changed = change(noted.flip)
            if changed != noted.flip:
                _write(self._file, _to_json(Noted(changed, noted.process)))
            return changed

    def family(self) -> bytes:
        """What the access family held before the flip; b"" where that is not known here."""
        try:
            return self._family.read_bytes()
        except FileNotFoundError:
            return b""

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _cannot_write(self._lock, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _write(path: Path, data: bytes) -> None:
    """The whole file or none of it, and on the disk when this returns."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        Path(temporary or path.with_name(".none")).unlink(missing_ok=True)
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> OperationFailed:
    return OperationFailed(f"Cannot write {path}: {error.strerror}", "Check that the folder may be written to")


def _to_json(noted: Noted) -> bytes:
    flip = {**asdict(noted.flip), "org_id": str(noted.flip.org_id)}
    document = {"version": _VERSION, "flip": flip, "process": asdict(noted.process)}
    return json.dumps(document, indent=2).encode() + b"\n"


def _from_json(document: dict[str, Any]) -> Noted:
    if document["version"] != _VERSION:
        raise ValueError("unknown version")
    data = document["flip"]
    lists = {name: tuple(data[name]) for name in _LISTS}
    flip = Flip(**{**data, **lists, "org_id": OrgId.parse(data["org_id"]), "stage": FlipStage(data["stage"])})
    return Noted(flip, Process(**document["process"]))
