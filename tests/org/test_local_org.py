"""The same client against the local org: every way in, and the whole way round. The two share no code."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sfmeta.errors import LoginRefused, OrgRefused
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.model.names import ComponentId, JobId, TypeName
from sfmeta.model.outcome import DeployOptions, JobStatus
from sfmeta.model.secret import Secret
from sfmeta.org.auth import AccessToken, JwtBearer, RefreshToken
from sfmeta.org.client import OrgClient
from sfmeta.org.http import Http, HttpSettings
from sfmeta.org.polling import wait_for
from sfmeta.org.session import LoginFlow
from sfmeta.org.soap_login import SoapPassword

from .conftest import quick_http, wsdl

PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<Package xmlns="http://soap.sforce.com/2006/04/metadata">
    <types><members>Allow_X</members><name>PermissionSet</name></types>
    <version>63.0</version>
</Package>
"""
PERMISSION_SET = """<?xml version="1.0" encoding="UTF-8"?>
<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">
    <hasActivationRequired>false</hasActivationRequired>
    {body}
</PermissionSet>
"""


class QuickClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.05))


@pytest.fixture(scope="module")
def org() -> Iterator[LocalOrg]:
    running = LocalOrg.start("acme")
    yield running
    running.stop()


@pytest.fixture
def client(org: LocalOrg) -> Iterator[OrgClient]:
    connected = OrgClient.connect(AccessToken(org.url, Secret(org.admin.access_token)), wsdl())
    yield connected
    connected.close()


def package(body: str) -> io.BytesIO:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("package.xml", PACKAGE)
        opened.writestr("permissionsets/Allow_X.permissionset", PERMISSION_SET.format(body=body))
    archive.seek(0)
    return archive


def key_of(org: LocalOrg) -> Secret:
    return Secret(Path(org.admin.private_key_file).read_text())


def test_every_way_in_leads_to_the_same_org(org: LocalOrg, client: OrgClient) -> None:
    ways: list[LoginFlow] = [
        JwtBearer(org.admin.client_id, org.admin.username, key_of(org), org.url),
        SoapPassword(org.admin.username, Secret(org.admin.password), org.url),
    ]
    for way in ways:
        other = OrgClient.connect(way, wsdl())
        assert replace(other.info, client_id="") == replace(client.info, client_id="")
        assert other.info.client_id == getattr(way, "client_id", "")
        other.close()
    assert str(client.info.id) == org.org_id
    assert client.info.username == org.admin.username
    assert client.info.is_sandbox


def test_a_package_goes_there_and_comes_back(client: OrgClient) -> None:
    job = client.start_deploy(package("<label>Allow X</label>"), DeployOptions())
    outcome = wait_for(job, lambda: client.deploy_status(job), QuickClock(), 20)
    assert outcome.status is JobStatus.SUCCEEDED, outcome
    assert outcome.success
    assert {(message.type, message.full_name) for message in outcome.messages} >= {("PermissionSet", "Allow_X")}
    wanted = ComponentId.of("PermissionSet", "Allow_X")
    assert wanted in client.list_metadata([TypeName("PermissionSet")])

    retrieval = client.start_retrieve([wanted])
    sink = io.BytesIO()
    answer = wait_for(retrieval, lambda: client.retrieve_status(retrieval, sink), QuickClock(), 20)
    assert answer.success
    assert answer.zip_bytes == len(sink.getvalue())
    assert wanted in answer.components
    with zipfile.ZipFile(sink) as opened:
        assert sorted(opened.namelist()) == ["package.xml", "permissionsets/Allow_X.permissionset"]
        assert b"<label>Allow X</label>" in opened.read("permissionsets/Allow_X.permissionset")

    (row,) = client.query("SELECT Id, Name, Label FROM PermissionSet WHERE Name = 'Allow_X'")
    assert row["Label"] == "Allow X"


def test_a_failed_deploy_is_a_value_with_every_message(client: OrgClient) -> None:
    body = (
        "<label>Allow X</label><userPermissions><enabled>true</enabled><name>NoSuchPermission</name></userPermissions>"
    )
    job = client.start_deploy(package(body), DeployOptions(check_only=True))
    outcome = wait_for(job, lambda: client.deploy_status(job), QuickClock(), 20)
    assert outcome.status is JobStatus.FAILED
    assert outcome.check_only
    (failure,) = outcome.failures
    assert "NoSuchPermission" in failure.problem


def test_refusals(org: LocalOrg, client: OrgClient, http: Http) -> None:
    with pytest.raises(OrgRefused) as refusal:
        client.deploy_status(JobId("0Af000000000999AAA"))
    assert refusal.value.code == "INVALID_CROSS_REFERENCE_KEY"
    with pytest.raises(OrgRefused) as refusal:
        list(client.query("SELECT Id FROM NoSuchThing"))
    assert refusal.value.code == "INVALID_TYPE"
    with pytest.raises(LoginRefused) as shut:
        SoapPassword(org.admin.username, Secret("wrong"), org.url).log_in(http, time.time)
    assert shut.value.code == "INVALID_LOGIN"
    with pytest.raises(LoginRefused, match="token is wrong"):
        OrgClient.connect(AccessToken(org.url, Secret("00D000000000001!nonsense")), wsdl())


def test_a_profile_with_a_free_name_comes_back(client: OrgClient) -> None:
    names = [component.full_name for component in client.list_metadata([TypeName("Profile")])]
    assert names
    retrieval = client.start_retrieve([ComponentId.of("Profile", name) for name in names])
    answer = wait_for(retrieval, lambda: client.retrieve_status(retrieval, io.BytesIO()), QuickClock(), 20)
    assert answer.messages == ()
    assert {component.full_name for component in answer.components} >= set(names)


def test_metadata_types_are_described(client: OrgClient) -> None:
    kinds = {kind.name: kind for kind in client.describe_metadata()}
    assert kinds[TypeName("PermissionSet")].suffix == "permissionset"


def tick(org: LocalOrg, internal: bool) -> None:
    """As a person in Setup would."""
    http = quick_http()
    headers = {"Authorization": f"Bearer {org.control_token}", "Content-Type": "application/json"}
    answer = http.call("POST", f"{org.url}/_local/access", headers=headers, data=json.dumps({"internal": internal}))
    assert answer.status == 200, answer.body
    http.close()


def test_once_the_box_is_ticked_only_the_approved_come_in(org: LocalOrg) -> None:
    http = quick_http()
    rogue = RefreshToken("localorg.rogue.exporter", Secret("refresh-rogue-former"), org.url)
    rogue = replace(rogue, client_secret=Secret("made-up-secret-of-rogue"))
    assert rogue.log_in(http, time.time)
    soap_user = OrgClient.connect(SoapPassword(org.admin.username, Secret(org.admin.password), org.url), wsdl())
    owned = OrgClient.connect(JwtBearer(org.admin.client_id, org.admin.username, key_of(org), org.url), wsdl())
    tick(org, True)
    try:
        assert list(owned.query("SELECT Id FROM Organization"))
        before = logins(org)
        with pytest.raises(LoginRefused, match="API Access Control"):
            soap_user.list_metadata([TypeName("Profile")])
        with pytest.raises(LoginRefused, match="API Access Control"):
            list(soap_user.query("SELECT Id FROM Organization"))
        assert logins(org) == before  # it is not tried again: that would only use up logins
        with pytest.raises(LoginRefused):
            rogue.log_in(http, time.time)
        JwtBearer(org.admin.client_id, org.admin.username, key_of(org), org.url).log_in(http, time.time)
    finally:
        tick(org, False)
        for client in (soap_user, owned):
            client.close()
        http.close()


def logins(org: LocalOrg) -> int:
    with org.state.lock:
        return len(org.state.records.find("LoginHistory"))


def test_over_tls_with_its_own_authority() -> None:
    running = LocalOrg.start("empty", tls=True)
    try:
        settings = HttpSettings(ca_bundle=str(running.ca_file))
        flow = AccessToken(running.url, Secret(running.admin.access_token))
        connected = OrgClient.connect(flow, wsdl(), settings=settings)
        assert str(connected.info.id) == running.org_id
        connected.close()
    finally:
        running.stop()
