"""Many records, and requests in a request: collections, trees, composite and batch."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localorg.test_rest_records import id_of, made
from tests.localorg.visitor import Visitor

SET = {"type": "PermissionSet"}
GOOD = {"attributes": SET, "Name": "Good", "Label": "Good"}
BAD = {"attributes": SET, "Name": "Bad"}


def count(visitor: Visitor) -> int:
    return int(visitor.query("SELECT COUNT() FROM PermissionSet")["totalSize"])


def test_a_collection_saves_what_it_can(visitor: Visitor) -> None:
    before = count(visitor)
    other = {"attributes": {"type": "Nothing"}}
    saved = visitor.rest("/composite/sobjects", method="POST", json={"records": [GOOD, BAD, other]})
    good, bad, nothing = saved.json()
    assert saved.status_code == 200
    assert (good["success"], good["errors"], good["id"][:3]) == (True, [], "0PS")
    message = "Required fields are missing: [Label]"
    errors = [{"statusCode": "REQUIRED_FIELD_MISSING", "message": message, "fields": ["Label"]}]
    assert bad == {"success": False, "errors": errors}
    assert nothing["errors"][0]["statusCode"] == "INVALID_TYPE"
    assert count(visitor) == before + 1
    change = {"attributes": SET, "id": good["id"], "Label": "Better"}
    lost = {"attributes": SET, "Label": "Better"}
    changed = visitor.rest("/composite/sobjects", method="PATCH", json={"records": [change, lost]}).json()
    assert [one["success"] for one in changed] == [True, False]
    assert visitor.rest(f"/sobjects/PermissionSet/{good['id']}").json()["Label"] == "Better"
    read = visitor.rest(
        f"/composite/sobjects/PermissionSet?ids={good['id']},0PS000000000000AAA&fields=Label,Name"
    ).json()
    assert [one and one["Label"] for one in read] == ["Better", None]
    body = {"ids": [good["id"]], "fields": ["Name"]}
    assert visitor.rest("/composite/sobjects/PermissionSet", method="POST", json=body).json()[0]["Name"] == "Good"
    gone = visitor.rest(f"/composite/sobjects?ids={good['id']},nonsense", method="DELETE").json()
    assert [one["success"] for one in gone] == [True, False]
    assert count(visitor) == before


def test_a_collection_of_all_or_none(visitor: Visitor) -> None:
    before = count(visitor)
    body = {"allOrNone": True, "records": [GOOD, BAD]}
    good, bad = visitor.rest("/composite/sobjects", method="POST", json=body).json()
    assert good["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert count(visitor) == before
    kept = made(visitor, "PermissionSet", Name="Kept", Label="Kept")
    visitor.rest(f"/composite/sobjects?allOrNone=True&ids={kept},0PS000000000000AAA", method="DELETE")
    assert visitor.rest(f"/sobjects/PermissionSet/{kept}").status_code == 200


def test_a_tree_is_all_or_none(visitor: Visitor) -> None:
    before = count(visitor)
    good = {**GOOD, "attributes": {**SET, "referenceId": "one"}}
    bad = {**BAD, "attributes": {**SET, "referenceId": "two"}}
    refused = visitor.rest("/composite/tree/PermissionSet", method="POST", json={"records": [good, bad]})
    assert (refused.status_code, refused.json()["hasErrors"]) == (400, True)
    assert [one["referenceId"] for one in refused.json()["results"]] == ["two"]
    assert count(visitor) == before
    taken = visitor.rest("/composite/tree/PermissionSet/", method="POST", json={"records": [good]})
    assert (taken.status_code, taken.json()["results"][0]["referenceId"]) == (201, "one")
    assert visitor.rest("/composite/tree/PermissionSet", method="POST", json={"records": [GOOD]}).status_code == 400


def part(method: str, path: str, reference: str, body: Any = None) -> dict[str, Any]:
    url = f"/services/data/v63.0{path}"
    return {"method": method, "url": url, "referenceId": reference, **({} if body is None else {"body": body})}


def assigning(visitor: Visitor, second: str = "@{set.id}") -> list[dict[str, Any]]:
    return [
        part("GET", "/query?q=SELECT+Id+FROM+User+WHERE+Username='super.user@acme.example'", "who"),
        part("POST", "/sobjects/PermissionSet", "set", {"Name": "Made_Here", "Label": "Made here"}),
        part(
            "POST",
            "/sobjects/PermissionSetAssignment",
            "assign",
            {"AssigneeId": "@{who.records[0].Id}", "PermissionSetId": second},
        ),
        part("GET", "/sobjects/PermissionSetAssignment/@{assign.id}?fields=AssigneeId", "read"),
    ]


def test_parts_use_the_answers_of_others(visitor: Visitor) -> None:
    body = {"compositeRequest": assigning(visitor)}
    answers = visitor.rest("/composite", method="POST", json=body).json()["compositeResponse"]
    assert [(one["referenceId"], one["httpStatusCode"]) for one in answers] == [
        ("who", 200),
        ("set", 201),
        ("assign", 201),
        ("read", 200),
    ]
    assert answers[1]["httpHeaders"]["Location"].endswith(answers[1]["body"]["id"])
    assert answers[3]["body"]["AssigneeId"] == answers[0]["body"]["records"][0]["Id"]


@pytest.mark.parametrize("all_or_none", [True, False])
def test_what_fails_stops_what_needs_it(visitor: Visitor, all_or_none: bool) -> None:
    before = count(visitor)
    body = {"allOrNone": all_or_none, "compositeRequest": assigning(visitor, "@{nothing.id}")}
    answers = visitor.rest("/composite", method="POST", json=body).json()["compositeResponse"]
    halted = {"errorCode": "PROCESSING_HALTED"}
    missing = "Invalid reference specified. No value for nothing.id found in nothing."
    assert answers[2]["body"] == [{**halted, "message": missing}]
    assert [one["httpStatusCode"] for one in answers] == ([400] * 4 if all_or_none else [200, 201, 400, 400])
    assert count(visitor) == before + (0 if all_or_none else 1)
    if all_or_none:
        rolled = "The transaction was rolled back since another operation in the same transaction failed."
        assert answers[0]["body"] == [{**halted, "message": rolled}]


def test_a_batch_goes_on_or_halts(shared: Visitor) -> None:
    parts = [{"method": "GET", "url": url} for url in ("v63.0/sobjects/User/1", "/services/data/v63.0/limits")]
    answer = shared.rest("/composite/batch", method="POST", json={"batchRequests": parts}).json()
    assert (answer["hasErrors"], [one["statusCode"] for one in answer["results"]]) == (True, [404, 200])
    assert "DailyApiRequests" in answer["results"][1]["result"]
    body = {"batchRequests": parts, "haltOnError": True}
    halted = shared.rest("/composite/batch", method="POST", json=body).json()["results"][1]
    assert (halted["statusCode"], halted["result"][0]["errorCode"]) == (412, "BATCH_PROCESSING_HALTED")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/composite/sobjects", {"records": [GOOD] * 201}, "EXCEEDED_ID_LIMIT"),
        ("/composite/sobjects", {"records": 7}, "JSON_PARSER_ERROR"),
        ("/composite/sobjects", [], "JSON_PARSER_ERROR"),
        ("/composite/sobjects/PermissionSet", {"ids": ["x"]}, "JSON_PARSER_ERROR"),
        ("/composite/sobjects/PermissionSet", {"ids": ["x"], "fields": ["Nope"]}, "INVALID_FIELD"),
        ("/composite/sobjects/Nothing", {"ids": ["x"], "fields": ["Id"]}, "NOT_FOUND"),
        ("/composite/tree/PermissionSet", {"records": []}, "JSON_PARSER_ERROR"),
        ("/composite", {}, "JSON_PARSER_ERROR"),
        ("/composite", {"compositeRequest": [part("GET", "/limits", "a b")]}, "JSON_PARSER_ERROR"),
        (
            "/composite",
            {"compositeRequest": [part("GET", "/limits", "a"), part("GET", "/limits", "a")]},
            "JSON_PARSER_ERROR",
        ),
        ("/composite", {"compositeRequest": [part("FLY", "/limits", "a")]}, "JSON_PARSER_ERROR"),
        ("/composite", {"compositeRequest": [part("POST", "/composite", "a", {})]}, "INVALID_INPUT"),
        ("/composite", {"compositeRequest": [{"method": "GET", "url": "//[", "referenceId": "a"}]}, "INVALID_INPUT"),
        ("/composite/batch", {"batchRequests": [{"method": "GET", "url": "//["}]}, "INVALID_INPUT"),
        ("/composite", {"compositeRequest": [part("GET", "/query?q=x", f"a{n}") for n in range(6)]}, "LIMIT_EXCEEDED"),
        (
            "/composite",
            {"compositeRequest": [part("GET", "/%71uery?q=x", f"a{n}") for n in range(6)]},
            "LIMIT_EXCEEDED",
        ),
        ("/composite", {"compositeRequest": [part("GET", "/limits", f"a{n}") for n in range(26)]}, "LIMIT_EXCEEDED"),
        ("/composite/batch", {"batchRequests": [{"method": "GET"}]}, "JSON_PARSER_ERROR"),
        ("/composite/batch", {"batchRequests": [{"method": "POST", "url": "v63.0/composite/batch"}]}, "INVALID_INPUT"),
    ],
)
def test_what_is_no_such_request(shared: Visitor, path: str, body: Any, code: str) -> None:
    answer = shared.rest(path, method="POST", json=body)
    assert 400 <= answer.status_code < 500
    assert answer.json()[0]["errorCode"] == code


def test_a_part_reaches_only_the_data_api(shared: Visitor) -> None:
    urls = [
        "/services/oauth2/userinfo",
        "http://elsewhere.example/services/data/v63.0/limits",
        "/_local/status",
        "v99.0/limits",
    ]
    parts = [{"method": "GET", "url": url} for url in urls]
    answer = shared.rest("/composite/batch", method="POST", json={"batchRequests": parts}).json()
    assert [one["statusCode"] for one in answer["results"]] == [404, 200, 404, 404]


def test_composite_names_what_is_below_it(shared: Visitor) -> None:
    assert shared.rest("/composite").json()["batch"] == "/services/data/v63.0/composite/batch"
    assert id_of(shared, "Organization", "IsSandbox = true") == shared.org.org_id
