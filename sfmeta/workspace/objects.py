"""Reading many git objects at once: one ``git cat-file --batch`` for all that is not known yet.

What git answers goes straight into a scratch file that lives as long as the repository's handle. Each object's sha256
is worked out once; its bytes are read from that file whenever somebody asks. So ten thousand files cost one process
and no memory, and a file that is the same in many trees is fetched once.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import BinaryIO, cast

from sfmeta.errors import OperationFailed

Run = Callable[[BinaryIO, BinaryIO], None]
"""Runs ``git cat-file --batch``: asked what the first file says, answering into the second."""
_HEADER = re.compile(rb"[0-9a-f]+ (?P<type>[a-z]+) (?P<size>\d+)\n\Z")
_CHUNK_BYTES = 1 << 20
_HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Stored:
    """An object in the scratch file.

    Attributes:
        size_bytes: of the content.
        sha256: of the content, hexadecimal.
        read: gives the content.
    """

    size_bytes: int
    sha256: str
    read: Callable[[], bytes]


class _Spool:
    """The scratch file; gone when nothing reads from it any more."""

    def __init__(self) -> None:
        self.file: BinaryIO = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 (closed when this object goes)
        weakref.finalize(self, self.file.close)

    def read(self, offset: int, size_bytes: int) -> bytes:
        # at a position of its own: files are read in any order, and by several threads
        return os.pread(self.file.fileno(), size_bytes, offset)


class Objects:
    """The objects of one repository that somebody has asked for."""

    def __init__(self, run: Run) -> None:
        """Args:
        run: see ``Run``; raises ``OperationFailed`` where git fails.
        """
        self._run = run
        self._known: dict[str, Stored] = {}

    @cached_property
    def _spool(self) -> _Spool:
        return _Spool()

    def get(self, names: Iterable[str]) -> dict[str, Stored]:
        """Objects by name.

        Args:
            names: full ids, or ``commit:path`` with a full commit id: names that always mean the same.

        Raises:
            OperationFailed: one of them is not here.
        """
        wanted = list(dict.fromkeys(names))
        unknown = [name for name in wanted if name not in self._known]
        if unknown:
            self._fetch(unknown)
        return {name: self._known[name] for name in wanted}

    def _fetch(self, names: Sequence[str]) -> None:
        file = self._spool.file
        start = file.seek(0, os.SEEK_END)
        with tempfile.TemporaryFile() as asked:
            # a real file: with a pipe, git and we could wait for each other
            asked.write("".join(f"{name}\n" for name in names).encode())
            asked.seek(0)
            self._run(asked, file)
        # readers go past the file object's buffer
        file.flush()
        file.seek(start)
        for name in names:
            self._known[name] = self._stored(name)

    def _stored(self, name: str) -> Stored:
        """The answer about one object, at the file's position; leaves it at the next answer."""
        file = self._spool.file
        match = _HEADER.match(file.readline(_HEADER_BYTES))
        if match is None:
            raise OperationFailed(f"git cannot read object {name}", "Is this a partial clone? Run git fetch")
        offset, size = file.tell(), int(match["size"])
        digest = hashlib.sha256()
        left = size
        while left:
            chunk = file.read(min(left, _CHUNK_BYTES))
            if not chunk:
                raise OperationFailed(f"git broke off in the middle of object {name}", "Is the disk full?")
            digest.update(chunk)
            left -= len(chunk)
        file.read(1)
        return Stored(size, digest.hexdigest(), partial(self._spool.read, offset, size))
