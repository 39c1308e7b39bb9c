"""renameMetadata: what belongs to a component stays with it, what names it follows."""

from __future__ import annotations

from typing import Any

import pytest

from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import Api
from tests.localorg.metadata.test_crud import errors, metadata, named, outcomes, permission_set, read

APP = (
    "<contactEmail>a@acme.test</contactEmail><label>App</label><oauthConfig><callbackUrl>https://a.test</callbackUrl>"
    "<isAdminApproved>true</isAdminApproved></oauthConfig>"
)


def rename(api: Api, type_name: str, old: str, new: str) -> Any:
    names = f"<oldFullName>{old}</oldFullName><newFullName>{new}</newFullName>"
    [result] = api.call("renameMetadata", f"<type>{type_name}</type>{names}")
    return result


def test_the_result_has_the_old_name(api: Api) -> None:
    api.call("createMetadata", permission_set("Old"))
    result = rename(api, "PermissionSet", "Old", "New")
    assert (result["fullName"], result["success"]) == (["Old"], ["true"])
    assert [bool(one) for one in read(api, "PermissionSet", "Old", "New")] == [False, True]


def test_a_permission_set_keeps_what_it_has(api: Api, state: State) -> None:
    api.call("createMetadata", permission_set("Old", "ApiEnabled"))
    api.call("createMetadata", metadata("ConnectedApp", "App", APP + "<permissionSetName>Old</permissionSetName>"))
    before = state.records.first("PermissionSet", Name="Old")
    assert before is not None
    assignment = state.records.insert(
        "PermissionSetAssignment", {"AssigneeId": api.user_id, "PermissionSetId": before.id}
    )
    rename(api, "PermissionSet", "old", "New")
    after = state.records.first("PermissionSet", Name="New")
    assert after is not None
    assert (after.id, after.flag("PermissionsApiEnabled")) == (before.id, True)
    assert state.records.get(assignment) is not None
    assert read(api, "ConnectedApp", "App")[0]["permissionSetName"] == ["New"]
    [listed] = api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
    assert (listed["id"], listed["fullName"]) == ([before.id], ["New"])
    assert "unpackaged/permissionsets/New.permissionset" in api.retrieve({"PermissionSet": "*"})


def test_an_app_keeps_its_key_and_tokens(api: Api, state: State) -> None:
    api.call("createMetadata", metadata("ConnectedApp", "Old", APP))
    before = state.records.first("ConnectedApplication", DeveloperName="Old")
    assert before is not None
    state.records.insert("OauthToken", {"AppId": before.id, "UserId": api.user_id})
    inner = "<connectedApp>Old</connectedApp><isLicensed>false</isLicensed><label>May</label>"
    api.call("createMetadata", metadata("CustomPermission", "May", inner))
    rename(api, "ConnectedApp", "Old", "New")
    after = state.records.get(before.id)
    assert after is not None
    assert (after["DeveloperName"], after["ConsumerKey"]) == ("New", before["ConsumerKey"])
    assert state.records.first("OauthToken", AppId=before.id) is not None
    assert read(api, "CustomPermission", "May")[0]["connectedApp"] == ["New"]


def test_an_external_client_apps_family_follows(api: Api, state: State) -> None:
    inner = "<distributionState>Local</distributionState><label>Portal</label>"
    api.call("createMetadata", metadata("ExternalClientApplication", "Old", inner))
    policies = "<externalClientApplication>old</externalClientApplication><isEnabled>true</isEnabled>"
    api.call("createMetadata", metadata("ExtlClntAppConfigurablePolicies", "Old_plcy", policies))
    rename(api, "ExternalClientApplication", "Old", "New")
    [found] = read(api, "ExtlClntAppConfigurablePolicies", "Old_plcy")
    assert found["externalClientApplication"] == ["New"]
    off = policies.replace("old", "New").replace("true", "false")
    api.call("updateMetadata", metadata("ExtlClntAppConfigurablePolicies", "Old_plcy", off))
    app = state.records.first("ExternalClientApplication", DeveloperName="New")
    assert app is not None
    assert app["IsEnabled"] is False


@pytest.mark.parametrize("holder", ["PermissionSet", "Profile"])
def test_a_custom_permission_is_followed(api: Api, holder: str) -> None:
    inner = "<isLicensed>false</isLicensed><label>m</label>"
    api.call("createMetadata", metadata("CustomPermission", "Old", inner))
    given = "<customPermissions><enabled>true</enabled><name>Old</name></customPermissions>"
    label = "<label>H</label>" if holder == "PermissionSet" else ""
    api.call("createMetadata", metadata(holder, "H", given + label))
    rename(api, "CustomPermission", "Old", "New")
    assert read(api, holder, "H")[0]["customPermissions"][0]["name"] == ["New"]


@pytest.mark.parametrize("holder", ["PermissionSet", "Profile"])
def test_objects_and_fields_are_followed(api: Api, holder: str) -> None:
    api.call("createMetadata", metadata("CustomObject", "Old__c"))
    api.call("createMetadata", metadata("CustomField", "Old__c.F__c", "<label>F</label><type>Checkbox</type>"))
    given = (
        "<fieldPermissions><editable>false</editable><field>Old__c.F__c</field><readable>true</readable>"
        "</fieldPermissions><fieldPermissions><editable>false</editable><field>Older__c.F__c</field><readable>true"
        "</readable></fieldPermissions><objectPermissions><allowCreate>false</allowCreate><allowDelete>false"
        "</allowDelete><allowEdit>false</allowEdit><allowRead>true</allowRead><modifyAllRecords>false"
        "</modifyAllRecords><object>Old__c</object><viewAllRecords>false</viewAllRecords></objectPermissions>"
    )
    label = "<label>H</label>" if holder == "PermissionSet" else ""
    assert outcomes(api.call("createMetadata", metadata(holder, "H", given + label))) == ["true"]
    assert rename(api, "CustomObject", "Old__c", "New__c")["success"] == ["true"]
    assert rename(api, "CustomField", "New__c.F__c", "New__c.G__c")["success"] == ["true"]
    [found] = read(api, holder, "H")
    assert [one["field"] for one in found["fieldPermissions"]] == [["New__c.G__c"], ["Older__c.F__c"]]
    assert found["objectPermissions"][0]["object"] == ["New__c"]


def test_a_profile_has_its_name_in_setup_too(api: Api, state: State) -> None:
    api.call("createMetadata", metadata("Profile", "Old"))
    before = state.records.first("Profile", FullName="Old")
    assert before is not None
    rename(api, "Profile", "Old", "New")
    after = state.records.get(before.id)
    assert after is not None
    assert (after["FullName"], after["Name"]) == ("New", "New")


def test_a_block_still_blocks(api: Api, state: State) -> None:
    inner = (
        "<blockedByApiWhitelisting>false</blockedByApiWhitelisting><consumerKey>k1234567</consumerKey>"
        "<consumerName>C</consumerName><masterLabel>M</masterLabel>"
    )
    api.call("createMetadata", metadata("BlacklistedConsumer", "Old", inner))
    rename(api, "BlacklistedConsumer", "Old", "New")
    [record] = state.records.find("BlacklistedConsumer")
    assert (record["DeveloperName"], record["ConsumerKey"]) == ("New", "k1234567")
    assert outcomes(api.call("deleteMetadata", named("BlacklistedConsumer", "New"))) == ["true"]
    assert state.records.find("BlacklistedConsumer") == []


def test_a_name_can_change_its_case(api: Api) -> None:
    api.call("createMetadata", permission_set("allow_x"))
    assert rename(api, "PermissionSet", "allow_x", "Allow_X")["success"] == ["true"]
    assert read(api, "PermissionSet", "ALLOW_X")[0]["fullName"] == ["Allow_X"]


def test_a_bundles_files_are_renamed_with_it(api: Api) -> None:
    files = {
        "package.xml": '<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types><members>old</members>'
        "<name>AuraDefinitionBundle</name></types><version>63.0</version></Package>",
        "aura/old/old.cmp": "<aura:component/>",
        "aura/old/old.cmp-meta.xml": '<AuraDefinitionBundle xmlns="http://soap.sforce.com/2006/04/metadata"/>',
        "aura/old/oldController.js": "({})",
    }
    assert api.deploy(files)["status"] == "Succeeded"
    assert rename(api, "AuraDefinitionBundle", "old", "new")["success"] == ["true"]
    found = api.retrieve({"AuraDefinitionBundle": "*"})
    assert {"unpackaged/aura/new/new.cmp", "unpackaged/aura/new/newController.js"} <= set(found)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Nobody", "New", "INVALID_CROSS_REFERENCE_KEY"),
        ("A", "B", "DUPLICATE_VALUE"),
        ("A", "b", "DUPLICATE_VALUE"),
        ("A", "", "REQUIRED_FIELD_MISSING"),
        ("", "B", "REQUIRED_FIELD_MISSING"),
        ("A", "x" * 256, "INVALID_FIELD"),
    ],
)
def test_refusals(api: Api, old: str, new: str, code: str) -> None:
    api.call("createMetadata", permission_set("A") + permission_set("B"))
    result = rename(api, "PermissionSet", old, new)
    assert errors(result)[0][0] == code
    assert [bool(one) for one in read(api, "PermissionSet", "A", "B")] == [True, True]
