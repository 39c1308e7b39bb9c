"""How much a zip may hold, by version and door, and zips that are made to harm."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

import pytest

from sfmeta.localorg.metadata import zipfiles
from sfmeta.localorg.metadata.faults import SoapFault
from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.metadata.zipfiles import Archive, Limits, limits_of
from sfmeta.localorg.state import OrgFacts, State
from tests.localorg.metadata.conftest import package_xml, xml, zipped

MB = 1024 * 1024
FILES = {
    "package.xml": package_xml({"PermissionSet": "X"}),
    "permissionsets/X.permissionset": xml("PermissionSet", "<label>X</label>"),
}


@pytest.mark.parametrize(
    ("version", "files", "size"),
    [(31, 5_000, 400), (33, 5_000, 400), (34, 10_000, 400), (63, 10_000, 400), (64, 10_000, 600), (67, 10_000, 600)],
)
def test_limits_by_version(version: int, files: int, size: int) -> None:
    assert limits_of(OrgFacts(), version) == Limits(files, 39 * MB, size * MB)
    assert limits_of(OrgFacts(), version, rest=True) == Limits(files, None, size * MB)
    modern = OrgFacts(assumptions={"zip_limits_go_by_api_version": False})
    assert limits_of(modern, version) == Limits(10_000, 39 * MB, 600 * MB)


def many(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(f"a/{number}", "")
    return out.getvalue()


def test_the_number_of_files() -> None:
    limits = limits_of(OrgFacts(), 63)
    assert len(Archive(many(10_000), limits).sizes) == 10_000
    with pytest.raises(SoapFault, match="Too many files in zip"):
        Archive(many(10_001), limits)
    with pytest.raises(SoapFault, match="Too many files in zip"):
        Archive(many(5_001), limits_of(OrgFacts(), 33))


def test_directories_are_no_files(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfiles, "MAX_FILES", 2)
    content = {**FILES, **{f"d{number}/": "" for number in range(5)}}
    assert api.deploy(content)["status"] == "Succeeded"


def test_a_bomb_is_refused_by_what_it_says(api: Any, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfiles, "MAX_UNCOMPRESSED_BYTES", 2 * MB)
    bomb = zipped({**FILES, "a": b"\0" * (3 * MB)})
    assert len(bomb) < 10_000
    with pytest.raises(Exception, match="INVALID_OPERATION: The uncompressed files of the zip exceed 2097152 bytes"):
        api.start_deploy(bomb)
    assert Jobs(state).all("deploy") == []


@pytest.mark.parametrize("size", [100_000, 3 * MB])
def test_a_bomb_that_lies_ends_early(api: Any, size: int) -> None:
    content = zipped({**FILES, "permissionsets/X.permissionset": b" " * size})
    lying = content.replace(struct.pack("<L", size), struct.pack("<L", 1500 if size < MB else MB + 1))
    outcome = api.deploy(lying)
    assert outcome["errorMessage"] == "UNKNOWN_EXCEPTION: The ZipFile of the deploy call is damaged"
    assert api.call("listMetadata", "<queries><type>PermissionSet</type></queries>") == []


def test_a_directory_that_would_fill_the_memory_is_not_read(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = zipped(FILES)
    end = content.rfind(b"PK\x05\x06")
    huge = content[: end + 12] + struct.pack("<L", 0x7FFFFFFF) + content[end + 16 :]
    opened: list[object] = []
    monkeypatch.setattr(zipfiles.zipfile, "ZipFile", opened.append)
    with pytest.raises(Exception, match="Too many files in zip"):
        api.start_deploy(huge)
    assert opened == []


def test_a_zip64_says_it_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)  # makes a small zip64
    content = zipped(FILES)
    assert b"PK\x06\x06" in content
    assert len(Archive(content, limits_of(OrgFacts(), 63)).sizes) == 2
    start = content.rfind(b"PK\x06\x06")
    huge = content[: start + 40] + struct.pack("<Q", 1 << 40) + content[start + 48 :]
    with pytest.raises(SoapFault, match="Too many files in zip"):
        Archive(huge, limits_of(OrgFacts(), 63))


def test_the_message_has_a_limit_too(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sfmeta.localorg.metadata.soap.MAX_MESSAGE_BYTES", 100)
    monkeypatch.setattr("sfmeta.localorg.metadata.soap._ENVELOPE_BYTES", 0)
    status, answer = api.raw(api.envelope("describeMetadata", ""))
    assert status == 500
    assert b"INVALID_OPERATION: Maximum size of request reached. Maximum size of request is 100 bytes" in answer


@pytest.mark.parametrize("cut", [1, 10, 30, 100])
def test_a_zip_that_arrives_truncated(api: Any, state: State, cut: int) -> None:
    with pytest.raises(Exception, match="not a valid zip file"):
        api.start_deploy(zipped(FILES)[:-cut])
    assert Jobs(state).all("deploy") == []


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        ({}, ["No package.xml found"]),
        ({"readme.txt": "x"}, ["No package.xml found"]),
        ({"package.xml": package_xml({})}, []),
    ],
)
def test_hardly_anything_in_it(api: Any, files: dict[str, str], problems: list[str]) -> None:
    outcome = api.deploy(files)
    assert outcome.problems == problems
    assert outcome["status"] == ("Failed" if problems else "Succeeded")
    assert outcome["numberComponentsTotal"] == "0"


@pytest.mark.parametrize("version", [30, 68, 0, 630])
def test_versions_outside(api: Any, version: int) -> None:
    api.version = version
    with pytest.raises(Exception, match="UNSUPPORTED_API_VERSION: Invalid Api version specified on URL"):
        api.call("describeMetadata", "")


@pytest.mark.parametrize("version", range(31, 68))
def test_every_version_deploys_and_gives_back(api: Any, version: int) -> None:
    api.version = version
    files = {**FILES, "package.xml": package_xml({"PermissionSet": "X"}, f"{version}.0")}
    assert api.deploy(files)["status"] == "Succeeded"
    assert "unpackaged/permissionsets/X.permissionset" in api.retrieve({"PermissionSet": "X"}, f"{version}.0")
