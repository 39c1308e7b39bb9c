"""deployRequest over REST: shapes, both quick deploys, cancelling, and what no form can be."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfmeta.localorg.data import rest
from sfmeta.localorg.data.batches import Batches
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.metadata import zipfiles
from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import Api, package_xml, xml, zipped

BASE = ("v67.0", "metadata", "deployRequest")
FILES = {
    "package.xml": package_xml({"PermissionSet": "X"}),
    "permissionsets/X.permissionset": xml("PermissionSet", "<label>X</label>"),
}
OPTIONS = {"singlePackage": True}
CALM = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def form(parts: list[tuple[str, str, bytes]], boundary: str = "cut") -> bytes:
    """A form of (Content-Disposition's rest, Content-Type, content)."""
    out = b""
    for disposition, media_type, content in parts:
        head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {media_type}\r\n\r\n"
        out += head.encode() + content + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()


def usual(content: bytes, options: Mapping[str, object], name: str = "entity_content") -> bytes:
    """As jsforce sends it."""
    told = json.dumps({"deployOptions": options}).encode()
    return form(
        [
            ('name="file"; filename="package.xml"', "application/zip", content),
            (f'name="{name}"', "application/json", told),
        ]
    )


class Client:
    """Speaks REST to an org in process."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def send(
        self,
        method: str,
        *more: str,
        body: bytes = b"",
        media_type: str = "application/json",
        session: str | None = None,
        query: Mapping[str, str] | None = None,
        version: str = "v67.0",
    ) -> tuple[int, Any]:
        token = self.api.session if session is None else session
        headers = {"authorization": f"Bearer {token}", "content-type": media_type}
        call = Call(method, "", query or {}, headers, body, "https://org.test", "127.0.0.1")
        reply = rest.handle(self.api.state, Batches(), call, (version, *BASE[1:], *more))
        assert isinstance(reply.body, bytes)
        return reply.status, json.loads(reply.body)

    def deploy(
        self, files: Mapping[str, str | bytes] | bytes = FILES, version: str = "v67.0", **options: object
    ) -> tuple[int, Any]:
        content = files if isinstance(files, bytes) else zipped(files)
        body = usual(content, {**OPTIONS, **options})
        return self.send("POST", body=body, media_type="multipart/form-data; boundary=cut", version=version)

    def status(self, job: str, version: str = "v67.0") -> Any:
        code, found = self.send("GET", job, query={"includeDetails": "true"}, version=version)
        assert code == 200
        return found


@pytest.fixture
def client(api: Api) -> Client:
    return Client(api)


def test_a_deployment(client: Client, api: Api) -> None:
    code, started = client.deploy(testLevel="RunLocalTests")
    assert code == 201
    job = started["id"]
    assert started["url"] == f"https://org.test/services/data/v67.0/metadata/deployRequest/{job}"
    assert (started["deployResult"]["status"], started["deployResult"]["done"]) == ("Pending", False)
    assert started["deployOptions"] == {
        "allowMissingFiles": False,
        "autoUpdatePackage": False,
        "checkOnly": False,
        "ignoreWarnings": False,
        "performRetrieve": False,
        "purgeOnDelete": False,
        "rollbackOnError": True,
        "runAllTests": False,
        "runTests": None,
        "singlePackage": True,
        "testLevel": "RunLocalTests",
    }
    found = client.status(job)
    result = found["deployResult"]
    assert (result["status"], result["success"], result["runTestsEnabled"]) == ("Succeeded", True, True)
    assert (result["numberComponentsDeployed"], result["errorMessage"]) == (1, None)
    details = result["details"]
    assert details["componentFailures"] == []
    assert details["retrieveResult"] is None
    assert [one["fullName"] for one in details["componentSuccesses"]] == ["package.xml", "X"]
    assert details["runTestResult"]["codeCoverage"] == []
    assert details["runTestResult"]["numTestsRun"] == 0
    assert client.send("GET", job)[1]["deployResult"]["details"] is None
    # SOAP tells the same of the same job
    assert api.deploy_status(job)["numberComponentsDeployed"] == "1"


@pytest.mark.parametrize("name", ["json", "entity_content", "anything"])
def test_the_options_may_come_by_any_name(client: Client, name: str) -> None:
    body = usual(zipped(FILES), OPTIONS, name)
    code, _ = client.send("POST", body=body, media_type='multipart/form-data; boundary="cut"')
    assert code == 201


@pytest.mark.parametrize(
    ("given_options", "rolls_back", "tests"),
    [
        ({}, True, None),
        ({"rollbackOnError": False}, False, None),
        ({"rollbackOnError": "FALSE", "runTests": None, "nobody": ["knows", {}]}, False, None),
        ({"rollbackOnError": 1, "testLevel": "RunSpecifiedTests", "runTests": ["A", "A", "B"]}, True, ["A", "B"]),
    ],
)
def test_options_are_read_as_over_soap(client: Client, given_options: Any, rolls_back: bool, tests: Any) -> None:
    shown = client.deploy(**given_options)[1]["deployOptions"]
    assert (shown["rollbackOnError"], shown["runTests"]) == (rolls_back, tests)


def test_half_of_a_pair_in_json_does_not_stop_the_answers_over_soap(client: Client, api: Api) -> None:
    code, started = client.deploy(testLevel="RunSpecifiedTests", runTests=["A\ud800"])
    assert code == 201
    failure = api.deploy_status(started["id"]).raw["details"][0]["runTestResult"][0]["failures"][0]
    assert failure["name"] == ["A\ufffd"]


def test_the_size_of_the_zip_does_not_count(client: Client, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfiles, "MAX_ZIP_BYTES", 10)
    assert client.deploy()[0] == 201
    with pytest.raises(Exception, match="Maximum size of request reached"):
        api.deploy(FILES)
    monkeypatch.setattr(zipfiles, "MAX_UNCOMPRESSED_BYTES", 10)
    code, errors = client.deploy()
    assert (code, errors[0]["errorCode"]) == (400, "INVALID_OPERATION")


def test_refusals_are_those_of_soap(client: Client, api: Api, state: State) -> None:
    state.change_org(is_sandbox=False)
    code, [error] = client.deploy(rollbackOnError=False)
    assert (code, error["errorCode"]) == (400, "INVALID_OPERATION")
    assert error["message"] == "rollbackOnError option must be true on a production org"
    code, [error] = client.deploy(testLevel="AllOfThem")
    assert (code, error["message"]) == (400, "'AllOfThem' is not a valid value for the enum 'TestLevel'")


class TestAccess:
    def test_nobody(self, client: Client) -> None:
        assert client.send("GET", "0Af000000000001AAA", session="no")[0] == 401

    def test_without_the_permission(self, client: Client, state: State, log_in: Callable[..., Api]) -> None:
        job = client.deploy()[1]["id"]
        reader = Client(log_in(state, "reader@acme.test"))
        for code, [error] in (reader.deploy(), reader.send("GET", job), reader.send("PATCH", job, body=b"{}")):
            assert (code, error["errorCode"]) == (403, "INSUFFICIENT_ACCESS")

    @pytest.mark.parametrize("version", ["v30.0", "v99.0"])
    def test_versions_outside(self, client: Client, version: str) -> None:
        assert client.deploy(version=version)[0] in (404, 410)


class TestQuickDeploy:
    @pytest.mark.parametrize("path", [(), ("validatedDeployRequestId",)])
    def test_both_forms(self, client: Client, api: Api, path: tuple[str, ...]) -> None:
        validation = client.deploy(checkOnly=True, testLevel="RunLocalTests")[1]["id"]
        body = json.dumps({"validatedDeployRequestId": validation}).encode()
        code, started = client.send("POST", *path, body=body)
        assert code == 201
        assert started["validatedDeployRequestId"] == validation
        assert started["id"] != validation
        assert started["url"].endswith(started["id"])
        assert set(started) == {"validatedDeployRequestId", "id", "url", "deployOptions"}
        found = client.status(started["id"])
        assert (found["deployResult"]["status"], found["validatedDeployRequestId"]) == ("Succeeded", validation)
        assert api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
        assert client.send("POST", *path, body=body)[0] == 404

    @pytest.mark.parametrize("validation", ["0Af000000000001AAA", "x", ""])
    def test_nothing_to_deploy(self, client: Client, validation: str) -> None:
        code, [error] = client.send("POST", body=json.dumps({"validatedDeployRequestId": validation}).encode())
        assert (code, error["errorCode"]) == (404, "NOT_FOUND")

    def test_too_late(self, client: Client, state: State, log_in: Callable[..., Api]) -> None:
        validation = client.deploy(checkOnly=True, testLevel="RunLocalTests")[1]["id"]
        state.move_clock(timedelta(days=10, seconds=1))
        later = Client(log_in(state))
        assert later.send("POST", body=json.dumps({"validatedDeployRequestId": validation}).encode())[0] == 404


class TestCancel:
    WISH = json.dumps({"deployResult": {"status": "Canceling"}}).encode()

    def test_pending_and_running(self, client: Client, state: State) -> None:
        Jobs(state).set_mode("polls:5")
        running = client.deploy()[1]["id"]
        assert [client.status(running)["deployResult"]["status"] for _ in range(2)] == ["Pending", "InProgress"]
        waiting = client.deploy()[1]["id"]
        code, found = client.send("PATCH", waiting, body=self.WISH)
        assert (code, found["deployResult"]["status"], found["deployResult"]["done"]) == (202, "Canceled", True)
        code, found = client.send("PATCH", running, body=self.WISH)
        assert (code, found["deployResult"]["status"]) == (202, "Canceling")
        assert client.status(running)["deployResult"]["status"] == "Canceled"

    def test_too_late(self, client: Client) -> None:
        code, [error] = client.send("PATCH", client.deploy()[1]["id"], body=self.WISH)
        assert (code, error) == (400, {"message": "Deployment already completed", "errorCode": "INVALID_ID_FIELD"})

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"deployResult":{"status":"Canceled"}}', b"[" * 100_000])
    def test_another_wish(self, client: Client, body: bytes) -> None:
        code, [error] = client.send("PATCH", client.deploy()[1]["id"], body=body)
        assert (code, error["errorCode"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("job", ["0Af000000000001AAA", "09S000000000001AAA", "no id", "../x"])
def test_no_such_job(client: Client, job: str) -> None:
    assert client.send("GET", job)[0] == 404


@pytest.mark.parametrize(
    ("method", "more"),
    [("GET", ()), ("PUT", ("0Af000000000001AAA",)), ("DELETE", ()), ("GET", ("validatedDeployRequestId",))],
)
def test_other_methods(client: Client, method: str, more: tuple[str, ...]) -> None:
    code, [error] = client.send(method, *more)
    assert (code, error["errorCode"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("body", "media_type", "problem"),
    [
        (b"", "multipart/form-data", "no multipart/form-data with a boundary"),
        (b"", "text/plain", "no multipart/form-data with a boundary"),
        (b"", "multipart/form-data; boundary=cut", "cut off"),
        (usual(b"PK", OPTIONS)[:-20], "multipart/form-data; boundary=cut", "cut off"),
        (usual(b"PK", OPTIONS), "multipart/form-data; boundary=other", "cannot be read"),
        (form([('name="file"', "text/plain", b"")] * 11), "multipart/form-data; boundary=cut", "more than 10 parts"),
        (form([('name="json"', "x/y", b"{}")]), "multipart/form-data; boundary=cut", "no part named file"),
        (form([('name="file"', "x/y", b"PK")]), "multipart/form-data; boundary=cut", "no part named json"),
        (
            form([('name="file"', "x/y", b"PK"), ('name="json"', "application/json", b"{")]),
            "multipart/form-data; boundary=cut",
            "should be JSON",
        ),
        (
            form([('name="file"', "x/y", b"PK"), ('name="json"', "application/json", b"{}")]),
            "multipart/form-data; boundary=cut",
            "deployOptions is missing",
        ),
        (usual(b"no zip", OPTIONS), "multipart/form-data; boundary=cut", "not a valid zip file"),
        (b'["x"]', "application/json", "should be a JSON object"),
        (b"{}", "application/json", "validatedDeployRequestId is missing"),
    ],
)
def test_what_cannot_be_read(client: Client, body: bytes, media_type: str, problem: str) -> None:
    code, [error] = client.send("POST", body=body, media_type=media_type)
    assert (code, error["errorCode"]) == (400, "BAD_REQUEST")
    assert problem in error["message"]
    assert Jobs(client.api.state).all("deploy") == []


@given(data=st.data())
@CALM
def test_mangled_forms(client: Client, data: st.DataObject) -> None:
    content = bytearray(usual(zipped(FILES), {**OPTIONS, "checkOnly": True}))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 30)))
        content[start:end] = data.draw(st.binary(max_size=30))
    code, answer = client.send("POST", body=bytes(content), media_type="multipart/form-data; boundary=cut")
    assert code in (201, 400)
    assert code == 201 or answer[0]["errorCode"] in ("BAD_REQUEST", "INVALID_OPERATION")
