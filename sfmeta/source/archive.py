"""Zips: written the same way every time, read with distrust.

Two zlib versions compress differently, so the zip is a rendering of a package and never its identity; given one zlib,
the same entries give the same bytes.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import BinaryIO

from sfmeta.errors import Problem, SourceError
from sfmeta.model.component import Entry

MAX_FILES = 10_000
MAX_SIZE_BYTES = 629_145_600
"""The Metadata API's own limits: 10,000 files, 600 MB uncompressed (guide, file_based_zip_file, API 64+)."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3
_CHUNK_BYTES = 1 << 18


def write_zip(entries: Iterable[Entry], sink: BinaryIO) -> None:
    """A deterministic zip: sorted by path, one fixed time, fixed attributes, deflated.

    Args:
        entries: each is read when its turn comes, and not kept.
        sink: written from where it stands; need not be seekable.

    Raises:
        SourceError: two entries have one path.
    """
    ordered = sorted(entries, key=lambda entry: entry.path)
    _refuse_duplicates([entry.path for entry in ordered], "the package", fold=False)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in ordered:
            archive.writestr(deterministic_info(entry.path), entry.read())


def deterministic_info(path: str, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """The header of a file in a zip, a function of its path alone: one fixed time, fixed attributes."""
    info = zipfile.ZipInfo(path, _EARLIEST)
    info.compress_type = compression
    info.create_system = _UNIX
    info.external_attr = _MODE
    return info


def read_zip(source: BinaryIO, file: str) -> tuple[Entry, ...]:
    """The files of a zip that came from elsewhere: an org's answer, a user's file.

    Every member is decompressed once, in pieces, to learn its real size and sha256; what the zip's directory claims is
    not believed. Contents are read again from ``source`` when asked for.

    Args:
        source: a seekable binary file; it must stay open as long as entries are read.
        file: its path, for messages.

    Returns:
        Its files sorted by path; folders are left out.

    Raises:
        SourceError: it is no zip, damaged, encrypted, too large, or a path in it could leave a folder, is a link, or
            stands there twice.
    """
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _refused("this is no zip file, or it is cut off", file, "archive-damaged") from error
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) > MAX_FILES:
        raise _refused(f"the zip holds {len(members)} files, more than {MAX_FILES}", file, "archive-limit")
    problems = [problem for info in archive.infolist() for problem in _unsafe(info, file)]
    if problems:
        raise SourceError.of(problems, "zip")
    _refuse_duplicates([info.filename for info in members], file, fold=True)
    reader = _Reader(archive, file, Lock())
    entries = []
    left = MAX_SIZE_BYTES
    for info in members:
        size, digest = reader.measure(info, left)
        left -= size
        entries.append(Entry(info.filename, digest, size, _Member(reader, info)))
    return tuple(sorted(entries, key=lambda entry: entry.path))


@dataclass(frozen=True, slots=True)
class _Reader:
    """One open zip; a lock, because members share one position in one file."""

    archive: zipfile.ZipFile
    file: str
    lock: Lock

    def measure(self, info: zipfile.ZipInfo, limit: int) -> tuple[int, str]:
        """The real size and sha256 of a member, stopping as soon as ``limit`` bytes have come out."""
        digest = hashlib.sha256()
        size = 0
        try:
            with self.archive.open(info) as member:
                while chunk := member.read(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > limit:
                        message = f"the zip unpacks to more than {MAX_SIZE_BYTES // 2**20} MB"
                        raise _refused(message, self.file, "archive-limit")
                    digest.update(chunk)
        except _DAMAGED as error:
            raise self._damaged(info) from error
        return size, digest.hexdigest()

    def read(self, info: zipfile.ZipInfo) -> bytes:
        """A member's content; its size is known by now."""
        with self.lock:
            try:
                return self.archive.read(info)
            except _DAMAGED as error:
                raise self._damaged(info) from error

    def _damaged(self, info: zipfile.ZipInfo) -> SourceError:
        return _refused(f"the zip is damaged at {info.filename}", self.file, "archive-damaged")


# NotImplementedError: an unknown compression; RuntimeError: encrypted; OSError and EOFError: cut off
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class _Member:
    """Reads one file of a zip on demand."""

    reader: _Reader
    info: zipfile.ZipInfo

    def __call__(self) -> bytes:
        return self.reader.read(self.info)


def _refused(message: str, file: str, rule: str) -> SourceError:
    return SourceError.of([Problem(message, rule, file)])


def _unsafe(info: zipfile.ZipInfo, file: str) -> Iterable[Problem]:
    """Whether a member's path could lead out of the folder it is unpacked into."""
    # the name as it stands in the zip; the library cuts `filename` at a NUL and swaps separators
    name = info.orig_filename
    parts = name.removesuffix("/").split("/")
    if not name or "\0" in name or "\\" in name or name.startswith("/") or ":" in parts[0]:
        yield Problem(f"the zip holds the path {name!r}, which is absolute or foreign", "archive-path", file)
    elif ".." in parts or "." in parts or "" in parts:
        yield Problem(f"the zip holds the path {name!r}, which could leave its folder", "archive-path", file)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield Problem(f"{name!r} in the zip is a link or a device", "archive-path", file)
    if info.flag_bits & 0x1:
        yield Problem(f"{name!r} in the zip is encrypted", "archive-encrypted", file)


def _refuse_duplicates(paths: list[str], file: str, *, fold: bool) -> None:
    """One path twice, or two that some file systems cannot tell apart.

    Args:
        fold: whether differing in case alone counts, as it does where a zip is unpacked onto a disk.
    """
    seen: dict[str, str] = {}
    for path in paths:
        key = path.casefold() if fold else path
        if key in seen:
            other = f"{seen[key]} and {path}" if seen[key] != path else f"{path} twice"
            raise _refused(f"the zip holds {other}", file, "archive-duplicate")
        seen[key] = path
