"""The Salesforce CLI retrieves, writes manifests from the org and deletes."""

from __future__ import annotations

import pytest

from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.running.server import LocalOrg
from tests.peers.conftest import Sf
from tests.peers.project import Project, manifest

pytestmark = pytest.mark.npm

PERMISSION_SETS = "app/main/default/permissionsets"


@pytest.fixture
def retrieve(alias: str) -> list[str]:
    """The first words of a retrieve."""
    return ["project", "retrieve", "start", "-o", alias]


def held(org: LocalOrg, name: str) -> bool:
    return Components(org.state).document("PermissionSet", name) is not None


def test_by_name_it_comes_back_as_it_was_sent(sf: Sf, alias: str, retrieve: list[str], bare: Project) -> None:
    file = bare.permission_set("There_And_Back")
    sent = file.read_text(encoding="utf-8")
    sf.ok("project", "deploy", "start", "-o", alias, "-d", "app", cwd=bare.root)
    file.unlink()
    got = sf.ok(*retrieve, "-m", "PermissionSet:There_And_Back", "-m", "ConnectedApp:Billing_Sync", cwd=bare.root)
    assert (got["success"], got["status"], got["messages"]) == (True, "Succeeded", [])
    assert {one["fullName"] for one in got["files"]} == {"There_And_Back", "Billing_Sync"}
    assert file.read_text(encoding="utf-8") == sent
    assert "<consumerKey>" in bare.text("app/main/default/connectedApps/Billing_Sync.connectedApp-meta.xml")


def test_by_manifest_with_a_wildcard(sf: Sf, acme: LocalOrg, retrieve: list[str], bare: Project) -> None:
    bare.write("package.xml", manifest({"Profile": ["Admin"], "ConnectedApp": ["*"]}))
    got = sf.ok(*retrieve, "-x", "package.xml", cwd=bare.root)
    apps = {one.full_name for one in Components(acme.state).list("ConnectedApp")}
    assert {one["fullName"] for one in got["files"] if one["type"] == "ConnectedApp"} == apps
    assert "<name>ModifyAllData</name>" in bare.text("app/main/default/profiles/Admin.profile-meta.xml")


def test_what_is_not_there_is_said(sf: Sf, retrieve: list[str], bare: Project) -> None:
    got = sf.ok(*retrieve, "-m", "PermissionSet:Nobody_Made_It", cwd=bare.root)
    [message] = got["messages"]
    assert message["problem"] == "Entity of type 'PermissionSet' named 'Nobody_Made_It' cannot be found"


def test_into_a_folder_in_metadata_format(sf: Sf, retrieve: list[str], bare: Project) -> None:
    target = ["--target-metadata-dir", "out", "--unzip"]
    sf.ok(*retrieve, "-m", "Profile:Admin", *target, cwd=bare.root)
    assert "<members>Admin</members>" in bare.text("out/unpackaged/unpackaged/package.xml")
    assert "ModifyAllData" in bare.text("out/unpackaged/unpackaged/profiles/Admin.profile")


def test_apex_and_an_object_in_parts(sf: Sf, alias: str, retrieve: list[str], bare: Project) -> None:
    bare.apex("Kept", "public static void nothing() {}")
    thing = "app/main/default/objects/Thing__c"
    bare.write(
        f"{thing}/Thing__c.object-meta.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">\n'
        "    <deploymentStatus>Deployed</deploymentStatus>\n    <label>Thing</label>\n    <nameField>\n"
        "        <label>Name</label>\n        <type>Text</type>\n    </nameField>\n"
        "    <pluralLabel>Things</pluralLabel>\n    <sharingModel>ReadWrite</sharingModel>\n</CustomObject>\n",
    )
    field = bare.write(
        f"{thing}/fields/Size__c.field-meta.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">\n'
        "    <fullName>Size__c</fullName>\n    <label>Size</label>\n    <length>20</length>\n    <type>Text</type>\n"
        "</CustomField>\n",
    )
    sent = sf.ok("project", "deploy", "start", "-o", alias, "-d", "app", cwd=bare.root)
    assert {one["fullName"] for one in sent["files"]} == {"Kept", "Thing__c", "Thing__c.Size__c"}
    text = field.read_text(encoding="utf-8")
    field.unlink()
    sf.ok(*retrieve, "-m", "CustomObject:Thing__c", "-m", "ApexClass:Kept", cwd=bare.root)
    assert field.read_text(encoding="utf-8") == text
    assert "nothing()" in bare.text("app/main/default/classes/Kept.cls")


def test_a_manifest_from_the_org(sf: Sf, acme: LocalOrg, alias: str, bare: Project) -> None:
    # one request per type of metadata, hundreds of them at once
    made = sf.ok("project", "generate", "manifest", "--from-org", alias, "--api-version", "63.0", cwd=bare.root)
    assert made["path"] == "package.xml"
    text = bare.text("package.xml")
    for name in ("Admin", "Billing_Sync", "Partner_Portal"):
        assert f"<members>{name}</members>" in text
    assert "<name>ConnectedApp</name>" in text


def test_delete_source(sf: Sf, acme: LocalOrg, alias: str, bare: Project) -> None:
    file = bare.permission_set("To_Go")
    sf.ok("project", "deploy", "start", "-o", alias, "-d", "app", cwd=bare.root)
    assert held(acme, "To_Go")
    words = ["project", "delete", "source", "-o", alias, "-m", "PermissionSet:To_Go", "--no-prompt"]
    gone = sf.ok(*words, cwd=bare.root)
    assert (gone["status"], gone["success"]) == ("Succeeded", True)
    assert [(one["fullName"], one["state"]) for one in gone["deletedSource"]] == [("To_Go", "Deleted")]
    assert not held(acme, "To_Go")
    assert not file.exists()


def test_destructive_changes_before_and_after(sf: Sf, acme: LocalOrg, alias: str, bare: Project) -> None:
    for name in ("Old_One", "Old_Two"):
        bare.permission_set(name)
    sf.ok("project", "deploy", "start", "-o", alias, "-d", "app", cwd=bare.root)
    bare.permission_set("Successor")
    bare.write("package.xml", manifest({"PermissionSet": ["Successor"]}))
    bare.write("before.xml", manifest({"PermissionSet": ["Old_One"]}))
    bare.write("after.xml", manifest({"PermissionSet": ["Old_Two"]}))
    manifests = [
        "-x",
        "package.xml",
        "--pre-destructive-changes",
        "before.xml",
        "--post-destructive-changes",
        "after.xml",
    ]
    done = sf.ok("project", "deploy", "start", "-o", alias, *manifests, cwd=bare.root)
    told = {one["fullName"]: one for one in done["details"]["componentSuccesses"] if one["componentType"]}
    assert {name: (one["created"], one["deleted"]) for name, one in told.items()} == {
        "Successor": (True, False),
        "Old_One": (False, True),
        "Old_Two": (False, True),
    }
    assert [held(acme, name) for name in ("Successor", "Old_One", "Old_Two")] == [True, False, False]
