"""Retrieves: wildcards, children, specific files, manifests that name nothing, and the zip that is given once."""

from __future__ import annotations

from typing import Any

import pytest

from sfmeta.localorg.metadata import zipfiles
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node, parse
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import NS, xml

FIELD = "<fields><fullName>{0}</fullName><label>{0}</label><type>Checkbox</type></fields>"
VIEW = "<listViews><fullName>{0}</fullName><filterScope>Everything</filterScope><label>{0}</label></listViews>"


def keep(state: State, type_name: str, name: str, inner: str) -> None:
    Components(state).put_document(type_name, name, parse(xml(type_name, inner).encode()))


@pytest.fixture
def objects(state: State) -> State:
    for name in ("Account", "Mine__c", "Setting__mdt"):
        keep(state, "CustomObject", name, FIELD.format("A__c") + FIELD.format("B__c") + VIEW.format("All"))
    return state


def test_the_wildcard_of_objects_leaves_standard_ones_out(api: Any, objects: State) -> None:
    found = api.retrieve({"CustomObject": "*"})
    assert sorted(found) == [
        "unpackaged/objects/Mine__c.object",
        "unpackaged/objects/Setting__mdt.object",
        "unpackaged/package.xml",
    ]
    assert "unpackaged/objects/Account.object" in api.retrieve({"CustomObject": ("*", "Account")})
    fields = parse(api.retrieve({"CustomField": "*"})["unpackaged/package.xml"].encode())
    [types] = fields.all("types")
    assert types.values("members") == ["Mine__c.A__c", "Mine__c.B__c", "Setting__mdt.A__c", "Setting__mdt.B__c"]


def test_children_of_several_types_share_their_parents_file(api: Any, objects: State) -> None:
    found = api.retrieve({"CustomField": ("Account.A__c", "Account.A__c"), "ListView": "Account.All"})
    document = parse(found["unpackaged/objects/Account.object"].encode())
    assert [(child.name, child.value("fullName")) for child in document.children] == [
        ("fields", "A__c"),
        ("listViews", "All"),
    ]
    # named with its parent, the parent comes whole, whatever comes first
    for members in (
        {"CustomField": "Account.A__c", "CustomObject": "account"},
        {"CustomObject": "Account", "CustomField": "account.A__c"},
    ):
        whole = api.retrieve(members)
        assert "B__c" in whole["unpackaged/objects/Account.object"]
        assert len(whole) == 2


@pytest.mark.parametrize(
    ("type_name", "name", "inner"),
    [
        ("StandardValueSet", "Industry", "<sorted>false</sorted>"),
        ("AnalyticSnapshot", "S", "<name>S</name>"),
        ("Report", "Folder/R", "<name>R</name>"),
    ],
)
def test_types_without_a_wildcard(api: Any, state: State, type_name: str, name: str, inner: str) -> None:
    keep(state, type_name, name, inner)
    result = api.retrieve_result({type_name: "*"})
    assert "messages" not in result
    assert len(result["fileProperties"]) == 1
    assert len(api.retrieve({type_name: name})) == 2


def test_what_is_not_there_is_told_and_the_rest_comes(api: Any, objects: State) -> None:
    result = api.retrieve_result(
        {
            "CustomObject": ("Account", "Nope__c"),
            "CustomField": ("Account.Nope__c", "Nope__c.A__c"),
            "Nonsense": "*",
            "customobject": "Account",
        }
    )
    assert (result["status"], result["success"]) == (["Succeeded"], ["true"])
    assert [one["problem"][0] for one in result["messages"]] == [
        "Entity of type 'CustomObject' named 'Nope__c' cannot be found",
        "Entity of type 'CustomField' named 'Account.Nope__c' cannot be found",
        "Entity of type 'CustomField' named 'Nope__c.A__c' cannot be found",
        "Entity type: 'Nonsense' is unknown",
        "Entity type: 'customobject' is unknown",
    ]
    assert {one["fileName"][0] for one in result["messages"]} == {"unpackaged/package.xml"}
    names = {one["fileName"][0] for one in result["fileProperties"]}
    assert names == {"unpackaged/objects/Account.object", "unpackaged/package.xml"}


@pytest.mark.parametrize("path", ["unpackaged/objects/Account.object", "objects/Account.object"])
def test_specific_files(api: Any, objects: State, path: str) -> None:
    extra = f"<specificFiles>{path}</specificFiles>"
    found = api.retrieve({"CustomObject": ("Account", "Mine__c")}, extra=extra)
    assert sorted(found) == ["unpackaged/objects/Account.object", "unpackaged/package.xml"]


def test_options_of_newer_clients_are_ignored(api: Any, objects: State) -> None:
    extra = "<singlePackage>True</singlePackage><rootTypesWithDependencies>Bot</rootTypesWithDependencies>"
    assert sorted(api.retrieve({"CustomObject": "Account"}, extra=extra)) == ["objects/Account.object", "package.xml"]


def test_an_empty_manifest(api: Any) -> None:
    result = api.retrieve_result({})
    assert (result["status"], len(result["fileProperties"])) == (["Succeeded"], 1)


def test_a_package_that_is_not_there(api: Any) -> None:
    result = api.retrieve_result({}, extra="<packageNames>Abacus</packageNames>")
    assert (result["status"], result["done"], result["success"]) == (["Failed"], ["true"], ["false"])
    assert result["errorMessage"] == ["INVALID_CROSS_REFERENCE_KEY: No package named 'Abacus' found"]
    assert result["errorStatusCode"] == ["UNKNOWN_EXCEPTION"]


@pytest.mark.parametrize(
    ("manifest", "api_version", "known"), [("48.0", "63.0", False), ("49.0", "40.0", True), ("", "48.0", False)]
)
def test_the_manifests_version_counts(api: Any, state: State, manifest: str, api_version: str, known: bool) -> None:
    # BlacklistedConsumer is there from API 49 on
    version = f"<version>{manifest}</version>" if manifest else ""
    types = "<types><members>*</members><name>BlacklistedConsumer</name></types>"
    asked = f"<apiVersion>{api_version}</apiVersion><unpackaged>{types}{version}</unpackaged>"
    [started] = api.call("retrieve", f"<retrieveRequest>{asked}</retrieveRequest>")
    [result] = api.call("checkRetrieveStatus", f"<asyncProcessId>{started['id'][0]}</asyncProcessId>")
    told = [one["problem"][0] for one in result.get("messages", [])]
    assert told == ([] if known else ["Entity type 'BlacklistedConsumer' is not available in this api version"])


def test_names_with_percent_codes(api: Any, state: State) -> None:
    keep(state, "Layout", "Account-Sales & Service", "")
    for name in ("Account-Sales %26 Service", "Account-Sales &amp; Service"):
        assert "unpackaged/layouts/Account-Sales %26 Service.layout" in api.retrieve({"Layout": name})


class TestLimits:
    def test_too_many_files(self, api: Any, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(4):
            keep(state, "Layout", f"A-{number}", "")
        monkeypatch.setattr(zipfiles, "MAX_FILES", 4)
        assert api.retrieve_result({"Layout": "*"})["status"] == ["Succeeded"]
        monkeypatch.setattr(zipfiles, "MAX_FILES", 3)
        result = api.retrieve_result({"Layout": "*"})
        assert (result["status"], result["errorStatusCode"]) == (["Failed"], ["LIMIT_EXCEEDED"])
        assert result["errorMessage"] == ["LIMIT_EXCEEDED: Too many files in retrieve call, limit is: 3"]
        assert result["zipFile"] == [""]

    @pytest.mark.parametrize("name", ["MAX_ZIP_BYTES", "MAX_UNCOMPRESSED_BYTES"])
    def test_too_large(self, api: Any, objects: State, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setattr(zipfiles, name, 200)
        result = api.retrieve_result({"CustomObject": "*"})
        assert result["errorMessage"] == ["LIMIT_EXCEEDED: The retrieved files exceed 200 bytes"]


def test_the_zip_is_given_once(api: Any) -> None:
    [started] = api.call("retrieve", f'<request><unpackaged xmlns="{NS}"/></request>')
    asked = f"<asyncProcessId>{started['id'][0]}</asyncProcessId>"
    [without] = api.call("checkRetrieveStatus", asked + "<includeZip>false</includeZip>")
    assert (without["done"], without["zipFile"]) == (["true"], [""])
    [first] = api.call("checkRetrieveStatus", asked)
    assert first["zipFile"] != [""]
    [second] = api.call("checkRetrieveStatus", asked)
    assert (second["status"], second["zipFile"]) == (["Succeeded"], [""])


def test_a_profile_shows_what_else_the_manifest_names(api: Any) -> None:
    sections = {
        "applicationVisibilities": ("application=A default=false visible=true", "CustomApplication"),
        "classAccesses": ("apexClass=C enabled=false", "ApexClass"),
        "customMetadataTypeAccesses": ("enabled=true name=M__mdt", "CustomObject"),
        "customPermissions": ("enabled=false name=P", "CustomPermission"),
        "externalDataSourceAccesses": ("enabled=true externalDataSource=E", "ExternalDataSource"),
        "fieldPermissions": ("editable=false field=O__c.F__c readable=true", "CustomField"),
        "flowAccesses": ("enabled=true flow=F", "Flow"),
        "layoutAssignments": ("layout=O__c-L", "Layout"),
        "objectPermissions": ("allowRead=true object=O__c", "CustomObject"),
        "pageAccesses": ("apexPage=P enabled=false", "ApexPage"),
        "recordTypeVisibilities": ("default=true recordType=O__c.R visible=true", "RecordType"),
        "tabVisibilities": ("tab=T visibility=Hidden", "CustomTab"),
    }
    # put there without the references that a deployment would ask for
    document = Node.of("Profile", Node.of("custom", text="false"))
    for name, (fields, _) in sections.items():
        pairs = (field.split("=") for field in fields.split())
        document.children.append(Node.of(name, *(Node.of(field, text=value) for field, value in pairs)))
    components = Components(api.state)
    stored = components.get("Profile", "Admin")
    assert stored is not None
    components.put_document("Profile", "Admin", document, record_id=stored.id)

    def shown(*others: str) -> set[str]:
        members = {"Profile": "Admin", **dict.fromkeys(others, "Nothing")}
        root: Node = parse(api.retrieve(members)["unpackaged/profiles/Admin.profile"].encode())
        return {child.name for child in root.children} & set(sections)

    assert shown() == set()
    for name, (_, needed) in sections.items():
        assert name in shown(needed), name
    assert shown("ApexClass") == {"classAccesses"}
