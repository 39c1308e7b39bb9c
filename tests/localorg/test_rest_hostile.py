"""Whatever is sent to the REST API gets an answer of its shape, and never one of a broken org."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfmeta.localorg.data import rest
from sfmeta.localorg.data.batches import Batches
from sfmeta.localorg.data.tables import SOBJECTS
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.localorg.state import State

CALM = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["@{a.id}", "@{a[0]}", "@{"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)
NAMES = st.sampled_from([table.name for table in SOBJECTS.values()])
FIELDS = st.sampled_from(sorted({field.name for table in SOBJECTS.values() for field in table.fields.values()})[:200])


class Inside:
    """Calls REST without a socket, as the administrator."""

    def __init__(self, org: LocalOrg) -> None:
        self.state: State = org.state
        self._token = org.admin.access_token
        self._batches = Batches()

    def send(self, method: str, path: str, body: bytes = b"", **query: str) -> Any:
        headers = {"authorization": f"Bearer {self._token}"}
        full = f"services/data/v63.0{path}"
        call = Call(method, full, query, headers, body, "http://127.0.0.1", "127.0.0.1")
        reply = rest.handle(self.state, self._batches, call, tuple(part for part in full.split("/")[2:] if part))
        assert reply.status < 500
        assert isinstance(reply.body, bytes)
        content = json.loads(reply.body) if reply.body else None
        if reply.status >= 400 and not isinstance(content, dict):
            assert content
            assert set(content[0]) >= {"message", "errorCode"}
        return content


@pytest.fixture(scope="module")
def inside() -> Any:
    with LocalOrg.start("acme") as org:
        yield Inside(org)


@CALM
@given(NAMES, st.sampled_from(["POST", "PATCH", "DELETE", "GET", "PUT"]), st.dictionaries(FIELDS, VALUES, max_size=6))
def test_records(inside: Inside, name: str, method: str, fields: dict[str, Any]) -> None:
    inside.send(method, f"/sobjects/{name}", json.dumps(fields).encode())
    inside.send(method, f"/sobjects/{name}/005000000000000AAA", json.dumps(fields).encode())


@CALM
@given(
    st.sampled_from(["POST", "PATCH"]),
    st.lists(
        st.one_of(
            VALUES,
            st.fixed_dictionaries(
                {
                    "attributes": st.one_of(
                        VALUES, st.fixed_dictionaries({"type": st.one_of(NAMES, VALUES), "referenceId": VALUES})
                    ),
                    "id": VALUES,
                }
            ),
        ),
        max_size=4,
    ),
    VALUES,
)
def test_collections(inside: Inside, method: str, records: list[Any], flag: Any) -> None:
    body = json.dumps({"records": records, "allOrNone": flag, "ids": records, "fields": records}).encode()
    inside.send(method, "/composite/sobjects", body)
    inside.send("POST", "/composite/sobjects/User", body)
    inside.send("POST", "/composite/tree/PermissionSet", body)


@CALM
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "method": st.sampled_from(["GET", "POST", "PATCH", "DELETE", "", None]),
                "url": st.one_of(
                    VALUES,
                    st.text(max_size=30).map(lambda text: f"/services/data/v63.0/{text}"),
                    NAMES.map(lambda name: f"/services/data/v63.0/sobjects/{name}/@{{a.id}}"),
                ),
                "referenceId": st.one_of(st.sampled_from(["a", "b", "c"]), VALUES),
                "body": VALUES,
                "richInput": VALUES,
                "httpHeaders": VALUES,
            }
        ),
        max_size=4,
    ),
    VALUES,
)
def test_requests_in_a_request(inside: Inside, parts: list[Any], flag: Any) -> None:
    inside.send("POST", "/composite", json.dumps({"compositeRequest": parts, "allOrNone": flag}).encode())
    inside.send("POST", "/composite/batch", json.dumps({"batchRequests": parts, "haltOnError": flag}).encode())


@CALM
@given(st.binary(max_size=60))
def test_bodies_that_are_nothing(inside: Inside, body: bytes) -> None:
    for path in ("/sobjects/User", "/composite", "/composite/batch", "/composite/sobjects", "/composite/tree/User"):
        inside.send("POST", path, body)


WORDS = ["SELECT", "FROM", "WHERE", "Id", "User", "Name", "(", ")", ",", "=", "'a'", "null", "AND", "OR", "NOT", "IN"]
WORDS += [
    "COUNT()",
    "COUNT(Id)",
    "GROUP BY",
    "ORDER BY",
    "LIMIT 1",
    "HAVING",
    "LIKE '%'",
    "TODAY",
    "Profile.Name",
    "FIELDS(ALL)",
]
WORDS += [
    "PermissionSetAssignments",
    "OFFSET 3",
    "CreatedDate",
    "DAY_ONLY(CreatedDate)",
    "toLabel(UserType)",
    ">",
    "5",
    "u",
]


@CALM
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_queries_of_right_words(inside: Inside, words: list[str]) -> None:
    inside.send("GET", "/query", q=" ".join(words))
    inside.send("GET", "/query", q=f"SELECT Id FROM User {' '.join(words)}")
    inside.send("GET", "/query", q=f"SELECT {' '.join(words)} FROM User", columns="true")


@CALM
@given(st.text(max_size=40))
def test_paths_of_anything(inside: Inside, text: str) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE"):
        inside.send(method, f"/{text}", b"{}")
        inside.send(method, f"/sobjects/User/{text}", b"{}")
        inside.send(method, f"/query/{text}", b"{}")
        inside.send(method, f"/apps/oauth/usage/{text}", b"{}")


def test_numbers_that_json_has_and_others_have_not(inside: Inside) -> None:
    for value in ("1e999", "-0", "123456789012345678901234567890", '"\\ud800"', '"\\u0000"'):
        inside.send("POST", "/sobjects/User", f'{{"LastName": {value}, "Username": {value}}}'.encode())
        inside.send(
            "POST", "/sobjects/PermissionSet", f'{{"Name": "N", "Label": "L", "Description": {value}}}'.encode()
        )
    assert inside.send("GET", "/query", q="SELECT FIELDS(ALL) FROM PermissionSet LIMIT 200")["totalSize"]
