"""Permission set groups and muting permission sets: documents and the rows that they are."""

from __future__ import annotations

import pytest

from sfmeta.localorg.caller import has_permission
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import Api, package_xml
from tests.localorg.metadata.test_crud import errors, metadata, named, outcomes, permission_set, read

NS = "http://soap.sforce.com/2006/04/metadata"


def group(name: str, *members: str, muting: str = "") -> str:
    muted = f"<mutingPermissionSets>{muting}</mutingPermissionSets>" if muting else ""
    listed = "".join(f"<permissionSets>{one}</permissionSets>" for one in members)
    return metadata("PermissionSetGroup", name, f"<label>The {name}</label>{muted}{listed}")


def muting(name: str, *permissions: str) -> str:
    return permission_set(name, *permissions).replace('"PermissionSet"', '"MutingPermissionSet"')


def one(state: State, sobject: str, **equals: str) -> Record:
    found = state.records.first(sobject, **equals)
    assert found is not None
    return found


@pytest.fixture
def members(api: Api) -> None:
    assert outcomes(api.call("createMetadata", permission_set("A", "ApiEnabled") + permission_set("B"))) == ["true"] * 2


@pytest.mark.usefixtures("members")
class TestRows:
    def test_a_group_is_its_rows(self, api: Api, state: State) -> None:
        api.call("createMetadata", muting("Less", "ApiEnabled"))
        assert outcomes(api.call("createMetadata", group("G", "A", "B", muting="Less"))) == ["true"]
        row = one(state, "PermissionSetGroup", DeveloperName="G")
        assert (row["MasterLabel"], row["Status"]) == ("The G", "Updated")
        rows = state.records.find("PermissionSetGroupComponent", PermissionSetGroupId=row.id)
        less = one(state, "MutingPermissionSet", DeveloperName="Less")
        expected = {one(state, "PermissionSet", Name="A").id, one(state, "PermissionSet", Name="B").id, less.id}
        assert {component["PermissionSetId"] for component in rows} == expected
        assert less.flag("PermissionsApiEnabled")

    def test_a_group_adds_up_to_a_permission_set(self, api: Api, state: State) -> None:
        api.call("createMetadata", group("G", "A"))
        aggregate = one(state, "PermissionSet", Name="G")
        assert (aggregate["Type"], aggregate["Label"], aggregate.flag("IsOwnedByProfile")) == ("Group", "The G", False)
        assert aggregate["PermissionSetGroupId"] == one(state, "PermissionSetGroup", DeveloperName="G").id
        # it is no component, and no name for apps
        assert [
            found["fullName"] for found in api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
        ] == [
            ["A"],
            ["B"],
        ]
        assert read(api, "PermissionSet", "G") == [""]

    def test_it_comes_back_as_it_was_sent(self, api: Api) -> None:
        api.call("createMetadata", muting("Less", "ApiEnabled"))
        api.call("createMetadata", group("G", "B", "A", muting="Less"))
        shown = api.retrieve({"PermissionSetGroup": "*", "MutingPermissionSet": "*"})
        content = shown["unpackaged/permissionsetgroups/G.permissionsetgroup"]
        assert "<mutingPermissionSets>Less</mutingPermissionSets>" in content
        assert content.index("<permissionSets>A") < content.index("<permissionSets>B")
        less = shown["unpackaged/mutingpermissionsets/Less.mutingpermissionset"]
        assert "<name>ApiEnabled</name>" in less

    def test_the_file_is_the_whole_list(self, api: Api, state: State) -> None:
        api.call("createMetadata", group("G", "A"))
        kept = state.records.find("PermissionSetGroupComponent")[0].id
        api.call("updateMetadata", group("G", "A", "B"))
        assert state.records.get(kept) is not None
        api.call("updateMetadata", group("G", "B"))
        [row] = state.records.find("PermissionSetGroupComponent")
        assert row["PermissionSetId"] == one(state, "PermissionSet", Name="B").id

    def test_a_deleted_member_leaves(self, api: Api, state: State) -> None:
        api.call("createMetadata", group("G", "A", "B"))
        assert outcomes(api.call("deleteMetadata", named("PermissionSet", "A"))) == ["true"]
        assert read(api, "PermissionSetGroup", "G")[0]["permissionSets"] == ["B"]

    def test_a_deleted_group_leaves_nothing(self, api: Api, state: State) -> None:
        api.call("createMetadata", group("G", "A"))
        assert outcomes(api.call("deleteMetadata", named("PermissionSetGroup", "G"))) == ["true"]
        assert state.records.first("PermissionSetGroup") is None
        assert state.records.first("PermissionSetGroupComponent") is None
        assert state.records.first("PermissionSet", Name="G") is None

    def test_an_assigned_group_stays(self, api: Api, state: State) -> None:
        api.call("createMetadata", group("G", "A"))
        row = one(state, "PermissionSetGroup", DeveloperName="G")
        state.records.insert("PermissionSetAssignment", {"AssigneeId": api.user_id, "PermissionSetGroupId": row.id})
        [result] = api.call("deleteMetadata", named("PermissionSetGroup", "G"))
        assert errors(result) == [
            ("DELETE_FAILED", "This permission set group is assigned to users and can't be deleted: G")
        ]

    def test_an_assigned_group_gives_what_it_does_not_mute(self, api: Api, state: State) -> None:
        user = one(state, "User", Username="reader@acme.test")
        api.call("createMetadata", permission_set("C", "ViewSetup", "RunReports"))
        api.call("createMetadata", muting("Less", "RunReports"))
        api.call("createMetadata", group("G", "A", "C", muting="Less"))
        aggregate = one(state, "PermissionSet", Name="G")
        fields = {"PermissionSetGroupId": aggregate["PermissionSetGroupId"], "PermissionSetId": aggregate.id}
        state.records.insert("PermissionSetAssignment", {"AssigneeId": user.id, **fields})
        assert has_permission(state, user.id, "ViewSetup")
        assert not has_permission(state, user.id, "RunReports")
        api.call("updateMetadata", group("G", "A", muting="Less"))
        assert not has_permission(state, user.id, "ViewSetup")

    def test_names_of_members_follow(self, api: Api, state: State) -> None:
        api.call("createMetadata", group("G", "A"))
        names = "<oldFullName>{}</oldFullName><newFullName>{}</newFullName>"
        api.call("renameMetadata", "<type>PermissionSet</type>" + names.format("A", "Z"))
        api.call("renameMetadata", "<type>PermissionSetGroup</type>" + names.format("G", "H"))
        assert read(api, "PermissionSetGroup", "H")[0]["permissionSets"] == ["Z"]
        assert one(state, "PermissionSet", Name="H")["Type"] == "Group"

    def test_rows_that_came_by_another_way_are_components(self, api: Api, state: State) -> None:
        made = {"DeveloperName": "Rest", "MasterLabel": "By REST", "Status": "Updated"}
        group_id = state.records.insert("PermissionSetGroup", made)
        member = {"PermissionSetGroupId": group_id, "PermissionSetId": one(state, "PermissionSet", Name="A").id}
        state.records.insert("PermissionSetGroupComponent", member)
        [found] = read(api, "PermissionSetGroup", "Rest")
        assert (found["label"], found["permissionSets"]) == (["By REST"], ["A"])
        assert one(state, "PermissionSet", Name="Rest")["PermissionSetGroupId"] == group_id


@pytest.mark.usefixtures("members")
class TestRefusals:
    def test_members_must_be_there(self, api: Api) -> None:
        [result] = api.call("createMetadata", group("G", "A", "X", "Y"))
        text = (
            "Cannot create permission set group components since the following permission set names are invalid: X, Y"
        )
        assert errors(result) == [("INVALID_CROSS_REFERENCE_KEY", text)]

    def test_what_packages_brought_is_there(self, api: Api) -> None:
        assert outcomes(api.call("createMetadata", group("G", "force__FinancialServices"))) == ["true"]

    def test_what_is_muted_must_be_there_and_free(self, api: Api) -> None:
        [result] = api.call("createMetadata", group("G", "A", muting="Less"))
        text = "In field: mutingPermissionSets - no MutingPermissionSet named Less found"
        assert errors(result) == [("INVALID_CROSS_REFERENCE_KEY", text)]
        api.call("createMetadata", muting("Less"))
        assert outcomes(api.call("createMetadata", group("G", "A", muting="Less"))) == ["true"]
        assert outcomes(api.call("updateMetadata", group("G", "A", muting="Less"))) == ["true"]
        [result] = api.call("createMetadata", group("H", "A", muting="Less"))
        assert errors(result)[0][1] == "The muting permission set Less belongs to another permission set group"

    def test_one_package_brings_all_in_any_order(self, api: Api) -> None:
        def file(root: str, inner: str) -> str:
            return f'<{root} xmlns="{NS}"><label>l</label>{inner}</{root}>'

        listed = "<mutingPermissionSets>M</mutingPermissionSets><permissionSets>New</permissionSets>"
        files = {
            "package.xml": package_xml({"PermissionSetGroup": "G", "MutingPermissionSet": "M", "PermissionSet": "New"}),
            "mutingpermissionsets/M.mutingpermissionset": file("MutingPermissionSet", ""),
            "permissionsetgroups/G.permissionsetgroup": file("PermissionSetGroup", listed),
            "permissionsets/New.permissionset": file("PermissionSet", ""),
        }
        outcome = api.deploy(files)
        assert outcome["status"] == "Succeeded", outcome.problems
        gone = api.deploy(
            {
                "package.xml": package_xml({}),
                "destructiveChanges.xml": package_xml({"PermissionSet": "New", "PermissionSetGroup": "G"}, ""),
            }
        )
        assert gone["status"] == "Succeeded", gone.problems
