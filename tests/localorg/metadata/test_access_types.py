"""Permission sets and profiles: replacing, adding, and what a retrieve shows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sfmeta.localorg.caller import has_permission
from sfmeta.localorg.state import State

NS = "http://soap.sforce.com/2006/04/metadata"


def permission(name: str, enabled: str = "true") -> str:
    return f"<userPermissions><enabled>{enabled}</enabled><name>{name}</name></userPermissions>"


def deploy_set(api: Any, inner: str, version: str = "63.0", name: str = "X") -> None:
    content = f'<PermissionSet xmlns="{NS}">{inner}</PermissionSet>'
    outcome = api.deploy_one("PermissionSet", name, f"permissionsets/{name}.permissionset", content, version)
    assert outcome["status"] == "Succeeded", outcome.problems


def deploy_profile(api: Any, inner: str, name: str = "Admin") -> Any:
    content = f'<Profile xmlns="{NS}">{inner}</Profile>'
    return api.deploy_one("Profile", name, f"profiles/{name}.profile", content)


def names(text: str) -> list[str]:
    return re.findall("<name>(.*?)</name>", text)


class TestPermissionSet:
    @pytest.mark.parametrize(("version", "left"), [("40.0", ["ViewSetup"]), ("39.0", ["RunFlow", "ViewSetup"])])
    def test_replaces_from_api_40(self, api: Any, version: str, left: list[str]) -> None:
        deploy_set(api, "<label>X</label>" + permission("RunFlow"))
        deploy_set(api, "<label>X</label>" + permission("ViewSetup"), version)
        assert names(api.retrieve({"PermissionSet": "X"})["unpackaged/permissionsets/X.permissionset"]) == left

    def test_an_older_deploy_turns_off_what_it_says(self, api: Any) -> None:
        deploy_set(api, "<label>X</label>" + permission("RunFlow"))
        deploy_set(api, "<label>X</label>" + permission("RunFlow", "false"), "39.0")
        assert names(api.retrieve({"PermissionSet": "X"})["unpackaged/permissionsets/X.permissionset"]) == []

    def test_gives_its_holders_what_it_says(self, api: Any, state: State) -> None:
        deploy_set(api, "<label>X</label>" + permission("UseAnyApiClient"))
        found = state.records.first("PermissionSet", Name="X")
        reader = state.records.first("User", Username="reader@acme.test")
        assert found is not None
        assert reader is not None
        assert (found["Label"], found["IsCustom"], found["IsOwnedByProfile"]) == ("X", True, False)
        assert not has_permission(state, reader.id, "UseAnyApiClient")
        state.records.insert("PermissionSetAssignment", {"AssigneeId": reader.id, "PermissionSetId": found.id})
        assert has_permission(state, reader.id, "UseAnyApiClient")

    def test_a_record_made_elsewhere_is_metadata(self, api: Any, state: State) -> None:
        fields = {"Name": "Rest_Made", "Label": "Made by REST", "IsOwnedByProfile": False, "IsCustom": True}
        state.records.insert("PermissionSet", {**fields, "PermissionsViewSetup": True})
        shown = api.retrieve({"PermissionSet": "*"})["unpackaged/permissionsets/Rest_Made.permissionset"]
        assert "<label>Made by REST</label>" in shown
        assert names(shown) == ["ViewSetup"]

    def test_sections_of_old_versions_depend_on_the_manifest(self, api: Any) -> None:
        tab = "<tabSettings><tab>T</tab><visibility>Visible</visibility></tabSettings>"
        deploy_set(api, "<label>X</label>" + tab)
        path = "unpackaged/permissionsets/X.permissionset"
        assert "tabSettings" in api.retrieve({"PermissionSet": "X"})[path]
        assert "tabSettings" not in api.retrieve({"PermissionSet": "X"}, "39.0")[path]
        assert "tabSettings" in api.retrieve({"PermissionSet": "X", "CustomTab": "*"}, "39.0")[path]

    def test_names_are_the_same_in_any_case(self, api: Any) -> None:
        deploy_set(api, "<label>One</label>", name="Mixed")
        deploy_set(api, "<label>Two</label>", name="MIXED")
        [found] = api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
        assert found["fullName"] == ["Mixed"]


class TestProfile:
    def test_adds(self, api: Any, state: State) -> None:
        assert deploy_profile(api, permission("ViewSetup"))["status"] == "Succeeded"
        assert has_permission(state, api.user_id, "ViewSetup")
        assert has_permission(state, api.user_id, "ModifyAllData")
        deploy_profile(api, permission("ViewSetup", "false"))
        assert not has_permission(state, api.user_id, "ViewSetup")

    def test_a_retrieve_shows_what_is_on(self, api: Any) -> None:
        deploy_profile(api, permission("ApiUserOnly", "false") + permission("ViewSetup"))
        shown = api.retrieve({"Profile": "Admin"})["unpackaged/profiles/Admin.profile"]
        assert "ViewSetup" in names(shown)
        assert "ApiUserOnly" not in names(shown)
        assert "<enabled>false</enabled>" not in shown

    def test_sections_come_with_their_components(self, api: Any) -> None:
        inner = "<tabVisibilities><tab>T</tab><visibility>Hidden</visibility></tabVisibilities>"
        inner += "<layoutAssignments><layout>Account-Account Layout</layout></layoutAssignments>"
        assert deploy_profile(api, inner)["status"] == "Succeeded"
        path = "unpackaged/profiles/Admin.profile"
        alone = api.retrieve({"Profile": "*"})[path]
        assert "tabVisibilities" not in alone
        assert "layoutAssignments" not in alone
        with_tabs = api.retrieve({"Profile": "*", "CustomTab": "*"})[path]
        assert "tabVisibilities" in with_tabs
        assert "layoutAssignments" not in with_tabs

    def test_entries_merge_by_their_key(self, api: Any) -> None:
        tab = "<tabVisibilities><tab>{}</tab><visibility>{}</visibility></tabVisibilities>"
        deploy_profile(api, tab.format("A", "Hidden") + tab.format("B", "Hidden"))
        deploy_profile(api, tab.format("B", "DefaultOn"))
        shown = api.retrieve({"Profile": "Admin", "CustomTab": "*"})["unpackaged/profiles/Admin.profile"]
        assert re.findall("<tab>(.*?)</tab>\\s*<visibility>(.*?)<", shown) == [("A", "Hidden"), ("B", "DefaultOn")]

    def test_login_hours_and_ranges_go_by_an_empty_element(self, api: Any) -> None:
        hours = "<loginHours><mondayStart>480</mondayStart></loginHours>"
        ranges = "<loginIpRanges><endAddress>10.0.0.9</endAddress><startAddress>10.0.0.1</startAddress></loginIpRanges>"
        deploy_profile(api, hours + ranges)
        path = "unpackaged/profiles/Admin.profile"
        assert "mondayStart" in api.retrieve({"Profile": "Admin"})[path]
        deploy_profile(api, permission("ViewSetup"))
        assert "mondayStart" in api.retrieve({"Profile": "Admin"})[path]
        deploy_profile(api, "<loginHours></loginHours><loginIpRanges/>")
        shown = api.retrieve({"Profile": "Admin"})[path]
        assert "loginHours" not in shown
        assert "loginIpRanges" not in shown

    def test_an_unknown_one_is_created(self, api: Any, state: State) -> None:
        outcome = deploy_profile(api, permission("ApiEnabled"), "Integration User")
        assert outcome.success("Integration User")["created"] == "true"
        made = state.records.first("Profile", Name="Integration User")
        assert made is not None
        assert state.records.first("PermissionSet", ProfileId=made.id, PermissionsApiEnabled=True) is not None
        shown = api.retrieve({"Profile": "Integration User"})["unpackaged/profiles/Integration User.profile"]
        assert "<custom>true</custom>" in shown
        assert api.delete("Profile", "Integration User")["status"] == "Succeeded"
        assert state.records.first("Profile", Name="Integration User") is None

    def test_unknown_permissions_are_refused(self, api: Any) -> None:
        assert deploy_profile(api, permission("Nonsense")).problems == ["Unknown user permission: Nonsense"]
