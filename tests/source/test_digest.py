"""A package is its content; the zip is a rendering, which differs from one zlib to another."""

from __future__ import annotations

import io
import zipfile

import pytest

from sfmeta.model.component import Entry, package_digest
from sfmeta.source.archive import deterministic_info, read_zip, write_zip

ENTRIES = [Entry.of(f"permissionsets/P{n}.permissionset", b"<PermissionSet/>" * 500) for n in range(20)]


def zipped(level: int) -> bytes:
    """The same package as another zlib would press it."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for entry in ENTRIES:
            archive.writestr(deterministic_info(entry.path), entry.read(), compresslevel=level)
    return sink.getvalue()


@pytest.mark.parametrize("level", [0, 1, 9])
def test_another_zlib_gives_another_zip_and_the_same_digest(level: int) -> None:
    ours = io.BytesIO()
    write_zip(ENTRIES, ours)
    theirs = zipped(level)
    if level != 9:
        assert theirs != ours.getvalue()
    found = read_zip(io.BytesIO(theirs), "theirs.zip")
    assert package_digest(found) == package_digest(ENTRIES)


def test_one_zlib_gives_one_zip() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    write_zip(ENTRIES, first)
    write_zip(reversed(ENTRIES), second)
    assert first.getvalue() == second.getvalue()
