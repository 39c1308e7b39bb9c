"""simple-salesforce, unmodified, against the org over HTTP: raw SOAP with its own deviations, and zeep beneath."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from simple_salesforce import Salesforce

from sfmeta.localorg.running.server import LocalOrg

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
NS = "http://soap.sforce.com/2006/04/metadata"
FILES = {
    "package.xml": f'<Package xmlns="{NS}"><types><members>X</members><name>PermissionSet</name></types>'
    "<version>63.0</version></Package>",
    "permissionsets/X.permissionset": f'<PermissionSet xmlns="{NS}"><label>X</label></PermissionSet>',
}


def zipped() -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in FILES.items():
            archive.writestr(path, content)
    return out


@pytest.fixture(scope="module")
def org() -> Iterator[LocalOrg]:
    running = LocalOrg.start("empty")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(org: LocalOrg) -> Iterator[Salesforce]:
    made = Salesforce(session_id=org.admin.access_token, instance_url=org.url, version="63.0")
    # its addresses are https whatever it is given (its source, 1.12.10)
    made.base_url = made.base_url.replace("https://", "http://")
    made.metadata_url = made.metadata_url.replace("https://", "http://")
    yield made
    made.session.close()
    made.mdapi._client.transport.session.close()


def test_deploy_and_its_status(client: Salesforce) -> None:
    started = client.deploy(zipped(), sandbox=True)
    assert started["state"] == "Queued"
    status = client.checkDeployStatus(started["asyncId"], sandbox=True)
    assert (status["state"], status["deployment_detail"]["deployed_count"]) == ("Succeeded", "1")
    assert status["deployment_detail"]["errors"] == []


def test_retrieve(client: Salesforce) -> None:
    client.deploy(zipped(), sandbox=True)
    job, _ = client.mdapi.retrieve("any", unpackaged={"PermissionSet": ["X"]}, single_package=True)
    state, error, messages = client.mdapi.check_retrieve_status(job)
    assert (state, error, messages) == ("Succeeded", None, [])
    *_, content = client.mdapi.retrieve_zip(job)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["permissionsets/X.permissionset", "package.xml"]


def test_lists(client: Salesforce) -> None:
    client.deploy(zipped(), sandbox=True)
    query = client.mdapi.ListMetadataQuery(type="PermissionSet")
    assert "X" in [one.fullName for one in client.mdapi.list_metadata([query])]
    assert any(one.xmlName == "ConnectedApp" for one in client.mdapi.describe_metadata().metadataObjects)


def test_components_one_by_one(client: Salesforce) -> None:
    kind = client.mdapi.PermissionSet
    kind.create([kind(fullName="Crud", label="Crud")])
    with pytest.raises(Exception, match="DUPLICATE_VALUE"):
        kind.create([kind(fullName="Crud", label="Crud")])
    found = kind.read("Crud")
    assert (found.fullName, found.label) == ("Crud", "Crud")
    found.description = "changed"
    kind.update([found])
    kind.upsert([kind(fullName="Crud2", label="Crud 2"), found])
    assert [one.description for one in kind.read(["Crud", "Crud2"])] == ["changed", None]
    kind.rename("Crud2", "Crud3")
    kind.delete(["Crud", "Crud3"])
    with pytest.raises(Exception, match="no PermissionSet named Crud found"):
        kind.delete("Crud")
    described = kind.describe()
    assert described.apiCreatable is True
    assert "userPermissions" in [one.name for one in described.valueTypeFields]
