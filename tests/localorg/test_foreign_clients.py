"""simple-salesforce, which knows nothing of us: over http where it can be talked into it, and untouched over TLS."""

from __future__ import annotations

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from sfmeta.localorg.server import LocalOrg
from tests.localorg.visitor import Visitor


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


def test_untouched_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalOrg.start("acme", tls=True) as org:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", org.ca_file)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        client = Salesforce(session_id=org.admin.access_token, instance_url=org.url, version="63.0")
        try:
            assert client.query("SELECT Name FROM Organization")["records"][0]["Name"] == "Acme"
            users = client.query_all("SELECT Id FROM User WHERE Username = 'super.user@acme.example'")["records"]
            allow = org.state.records.insert("PermissionSet", {"Name": "Allow", "Label": "Allow"})
            body = {"AssigneeId": users[0]["Id"], "PermissionSetId": allow}
            made = client.PermissionSetAssignment.create(body)
            assert made["success"]
            assert client.PermissionSetAssignment.get(made["id"])["PermissionSetId"] == allow
            assert client.PermissionSetAssignment.delete(made["id"]) == 204
            assert client.User.describe()["name"] == "User"
        finally:
            client.session.close()
