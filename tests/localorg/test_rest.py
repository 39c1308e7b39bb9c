"""REST: versions, errors, paging, and what may be written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.versions import season
from tests.localorg.visitor import Visitor

NOT_FOUND = [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]
SUPER = "super.user@acme.example"


def user_id(visitor: Visitor, username: str) -> str:
    return str(visitor.query(f"SELECT Id FROM User WHERE Username = '{username}'")["records"][0]["Id"])


def permission_set(visitor: Visitor, name: str = "Allow") -> str:
    return visitor.org.state.records.insert("PermissionSet", {"Name": name, "Label": name, "IsOwnedByProfile": False})


def app_id(visitor: Visitor, name: str) -> str:
    return str(visitor.query(f"SELECT Id FROM ConnectedApplication WHERE Name = '{name}'")["records"][0]["Id"])


def test_versions_ascend_and_need_no_session(shared: Visitor) -> None:
    versions = shared.call("GET", "/services/data", "").json()
    numbers = [float(one["version"]) for one in versions]
    assert numbers == sorted(numbers)
    assert versions[-1] == {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"}
    assert [season(number) for number in (59, 62, 63)] == ["Winter '24", "Winter '25", "Spring '25"]


@pytest.mark.parametrize("path", ["//services/data/v63.0/limits", "///services//data/v63.0/limits/"])
def test_slashes_are_collapsed(shared: Visitor, path: str) -> None:
    assert shared.call("GET", path).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/services/data/v99.0/limits", 404),
        ("/services/data/63.0x/limits", 404),
        ("/services/data/v30.0/limits", 410),
        ("/services/data/v63.0/nothing", 404),
        ("/services/data/v63.0/sobjects/Nothing/1", 404),
        ("/services/data/v63.0/sobjects/User/005000000000000AAA", 404),
        ("/services/data/v63.0/tooling/sobjects/SourceMember/describe", 404),
        ("/", 404),
        ("/nothing", 404),
    ],
)
def test_what_is_not_there(shared: Visitor, path: str, status: int) -> None:
    answer = shared.call("GET", path)
    assert answer.status_code == status
    if status == 404:
        assert answer.json() == NOT_FOUND


def test_sessions_that_are_none(shared: Visitor) -> None:
    for token in ("", "00D000000000000!nonsense"):
        answer = shared.rest("/limits", token)
        assert answer.status_code == 401
        assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    answer = shared.rest("/limits", "", headers={"Authorization": "Basic x"})
    assert answer.status_code == 401
    assert answer.json() == [{"message": "INVALID_HEADER_TYPE", "errorCode": "INVALID_AUTH_HEADER"}]


def test_reading_records_and_descriptions(shared: Visitor) -> None:
    user = user_id(shared, SUPER)
    found = shared.rest(f"/sobjects/User/{user}").json()
    assert found["Username"] == SUPER
    assert "Password" not in found
    assert shared.rest(f"/sobjects/user/{user[:15]}?fields=username,Email").json() == {
        "attributes": {"type": "User", "url": f"/services/data/v63.0/sobjects/User/{user}"},
        "Username": SUPER,
        "Email": SUPER,
    }
    assert shared.rest(f"/sobjects/Organization/{shared.org.org_id}").json()["IsSandbox"] is True
    described = shared.rest("/sobjects/PermissionSetAssignment/describe").json()
    assert described["createable"]
    assert "ExpirationDate" in {one["name"] for one in described["fields"]}
    assert {one["name"] for one in shared.rest("/sobjects").json()["sobjects"]} >= {"User", "OauthToken"}
    assert shared.rest(f"/sobjects/User/{user}?fields=Secret").status_code == 400
    assert shared.rest("").json()["sobjects"] == "/services/data/v63.0/sobjects"


def test_an_assignment_from_its_beginning_to_its_end(visitor: Visitor) -> None:
    allow, user = permission_set(visitor), user_id(visitor, SUPER)
    until = to_stamp(visitor.org.state.clock.now() + timedelta(days=3))
    body = {"AssigneeId": user[:15], "PermissionSetId": allow, "ExpirationDate": until}
    made = visitor.rest("/sobjects/PermissionSetAssignment", method="POST", json=body)
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "success": True, "errors": []}
    path = f"/sobjects/PermissionSetAssignment/{made.json()['id']}"
    assert visitor.rest(path).json()["ExpirationDate"] == until
    assert visitor.rest(path).json()["IsActive"] is True
    again = visitor.rest("/sobjects/PermissionSetAssignment", method="POST", json=body)
    assert again.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    visitor.org.state.move_clock(timedelta(days=4))
    visitor.org.state.move_clock(timedelta(days=-3, hours=-23))
    later = to_stamp(visitor.org.state.clock.now() + timedelta(days=30))
    assert visitor.rest(path, method="PATCH", json={"ExpirationDate": later}).status_code == 204
    assert visitor.rest(path).json()["ExpirationDate"] == later
    assert visitor.rest(path, method="PATCH", json={"ExpirationDate": None}).status_code == 204
    assert visitor.rest(path).json()["ExpirationDate"] is None
    assert visitor.rest(path, method="DELETE").status_code == 204
    assert visitor.rest(path, method="DELETE").json() == NOT_FOUND


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"AssigneeId": None}, "REQUIRED_FIELD_MISSING"),
        ({"AssigneeId": "x"}, "MALFORMED_ID"),
        ({"AssigneeId": "005000000000000AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"PermissionSetId": "{user}"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"PermissionSetId": "{owned}"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"ExpirationDate": "never"}, "JSON_PARSER_ERROR"),
        ({"ExpirationDate": "2001-01-01T00:00:00Z"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"Nonsense": 1}, "INVALID_FIELD"),
        ({"IsActive": False}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_assignments_that_are_refused(visitor: Visitor, change: dict[str, Any], code: str) -> None:
    user = user_id(visitor, SUPER)
    owned = visitor.query("SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true")["records"][0]["Id"]
    body = {"AssigneeId": user, "PermissionSetId": permission_set(visitor)}
    for name, value in change.items():
        body[name] = value.format(user=user, owned=owned) if isinstance(value, str) else value
    before = visitor.query("SELECT COUNT() FROM PermissionSetAssignment")
    answer = visitor.rest("/sobjects/PermissionSetAssignment", method="POST", json=body)
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code
    assert visitor.query("SELECT COUNT() FROM PermissionSetAssignment") == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_a_body_that_is_no_object(shared: Visitor, body: bytes) -> None:
    answer = shared.rest("/sobjects/SetupEntityAccess", method="POST", data=body)
    assert answer.json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_a_grant_by_setup_entity_access_opens_the_gate(visitor: Visitor) -> None:
    records = visitor.org.state.records
    allow, user, app = permission_set(visitor), user_id(visitor, SUPER), app_id(visitor, "Dataloader.io")
    records.update(app, OptionsAllowAdminApprovedUsersOnly=True)
    records.insert("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": allow})
    denied = visitor.refresh("Dataloader.io", "refresh-dataloader-super")
    assert denied.json() == {
        "error": "invalid_app_access",
        "error_description": "user is not admin approved to access this app",
    }
    made = visitor.rest("/sobjects/SetupEntityAccess", method="POST", json={"ParentId": allow, "SetupEntityId": app})
    assert made.status_code == 201
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-super").status_code == 200
    path = f"/sobjects/SetupEntityAccess/{made.json()['id']}"
    assert visitor.rest(path).json()["SetupEntityType"] == "ConnectedApplication"
    twice = visitor.rest("/sobjects/SetupEntityAccess", method="POST", json={"ParentId": allow, "SetupEntityId": app})
    assert twice.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    assert visitor.rest(path, method="PATCH", json={}).status_code == 405
    assert visitor.rest(path, method="DELETE").status_code == 204
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-super").status_code == 400


def test_writing_needs_permissions(visitor: Visitor) -> None:
    token = visitor.password("Dataloader.io", SUPER).json()["access_token"]
    for name in ("PermissionSetAssignment", "SetupEntityAccess"):
        answer = visitor.rest(f"/sobjects/{name}", token, "POST", json={})
        assert answer.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_what_cannot_be_done_at_all(shared: Visitor) -> None:
    assert shared.rest("/sobjects/Profile", method="POST", json={}).status_code == 405
    assert shared.rest(f"/sobjects/User/{user_id(shared, SUPER)}", method="DELETE").status_code == 405
    assert shared.rest("/query", method="POST", json={}).status_code == 405


def pages(visitor: Visitor, soql: str, **options: Any) -> list[int]:
    sizes = []
    answer = visitor.query(soql, **options)
    while True:
        sizes.append(len(answer["records"]))
        if answer["done"]:
            assert "nextRecordsUrl" not in answer
            return sizes
        answer = visitor.call("GET", answer["nextRecordsUrl"]).json()


def test_long_results_come_in_batches(visitor: Visitor) -> None:
    with visitor.org.state.transaction():
        for number in range(2100):
            visitor.org.state.records.insert("Profile", {"Name": f"P{number}"})
    assert pages(visitor, "SELECT Id FROM Profile") == [2000, 103]
    header = {"Sforce-Query-Options": "batchSize=1000"}
    assert pages(visitor, "SELECT Id FROM Profile", headers=header) == [1000, 1000, 103]
    first = visitor.query("SELECT Id FROM Profile")
    other = visitor.password("Dataloader.io", SUPER).json()["access_token"]
    for url, token in ((first["nextRecordsUrl"], other), ("/services/data/v63.0/query/01gNONSENSE-2000", None)):
        assert visitor.call("GET", url, token).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_oauth_tokens_come_in_500s_and_stop_at_2500(visitor: Visitor) -> None:
    user = user_id(visitor, SUPER)
    with visitor.org.state.transaction():
        for number in range(2600):
            visitor.org.state.records.insert("OauthToken", {"UserId": user, "AppName": f"A{number}", "UseCount": 1})
    assert pages(visitor, "SELECT AppName FROM OauthToken") == [500] * 5
    assert visitor.query("SELECT COUNT() FROM OauthToken")["totalSize"] == 2610
    assert pages(visitor, "SELECT AppName FROM OauthToken LIMIT 2500 OFFSET 2000") == [500, 110]


def test_without_customize_application_only_ones_own_tokens_show(visitor: Visitor) -> None:
    token = visitor.password("Dataloader.io", SUPER).json()["access_token"]
    found = visitor.query("SELECT AppName FROM OauthToken ORDER BY AppName", token)["records"]
    assert [row["AppName"] for row in found] == ["Dataloader.io", "Salesforce for Android"]
    assert visitor.query("SELECT COUNT() FROM OauthToken", token)["totalSize"] == 2
