"""One record over REST: users, permission sets and groups, sessions, descriptions, what is found by other fields."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from sfmeta.localorg.metadata import effects
from tests.localorg.visitor import Visitor

LIST = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><SessionHeader><sessionId>{}</sessionId>'
    "</SessionHeader></e:Header><e:Body><listMetadata><queries><type>Profile</type></queries></listMetadata></e:Body>"
    "</e:Envelope>"
)
SUPER = "super.user@acme.example"


def only(visitor: Visitor, soql: str, **options: Any) -> dict[str, Any]:
    """The one record that a query finds, without its attributes."""
    answer = visitor.query(soql, **options)
    assert answer["totalSize"] == 1, answer
    record: dict[str, Any] = answer["records"][0]
    return {name: value for name, value in record.items() if name != "attributes"}


def id_of(visitor: Visitor, sobject: str, where: str) -> str:
    return str(only(visitor, f"SELECT Id FROM {sobject} WHERE {where}")["Id"])


def made(visitor: Visitor, sobject: str, **fields: Any) -> str:
    answer = visitor.rest(f"/sobjects/{sobject}", method="POST", json=fields)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith(f"/sobjects/{sobject}/{answer.json()['id']}")
    return str(answer.json()["id"])


def new_user(visitor: Visitor, **changes: Any) -> dict[str, Any]:
    return {
        "Username": "New.One@acme.example",
        "LastName": "One",
        "Email": "new.one@acme.example",
        "Alias": "newone",
        "TimeZoneSidKey": "GMT",
        "LocaleSidKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "LanguageLocaleKey": "en_US",
        "ProfileId": id_of(visitor, "Profile", "Name = 'Standard User'"),
        **changes,
    }


def test_a_user_from_the_first_day_to_the_last(visitor: Visitor) -> None:
    user = made(visitor, "User", **new_user(visitor))
    shown = only(
        visitor, f"SELECT Username, Name, IsActive, UserType, CreatedBy.Username FROM User WHERE Id = '{user}'"
    )
    assert shown["CreatedBy"]["Username"] == "admin@acme.example"
    assert (shown["Username"], shown["Name"], shown["IsActive"]) == ("new.one@acme.example", "One", True)
    owned = f"SELECT PermissionSet.ProfileId FROM PermissionSetAssignment WHERE AssigneeId = '{user}'"
    standard = id_of(visitor, "Profile", "Name = 'Standard User'")
    assert only(visitor, owned)["PermissionSet"]["ProfileId"] == standard
    admin = id_of(visitor, "Profile", "Name = 'System Administrator'")
    assert visitor.rest(f"/sobjects/User/{user}", method="PATCH", json={"ProfileId": admin}).status_code == 204
    assert only(visitor, owned)["PermissionSet"]["ProfileId"] == admin
    visitor.org.state.records.insert("AuthSession", {"UsersId": user, "Token": "x"})
    assert visitor.rest(f"/sobjects/User/Username/{shown['Username']}").json()["Id"] == user
    answer = visitor.rest(f"/sobjects/User/Id/{user[:15]}", method="PATCH", json={"IsActive": False})
    assert answer.json() == {"id": user, "success": True, "errors": [], "created": False}
    assert visitor.query(f"SELECT COUNT() FROM AuthSession WHERE UsersId = '{user}'")["totalSize"] == 0
    trail = visitor.query("SELECT Action FROM SetupAuditTrail ORDER BY CreatedDate DESC NULLS LAST")["records"]
    assert {"createduser", "deactivateduser"} <= {row["Action"] for row in trail}


@pytest.mark.parametrize(
    ("change", "code", "fields"),
    [
        ({"Username": None, "Alias": ""}, "REQUIRED_FIELD_MISSING", ["Username", "Alias"]),
        ({"Username": "nobody"}, "INVALID_EMAIL_ADDRESS", ["Username"]),
        ({"Username": "ADMIN@acme.example"}, "DUPLICATE_USERNAME", ["Username"]),
        ({"Alias": "muchtoolong"}, "STRING_TOO_LONG", ["Alias"]),
        ({"LastName": "x" * 300}, "STRING_TOO_LONG", ["LastName"]),
        ({"ProfileId": "005000000000000AAA"}, "INVALID_CROSS_REFERENCE_KEY", ["ProfileId"]),
        ({"ProfileId": "{user}"}, "FIELD_INTEGRITY_EXCEPTION", ["ProfileId"]),
        ({"ProfileId": 7}, "JSON_PARSER_ERROR", []),
        ({"IsActive": "yes"}, "JSON_PARSER_ERROR", []),
        ({"UserType": "Guest"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["UserType"]),
        ({"Password": "secret"}, "INVALID_FIELD", []),
    ],
)
def test_users_that_are_refused(shared: Visitor, change: dict[str, Any], code: str, fields: list[str]) -> None:
    before = shared.query("SELECT COUNT() FROM User")
    if change.get("ProfileId") == "{user}":
        change = {"ProfileId": id_of(shared, "User", "Username = 'admin@acme.example'")}
    answer = shared.rest("/sobjects/User", method="POST", json=new_user(shared, **change))
    assert (answer.status_code, answer.json()[0]["errorCode"], answer.json()[0]["fields"]) == (400, code, fields)
    assert shared.query("SELECT COUNT() FROM User") == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"LastName": "x" * 300}, f"Last Name: data value too large: {'x' * 80} (max length=255)"),
        ({"ProfileId": "x"}, "Profile ID: id value of incorrect type: x"),
    ],
)
def test_a_refusal_names_a_field_by_its_label(shared: Visitor, change: dict[str, Any], words: str) -> None:
    answer = shared.rest("/sobjects/User", method="POST", json=new_user(shared, **change))
    assert answer.json()[0]["message"] == words


def test_nobody_deactivates_themself_or_takes_away_what_must_be(shared: Visitor) -> None:
    me = id_of(shared, "User", "Username = 'admin@acme.example'")
    path = f"/sobjects/User/{me}"
    assert (
        shared.rest(path, method="PATCH", json={"IsActive": False}).json()[0]["errorCode"] == "CANNOT_DEACTIVATE_USER"
    )
    assert shared.rest(path, method="PATCH", json={"LastName": ""}).json()[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert shared.rest(path, method="DELETE").status_code == 405


def test_a_permission_set_is_a_component_too(visitor: Visitor) -> None:
    state = visitor.org.state
    id_ = made(
        visitor, "PermissionSet", Name="Audit", Label="Audit", PermissionsViewSetup=True, PermissionsEditTask=False
    )
    document = effects.current(state, "PermissionSet", "Audit")
    assert document is not None
    assert [node.value("name") for node in document.all("userPermissions")] == ["ViewSetup"]
    path = f"/sobjects/PermissionSet/{id_}"
    changes = {"Name": "Audit_All", "Label": "Audit all", "PermissionsViewSetup": False, "PermissionsApiEnabled": True}
    assert visitor.rest(path, method="PATCH", json=changes).status_code == 204
    assert effects.current(state, "PermissionSet", "Audit") is None
    document = effects.current(state, "PermissionSet", "Audit_All")
    assert document is not None
    assert document.value("label") == "Audit all"
    assert [node.value("name") for node in document.all("userPermissions")] == ["ApiEnabled"]
    user = id_of(visitor, "User", f"Username = '{SUPER}'")
    assignment = made(visitor, "PermissionSetAssignment", AssigneeId=user, PermissionSetId=id_)
    assert visitor.rest(path, method="DELETE").json()[0]["errorCode"] == "DELETE_FAILED"
    visitor.rest(f"/sobjects/PermissionSetAssignment/{assignment}", method="DELETE")
    assert visitor.rest(path, method="DELETE").status_code == 204
    assert visitor.rest(path).status_code == 404
    assert effects.current(state, "PermissionSet", "Audit_All") is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Name": "A"}, "REQUIRED_FIELD_MISSING"),
        ({"Name": "1A", "Label": "A"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"Name": "A__B", "Label": "A"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"Name": "A B", "Label": "A"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"Name": "A", "Label": "A", "LicenseId": "x"}, "MALFORMED_ID"),
        ({"Name": "A", "Label": "A", "PermissionsNoSuchThing": True}, "INVALID_FIELD"),
        ({"Name": "A", "Label": "A", "IsOwnedByProfile": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_permission_sets_that_are_refused(shared: Visitor, fields: dict[str, Any], code: str) -> None:
    assert shared.rest("/sobjects/PermissionSet", method="POST", json=fields).json()[0]["errorCode"] == code


def test_the_permission_set_of_a_profile_is_not_written(shared: Visitor) -> None:
    owned = shared.query("SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true")["records"][0]["Id"]
    for method, body in (("PATCH", {"Label": "x"}), ("DELETE", None)):
        answer = shared.rest(f"/sobjects/PermissionSet/{owned}", method=method, json=body)
        assert answer.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_a_group_adds_up_its_members_without_what_is_muted(visitor: Visitor) -> None:
    records = visitor.org.state.records
    give = made(
        visitor, "PermissionSet", Name="Give", Label="Give", PermissionsApiEnabled=True, PermissionsRunFlow=True
    )
    mute = records.insert("MutingPermissionSet", {"DeveloperName": "Mute", "PermissionsRunFlow": True})
    group = made(visitor, "PermissionSetGroup", DeveloperName="Both", MasterLabel="Both")
    part = made(visitor, "PermissionSetGroupComponent", PermissionSetGroupId=group, PermissionSetId=give)
    made(visitor, "PermissionSetGroupComponent", PermissionSetGroupId=group, PermissionSetId=mute)
    again = {"PermissionSetGroupId": group, "PermissionSetId": give}
    answer = visitor.rest("/sobjects/PermissionSetGroupComponent", method="POST", json=again)
    assert answer.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    soql = "SELECT Name, Type, PermissionsApiEnabled, PermissionsRunFlow FROM PermissionSet WHERE "
    expected = {"Name": "Both", "Type": "Group", "PermissionsApiEnabled": True, "PermissionsRunFlow": False}
    assert only(visitor, soql + f"PermissionSetGroupId = '{group}'") == expected
    assert only(visitor, soql + "Type = 'Group' AND PermissionsApiEnabled = true") == expected
    user = id_of(visitor, "User", f"Username = '{SUPER}'")
    assignment = made(visitor, "PermissionSetAssignment", AssigneeId=user, PermissionSetGroupId=group)
    shown = "SELECT PermissionSetGroup.DeveloperName, PermissionSet.Name FROM PermissionSetAssignment"
    row = only(visitor, f"{shown} WHERE Id = '{assignment}'")
    assert (row["PermissionSetGroup"]["DeveloperName"], row["PermissionSet"]["Name"]) == ("Both", "Both")
    down = "SELECT Id, (SELECT AssigneeId FROM Assignments), (SELECT Id FROM PermissionSetGroupComponents)"
    children = only(visitor, f"{down} FROM PermissionSetGroup WHERE Id = '{group}'")
    assert (children["Assignments"]["totalSize"], children["PermissionSetGroupComponents"]["totalSize"]) == (1, 2)
    path = f"/sobjects/PermissionSetGroup/{group}"
    assert visitor.rest(path, method="DELETE").json()[0]["errorCode"] == "DELETE_FAILED"
    assert visitor.rest(path, method="PATCH", json={"DeveloperName": "Sum", "MasterLabel": "Sum"}).status_code == 204
    assert visitor.rest(f"/sobjects/PermissionSetGroupComponent/{part}", method="DELETE").status_code == 204
    visitor.rest(f"/sobjects/PermissionSetAssignment/{assignment}", method="DELETE")
    expected = {"Name": "Sum", "Type": "Group", "PermissionsApiEnabled": False, "PermissionsRunFlow": False}
    assert only(visitor, soql + f"PermissionSetGroupId = '{group}'") == expected
    assert visitor.rest(path, method="DELETE").status_code == 204
    assert visitor.query("SELECT COUNT() FROM PermissionSet WHERE Type = 'Group'")["totalSize"] == 0


def test_a_session_is_ended_by_deleting_it(visitor: Visitor) -> None:
    token = visitor.password("Dataloader.io", SUPER).json()["access_token"]
    mine = only(
        visitor, "SELECT Id, IsCurrent, UserType FROM AuthSession", headers={"Authorization": f"Bearer {token}"}
    )
    assert (mine["IsCurrent"], mine["UserType"]) == (True, "Standard")
    assert visitor.query("SELECT COUNT() FROM AuthSession")["totalSize"] > 1
    other = visitor.query("SELECT Id FROM AuthSession WHERE IsCurrent = true")["records"][0]["Id"]
    refused = visitor.rest(f"/sobjects/AuthSession/{other}", token, "DELETE")
    assert refused.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert visitor.rest(f"/sobjects/AuthSession/{mine['Id']}", method="DELETE").status_code == 204
    assert visitor.rest("/limits", token).status_code == 401


def test_what_is_found_by_other_fields(shared: Visitor) -> None:
    app = shared.rest("/sobjects/ConnectedApplication/Name/Billing%20Sync?fields=Id,Name").json()
    assert app["Name"] == "Billing Sync"
    assert shared.rest(f"/sobjects/ConnectedApplication/Id/{app['Id']}").json()["Id"] == app["Id"]
    assert shared.rest("/sobjects/User/Username/nobody@acme.example").status_code == 404
    answer = shared.rest("/sobjects/User/LastName/Super")
    message = "Provided external ID field does not exist or is not accessible: LastName"
    assert (answer.status_code, answer.json()) == (404, [{"message": message, "errorCode": "NOT_FOUND"}])
    assert shared.rest("/sobjects/User/-1").json()[0]["message"].endswith("is not accessible: -1")


def test_a_description_says_what_can_be_done(shared: Visitor) -> None:
    described = shared.rest("/sobjects/PermissionSet/describe").json()
    fields = {field["name"]: field for field in described["fields"]}
    assert {one["relationshipName"] for one in described["childRelationships"]} == {
        "Assignments",
        "PermissionSetGroupComponents",
        "SetupEntityAccessItems",
    }
    assert (fields["Name"]["createable"], fields["Name"]["nillable"], fields["Name"]["length"]) == (True, False, 255)
    assert (fields["ProfileId"]["referenceTo"], fields["ProfileId"]["relationshipName"]) == (["Profile"], "Profile")
    assert [one["value"] for one in fields["Type"]["picklistValues"]][:2] == ["Regular", "Standard"]
    assert (fields["CreatedDate"]["groupable"], fields["CreatedDate"]["sortable"]) == (False, True)
    assert described["keyPrefix"] == "0PS"
    tokens = {one["name"]: one for one in shared.rest("/sobjects/OauthToken/describe").json()["fields"]}
    assert (tokens["LastUsedDate"]["groupable"], tokens["LastUsedDate"]["filterable"]) == (False, True)
    history = {one["name"]: one for one in shared.rest("/sobjects/LoginHistory/describe").json()["fields"]}
    assert (history["Application"]["groupable"], history["Application"]["filterable"]) == (True, False)


def test_the_version_decides_what_there_is(shared: Visitor) -> None:
    def at(version: int, path: str, **params: str) -> int:
        return shared.call("GET", f"/services/data/v{version}.0{path}", params=params).status_code

    assert at(51, "/query", q="SELECT ExpirationDate FROM PermissionSetAssignment") == 400
    assert at(52, "/query", q="SELECT ExpirationDate FROM PermissionSetAssignment") == 200
    assert at(58, "/sobjects/ExternalClientApplication/describe") == 404
    assert at(59, "/sobjects/ExternalClientApplication/describe") == 200
    assert at(50, "/query", q="SELECT FIELDS(ALL) FROM User LIMIT 1") == 400
    assert at(51, "/query", q="SELECT FIELDS(ALL) FROM User LIMIT 1") == 200


def deploy(visitor: Visitor) -> None:
    """Validates a small package."""
    ns = "http://soap.sforce.com/2006/04/metadata"
    types = "<types><members>X</members><name>PermissionSet</name></types><version>63.0</version>"
    package = f'<Package xmlns="{ns}">{types}</Package>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("package.xml", package)
        archive.writestr(
            "permissionsets/X.permissionset", f'<PermissionSet xmlns="{ns}"><label>X</label></PermissionSet>'
        )
    options = json.dumps({"deployOptions": {"checkOnly": True, "singlePackage": True}})
    files = {
        "json": (None, options, "application/json"),
        "file": ("x.zip", content.getvalue(), "application/zip"),
    }
    assert visitor.rest("/metadata/deployRequest", method="POST", files=files).status_code == 201


def test_the_tooling_api_has_jobs_and_no_tracked_sources(visitor: Visitor) -> None:
    deploy(visitor)
    soql = "SELECT Id, Status, CheckOnly, CreatedBy.Username, NumberComponentsTotal, TestLevel FROM DeployRequest"
    [row] = visitor.rest("/tooling/query", params={"q": soql}).json()["records"]
    assert (row["Id"][:3], row["Status"], row["CheckOnly"], row["TestLevel"]) == ("0Af", "Succeeded", True, "NoTestRun")
    assert (row["CreatedBy"]["Username"], row["NumberComponentsTotal"]) == ("admin@acme.example", 1)
    answer = visitor.rest("/tooling/sobjects/SourceMember/describe")
    assert (answer.status_code, answer.json()[0]["message"]) == (404, "The requested resource does not exist")
    soql = "SELECT Id, MasterLabel, Metadata FROM StandardValueSet WHERE MasterLabel = 'AccountType'"
    assert visitor.rest("/tooling/query", params={"q": soql}).json()["records"] == []
    assert visitor.rest("/sobjects/StandardValueSet/describe").status_code == 404


def test_every_sobject_shows_all_of_itself(shared: Visitor) -> None:
    for base in ("", "/tooling"):
        for one in shared.rest(f"{base}/sobjects").json()["sobjects"]:
            soql = f"SELECT FIELDS(ALL) FROM {one['name']} LIMIT 200"
            answer = shared.rest(f"{base}/query", params={"q": soql})
            assert answer.status_code == 200, answer.text
            described = shared.rest(f"{base}/sobjects/{one['name']}/describe").json()
            names = [field["name"] for field in described["fields"]]
            for record in answer.json()["records"]:
                assert list(record)[1:] == names


def test_methods_that_ask_for_less(shared: Visitor) -> None:
    assert shared.call("HEAD", "/services/data/v63.0/limits").status_code == 200
    assert shared.call("HEAD", "/services/data/v63.0/limits").content == b""
    options = shared.call("OPTIONS", "/services/data/v63.0/sobjects/User", "")
    assert (options.status_code, "POST" in options.headers["Allow"]) == (200, True)
    assert shared.rest("/recent").json() == []
    assert shared.rest("/query").json()[0]["message"] == "A query string has to be specified"
    assert shared.rest("/query?explain=SELECT+Id+FROM+User").status_code == 404


def test_apps_that_are_external_and_who_uses_them(visitor: Visitor) -> None:
    [app] = visitor.rest("/apps/oauth/usage").json()["apps"]
    assert (app["developerName"], app["identifier"][:3]) == ("Partner_Portal", "0xI")
    base = f"/apps/oauth/usage/{app['identifier']}"
    [user] = visitor.rest(f"{base}/users").json()["users"]
    tokens = visitor.rest(f"{base}/{user['userIdentifier']}/tokens").json()
    [token] = tokens["tokens"]
    assert (token["username"], token["appDeveloperName"]) == (user["username"], "Partner_Portal")
    assert visitor.call("GET", tokens["nextPageUrl"]).json()["tokens"] == []
    assert visitor.rest("/apps/oauth/usage?page=x").status_code == 400
    connected = id_of(visitor, "ConnectedApplication", "Name = 'Billing Sync'")
    assert visitor.rest(f"/apps/oauth/usage/{connected}/users").status_code == 404
    assert visitor.call("DELETE", token["revocationUrl"]).status_code == 204
    assert visitor.call("DELETE", token["revocationUrl"]).status_code == 404
    assert visitor.rest("/apps/oauth/usage").json()["apps"] == []
    assert visitor.rest(f"{base}/tokens", method="DELETE").status_code == 204
    assert visitor.call("GET", "/services/data/v58.0/apps/oauth/usage").status_code == 404
    someone = visitor.password("Dataloader.io", SUPER).json()["access_token"]
    assert visitor.rest("/apps/oauth/usage", someone).status_code == 403


def test_who_may_look_at_the_use_of_external_apps_may_not_end_it(visitor: Visitor) -> None:
    records = visitor.org.state.records
    user = records.first("User", Username=SUPER)
    assert user is not None
    viewer = records.insert("PermissionSet", {"Name": "Viewer", "PermissionsExternalClientAppViewer": True})
    records.insert("PermissionSetAssignment", {"AssigneeId": user.id, "PermissionSetId": viewer})
    someone = visitor.password("Dataloader.io", SUPER).json()["access_token"]
    [app] = visitor.rest("/apps/oauth/usage", someone).json()["apps"]
    tokens = f"/apps/oauth/usage/{app['identifier']}/tokens"
    assert visitor.rest(tokens, someone, "DELETE").json()[0]["errorCode"] == "INSUFFICIENT_ACCESS"
    assert visitor.rest("/apps/oauth/usage", someone).json()["apps"] == [app]


def test_calls_are_noted_where_the_org_has_such_logs(visitor: Visitor) -> None:
    soql = "SELECT ApiFamily, ApiResource, ClientName, HttpMethod, ObjectName, StatusCode, UserIdentifier FROM "
    soql += "ApiTotalUsageEventLog ORDER BY Timestamp"
    assert visitor.rest("/query", params={"q": soql}).json()[0]["errorCode"] == "INVALID_TYPE"
    visitor.org.state.change_org(features=("EventLogObjects",))
    visitor.rest("/sobjects/User/describe", headers={"Sforce-Call-Options": "client=tests, defaultNamespace=x"})
    found = visitor.query(soql)["records"]
    assert [(row["HttpMethod"], row["ApiResource"]) for row in found] == [("GET", "/v63.0/sobjects/User/describe")]
    assert (found[0]["ClientName"], found[0]["ObjectName"], found[0]["StatusCode"]) == ("tests", "User", 200)
    body = LIST.format(visitor.org.admin.access_token)
    assert visitor.call("POST", "/services/Soap/m/63.0", "", data=body).status_code == 200
    last = visitor.query(soql)["records"][-1]
    assert (last["ApiFamily"], last["ApiResource"]) == ("SOAP", "listMetadata")


def test_changes_of_permission_sets_and_groups_stand_in_the_audit_trail(visitor: Visitor) -> None:
    state = visitor.org.state
    before = state.records.count("SetupAuditTrail")
    first = made(visitor, "PermissionSet", Name="Trailed", Label="Trailed", PermissionsApiEnabled=True)
    body = {"Label": "Renamed", "Name": "Trailing", "PermissionsApiEnabled": False}
    visitor.rest(f"/sobjects/PermissionSet/{first}", method="PATCH", json=body)
    group = made(visitor, "PermissionSetGroup", DeveloperName="Told", MasterLabel="Told")
    part = made(visitor, "PermissionSetGroupComponent", PermissionSetGroupId=group, PermissionSetId=first)
    for path in (f"PermissionSetGroupComponent/{part}", f"PermissionSetGroup/{group}", f"PermissionSet/{first}"):
        assert visitor.rest(f"/sobjects/{path}", method="DELETE").status_code == 204
    rows = state.records.find("SetupAuditTrail")[before:]
    assert [row["Action"] for row in rows] == [
        "PermSetCreateNoLicense",
        "PermSetEnableUserPerm",
        "PermSetDeveloperNameChange",
        "PermSetLabelChange",
        "PermSetDisableUserPerm",
        "PermissionSetGroupCreate",
        "PermissionSetGroupComponentAdd",
        "PermissionSetGroupComponentRemoved",
        "PermissionSetGroupDelete",
        "PermSetDelete",
    ]
    assert {row["CreatedById"] for row in rows} == {
        id_of(visitor, "User", f"Username = '{visitor.org.admin.username}'")
    }
