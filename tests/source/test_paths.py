"""Where components lie, in both formats, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.errors import SourceError
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import MetadataType, Shape, types
from sfmeta.source.paths import component_at, package_path, source_path

ALL = sorted(types().values(), key=lambda entry: entry.name)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=10
)


def in_a_file(entry: MetadataType, path: str) -> str:
    """A bundle's path is its folder: some file in it."""
    return f"{path}/x.js" if entry.shape is Shape.BUNDLE or not entry.suffix else path


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_every_type_is_found_again_in_both_formats(entry: MetadataType) -> None:
    for name in ("Plain_1", "My Sales %26 (x): v1.2"):
        component = ComponentId.of(entry.name, f"Folder/{name}" if entry.in_folder else name)
        for path in (package_path(component), source_path(component)):
            assert component_at(f"force-app/main/default/{in_a_file(entry, path)}") == component


@given(st.sampled_from(["PermissionSet", "Profile", "ConnectedApp", "Layout", "Settings", "ApexClass"]), NAMES)
def test_any_name_survives_its_path(type_name: str, name: str) -> None:
    component = ComponentId.of(type_name, name)
    assert component_at(package_path(component)) == component
    assert component_at(source_path(component)) == component
    assert "/" not in package_path(component).partition("/")[2]


@pytest.mark.parametrize(
    ("component", "package", "source"),
    [
        (
            "PermissionSet:Allow_X",
            "permissionsets/Allow_X.permissionset",
            "permissionsets/Allow_X.permissionset-meta.xml",
        ),
        ("Settings:ConnectedApp", "settings/ConnectedApp.settings", "settings/ConnectedApp.settings-meta.xml"),
        ("ApexClass:X", "classes/X.cls", "classes/X.cls-meta.xml"),
        ("LightningComponentBundle:x", "lwc/x", "lwc/x"),
        ("CustomObject:A__c", "objects/A__c.object", "objects/A__c/A__c.object-meta.xml"),
        (
            "Profile:Force.com - Free User",
            "profiles/Force%2Ecom - Free User.profile",
            "profiles/Force%2Ecom - Free User.profile-meta.xml",
        ),
        ("CustomMetadata:T.A", "customMetadata/T.A.md", "customMetadata/T.A.md-meta.xml"),
        ("Report:F/R", "reports/F/R.report", "reports/F/R.report-meta.xml"),
    ],
)
def test_the_two_formats(component: str, package: str, source: str) -> None:
    id_ = ComponentId.parse(component)
    assert (package_path(id_), source_path(id_)) == (package, source)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("classes/sub/folder/X.cls", "ApexClass:X"),
        ("classes/X.cls-meta.xml", "ApexClass:X"),
        ("objects/A__c/fields/B__c.field-meta.xml", "CustomField:A__c.B__c"),
        ("objects/A__c/indexes/I.index-meta.xml", "Index:A__c.I"),
        ("objectTranslations/A__c-de/F.fieldTranslation-meta.xml", "CustomObjectTranslation:A__c-de"),
        ("lwc/x/utils/y.js", "LightningComponentBundle:x"),
        ("staticresources/a.resource-meta.xml", "StaticResource:a"),
        ("staticresources/a.json", "StaticResource:a"),
        ("staticresources/a/classes/X.cls", "StaticResource:a"),
        ("documents/F/d.png", "Document:F/d"),
        ("documents/F.documentFolder-meta.xml", "DocumentFolder:F"),
        ("reports/F-meta.xml", "ReportFolder:F"),
        ("experiences/x.site-meta.xml", "ExperienceBundle:x"),
        ("experiences/x/views/home.json", "ExperienceBundle:x"),
        ("digitalExperiences/site/X/home/content.json", "DigitalExperienceBundle:site/X"),
        ("wave/x.wdash", "WaveDashboard:x"),
        ("sites/a.site", "CustomSite:a"),
        ("unpackaged/profiles/A%2EB.profile", "Profile:A.B"),
        ("profiles/100%.profile", "Profile:100%"),
        ("/home/me/documents/work/classes/X.cls", "ApexClass:X"),
        ("../documents/work/profiles/X.profile", "Profile:X"),
        ("/home/documents/a/main/default/staticresources/r/classes/X.cls", "StaticResource:r"),
        ("out/answer.zip!profiles/X.profile", "Profile:X"),
    ],
)
def test_other_files_of_a_component(path: str, expected: str) -> None:
    assert str(component_at(path)) == expected


@pytest.mark.parametrize(
    "path", ["package.xml", "README.md", "profiles/x.txt", "lwc/jsconfig.json", "X.profile", "", "objects/A__c/x.txt"]
)
def test_no_component_is_none(path: str) -> None:
    assert component_at(path) is None


def test_a_type_without_files_of_its_own_says_whose_they_are() -> None:
    with pytest.raises(SourceError, match="part of a CustomObject file"):
        package_path(ComponentId.parse("CustomField:A.B"))
    with pytest.raises(SourceError, match="no metadata type"):
        source_path(ComponentId.parse("Profil:A"))
