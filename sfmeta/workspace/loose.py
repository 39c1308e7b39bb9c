"""Files named on the command line, inside a project or anywhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.model.component import Entry
from sfmeta.source.archive import read_zip


@contextmanager
def loose_entries(paths: Sequence[Path]) -> Iterator[tuple[Entry, ...]]:
    """The files at and below these paths, as the user wrote them; a ``.zip`` stands for what is in it.

    Args:
        paths: files, folders and zips.

    Raises:
        UsageError: one does not exist.
        SourceError: a zip is damaged or unsafe.
        OperationFailed: one cannot be read.
    """
    entries: list[Entry] = []
    archives = []
    try:
        for path in paths:
            if not path.exists():
                raise UsageError(f"No such file or folder: {path}")
            if path.suffix == ".zip" and path.is_file():
                archive = path.open("rb")
                archives.append(archive)
                entries += (entry.at(f"{path}!{entry.path}") for entry in read_zip(archive, str(path)))
                continue
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    entries.append(_entry(file))
        yield tuple(entries)
    except OSError as error:
        raise OperationFailed(f"Cannot read {error.filename}: {error.strerror}") from error
    finally:
        for archive in archives:
            archive.close()


def _entry(file: Path) -> Entry:
    data = file.read_bytes()
    return Entry(file.as_posix(), hashlib.sha256(data).hexdigest(), len(data), partial(_read, file))


def _read(file: Path) -> bytes:
    return file.read_bytes()
