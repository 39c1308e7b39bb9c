"""Zips as they come in and go out, with the limits that an org sets."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.metadata.faults import client_fault, invalid_operation
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.state import OrgFacts

_MB = 1024 * 1024
MAX_FILES = 10_000
MAX_ZIP_BYTES = 39 * _MB
MAX_MESSAGE_BYTES = 50 * _MB
MAX_UNCOMPRESSED_BYTES = 600 * _MB
# what stood in the guide before
_OLD_FILES, _OLD_FILES_UNTIL = 5_000, 33
_OLD_UNCOMPRESSED_BYTES, _OLD_UNCOMPRESSED_UNTIL = 400 * _MB, 63
# ten times what the directory of 10,000 files takes: more only serves to exhaust a reader's memory
_MAX_DIRECTORY_BYTES = 8 * _MB
_CHUNK = 1 << 20
# what zipfile raises for zips that lie about themselves
_BROKEN = (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError, OSError)
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a zip may hold.

    Attributes:
        files: how many, directories left out.
        zip_bytes: the zip itself; None for no limit.
        uncompressed_bytes: its files together.
    """

    files: int
    zip_bytes: int | None
    uncompressed_bytes: int


def limits_of(org: OrgFacts, api_version: int, *, rest: bool = False) -> Limits:
    """What an org takes and gives in one zip.

    Args:
        org: its facts.
        api_version: of the request.
        rest: it comes over REST, where only the uncompressed size counts.
    """
    by_version = assumed(org, "zip_limits_go_by_api_version")
    old_files = by_version and api_version <= _OLD_FILES_UNTIL
    old_size = by_version and api_version <= _OLD_UNCOMPRESSED_UNTIL
    return Limits(
        _OLD_FILES if old_files else MAX_FILES,
        None if rest else MAX_ZIP_BYTES,
        min(_OLD_UNCOMPRESSED_BYTES, MAX_UNCOMPRESSED_BYTES) if old_size else MAX_UNCOMPRESSED_BYTES,
    )


class Archive:
    """The files of a zip, read when asked for.

    Attributes:
        sizes: uncompressed size by path, directories left out.
    """

    def __init__(self, content: bytes, limits: Limits | None = None) -> None:
        """Opens a zip and refuses what an org refuses.

        Args:
            content: the zip.
            limits: what it may hold; None for one that was taken already.

        Raises:
            SoapFault: too many files, too large, a path that leads outside, or no zip at all.
        """
        if limits is not None and limits.zip_bytes is not None and len(content) > limits.zip_bytes:
            raise invalid_operation(say("zip-too-large", size=limits.zip_bytes))
        if _directory_bytes(content) > _MAX_DIRECTORY_BYTES:
            raise invalid_operation(say("too-many-files"))
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        except _BROKEN as error:
            raise client_fault(say("zip-unreadable")) from error
        files = [entry for entry in entries if not entry.is_dir()]
        if limits is not None:
            _check(entries, files, limits)
        self._entries = {entry.filename: entry for entry in files}
        self.sizes: Mapping[str, int] = MappingProxyType({entry.filename: entry.file_size for entry in files})

    def read(self, path: str) -> bytes:
        """The content of a file. A file that is longer than it says is refused, so a bomb ends early.

        Raises:
            SoapFault: the zip is damaged.
        """
        entry = self._entries[path]
        try:
            with self._zip.open(entry) as source:
                if entry.file_size <= _CHUNK:
                    content = source.read(entry.file_size + 1)
                    if len(content) > entry.file_size:
                        raise client_fault(say("zip-damaged"))
                    return content
                return _read_large(source, entry.file_size)
        except (*_BROKEN, zlib.error, EOFError, RuntimeError) as error:
            raise client_fault(say("zip-damaged")) from error


def _read_large(source: IO[bytes], size: int) -> bytes:
    out = io.BytesIO()
    while chunk := source.read(_CHUNK):
        out.write(chunk)
        if out.tell() > size:
            raise client_fault(say("zip-damaged"))
    return out.getvalue()


def _directory_bytes(content: bytes) -> int:
    """How long a zip says its directory is: read before the directory is, 0 where no end of one is found."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if end < 0 or len(content) - end < 22:
        return 0
    size = int.from_bytes(content[end + 12 : end + 16], "little")
    large = end - 76  # the record and the locator of a zip64 stand right before
    if large >= 0 and content.startswith(b"PK\x06\x06", large):
        return int.from_bytes(content[large + 40 : large + 48], "little")
    return size


def _check(entries: Iterable[zipfile.ZipInfo], files: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(files) > limits.files:
        raise invalid_operation(say("too-many-files"))
    if sum(entry.file_size for entry in files) > limits.uncompressed_bytes:
        raise invalid_operation(say("files-too-large", size=limits.uncompressed_bytes))
    for entry in entries:
        parts = entry.filename.split("/")
        outside = entry.filename.startswith("/") or ".." in parts or ":" in parts[0]
        if outside or "\\" in entry.filename or "\0" in entry.filename:
            raise invalid_operation(say("zip-path-outside", path=entry.filename[:100]))
    path, times = Counter(entry.filename for entry in files).most_common(1)[0] if files else ("", 1)
    if times > 1:
        raise invalid_operation(say("zip-path-twice", path=path[:100]))


def write_archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of the given files in the given order, with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            info = zipfile.ZipInfo(path, _EPOCH)
            info.external_attr = 0o644 << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
