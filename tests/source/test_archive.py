"""Zips: the same bytes every time, and nothing dangerous read."""

from __future__ import annotations

import contextlib
import io
import random
import stat
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.errors import SourceError
from sfmeta.model.component import Entry, package_digest
from sfmeta.source import archive
from sfmeta.source.archive import read_zip, write_zip

names = st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6}){0,2}\.x", fullmatch=True)
contents = st.dictionaries(names, st.binary(max_size=200), max_size=6)


def zipped(entries: list[Entry]) -> bytes:
    sink = io.BytesIO()
    write_zip(entries, sink)
    return sink.getvalue()


@given(contents, st.integers(0, 99))
def test_order_does_not_matter_and_everything_comes_back(files: dict[str, bytes], seed: int) -> None:
    entries = [Entry.of(path, data) for path, data in files.items()]
    data = zipped(entries)
    random.Random(seed).shuffle(entries)
    assert zipped(entries) == data
    read = read_zip(io.BytesIO(data), "x.zip")
    assert {entry.path: entry.read() for entry in read} == files
    assert package_digest(read) == package_digest(entries)
    assert list(read) == sorted(read, key=lambda entry: entry.path)


def test_another_compression_is_another_zip_of_the_same_package() -> None:
    entries = [Entry.of("a/b.x", b"abc" * 1000)]
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as other:
        other.writestr("a/b.x", b"abc" * 1000)
    assert package_digest(read_zip(stored, "")) == package_digest(entries)


def test_times_and_attributes_are_fixed() -> None:
    with zipfile.ZipFile(io.BytesIO(zipped([Entry.of("a.x", b"1")]))) as found:
        (info,) = found.infolist()
    assert info.date_time == (1980, 1, 1, 0, 0, 0)
    assert (info.create_system, info.external_attr >> 16) == (3, stat.S_IFREG | 0o644)


def test_content_is_read_when_asked_for() -> None:
    source = io.BytesIO(zipped([Entry.of("a.x", b"1"), Entry.of("b.x", b"2")]))
    first, second = read_zip(source, "x.zip")
    assert (second.read(), first.read(), second.read()) == (b"2", b"1", b"2")


def raw(*files: tuple[str, bytes], attributes: int = 0) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        for path, data in files:
            info = zipfile.ZipInfo(path)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = attributes << 16
            made.writestr(info, data)
    return sink.getvalue()


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x", "a\\..\\x", "C:/x", "a//x", "./x", "a/./x", ".."])
def test_a_path_that_could_leave_its_folder_is_refused(path: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_zip(io.BytesIO(raw((path, b"1"))), "x.zip")
    assert caught.value.problems[0].rule == "archive-path"
    assert caught.value.file == "x.zip"


def test_links_and_devices_are_refused() -> None:
    with pytest.raises(SourceError, match="link or a device"):
        read_zip(io.BytesIO(raw(("a", b"/etc/passwd"), attributes=stat.S_IFLNK | 0o777)), "x.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["a/X.x", "a/x.x"])
def test_one_path_twice_is_refused_also_in_another_case(second: str) -> None:
    with pytest.raises(SourceError, match="the zip holds"):
        read_zip(io.BytesIO(raw(("a/X.x", b"1"), (second, b"2"))), "x.zip")


def test_all_bad_paths_are_named_at_once() -> None:
    with pytest.raises(SourceError) as caught:
        read_zip(io.BytesIO(raw(("../a", b""), ("/b", b""), ("ok", b""))), "x.zip")
    assert len(caught.value.problems) == 2


def test_a_bomb_is_stopped_by_what_really_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_SIZE_BYTES", 5 * 2**20)
    with pytest.raises(SourceError, match="unpacks to more than 5 MB"):
        read_zip(io.BytesIO(raw(("a", bytes(6 * 2**20)))), "x.zip")
    with pytest.raises(SourceError, match="unpacks to more than 5 MB"):
        read_zip(io.BytesIO(raw(("a", bytes(3 * 2**20)), ("b", bytes(3 * 2**20)))), "x.zip")
    assert len(read_zip(io.BytesIO(raw(("a", bytes(4 * 2**20)))), "x.zip")) == 1


@pytest.mark.parametrize("claim", [1, 2**31 - 1])
def test_what_a_zip_claims_about_sizes_is_not_believed(claim: int) -> None:
    data = bytearray(raw(("a", bytes(2**20))))
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", claim)
    if claim < 2**20:
        with pytest.raises(SourceError, match="damaged at a"):
            read_zip(io.BytesIO(bytes(data)), "x.zip")
    else:
        (entry,) = read_zip(io.BytesIO(bytes(data)), "x.zip")
        assert entry.size_bytes == 2**20


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    with pytest.raises(SourceError, match="holds 4 files, more than 3"):
        read_zip(io.BytesIO(raw(*((f"{n}", b"") for n in range(4)))), "x.zip")


GOOD = raw(("a/b.x", b"hello " * 500), ("c.x", random.Random(1).randbytes(500)))


@pytest.mark.parametrize("bad", [b"", b"PK", b"no zip at all", GOOD[:-30], GOOD[40:], GOOD[: len(GOOD) // 2]])
def test_what_is_no_zip_is_one_clear_error(bad: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        read_zip(io.BytesIO(bad), "x.zip")
    assert caught.value.file == "x.zip"
    assert "\n" not in str(caught.value)


def test_damage_anywhere_is_refused_or_harmless() -> None:
    for position in range(0, len(GOOD), 3):
        broken = bytearray(GOOD)
        broken[position] ^= 0xFF
        with contextlib.suppress(SourceError):  # any other exception fails the test
            for entry in read_zip(io.BytesIO(bytes(broken)), "x.zip"):
                entry.read()


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(raw(("a", b"1")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(SourceError, match="encrypted"):
        read_zip(io.BytesIO(bytes(data)), "x.zip")


def test_the_package_itself_may_not_hold_a_path_twice() -> None:
    with pytest.raises(SourceError, match="twice"):
        write_zip([Entry.of("a", b""), Entry.of("a", b"")], io.BytesIO())


def test_a_sink_need_not_be_seekable() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    write_zip([Entry.of("a", b"1")], pipe)  # type: ignore[arg-type]
    (entry,) = read_zip(io.BytesIO(pipe.data), "")
    assert entry.read() == b"1"
