"""Writing files so that they are whole or not there, and scratch space that cleans up after itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise OperationFailed(
            f"Cannot write {path}: {error.strerror}", "Check that the folder may be written to"
        ) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        existing = path.stat().st_mode & 0o777 if path.exists() else 0o777
        temporary.chmod(existing & mode if path.exists() else mode)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OperationFailed(
            f"Cannot write {path}: {error.strerror}", "Check that the folder may be written to"
        ) from error


@contextmanager
def scratch() -> Iterator[Callable[[], BinaryIO]]:
    """Scratch files for one run: each call of what is yielded opens another, all gone at the end.

    They hold packages and retrieved zips, which may be larger than memory allows; nobody else can read them.
    """
    with ExitStack() as stack:
        yield lambda: cast("BinaryIO", stack.enter_context(tempfile.TemporaryFile()))
