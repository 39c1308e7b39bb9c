"""jsforce, unmodified, under Node 22: logins, metadata, queries and records."""

from __future__ import annotations

import base64
import io
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.browser import Browser
from tests.peers.installed import run_node
from tests.peers.project import manifest, permission_set

pytestmark = pytest.mark.npm

PASSWORD = "acme-demo-1"
_RUNNER = Path(__file__).with_name("jsforce_runner.mjs")
Step = dict[str, Any]


def step(call: str, *args: Any, then: str = "", given: tuple[Any, ...] = (), sobject: str = "") -> Step:
    """One call; ``then`` names a method of what came back, ``given`` its arguments."""
    return {"call": call, "args": list(args), "then": then, "with": list(given), "sobject": sobject}


def part(number: int, path: str) -> dict[str, Any]:
    """A part of what an earlier step answered, as an argument."""
    return {"$from": [number, path]}


class Ran:
    """What jsforce answered.

    Attributes:
        document: as the runner printed it.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def __getitem__(self, number: int) -> Any:
        answer = self.document["answers"][number]
        assert "value" in answer, answer["error"]
        return answer["value"]

    def error(self, number: int) -> dict[str, str]:
        """The error of a step, which must have one."""
        found: dict[str, str] = self.document["answers"][number]["error"]
        return found


Run = Callable[..., Ran]


@pytest.fixture
def run(acme: LocalOrg, tmp_path: Path) -> Run:
    """Runs steps, by default with the administrator's session."""

    def perform(*steps: Step, **connection: Any) -> Ran:
        session = {"instanceUrl": acme.url, "accessToken": acme.admin.access_token}
        options = {"version": "63.0", "loginUrl": acme.url, **(connection or session)}
        return Ran(run_node(_RUNNER, "jsforce", {"connection": options, "steps": list(steps)}, home=tmp_path))

    return perform


def zipped(files: Mapping[str, str]) -> dict[str, str]:
    """A zip as an argument."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return {"$base64": base64.b64encode(out.getvalue()).decode()}


def package(*names: str, permission: str = "ApiEnabled") -> dict[str, str]:
    """A zip of permission sets as an argument, package.xml at its root."""
    files = {f"permissionsets/{name}.permissionset": permission_set(name, permission=permission) for name in names}
    return zipped({"package.xml": manifest({"PermissionSet": list(names)}), **files})


def held(org: LocalOrg, name: str) -> bool:
    return Components(org.state).get("PermissionSet", name) is not None


class TestLogin:
    def test_by_soap_then_out(self, acme: LocalOrg, run: Run) -> None:
        open_before = acme.state.records.find("AuthSession", SessionType="API")
        done = run(
            step("login", acme.admin.username, PASSWORD),
            step("identity"),
            step("query", "SELECT Id FROM Organization"),
            step("logout"),
            loginUrl=acme.url,
        )
        assert done[3] is None
        assert acme.state.records.find("AuthSession", SessionType="API") == open_before
        assert done[0]["organizationId"] == acme.org_id
        assert done[1]["username"] == acme.admin.username
        assert done[1]["organization_id"] == acme.org_id
        assert done[2]["records"][0]["Id"] == acme.org_id

    def test_a_wrong_password(self, acme: LocalOrg, run: Run) -> None:
        done = run(step("login", acme.admin.username, "wrong"), loginUrl=acme.url)
        expected = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
        assert done.error(0)["message"] == expected

    def test_by_oauth_password(self, acme: LocalOrg, run: Run) -> None:
        app = acme.app("Billing Sync")
        oauth = {"clientId": app.client_id, "clientSecret": app.client_secret, "loginUrl": acme.url}
        done = run(
            step("login", acme.admin.username, PASSWORD),
            step("query", "SELECT Id FROM Organization"),
            step("logout"),
            oauth2=oauth,
        )
        assert done[0]["organizationId"] == acme.org_id
        assert done[1]["totalSize"] == 1
        assert done[2] is None

        wrong = run(step("login", acme.admin.username, "wrong"), oauth2=oauth)
        assert wrong.error(0)["name"] == "invalid_grant"
        assert wrong.error(0)["message"] == "authentication failure"

    def test_a_session_is_over_after_logout(self, acme: LocalOrg, run: Run) -> None:
        login = {"loginUrl": acme.url}
        done = run(step("login", acme.admin.username, PASSWORD), step("identity"), **login)
        token = done.document["connection"]["accessToken"]
        session = {"instanceUrl": acme.url, "accessToken": token}
        ended = run(step("identity"), step("logout"), **session)
        assert ended[0]["active"] is True
        assert ended[1] is None
        again = run(step("query", "SELECT Id FROM User"), **session)
        assert again.error(0)["code"] == "INVALID_SESSION_ID"

    def test_by_jwt(self, acme: LocalOrg, run: Run) -> None:
        app = acme.app("Billing Sync")
        assert app.private_key_file is not None
        claims = {"iss": app.client_id, "sub": "billing.integration@acme.example", "aud": acme.url}
        assertion = jwt.encode({**claims, "exp": int(time.time()) + 180}, app.private_key_file.read_bytes(), "RS256")
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        done = run(step("authorize", grant), step("identity"), oauth2={"loginUrl": acme.url})
        assert done[1]["username"] == "billing.integration@acme.example"

    def test_by_the_web_server_flow_and_its_refresh_token(self, acme: LocalOrg, run: Run) -> None:
        app = acme.app("Billing Sync")
        oauth = {
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "redirectUri": "https://billing.acme.example/callback",
            "loginUrl": acme.url,
        }
        address = run(step("oauth2.getAuthorizationUrl", {"scope": "api refresh_token"}), oauth2=oauth)[0]
        code = approve_as_a_person(acme, address, "super.user@acme.example")
        done = run(step("authorize", code), step("identity"), oauth2=oauth)
        assert done[1]["username"] == "super.user@acme.example"

        refresh_token = done.document["connection"]["refreshToken"]
        assert refresh_token
        stale = {"instanceUrl": acme.url, "accessToken": "00D000000000000!gone", "refreshToken": refresh_token}
        healed = run(step("identity"), step("query", "SELECT Id FROM Organization"), oauth2=oauth, **stale)
        assert healed.document["refreshed"] == 1
        assert healed[1]["totalSize"] == 1
        # to revoke is to take the approval back: the refresh token is worth nothing any more
        assert run(step("logout", True), oauth2=oauth, **stale)[0] is None
        gone = run(step("identity"), oauth2=oauth, **stale).error(0)
        assert gone["message"] == "Unable to refresh session due to: expired access/refresh token"


def approve_as_a_person(org: LocalOrg, address: str, username: str) -> str:
    """Logs in on the org's page, allows the app, and comes back with the code."""
    person = Browser(org)
    try:
        page = person.log_in(person.get(address.removeprefix(org.url)), username, PASSWORD)
        if page.status_code == 200:
            page = person.submit(page, save="Allow")
        assert page.status_code == 302, page.text
        return parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
    finally:
        person.session.close()


class TestMetadata:
    def test_describe_and_list(self, run: Run) -> None:
        done = run(
            step("metadata.describe"),
            step("metadata.list", {"type": "ConnectedApp"}),
            step("metadata.list", [{"type": "PermissionSet"}, {"type": "Profile"}], "63.0"),
            step("metadata.list", {"type": "Nonsense"}),
        )
        assert "PermissionSet" in [one["xmlName"] for one in done[0]["metadataObjects"]]
        assert (done[0]["partialSaveAllowed"], done[0]["testRequired"]) == (True, False)
        assert "Billing_Sync" in [one["fullName"] for one in done[1]]
        assert {"Admin"} <= {one["fullName"] for one in done[2] if one["type"] == "Profile"}
        assert done.error(3)["message"] == "INVALID_TYPE: Unknown type:Nonsense"

    def test_create_read_update_upsert_rename_delete(self, acme: LocalOrg, run: Run) -> None:
        one, two = ({"fullName": name, "label": name} for name in ("Js_One", "Js_Two"))
        done = run(
            step("metadata.create", "PermissionSet", [one, {"fullName": "Js_Bad"}]),
            step("metadata.read", "PermissionSet", ["Js_One", "Js_Nobody"]),
            step("metadata.update", "PermissionSet", {**one, "description": "changed"}),
            step("metadata.upsert", "PermissionSet", [{**one, "description": "again"}, two]),
            step("metadata.rename", "PermissionSet", "Js_Two", "Js_Three"),
            step("metadata.read", "PermissionSet", ["Js_One", "Js_Two", "Js_Three"]),
            step("metadata.delete", "PermissionSet", ["Js_One", "Js_Three", "Js_Nobody"]),
            step("metadata.create", "PermissionSet", [{"fullName": f"Js_{n}", "label": "x"} for n in range(11)]),
        )
        assert [(each["success"], each["fullName"]) for each in done[0]] == [(True, "Js_One"), (False, "Js_Bad")]
        assert "label" in done[0][1]["errors"][0]["message"]
        # a component that is not there is an empty record in its place
        assert [each.get("fullName") for each in done[1]] == ["Js_One", None]
        assert (done[2]["success"], done[2]["fullName"]) == (True, "Js_One")
        assert [(each["fullName"], each["created"]) for each in done[3]] == [("Js_One", False), ("Js_Two", True)]
        assert done[4]["success"] is True
        assert [each.get("fullName") for each in done[5]] == ["Js_One", None, "Js_Three"]
        assert done[5][0]["description"] == "again"
        assert [each["success"] for each in done[6]] == [True, True, False]
        assert done[6][2]["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
        assert done.error(7)["message"].startswith("EXCEEDED_ID_LIMIT: record limit reached.")
        assert not held(acme, "Js_One")

    @pytest.mark.parametrize("method", ["deploy", "deployRest"])
    def test_deploy(self, acme: LocalOrg, run: Run, method: str) -> None:
        rest = method == "deployRest"
        options = {"singlePackage": True, "rollbackOnError": True}
        sent = {"then": "complete", "given": (True,)}
        name = f"Js_By_{method}"
        done = run(
            step(f"metadata.{method}", package(name), options, **sent),
            step(f"metadata.{method}", package("Js_Refused", permission="Nope"), options, **sent),
            step("metadata.checkDeployStatus", part(0, "id"), True, rest),
        )
        assert (done[0]["status"], done[0]["success"], done[0]["numberComponentsDeployed"]) == ("Succeeded", True, 1)
        assert held(acme, name)
        assert (done[1]["status"], done[1]["success"]) == ("Failed", False)
        failures = done[1]["details"]["componentFailures"]
        assert [one["problem"] for one in failures] == ["Unknown user permission: Nope"]
        assert done[2]["id"] == done[0]["id"]

    @pytest.mark.parametrize("rest", [False, True])
    def test_validate_then_quick(self, acme: LocalOrg, run: Run, rest: bool) -> None:
        name = f"Js_Quick_{'Rest' if rest else 'Soap'}"
        method = "deployRest" if rest else "deploy"
        options = {"singlePackage": True, "rollbackOnError": True, "checkOnly": True, "testLevel": "RunLocalTests"}
        done = run(
            step(f"metadata.{method}", package(name), options, then="complete"),
            step("metadata.deployRecentValidation", {"id": part(0, "id"), "rest": rest}),
            step("metadata.checkDeployStatus", part(1, "id") if rest else part(1, ""), True),
        )
        assert (done[0]["status"], done[0]["checkOnly"]) == ("Succeeded", True)
        assert held(acme, name)

    def test_cancel(self, acme: LocalOrg, run: Run) -> None:
        jobs = Jobs(acme.state)
        jobs.set_mode("polls:1000")
        try:
            done = run(
                step("metadata.deploy", package("Js_Cancelled"), {"singlePackage": True}),
                step("metadata.checkDeployStatus", part(0, "id")),
                step("metadata.cancelDeploy", part(0, "id")),
                step("metadata.checkDeployStatus", part(0, "id")),
                step("metadata.cancelDeploy", part(0, "id")),
            )
        finally:
            jobs.set_mode("immediate")
        assert (done[0]["state"], done[1]["status"], done[1]["done"]) == ("Queued", "Pending", False)
        assert done[2]["id"] == done[0]["id"]
        assert (done[3]["status"], done[3]["done"]) == ("Canceled", True)
        assert "Deployment already completed" in done.error(4)["message"]

    def test_retrieve(self, acme: LocalOrg, run: Run) -> None:
        wanted = {"types": [{"members": "Billing_Sync", "name": "ConnectedApp"}], "version": "63.0"}
        request = {"apiVersion": "63.0", "singlePackage": True, "unpackaged": wanted}
        done = run(
            step("metadata.retrieve", request, then="stream"),
            step("metadata.retrieve", request, then="complete"),
            step("metadata.retrieve", {"apiVersion": "63.0", "packageNames": ["Nope"]}, then="complete"),
        )
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(done[0]))) as archive:
            assert "connectedApps/Billing_Sync.connectedApp" in archive.namelist()
        assert (done[1]["status"], done[1]["success"]) == ("Succeeded", True)
        files = {one["fileName"] for one in done[1]["fileProperties"]}
        assert files == {"connectedApps/Billing_Sync.connectedApp", "package.xml"}
        assert (done[2]["status"], done[2]["errorStatusCode"]) == ("Failed", "UNKNOWN_EXCEPTION")


class TestRecords:
    def test_query_and_query_more(self, acme: LocalOrg, run: Run) -> None:
        with acme.state.transaction():
            acme.state.records.insert_many("UserLicense", [{"Name": f"L{number}"} for number in range(2500)])
        done = run(
            step("query", "SELECT Id, Name FROM UserLicense"),
            step("queryMore", part(0, "nextRecordsUrl")),
            step("query", "SELECT Username, Profile.Name FROM User WHERE Username = 'admin@acme.example'"),
            step("query", "SELECT COUNT() FROM User"),
            step("query", "SELECT Nope FROM User"),
        )
        assert (done[0]["done"], len(done[0]["records"])) == (False, 2000)
        assert done[1]["done"] is True
        assert len(done[0]["records"]) + len(done[1]["records"]) == done[0]["totalSize"] > 2500
        assert done[2]["records"][0]["Profile"]["Name"] == "System Administrator"
        assert done[3]["totalSize"] == 6
        assert done.error(4)["code"] == "INVALID_FIELD"

    def test_create_retrieve_update_destroy(self, run: Run) -> None:
        done = run(
            step("create", {"Name": "Js_Records", "Label": "Js Records"}, sobject="PermissionSet"),
            step("update", {"Id": part(0, "id"), "Label": "Renamed"}, sobject="PermissionSet"),
            step("retrieve", part(0, "id"), sobject="PermissionSet"),
            step("findOne", {"Name": "Js_Records"}, ["Id", "Label"], sobject="PermissionSet"),
            step("destroy", part(0, "id"), sobject="PermissionSet"),
            step("retrieve", part(0, "id"), sobject="PermissionSet"),
            step("create", {"Nope": 1}, sobject="PermissionSet"),
            step("describe", sobject="PermissionSet"),
        )
        assert done[0]["success"] is True
        assert done[2]["Label"] == "Renamed"
        assert done[3]["Id"] == done[0]["id"]
        assert done[4]["success"] is True
        assert done.error(5)["code"] == "NOT_FOUND"
        assert done.error(6)["code"] == "INVALID_FIELD"
        assert "PermissionsApiEnabled" in [one["name"] for one in done[7]["fields"]]

    def test_several_at_once(self, acme: LocalOrg, run: Run) -> None:
        records = [{"Name": f"Js_Many_{number}", "Label": "many"} for number in range(3)]
        done = run(
            step("create", records, sobject="PermissionSet"),
            step("destroy", [part(0, "0.id"), part(0, "1.id"), part(0, "2.id")], sobject="PermissionSet"),
        )
        assert [one["success"] for one in done[0]] == [True, True, True]
        assert [one["success"] for one in done[1]] == [True, True, True]
        assert acme.state.records.find("PermissionSet", Label="many") == []

    def test_a_session_that_is_none(self, acme: LocalOrg, run: Run) -> None:
        gone = {"instanceUrl": acme.url, "accessToken": "00D000000000000!gone"}
        done = run(step("query", "SELECT Id FROM User"), step("metadata.describe"), **gone)
        assert done.error(0)["code"] == "INVALID_SESSION_ID"
        assert done.error(1)["message"].startswith("INVALID_SESSION_ID: Invalid Session ID found in SessionHeader")


def test_untouched_over_tls(tmp_path: Path) -> None:
    with LocalOrg.start("acme", tls=True) as org:
        session = {"instanceUrl": org.url, "accessToken": org.admin.access_token, "version": "63.0"}
        question = {"connection": session, "steps": [step("identity"), step("metadata.describe")]}
        distrusting = Ran(run_node(_RUNNER, "jsforce", question, home=tmp_path))
        assert "certificate" in distrusting.error(0)["message"]
        done = Ran(run_node(_RUNNER, "jsforce", question, home=tmp_path, NODE_EXTRA_CA_CERTS=str(org.ca_file)))
        assert done[0]["username"] == org.admin.username
        assert done[1]["metadataObjects"]
