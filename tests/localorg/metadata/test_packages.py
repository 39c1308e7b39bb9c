"""Packages: manifests, roots, deletions, warnings, partial success, limits."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from sfmeta.localorg.metadata import zipfiles
from sfmeta.localorg.state import State

NS = "http://soap.sforce.com/2006/04/metadata"
PS = f'<PermissionSet xmlns="{NS}"><label>X</label></PermissionSet>'
PATH = "permissionsets/X.permissionset"


def manifest(*types: tuple[str, str], version: str = "63.0") -> str:
    inner = "".join(f"<types><members>{member}</members><name>{name}</name></types>" for name, member in types)
    return f'<Package xmlns="{NS}">{inner}' + (f"<version>{version}</version>" if version else "") + "</Package>"


@pytest.mark.parametrize(
    ("files", "options", "file_name", "full_name", "problem"),
    [
        ({PATH: PS}, {}, "package.xml", "package.xml", "No package.xml found"),
        (
            {"package.xml": manifest(("PermissionSet", "X")), PATH: PS},
            {"singlePackage": False},
            "permissionsets/package.xml",
            "package.xml",
            "No package.xml found",
        ),
        (
            {"package.xml": manifest(("PermissionSet", "Y"))},
            {},
            "package.xml",
            "Y",
            "An object 'Y' of type PermissionSet was named in package.xml, but was not found in zipped directory",
        ),
        (
            {"pkg/package.xml": manifest(("PermissionSet", "Y"))},
            {"singlePackage": False},
            "pkg/package.xml",
            "Y",
            "An object 'Y' of type PermissionSet was named in package.xml, but was not found in zipped directory",
        ),
        ({"package.xml": manifest(), PATH: PS}, {}, PATH, "X", "Not in package.xml"),
        (
            {"package.xml": manifest(("PermisionSet", "X"))},
            {},
            "package.xml",
            "X",
            "Unknown type name 'PermisionSet' specified in package.xml",
        ),
        ({"package.xml": "oops"}, {}, "package.xml", "package.xml", "Bad file:Content is not allowed in prolog."),
        (
            {"package.xml": manifest(version="")},
            {},
            "package.xml",
            "package.xml",
            "Required field is missing: version",
        ),
        (
            {"package.xml": manifest(version="30.0")},
            {},
            "package.xml",
            "package.xml",
            "Invalid Api version specified in package.xml: 30.0",
        ),
        (
            {"package.xml": manifest(), "destructiveChanges.xml": manifest(("PermissionSet", "*"), version="")},
            {},
            "destructiveChanges.xml",
            "PermissionSet",
            "Wildcards are not allowed in a destructive changes manifest",
        ),
    ],
)
def test_a_package_is_refused(
    api: Any, files: dict[str, str], options: dict[str, object], file_name: str, full_name: str, problem: str
) -> None:
    outcome = api.deploy(files, **options)
    assert outcome["status"] == "Failed"
    [failure] = outcome.failures
    told = [failure[name][0] for name in ("fileName", "fullName", "problem", "success")]
    assert told == [file_name, full_name, problem, "false"]


@pytest.mark.parametrize("path", ["permissionsets/X.permissionset-meta.xml", "permissionsets/sub/X.permissionset"])
def test_source_format_is_not_this_format(api: Any, path: str) -> None:
    outcome = api.deploy({"package.xml": manifest(("PermissionSet", "X")), path: PS})
    text = "An object 'X' of type PermissionSet was named in package.xml, but was not found in zipped directory"
    assert outcome.problems == [text]


def test_missing_files_may_be_allowed(api: Any) -> None:
    files = {"package.xml": manifest(("PermissionSet", "X"), ("PermissionSet", "Y")), PATH: PS}
    assert api.deploy(files)["status"] == "Failed"
    outcome = api.deploy(files, allowMissingFiles=True)
    assert (outcome["status"], outcome["numberComponentsTotal"]) == ("Succeeded", "1")


def test_several_packages_in_one_zip(api: Any) -> None:
    files = {
        "one/package.xml": manifest(("PermissionSet", "X")),
        f"one/{PATH}": PS,
        "two/package.xml": manifest(("PermissionSet", "*")),
        "two/permissionsets/Y.permissionset": PS,
    }
    outcome = api.deploy(files, singlePackage=False)
    assert outcome["status"] == "Succeeded"
    assert outcome.success("X")["fileName"] == f"one/{PATH}"
    assert outcome["numberComponentsDeployed"] == "2"


def test_created_changed_and_neither(api: Any) -> None:
    files = {"package.xml": manifest(("PermissionSet", "X")), PATH: PS}
    first = api.deploy(files).success("X")
    assert (first["created"], first["changed"], first["id"][:3]) == ("true", "true", "0PS")
    second = api.deploy(files).success("X")
    assert (second["created"], second["changed"], second["id"]) == ("false", "false", first["id"])
    third = api.deploy({**files, PATH: PS.replace(">X<", ">Y<")}).success("X")
    assert (third["created"], third["changed"]) == ("false", "true")


@pytest.mark.parametrize("options", [{"checkOnly": True}, {"checkOnly": True, "rollbackOnError": False}])
def test_check_only_saves_nothing(api: Any, state: State, options: dict[str, object]) -> None:
    before = list(state.connection.iterdump())
    outcome = api.deploy({"package.xml": manifest(("PermissionSet", "X")), PATH: PS}, **options)
    assert (outcome["status"], outcome["checkOnly"]) == ("Succeeded", "true")
    after = [line for line in state.connection.iterdump() if "metadata_job" not in line]
    changed = {line for line in after if line not in before}
    assert [line for line in changed if "id_number" not in line] == []


def test_rollback_on_error(api: Any) -> None:
    files = {
        "package.xml": manifest(("PermissionSet", "*")),
        PATH: PS,
        "permissionsets/Z.permissionset": PS.replace("label", "lable"),
    }
    assert api.deploy(files)["status"] == "Failed"
    assert api.call("listMetadata", "<queries><type>PermissionSet</type></queries>") == []
    partial = api.deploy(files, rollbackOnError=False)
    assert partial["status"] == "SucceededPartial"
    [kept] = api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
    assert kept["fullName"] == ["X"]


def test_production_requires_rollback_on_error(api: Any, state: State) -> None:
    state.change_org(is_sandbox=False)
    status, answer = api.raw(
        api.envelope("deploy", "<ZipFile></ZipFile><DeployOptions><singlePackage>true</singlePackage></DeployOptions>")
    )
    assert status == 500
    assert b"INVALID_OPERATION: rollbackOnError option must be true on a production org" in answer
    state.change_org(organization_type="Developer Edition")
    files = {"package.xml": manifest(("PermissionSet", "X")), PATH: PS}
    assert api.deploy(files, rollbackOnError=False)["status"] == "Succeeded"


class TestDeletions:
    def test_what_is_there_goes(self, api: Any, state: State) -> None:
        api.deploy({"package.xml": manifest(("PermissionSet", "X")), PATH: PS})
        outcome = api.delete("PermissionSet", "X")
        assert outcome["status"] == "Succeeded"
        gone = outcome.success("X")
        assert (gone["deleted"], gone["fileName"], gone["componentType"]) == (
            "true",
            "destructiveChanges.xml",
            "PermissionSet",
        )
        assert state.records.first("PermissionSet", Name="X") is None

    def test_what_is_not_there_is_a_warning(self, api: Any) -> None:
        strict = api.delete("PermissionSet", "Nope")
        assert strict["status"] == "Failed"
        [failure] = strict.failures
        assert failure["problem"] == ["No PermissionSet named: Nope found"]
        assert (failure["problemType"], failure["success"]) == (["Warning"], ["false"])
        assert (failure["componentType"], failure["fileName"]) == (["PermissionSet"], ["destructiveChanges.xml"])
        lenient = api.delete("PermissionSet", "Nope", ignoreWarnings=True)
        assert lenient["status"] == "Succeeded"
        warning = lenient.success("Nope")
        assert (warning["problem"], warning["problemType"], warning["deleted"]) == (
            "No PermissionSet named: Nope found",
            "Warning",
            "false",
        )

    @pytest.mark.parametrize(
        ("name", "left"),
        [("destructiveChangesPre.xml", ["X"]), ("destructiveChanges.xml", ["X"]), ("destructiveChangesPost.xml", [])],
    )
    def test_before_and_after(self, api: Any, name: str, left: list[str]) -> None:
        api.deploy({"package.xml": manifest(("PermissionSet", "X")), PATH: PS})
        again = {"package.xml": manifest(("PermissionSet", "X")), PATH: PS, name: manifest(("PermissionSet", "X"))}
        outcome = api.deploy(again)
        assert outcome["status"] == "Succeeded"
        held = api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
        assert [one["fullName"][0] for one in held] == left

    def test_an_assigned_permission_set_stays(self, api: Any, state: State) -> None:
        api.deploy({"package.xml": manifest(("PermissionSet", "X")), PATH: PS})
        found = state.records.first("PermissionSet", Name="X")
        assert found is not None
        state.records.insert("PermissionSetAssignment", {"PermissionSetId": found.id, "AssigneeId": api.user_id})
        assert api.delete("PermissionSet", "X")["status"] == "Failed"
        state.change_org(assumptions={"assigned_permission_set_can_be_deleted": True})
        assert api.delete("PermissionSet", "X")["status"] == "Succeeded"
        assert state.records.find("PermissionSetAssignment", PermissionSetId=found.id) == []

    def test_settings_and_profiles_in_use_stay(self, api: Any) -> None:
        assert api.delete("Settings", "ConnectedApp").problems == ["You cannot delete Settings: ConnectedApp"]
        assert api.delete("Profile", "Admin").problems == ["This Profile is referenced elsewhere in salesforce.com"]

    def test_a_field_goes_out_of_its_object(self, api: Any) -> None:
        field = "<fields><fullName>{}</fullName><label>L</label><type>Checkbox</type></fields>"
        content = f'<CustomObject xmlns="{NS}">{field.format("A__c")}{field.format("B__c")}</CustomObject>'
        files = {
            "package.xml": manifest(("CustomObject", "O__c"), ("CustomField", "O__c.A__c")),
            "objects/O__c.object": content,
        }
        assert api.deploy(files)["status"] == "Succeeded"
        assert api.delete("CustomField", "O__c.A__c")["status"] == "Succeeded"
        left = api.retrieve({"CustomField": ("O__c.A__c", "O__c.B__c")})["unpackaged/objects/O__c.object"]
        assert "B__c" in left
        assert "A__c" not in left


class TestZips:
    def test_too_many_files(self, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(zipfiles, "MAX_FILES", 2)
        with pytest.raises(Exception, match="INVALID_OPERATION: Too many files in zip"):
            api.deploy({"package.xml": manifest(), "a/1": "", "a/2": ""})

    def test_too_large(self, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(zipfiles, "MAX_ZIP_BYTES", 100)
        with pytest.raises(Exception, match="INVALID_OPERATION: Maximum size of request reached"):
            api.deploy({"package.xml": manifest()})
        monkeypatch.setattr(zipfiles, "MAX_ZIP_BYTES", 10_000)
        monkeypatch.setattr(zipfiles, "MAX_UNCOMPRESSED_BYTES", 100_000)
        with pytest.raises(Exception, match="INVALID_OPERATION: The uncompressed files"):
            api.deploy({"package.xml": manifest(), "a": "0" * 200_000})

    @pytest.mark.parametrize("path", ["../evil.cls", "a/../../b", "/etc/passwd", "C:/x", "a\\..\\b"])
    def test_paths_that_lead_outside(self, api: Any, path: str) -> None:
        with pytest.raises(Exception, match="INVALID_OPERATION: The zip holds a path"):
            api.deploy({"package.xml": manifest(), path: "x"})

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_the_same_path_twice(self, api: Any) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("package.xml", manifest())
            archive.writestr("package.xml", manifest())
        with pytest.raises(Exception, match="same path twice"):
            api.deploy(out.getvalue())

    @pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 40])
    def test_no_zip_at_all(self, api: Any, content: bytes) -> None:
        with pytest.raises(Exception, match=r"ZipFile of the deploy call is (missing|not a valid zip file)"):
            api.deploy(content)

    def test_a_zip_that_lies_about_its_sizes(self, api: Any) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("package.xml", manifest() + " " * 5000)
        size = (len(manifest()) + 5000).to_bytes(4, "little")
        lying = out.getvalue().replace(size, (10).to_bytes(4, "little"))
        outcome = api.deploy(lying)
        assert (outcome["status"], outcome["errorStatusCode"]) == ("Failed", "UNKNOWN_EXCEPTION")
        assert outcome["errorMessage"] == "UNKNOWN_EXCEPTION: The ZipFile of the deploy call is damaged"

    def test_bad_base64(self, api: Any) -> None:
        with pytest.raises(Exception, match="not valid base64"):
            api.call("deploy", "<ZipFile>A</ZipFile><DeployOptions/>")


class TestManyPackages:
    def test_each_has_its_own_manifests_and_deletions(self, api: Any) -> None:
        api.deploy({"package.xml": manifest(("PermissionSet", "Old")), "permissionsets/Old.permissionset": PS})
        files = {
            "one/package.xml": manifest(("PermissionSet", "X")),
            f"one/{PATH}": PS,
            "two/package.xml": manifest(),
            "two/destructiveChangesPost.xml": manifest(("PermissionSet", "Old"), version=""),
        }
        outcome = api.deploy(files, singlePackage=False)
        assert outcome["status"] == "Succeeded"
        assert outcome.success("Old")["fileName"] == "two/destructiveChangesPost.xml"
        held = api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
        assert [one["fullName"][0] for one in held] == ["X"]

    def test_one_bad_package_undoes_all(self, api: Any) -> None:
        files = {"one/package.xml": manifest(("PermissionSet", "X")), f"one/{PATH}": PS, "two/readme.txt": "x"}
        outcome = api.deploy(files, singlePackage=False)
        assert outcome["status"] == "Failed"
        [failure] = outcome.failures
        assert (failure["fileName"], failure["problem"]) == (["two/package.xml"], ["No package.xml found"])
        assert api.call("listMetadata", "<queries><type>PermissionSet</type></queries>") == []


def test_other_deletions_go_on(api: Any) -> None:
    for name in ("A", "B"):
        path = f"permissionsets/{name}.permissionset"
        api.deploy({"package.xml": manifest(("PermissionSet", name)), path: PS})
    outcome = api.delete("PermissionSet", "A", "Nope", "B", ignoreWarnings=True)
    assert outcome["status"] == "Succeeded"
    assert [outcome.success(name)["deleted"] for name in ("A", "Nope", "B")] == ["true", "false", "true"]
    partial = api.deploy({"package.xml": manifest(("PermissionSet", "A")), "permissionsets/A.permissionset": PS})
    assert partial["status"] == "Succeeded"
    mixed = api.delete("PermissionSet", "Nope", "A", rollbackOnError=False)
    assert (mixed["status"], mixed["numberComponentsDeployed"], mixed["numberComponentErrors"]) == (
        "SucceededPartial",
        "1",
        "1",
    )


def test_deletions_before_and_after_in_one_package(api: Any) -> None:
    for name in ("Before", "Between", "After"):
        path = f"permissionsets/{name}.permissionset"
        api.deploy({"package.xml": manifest(("PermissionSet", name)), path: PS})
    files = {
        "package.xml": manifest(("PermissionSet", "X")),
        PATH: PS,
        "destructiveChangesPre.xml": manifest(("PermissionSet", "Before"), version=""),
        "destructiveChanges.xml": manifest(("PermissionSet", "Between"), version=""),
        "destructiveChangesPost.xml": manifest(("PermissionSet", "After"), version=""),
    }
    outcome = api.deploy(files)
    told = [one["fullName"][0] for one in outcome.successes if one["componentType"][0]]
    assert told == ["Before", "Between", "X", "After"]
    assert outcome["numberComponentsTotal"] == "4"
