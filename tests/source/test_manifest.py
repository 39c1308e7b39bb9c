"""Manifests: one way to write them, many ways to read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.errors import SourceError
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.source.manifest import Manifest, read_manifest, write_manifest

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
components = st.builds(ComponentId.of, st.sampled_from(["Profile", "PermissionSet", "Layout"]), words)


@given(st.lists(components, max_size=6), st.one_of(st.none(), st.integers(1, 99).map(ApiVersion)))
def test_what_is_written_is_read_back(ids: list[ComponentId], version: ApiVersion | None) -> None:
    manifest = Manifest.of(version, ids)
    read = read_manifest(write_manifest(manifest))
    assert (read.api_version, read.components) == (version, manifest.components)
    assert write_manifest(read) == write_manifest(manifest)


def test_types_and_members_are_sorted() -> None:
    ids = [ComponentId.parse(text) for text in ("Profile:B", "ConnectedApp:Z", "Profile:A", "Profile:B")]
    assert write_manifest(Manifest.of(ApiVersion(63), ids)).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Package xmlns="http://soap.sforce.com/2006/04/metadata">\n'
        "    <types>\n        <members>Z</members>\n        <name>ConnectedApp</name>\n    </types>\n"
        "    <types>\n        <members>A</members>\n        <members>B</members>\n"
        "        <name>Profile</name>\n    </types>\n"
        "    <version>63.0</version>\n</Package>\n"
    )


def test_reading_is_tolerant_and_remembers_lines() -> None:
    data = b"""<Package>
      <version>61.0</version><fullName>ignored</fullName>
      <types><name>Profile</name>
        <members> B </members>
        <members>*</members></types>
      <types><members>A</members><name>Profile</name></types></Package>"""
    manifest = read_manifest(data)
    assert [str(component) for component in manifest.components] == ["Profile:*", "Profile:A", "Profile:B"]
    assert manifest.lines == (5, 6, 4)
    assert manifest.api_version == ApiVersion(61)
    assert manifest.names(ComponentId.parse("Profile:Anything"))
    assert not manifest.names(ComponentId.parse("Layout:X"))


def test_everything_wrong_is_reported_at_once_with_its_line() -> None:
    data = b"""<Package>
  <types><members>A</members></types>
  <types><members/><name>Profile</name></types>
  <version>sixty</version>
</Package>"""
    with pytest.raises(SourceError) as caught:
        read_manifest(data, "manifest/package.xml")
    assert [(problem.line, problem.rule) for problem in caught.value.problems] == [
        (2, "manifest-types"),
        (3, "manifest-member"),
        (4, "manifest-version"),
    ]


@pytest.mark.parametrize(
    ("data", "message"), [(b"<Profile/>", "no manifest"), (b"", "empty"), (b"<Package>", "not well-formed")]
)
def test_what_is_no_manifest_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_manifest(data, "package.xml")
