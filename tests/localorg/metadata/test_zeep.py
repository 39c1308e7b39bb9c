"""zeep, strict, on the WSDL that simple-salesforce ships: every answer must parse, in order, nothing missing."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import zeep
import zeep.exceptions
from lxml import etree
from zeep.transports import Transport

from sfmeta.localorg.metadata import soap
from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.metadata.schema import find_wsdl
from sfmeta.localorg.state import State

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:zeep")


class Answer:
    """What zeep asks of a response."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status_code, self.content, self.encoding = status, content, "utf-8"
        self.headers = {"Content-Type": soap.CONTENT_TYPE}


class InProcess(Transport):
    """Sends envelopes to the door without a network."""

    state: State

    def post_xml(self, address: str, envelope: Any, headers: Any) -> Answer:
        version = int(address.rpartition("/m/")[2].partition(".")[0])
        status, body = soap.handle(self.state, version, etree.tostring(envelope))
        return Answer(status, body if isinstance(body, bytes) else b"".join(body))


@pytest.fixture(scope="module")
def transport() -> Iterator[InProcess]:
    made = InProcess()
    yield made
    made.session.close()


@pytest.fixture(scope="module")
def client(transport: InProcess) -> zeep.Client:
    return zeep.Client(str(find_wsdl()), transport=transport)


@pytest.fixture
def service(client: zeep.Client, transport: InProcess, state: State, api: Any) -> Any:
    transport.state = state
    client.set_default_soapheaders({"SessionHeader": {"sessionId": api.session}})
    return client.create_service(
        "{http://soap.sforce.com/2006/04/metadata}MetadataBinding", "http://127.0.0.1/services/Soap/m/63.0/"
    )


PERMISSION_SET = '<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata"><label>Allow X</label></PermissionSet>'
PACKAGE = (
    '<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types><members>{}</members><name>PermissionSet</name>'
    "</types><version>63.0</version></Package>"
)


def package(name: str = "Allow_X") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("package.xml", PACKAGE.format(name))
        archive.writestr("permissionsets/Allow_X.permissionset", PERMISSION_SET)
    return out.getvalue()


def options(**changes: bool | str) -> dict[str, bool | str]:
    names = (
        "allowMissingFiles",
        "autoUpdatePackage",
        "checkOnly",
        "ignoreWarnings",
        "performRetrieve",
        "purgeOnDelete",
        "rollbackOnError",
        "singlePackage",
    )
    chosen: dict[str, bool | str] = {**dict.fromkeys(names, False), "rollbackOnError": True, "singlePackage": True}
    return {**chosen, "testLevel": "NoTestRun", **changes}


def test_a_deployment_and_its_details(service: Any) -> None:
    started = service.deploy(package(), options())
    assert (started.done, started.state, len(started.id)) == (False, "Queued", 18)
    assert started.id.startswith("0Af")
    result = service.checkDeployStatus(started.id, True).body.result
    assert (result.status, result.success, result.done, result.numberComponentsDeployed) == ("Succeeded", True, True, 1)
    assert [one.fullName for one in result.details.componentSuccesses] == ["package.xml", "Allow_X"]
    assert result.details.runTestResult.numTestsRun == 0
    assert result.createdByName == "Ada admin"


def test_a_failed_deployment(service: Any) -> None:
    started = service.deploy(package("Other"), options())
    result = service.checkDeployStatus(started.id, True).body.result
    assert (result.status, result.success) == ("Failed", False)
    assert {one.problem for one in result.details.componentFailures} == {
        "An object 'Other' of type PermissionSet was named in package.xml, but was not found in zipped directory",
        "Not in package.xml",
    }


def test_a_status_without_details_parses(service: Any) -> None:
    started = service.deploy(package(), options(checkOnly=True))
    result = service.checkDeployStatus(started.id, False).body.result
    assert result.checkOnly is True
    assert result.details is None


def test_waiting_cancelling_and_quick_deploy(service: Any, state: State) -> None:
    Jobs(state).set_mode("polls:2")
    job = service.deploy(package(), options()).id
    assert service.checkDeployStatus(job, True).body.result.status == "Pending"
    assert service.checkDeployStatus(job, True).body.result.status == "InProgress"
    cancelled = service.cancelDeploy(job)
    assert (cancelled.done, cancelled.id) == (False, job)
    result = service.checkDeployStatus(job, True).body.result
    assert (result.status, result.done, result.canceledByName) == ("Canceled", True, "Ada admin")
    Jobs(state).set_mode("immediate")
    validated = service.deploy(package(), options(checkOnly=True, testLevel="RunLocalTests")).id
    deployed = service.deployRecentValidation(validated)
    assert deployed != validated
    assert service.checkDeployStatus(deployed, True).body.result.status == "Succeeded"


def test_a_retrieve_with_and_without_its_zip(service: Any) -> None:
    service.deploy(package(), options())
    request = {
        "apiVersion": 63.0,
        "singlePackage": False,
        "unpackaged": {"types": [{"members": ["Allow_X", "Missing"], "name": "PermissionSet"}], "version": "63.0"},
    }
    job = service.retrieve(request).id
    assert job.startswith("09S")
    without = service.checkRetrieveStatus(job, False)
    assert without.zipFile is None
    result = service.checkRetrieveStatus(job, True)
    assert (result.done, result.status, result.success) == (True, "Succeeded", True)
    assert [one.problem for one in result.messages] == [
        "Entity of type 'PermissionSet' named 'Missing' cannot be found"
    ]
    assert [one.fileName for one in result.fileProperties] == [
        "unpackaged/permissionsets/Allow_X.permissionset",
        "unpackaged/package.xml",
    ]
    names = zipfile.ZipFile(io.BytesIO(result.zipFile)).namelist()
    assert names == ["unpackaged/permissionsets/Allow_X.permissionset", "unpackaged/package.xml"]


def test_a_failed_retrieve_has_a_nil_zip(service: Any) -> None:
    job = service.retrieve({"apiVersion": 63.0, "singlePackage": False, "packageNames": ["Abacus"]}).id
    result = service.checkRetrieveStatus(job, True)
    assert result.errorMessage == "INVALID_CROSS_REFERENCE_KEY: No package named 'Abacus' found"
    assert (result.errorStatusCode, result.status, result.zipFile) == ("UNKNOWN_EXCEPTION", "Failed", None)


def test_lists_and_descriptions(service: Any) -> None:
    service.deploy(package(), options())
    [found] = service.listMetadata([{"type": "PermissionSet"}], 63.0)
    assert (found.fullName, found.fileName, found.type) == (
        "Allow_X",
        "permissionsets/Allow_X.permissionset",
        "PermissionSet",
    )
    assert service.listMetadata([{"type": "ApexClass"}], 63.0) == []
    described = service.describeMetadata(63.0)
    by_name = {one.xmlName: one for one in described.metadataObjects}
    assert by_name["PermissionSet"].directoryName == "permissionsets"
    assert by_name["ApexClass"].metaFile is True
    assert "CustomField" in by_name["CustomObject"].childXmlNames


def test_faults_become_zeep_faults(service: Any) -> None:
    with pytest.raises(zeep.exceptions.Fault) as caught:
        service.listMetadata([{"type": "ApexClasses"}], 63.0)
    assert caught.value.code == "sf:INVALID_TYPE"
    assert caught.value.message == "INVALID_TYPE: Unknown type:ApexClasses"


def test_the_zip_arrives_as_it_was_made(service: Any) -> None:
    service.deploy(package(), options())
    request = {"apiVersion": 63.0, "singlePackage": True, "unpackaged": {"types": [], "version": "63.0"}}
    result = service.checkRetrieveStatus(service.retrieve(request).id, True)
    assert base64.b64encode(result.zipFile)[:4] == b"UEsD"
    assert zipfile.ZipFile(io.BytesIO(result.zipFile)).namelist() == ["package.xml"]
