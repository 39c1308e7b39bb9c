"""Zips as they come in and go out, with the limits that an org sets.

Source: Metadata API guide, file_based_zip_file and meta_rest_deploy; forcedotcom/cli#2910 for too many files.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sfmeta.localorg.metadata.faults import client_fault, invalid_operation

MAX_FILES = 10_000
MAX_ZIP_BYTES = 39 * 1024 * 1024
MAX_MESSAGE_BYTES = 50 * 1024 * 1024
MAX_UNCOMPRESSED_BYTES = 629_145_600
_CHUNK = 1 << 20
# what zipfile raises for zips that lie about themselves
_BROKEN = (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError, OSError)
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Archive:
    """The files of a zip, read when asked for.

    Attributes:
        sizes: uncompressed size by path, directories left out.
    """

    def __init__(self, content: bytes) -> None:
        """Opens a zip and refuses what an org refuses.

        Raises:
            SoapFault: too many files, too large, a path that leads outside, or no zip at all. Only the text for
                too many files is known; the others are emulator-defined.
        """
        if len(content) > MAX_ZIP_BYTES:
            raise invalid_operation(
                f"Maximum size of request reached. Maximum size of request is {MAX_ZIP_BYTES} bytes"
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        except _BROKEN as error:
            raise client_fault("The ZipFile of the deploy call is not a valid zip file") from error
        files = [entry for entry in entries if not entry.is_dir()]
        if len(files) > MAX_FILES:
            raise invalid_operation("Too many files in zip")
        if sum(entry.file_size for entry in files) > MAX_UNCOMPRESSED_BYTES:
            raise invalid_operation(f"The uncompressed files of the zip exceed {MAX_UNCOMPRESSED_BYTES} bytes")
        for entry in entries:
            _check_path(entry.filename)
        names = [entry.filename for entry in files]
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise invalid_operation(f"The zip holds the same path twice: {twice[0]}")
        self.sizes: Mapping[str, int] = MappingProxyType({entry.filename: entry.file_size for entry in files})

    def read(self, path: str) -> bytes:
        """The content of a file. A file that is longer than it says is refused, so a bomb ends early.

        Raises:
            SoapFault: the zip is damaged.
        """
        out, limit = io.BytesIO(), self.sizes[path]
        try:
            with self._zip.open(path) as source:
                while chunk := source.read(_CHUNK):
                    out.write(chunk)
                    if out.tell() > limit:
                        raise client_fault("The ZipFile of the deploy call is damaged")
        except (*_BROKEN, zlib.error, EOFError, RuntimeError) as error:
            raise client_fault("The ZipFile of the deploy call is damaged") from error
        return out.getvalue()


def _check_path(path: str) -> None:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "\\" in path or "\0" in path or ":" in parts[0]:
        raise invalid_operation(f"The zip holds a path that leads outside of it: {path[:100]}")


def write_archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of the given files in the given order, with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            info = zipfile.ZipInfo(path, _EPOCH)
            info.external_attr = 0o644 << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
