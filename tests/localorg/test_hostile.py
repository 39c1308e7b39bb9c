"""Whatever is sent, a door answers in its own words: never 500 by a mistake of ours, never a session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfmeta.localorg.app import Doors
from sfmeta.localorg.apps import app_by_key
from sfmeta.localorg.backdoor.control import Control
from sfmeta.localorg.backdoor.table import control_table
from sfmeta.localorg.caller import Door
from sfmeta.localorg.doors.gate import Login, log_in
from sfmeta.localorg.faults.table import Faults
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.seed.loader import plant
from sfmeta.localorg.seed.reader import load_seed
from sfmeta.localorg.state import State
from tests.localorg.visitor import JWT_BEARER, LOGIN

TEXT = st.text(max_size=30)
PATHS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "services",
                "data",
                "v63.0",
                "query",
                "sobjects",
                "User",
                "describe",
                "tooling",
                "oauth2",
                "token",
                "id",
                "userinfo",
                "revoke",
                "Soap",
                "u",
                "m",
                "59.0",
                "SetupEntityAccess",
                "PermissionSetAssignment",
                "_local",
            ]
        ),
        TEXT,
    ),
    max_size=7,
).map("/".join)
GRANTS = st.sampled_from(["password", JWT_BEARER, "client_credentials", "refresh_token"])
LENIENT = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Doorstep:
    """The doors of an org without a server, and an administrator's session."""

    def __init__(self, keys: Path) -> None:
        self.keys = keys
        self.state = State.open()
        plant(self.state, load_seed("acme"), production=False, keys=keys)
        self.doors = Doors(
            self.state, lambda: Control(self.state, "control", control_table(lambda: None, Faults(), keys, dict))
        )
        user = self.state.records.find("User", Username="admin@acme.example")[0]
        login = log_in(self.state, user, app_by_key(self.state, "localorg.sfmeta"), Door.OAUTH_JWT)
        assert isinstance(login, Login)
        self.session = login.token

    def sign(self, claims: dict[str, object], key: Path) -> str:
        """An assertion whose claims PyJWT itself would not write."""
        return jwt.PyJWS().encode(json.dumps(claims).encode(), key.read_bytes(), "RS256")

    def knock(self, method: str, path: str, body: bytes = b"", session: str = "", **query: str) -> tuple[int, bytes]:
        headers = {"authorization": f"Bearer {session}"} if session else {}
        reply = self.doors.answer(Call(method, path, query, headers, body, "http://127.0.0.1:1", "127.0.0.1"))
        whole = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
        assert b"An unexpected error occurred in the local org" not in whole
        assert b"Traceback" not in whole
        return reply.status, whole


@pytest.fixture(scope="module")
def doorstep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doorstep]:
    one = Doorstep(tmp_path_factory.mktemp("keys"))
    yield one
    one.state.close()


@LENIENT
@given(st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"]), PATHS, st.binary(max_size=60))
def test_any_path(doorstep: Doorstep, method: str, path: str, body: bytes) -> None:
    for session in ("", "nonsense", doorstep.session):
        doorstep.knock(method, path, body, session)


@LENIENT
@given(GRANTS, st.dictionaries(st.sampled_from(["client_id", "client_secret", "username", "assertion"]), TEXT))
def test_any_token_request(doorstep: Doorstep, grant: str, form: dict[str, str]) -> None:
    fields = {"grant_type": grant, "client_id": "localorg.billing.sync", **form}
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode("utf-8", "surrogatepass")
    status, answer = doorstep.knock("POST", "services/oauth2/token", body)
    assert status == 400
    assert b"access_token" not in answer


@LENIENT
@given(TEXT, TEXT)
def test_any_credentials(doorstep: Doorstep, username: str, password: str) -> None:
    status, answer = doorstep.knock("POST", "services/Soap/u/59.0", LOGIN.format(username, password).encode())
    assert status == 500
    assert b"<soapenv:Fault>" in answer


@LENIENT
@given(TEXT)
def test_any_query(doorstep: Doorstep, text: str) -> None:
    for soql in (
        text,
        f"SELECT {text} FROM User",
        f"SELECT Id FROM User WHERE Name = '{text}",
        f"SELECT Id FROM {text}",
    ):
        doorstep.knock("GET", "services/data/v63.0/query", session=doorstep.session, q=soql)


@LENIENT
@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=2)))
def test_any_field_value(doorstep: Doorstep, value: object) -> None:
    for name in ("AssigneeId", "PermissionSetId", "ExpirationDate", "ParentId", "SetupEntityId"):
        for table in ("PermissionSetAssignment", "SetupEntityAccess"):
            body = json.dumps({name: value, "AssigneeId": "005000000000000AAA"}).encode()
            path = f"services/data/v63.0/sobjects/{table}"
            status, _ = doorstep.knock("POST", path, body, doorstep.session)
            assert status == 400


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Id FROM User WHERE " + "NOT " * 20_000 + "Name = 'x'",
        "SELECT Id FROM User WHERE " + "(" * 20_000 + "Name = 'x'",
        "SELECT Id FROM User LIMIT " + "9" * 5_000,
        "SELECT Id FROM User LIMIT -1",
        "SELECT Id FROM User OFFSET -1",
        "SELECT Id FROM User WHERE CreatedDate = LAST_N_DAYS:999999999999",
        "SELECT Id FROM User WHERE CreatedDate = LAST_N_DAYS:-999999999999",
        "SELECT Id FROM User WHERE CreatedDate > 0001-01-01T00:00:00+14:00",
        "SELECT " + ".".join(["Profile"] * 1000) + ".Name FROM User",
    ],
)
def test_queries_that_nobody_would_write(doorstep: Doorstep, soql: str) -> None:
    status, answer = doorstep.knock("GET", "services/data/v63.0/query", session=doorstep.session, q=soql)
    assert status == 400
    assert json.loads(answer)[0]["errorCode"] in ("MALFORMED_QUERY", "INVALID_FIELD")


@pytest.mark.parametrize("value", [10**30, -(10**30), 10**400, float("inf"), float("nan"), [], {}, True, None, "1"])
def test_any_expiry_in_an_assertion(doorstep: Doorstep, value: object) -> None:
    key = doorstep.keys / "Billing_Sync.pem"
    claims = {"iss": "localorg.billing.sync", "sub": "nobody@acme.example", "aud": "http://127.0.0.1:1", "exp": value}
    assertion = doorstep.sign(claims, key)
    body = urlencode({"grant_type": JWT_BEARER, "assertion": assertion}).encode()
    status, answer = doorstep.knock("POST", "services/oauth2/token", body)
    assert status == 400
    assert json.loads(answer)["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"advance_s": 1e400}', b'{"advance_s": NaN}', b'{"advance_s": 1e15}']
)
def test_bodies_that_nobody_would_write(doorstep: Doorstep, body: bytes) -> None:
    assert doorstep.knock("POST", "_local/clock", body, "control")[0] == 400
    path = "services/data/v63.0/sobjects/SetupEntityAccess"
    assert doorstep.knock("POST", path, body, doorstep.session)[0] == 400


def test_a_date_beyond_all_years(doorstep: Doorstep) -> None:
    user = doorstep.state.records.find("User")[0].id
    allow = doorstep.state.records.insert("PermissionSet", {"Name": "Allow"})
    fields = {"AssigneeId": user, "PermissionSetId": allow, "ExpirationDate": "9999-12-31T23:59:59-14:00"}
    path = "services/data/v63.0/sobjects/PermissionSetAssignment"
    status, answer = doorstep.knock("POST", path, json.dumps(fields).encode(), doorstep.session)
    assert (status, json.loads(answer)[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
