"""simple-salesforce, which knows nothing of us: over http where it can be talked into it, and untouched over TLS."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
import requests
from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.visitor import PASSWORD, Visitor
from tests.peers.project import manifest, permission_set


def connect(visitor: Visitor) -> Salesforce:
    client = Salesforce(
        session_id=visitor.org.admin.access_token, instance_url=visitor.org.url, session=visitor.session, version="63.0"
    )
    client.base_url = f"{visitor.org.url}/services/data/v63.0/"
    return client


def test_queries_and_pages(visitor: Visitor) -> None:
    with visitor.org.state.transaction():
        for number in range(2500):
            visitor.org.state.records.insert("UserLicense", {"Name": f"L{number}"})
    client = connect(visitor)
    found = client.query("SELECT Id, Name FROM UserLicense")
    assert (found["totalSize"], found["done"], len(found["records"])) == (2501, False, 2000)
    more = client.query_more(found["nextRecordsUrl"].rpartition("/")[2])
    assert (more["done"], len(more["records"])) == (True, 501)


def test_errors_are_told_apart(shared: Visitor) -> None:
    client = connect(shared)
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Nope'"):
        client.query("SELECT Nope FROM User")
    with pytest.raises(SalesforceResourceNotFound):
        client.restful("nothing")
    client.session_id = "00D000000000000!gone"
    client.headers["Authorization"] = "Bearer 00D000000000000!gone"
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM User")


def test_logs_in_over_http(acme: LocalOrg) -> None:
    admin = {"username": acme.admin.username, "sf_version": "59.0", "scratch_url": acme.url}
    session_id, instance = SalesforceLogin(**admin, password=PASSWORD, security_token="")
    assert session_id.startswith(acme.org_id[:15] + "!")
    assert instance == acme.url.removeprefix("http://")
    with pytest.raises(SalesforceAuthenticationFailed, match="Invalid username, password") as refused:
        SalesforceLogin(**admin, password="wrong", security_token="")
    assert refused.value.code == "INVALID_LOGIN"


@pytest.fixture(scope="module")
def secure() -> Iterator[LocalOrg]:
    """The story's org over TLS."""
    with LocalOrg.start("acme", tls=True) as running:
        yield running


@pytest.fixture
def client(secure: LocalOrg, monkeypatch: pytest.MonkeyPatch) -> Iterator[Salesforce]:
    """Logged in by name and password over TLS."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.ca_file))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    login = {"username": secure.admin.username, "password": PASSWORD, "security_token": "", "sf_version": "59.0"}
    session_id, instance = SalesforceLogin(**login, scratch_url=secure.url)
    made = Salesforce(session_id=session_id, instance=instance, version="63.0")
    yield made
    made.session.close()
    if made._mdapi is not None:
        made._mdapi._client.transport.session.close()


class TestOverTls:
    """Nothing is changed in the client: what it needs to trust the org is one variable."""

    def test_it_trusts_nobody_by_itself(self, secure: LocalOrg, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        client = Salesforce(session_id=secure.admin.access_token, instance_url=secure.url, version="63.0")
        with pytest.raises(requests.exceptions.SSLError):
            client.query("SELECT Id FROM User")
        client.session.close()

    def test_queries(self, secure: LocalOrg, client: Salesforce) -> None:
        with secure.state.transaction():
            secure.state.records.insert_many("UserLicense", [{"Name": f"Many {number}"} for number in range(2100)])
        query = "SELECT Id, Name FROM UserLicense WHERE Name LIKE 'Many %'"
        first = client.query(query)
        assert (first["done"], len(first["records"])) == (False, 2000)
        rest = client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
        assert (rest["done"], len(rest["records"])) == (True, 100)
        assert client.query_all(query)["totalSize"] == 2100
        assert sum(1 for _ in client.query_all_iter(query)) == 2100
        assert client.query("SELECT COUNT() FROM User")["totalSize"] == 6

    def test_records(self, secure: LocalOrg, client: Salesforce) -> None:
        made = client.PermissionSet.create({"Name": "Ss_One", "Label": "One"})
        assert made["success"]
        assert client.PermissionSet.update(made["id"], {"Label": "Uno"}) == 204
        assert client.PermissionSet.get(made["id"])["Label"] == "Uno"
        user = client.query("SELECT Id FROM User WHERE Username = 'super.user@acme.example'")["records"][0]["Id"]
        body = {"AssigneeId": user, "PermissionSetId": made["id"]}
        assigned = client.PermissionSetAssignment.create(body)["id"]
        assert client.PermissionSetAssignment.get(assigned)["PermissionSetId"] == made["id"]
        assert client.PermissionSetAssignment.delete(assigned) == 204
        assert client.PermissionSet.delete(made["id"]) == 204
        with pytest.raises(SalesforceResourceNotFound):
            client.PermissionSet.get(made["id"])
        with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
            client.PermissionSet.create({"Nope": 1})
        assert client.User.describe()["name"] == "User"
        assert "PermissionSet" in [one["name"] for one in client.describe()["sobjects"]]

    def test_metadata_one_by_one(self, client: Salesforce) -> None:
        kind = client.mdapi.PermissionSet
        assert any(one.xmlName == "ConnectedApp" for one in client.mdapi.describe_metadata().metadataObjects)
        assert "userPermissions" in [one.name for one in kind.describe().valueTypeFields]
        kind.create(kind(fullName="Ss_Crud", label="Crud"))
        query = client.mdapi.ListMetadataQuery(type="PermissionSet")
        assert "Ss_Crud" in [one.fullName for one in client.mdapi.list_metadata([query])]
        found = kind.read("Ss_Crud")
        found.description = "changed"
        kind.update(found)
        kind.upsert([found, kind(fullName="Ss_Crud2", label="Crud 2")])
        kind.rename("Ss_Crud2", "Ss_Crud3")
        assert [one.label for one in kind.read(["Ss_Crud", "Ss_Crud3"])] == ["Crud", "Crud 2"]
        kind.delete(["Ss_Crud", "Ss_Crud3"])
        with pytest.raises(Exception, match="no PermissionSet named Ss_Crud found"):
            kind.delete("Ss_Crud")

    def test_deploys_and_retrieves(self, client: Salesforce) -> None:
        started = client.deploy(zipped("Ss_Deployed"), sandbox=True)
        status = client.checkDeployStatus(started["asyncId"], sandbox=True)
        assert (status["state"], status["deployment_detail"]["deployed_count"]) == ("Succeeded", "1")

        failed = client.deploy(zipped("Ss_Failed", permission="Nope"), sandbox=True, testLevel="NoTestRun")
        status = client.checkDeployStatus(failed["asyncId"], sandbox=True)
        assert (status["state"], status["deployment_detail"]["failed_count"]) == ("Failed", "1")
        assert "Unknown user permission: Nope" in str(status["deployment_detail"]["errors"])

        job, _ = client.mdapi.retrieve("any", unpackaged={"PermissionSet": ["Ss_Deployed"]}, single_package=True)
        assert client.mdapi.check_retrieve_status(job) == ("Succeeded", None, [])
        *_, content = client.mdapi.retrieve_zip(job)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert b"<label>Ss Deployed</label>" in archive.read("permissionsets/Ss_Deployed.permissionset")


def zipped(name: str, permission: str = "ApiEnabled") -> io.BytesIO:
    """A package with one permission set, package.xml at its root."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("package.xml", manifest({"PermissionSet": [name]}))
        archive.writestr(f"permissionsets/{name}.permissionset", permission_set(name, permission=permission))
    return out
