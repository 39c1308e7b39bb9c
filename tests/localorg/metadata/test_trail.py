"""SetupAuditTrail: what the Metadata API did, by whom, in Setup's words."""

from __future__ import annotations

from typing import Any

from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import Api
from tests.localorg.metadata.test_crud import metadata, named, permission_set
from tests.localorg.metadata.test_groups import group
from tests.localorg.metadata.test_renames import APP, rename

NS = "http://soap.sforce.com/2006/04/metadata"


def told(state: State) -> list[tuple[Any, Any]]:
    """(action, sentence) since the last time."""
    rows = state.records.find("SetupAuditTrail")
    state.records.delete_all(rows)
    return [(row["Action"], row["Display"]) for row in rows]


def test_a_permission_set_from_beginning_to_end(api: Api, state: State) -> None:
    api.call("createMetadata", permission_set("A", "ApiEnabled"))
    assert told(state) == [
        ("PermSetCreateNoLicense", "Created permission set A: with no license"),
        (
            "PermSetEnableUserPerm",
            "Changed permission set A: ApiEnabled permission was changed from disabled to enabled",
        ),
    ]
    api.call("updateMetadata", metadata("PermissionSet", "A", "<label>New</label><description>d</description>"))
    assert told(state) == [
        ("PermSetLabelChange", "Changed permission set New: Master Label was changed from A to New"),
        ("PermSetDescriptionChange", "Changed permission set New: description was changed"),
        (
            "PermSetDisableUserPerm",
            "Changed permission set New: ApiEnabled permission was changed from enabled to disabled",
        ),
    ]
    rename(api, "PermissionSet", "A", "B")
    api.call("deleteMetadata", named("PermissionSet", "B"))
    assert told(state) == [
        ("PermSetDeveloperNameChange", "Changed permission set New: API name was changed from A to B"),
        ("PermSetDelete", "Deleted permission set New"),
    ]


def test_a_group(api: Api, state: State) -> None:
    api.call("createMetadata", permission_set("A") + permission_set("B"))
    told(state)
    api.call("createMetadata", group("G", "A"))
    api.call("updateMetadata", group("G", "B"))
    api.call("deleteMetadata", named("PermissionSetGroup", "G"))
    assert told(state) == [
        ("PermissionSetGroupCreate", "Created permission set group G"),
        ("PermissionSetGroupComponentAdd", "Changed permission set group G: group member A was added"),
        ("PermissionSetGroupComponentAdd", "Changed permission set group G: group member B was added"),
        ("PermissionSetGroupComponentRemoved", "Changed permission set group G: group member A was removed"),
        ("PermissionSetGroupDelete", "Deleted permission set group G"),
    ]


def test_an_app_and_its_grants(api: Api, state: State) -> None:
    api.call("createMetadata", permission_set("A"))
    told(state)
    api.call("createMetadata", metadata("ConnectedApp", "App", APP.replace("true", "false")))
    api.call("updateMetadata", metadata("ConnectedApp", "App", APP + "<permissionSetName>A</permissionSetName>"))
    permitted = "All users may self-authorize to Admin approved users are pre-authorized"
    assert told(state) == [
        ("insertApplication", "Created Connected App App"),
        ("changeUserRuntimeAccessPolicy", f"Changed connected app App Permitted Users setting from {permitted}"),
        (
            "SetupEntityAccessAudit_PermissionSet_ConnectedApplication_Enabled",
            "Changed permission set A: App connected app is enabled",
        ),
    ]


def test_a_custom_permission_and_a_profile(api: Api, state: State) -> None:
    api.call("createMetadata", metadata("CustomPermission", "May", "<isLicensed>false</isLicensed><label>m</label>"))
    given = "<userPermissions><enabled>true</enabled><name>ViewSetup</name></userPermissions>"
    api.call("updateMetadata", metadata("Profile", "Standard", given))
    rename(api, "CustomPermission", "May", "Might")
    text = "general user permission ViewSetup was changed from disabled to enabled"
    assert told(state) == [
        ("CustomPermissionCreate", "Created custom permission May"),
        ("profilePermChangedStandard", f"Changed profile Standard: {text}"),
        (
            "CustomPermissionDeveloperNameChange",
            "Changed custom permission Might: developer name was changed from May to Might",
        ),
    ]


def test_what_is_only_checked_or_rolled_back_leaves_no_trace(api: Api, state: State) -> None:
    content = f'<PermissionSet xmlns="{NS}"><label>A</label></PermissionSet>'
    path = "permissionsets/A.permissionset"
    assert api.deploy_one("PermissionSet", "A", path, content, checkOnly=True)["status"] == "Succeeded"
    api.version = 33
    api.call("createMetadata", permission_set("B") + permission_set("C", "Nonsense"))
    assert told(state) == []
    assert api.deploy_one("PermissionSet", "A", path, content)["status"] == "Succeeded"
    [row] = state.records.find("SetupAuditTrail")
    assert (row["Action"], row["Section"], row["CreatedById"]) == (
        "PermSetCreateNoLicense",
        "Manage Users",
        api.user_id,
    )
    assert api.deploy_one("PermissionSet", "A", path, content)["status"] == "Succeeded"
    assert len(state.records.find("SetupAuditTrail")) == 1
