"""Project files to packages."""

from __future__ import annotations

import io
import zipfile

import pytest

from sfmeta.codec import xml
from sfmeta.errors import SourceError
from sfmeta.model.component import Entry, Package
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.source.package import build_package, components_in

V63 = ApiVersion(63)


def document(path: str, root: str, content: str = "<label>x</label>") -> Entry:
    return Entry.of(path, f"<{root}>{content}</{root}>".encode())


PROJECT = [
    document("main/default/permissionsets/Allow_X.permissionset-meta.xml", "PermissionSet"),
    document("main/default/connectedApps/X.connectedApp-meta.xml", "ConnectedApp"),
    Entry.of("main/default/classes/deep/A.cls", b"class A {}"),
    document("main/default/classes/deep/A.cls-meta.xml", "ApexClass", "<apiVersion>63.0</apiVersion>"),
    Entry.of("main/default/lwc/x/x.js", b"//"),
    Entry.of("main/default/lwc/x/__tests__/x.test.js", b"//"),
    Entry.of("main/default/lwc/jsconfig.json", b"{}"),
    Entry.of("main/default/lwc/.eslintrc.json", b"{}"),
    Entry.of(".vscode/classes/settings.json", b"{}"),
]


def files(package: Package) -> dict[str, bytes]:
    return {entry.path: entry.read() for entry in package.entries}


def ids(*texts: str) -> list[ComponentId]:
    return [ComponentId.parse(text) for text in texts]


def test_source_format_becomes_metadata_api_format_with_the_bytes_unchanged() -> None:
    package = build_package(PROJECT, V63)
    found = files(package)
    assert sorted(found) == [
        "classes/A.cls",
        "classes/A.cls-meta.xml",
        "connectedApps/X.connectedApp",
        "lwc/x/x.js",
        "package.xml",
        "permissionsets/Allow_X.permissionset",
    ]
    assert found["connectedApps/X.connectedApp"] == PROJECT[1].read()
    assert [str(component) for component in package.components] == [
        "ApexClass:A",
        "ConnectedApp:X",
        "LightningComponentBundle:x",
        "PermissionSet:Allow_X",
    ]
    assert b"<version>63.0</version>" in found["package.xml"]


def test_a_package_is_a_function_of_its_files_and_not_of_their_order() -> None:
    assert build_package(reversed(PROJECT), V63).digest == build_package(PROJECT, V63).digest


def test_packing_a_package_again_changes_nothing() -> None:
    package = build_package(PROJECT, V63)
    assert build_package(package.entries, V63) == package


def test_only_takes_what_is_wanted() -> None:
    package = build_package(PROJECT, V63, only=ids("PermissionSet:Allow_X", "ApexClass:*"))
    assert [str(component) for component in package.components] == ["ApexClass:A", "PermissionSet:Allow_X"]


def test_wanting_what_is_not_there_is_an_error_not_less_work() -> None:
    with pytest.raises(SourceError) as caught:
        build_package(PROJECT, V63, only=ids("Profile:Admin", "Layout:*", "ApexClass:A"))
    assert [problem.message for problem in caught.value.problems] == ["no file holds Profile:Admin"]
    with pytest.raises(SourceError, match=r"no file holds Layout:\*"):
        build_package(PROJECT, V63, only=ids("Layout:*"))


def test_deletions_have_their_own_manifests() -> None:
    package = build_package([], V63, delete_before=ids("Layout:L"), delete_after=ids("PermissionSet:P"))
    found = files(package)
    assert sorted(found) == ["destructiveChangesPost.xml", "destructiveChangesPre.xml", "package.xml"]
    assert b"<members>P</members>" in found["destructiveChangesPost.xml"]
    assert b"version" not in found["destructiveChangesPost.xml"].split(b"?>")[1]
    assert package.deletions == tuple(ids("Layout:L", "PermissionSet:P"))
    assert not package.is_empty


def test_deploying_and_deleting_the_same_is_refused_and_so_are_wildcards() -> None:
    with pytest.raises(SourceError, match="both deployed and deleted"):
        build_package(PROJECT, V63, delete_after=ids("ConnectedApp:X"))
    with pytest.raises(SourceError, match="wildcard"):
        build_package([], V63, delete_after=ids("PermissionSet:*"))


@pytest.mark.parametrize(
    "other", ["other/connectedApps/X.connectedApp", "main/default/connectedApps/x.connectedApp-meta.xml"]
)
def test_two_files_for_one_component_are_refused_by_both_names(other: str) -> None:
    with pytest.raises(SourceError) as caught:
        build_package([*PROJECT, document(other, "ConnectedApp")], V63)
    text = caught.value.file + caught.value.message
    assert other in text
    assert PROJECT[1].path in text


def test_files_that_belong_nowhere_are_all_named() -> None:
    strays = [Entry.of("notes.txt", b""), Entry.of("main/default/profiles/Admin.txt", b"")]
    with pytest.raises(SourceError) as caught:
        build_package([*PROJECT, *strays], V63)
    assert [(problem.file, problem.message) for problem in caught.value.problems] == [
        ("main/default/profiles/Admin.txt", "no metadata type has files of this name in this folder"),
        ("notes.txt", "the file lies in no folder that holds metadata"),
    ]


OBJECT = [
    document("objects/A__c/A__c.object-meta.xml", "CustomObject", "<label>A</label><pluralLabel>As</pluralLabel>"),
    document("objects/A__c/fields/Z__c.field-meta.xml", "CustomField", "<fullName>Z__c</fullName>"),
    document("objects/A__c/fields/B__c.field-meta.xml", "CustomField", "<fullName>B__c</fullName>"),
    document("objects/A__c/listViews/All.listView-meta.xml", "ListView", "<fullName>All</fullName>"),
]


def test_a_decomposed_object_is_put_together() -> None:
    package = build_package(reversed(OBJECT), V63)
    root = xml.parse(files(package)["objects/A__c.object"])
    assert [(child.name, child.value("fullName") or child.text) for child in root.children] == [
        ("fields", "B__c"),
        ("fields", "Z__c"),
        ("label", "A"),
        ("listViews", "All"),
        ("pluralLabel", "As"),
    ]
    assert [str(component) for component in package.components] == [
        "CustomField:A__c.B__c",
        "CustomField:A__c.Z__c",
        "CustomObject:A__c",
        "ListView:A__c.All",
    ]


def test_an_object_brings_its_parts_and_a_part_comes_alone() -> None:
    whole = build_package(OBJECT, V63, only=ids("CustomObject:A__c"))
    assert len(whole.components) == 4
    part = build_package(OBJECT, V63, only=ids("CustomField:A__c.B__c"))
    assert [str(component) for component in part.components] == ["CustomField:A__c.B__c"]
    root = xml.parse(files(part)["objects/A__c.object"])
    assert [child.name for child in root.children] == ["fields"]


def test_an_object_file_without_parts_keeps_its_bytes() -> None:
    package = build_package(OBJECT[:1], V63)
    assert files(package)["objects/A__c.object"] == OBJECT[0].read()


def test_a_broken_part_is_named_with_its_line() -> None:
    with pytest.raises(SourceError) as caught:
        build_package(
            [*OBJECT, Entry.of("objects/A__c/fields/C__c.field-meta.xml", b"<CustomField>\n<a></CustomField>")], V63
        )
    assert (caught.value.file, caught.value.line) == ("objects/A__c/fields/C__c.field-meta.xml", 2)


def test_a_static_resources_folder_is_a_stored_zip() -> None:
    meta = document("staticresources/r.resource-meta.xml", "StaticResource")
    parts = [Entry.of("staticresources/r/b/x.css", b"css" * 99), Entry.of("staticresources/r/a.js", b"js")]
    found = files(build_package([meta, *parts], V63))
    assert sorted(found) == ["package.xml", "staticresources/r.resource", "staticresources/r.resource-meta.xml"]
    with zipfile.ZipFile(io.BytesIO(found["staticresources/r.resource"])) as inner:
        assert inner.namelist() == ["a.js", "b/x.css"]
        assert {info.compress_type for info in inner.infolist()} == {zipfile.ZIP_STORED}
    single = files(build_package([meta, Entry.of("staticresources/r.css", b"1")], V63))
    assert single["staticresources/r.resource"] == b"1"
    with pytest.raises(SourceError, match="both a folder and the file"):
        build_package([meta, *parts, Entry.of("staticresources/r.css", b"1")], V63)


def test_folders_are_members_of_their_contents_type() -> None:
    project = [
        document("reports/F.reportFolder-meta.xml", "ReportFolder"),
        document("reports/F/R.report-meta.xml", "Report"),
    ]
    package = build_package(project, V63)
    assert [str(component) for component in package.components] == ["Report:F", "Report:F/R"]
    assert sorted(files(package)) == ["package.xml", "reports/F-meta.xml", "reports/F/R.report"]


def test_components_in_gives_each_component_its_files() -> None:
    held = components_in(PROJECT)
    assert [entry.path for entry in held[ComponentId.parse("ApexClass:A")]] == [
        "main/default/classes/deep/A.cls",
        "main/default/classes/deep/A.cls-meta.xml",
    ]
    assert len(held) == 4
