"""Writing files so that they are whole or not there, and scratch space that cleans up after itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from sfmeta.errors import OperationFailed


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file whole or not at all: a temporary file beside it, then a rename.

    Args:
        path: its folder is made where it is missing.
        data: the content.
        mode: of a new file; an existing file keeps its own unless ``mode`` is stricter.

    Raises:
        OperationFailed: the folder cannot be written to.
    """
    write_together({path: data}, mode=mode)


def write_together(files: Mapping[Path, bytes], *, mode: int = 0o644) -> None:
    """Write several files so that a full disk or a locked folder leaves all of them as they were.

    Every file is written beside its place first; only when all of them lie there are they renamed.

    Args:
        files: content by path.
        mode: as for ``write_atomic``.

    Raises:
        OperationFailed: one of them cannot be written; none was changed.
    """
    staged: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            _stage(path, data, mode, staged)
        for path, temporary in staged.items():
            _put(temporary, path)
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def _stage(path: Path, data: bytes, mode: int, staged: dict[Path, Path]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        staged[path] = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        staged[path].chmod(path.stat().st_mode & 0o777 & mode if path.exists() else mode)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _put(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> OperationFailed:
    return OperationFailed(f"Cannot write {path}: {error.strerror}", "Check that the folder may be written to")


@contextmanager
def scratch() -> Iterator[Callable[[], BinaryIO]]:
    """Scratch files for one run: each call of what is yielded opens another, all gone at the end.

    They hold packages and retrieved zips, which may be larger than memory allows; nobody else can read them.
    """
    with ExitStack() as stack:
        yield lambda: cast("BinaryIO", stack.enter_context(tempfile.TemporaryFile()))
