"""zeep, strict: every operation that the WSDL's binding has is called and its typed answer looked at."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import zeep
import zeep.exceptions

from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.metadata.keepers import keeper_of
from sfmeta.localorg.metadata.operations import OPERATIONS
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.state import State
from tests.localorg.metadata.minimal import COMPONENT_TYPES, record, sample
from tests.localorg.metadata.test_zeep import client, options, package, service, transport

__all__ = ["client", "service", "transport"]  # fixtures
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:zeep")

NS = "{http://soap.sforce.com/2006/04/metadata}"
OLDER_THAN_THE_WSDL = {"checkStatus"}


def permission_set(client: zeep.Client, name: str, **more: Any) -> Any:
    return client.get_type(NS + "PermissionSet")(fullName=name, label=name, **more)


def _deployed(service: Any, **changes: bool) -> Any:
    return service.deploy(package(), options(**changes))


def call_deploy(service: Any, client: Any) -> None:
    started = _deployed(service)
    assert (type(started).__name__, started.done, started.state) == ("AsyncResult", False, "Queued")


def call_check_deploy_status(service: Any, client: Any) -> None:
    answer = service.checkDeployStatus(_deployed(service).id, True)
    result = answer.body.result
    assert (type(result).__name__, result.status, result.success) == ("DeployResult", "Succeeded", True)
    assert type(result.details.componentSuccesses[0]).__name__ == "DeployMessage"
    assert answer.header is None


def call_cancel_deploy(service: Any, client: Any) -> None:
    Jobs(client.transport.state).set_mode("polls:3")
    started = _deployed(service)
    result = service.cancelDeploy(started.id)
    assert (type(result).__name__, result.id) == ("CancelDeployResult", started.id)
    assert isinstance(result.done, bool)


def call_deploy_recent_validation(service: Any, client: Any) -> None:
    validated = service.deploy(package(), options(checkOnly=True, testLevel="RunLocalTests"))  # type: ignore[arg-type]
    deployed = service.deployRecentValidation(validated.id)
    assert isinstance(deployed, str)
    assert service.checkDeployStatus(deployed, False).body.result.status == "Succeeded"


def call_retrieve(service: Any, client: Any) -> None:
    request = {"apiVersion": 63.0, "singlePackage": True, "unpackaged": {"types": [], "version": "63.0"}}
    assert service.retrieve(request).state == "Queued"


def call_check_retrieve_status(service: Any, client: Any) -> None:
    _deployed(service)
    types = [{"members": ["Allow_X"], "name": "PermissionSet"}]
    request = {"apiVersion": 63.0, "singlePackage": True, "unpackaged": {"types": types, "version": "63.0"}}
    result = service.checkRetrieveStatus(service.retrieve(request).id, True)
    assert (type(result).__name__, result.status) == ("RetrieveResult", "Succeeded")
    assert type(result.fileProperties[0]).__name__ == "FileProperties"
    with zipfile.ZipFile(io.BytesIO(result.zipFile)) as archive:
        assert archive.namelist() == ["permissionsets/Allow_X.permissionset", "package.xml"]


def call_list_metadata(service: Any, client: Any) -> None:
    _deployed(service)
    [found] = service.listMetadata([{"type": "PermissionSet"}], 63.0)
    assert (found.fullName, found.type, found.manageableState) == ("Allow_X", "PermissionSet", "unmanaged")
    assert found.createdDate.tzinfo is not None


def call_describe_metadata(service: Any, client: Any) -> None:
    result = service.describeMetadata(63.0)
    assert (result.partialSaveAllowed, result.testRequired) == (True, False)
    assert len(result.metadataObjects) > 300


def call_describe_value_type(service: Any, client: Any) -> None:
    result = service.describeValueType(NS + "PermissionSetGroup")
    fields = {one.name: one for one in result.valueTypeFields}
    assert (result.apiCreatable, fields["fullName"].isNameField) == (True, True)
    assert fields["permissionSets"].foreignKeyDomain == ["PermissionSet"]


def call_create_metadata(service: Any, client: Any) -> None:
    made, again = service.createMetadata([permission_set(client, "A"), permission_set(client, "A")])
    assert (type(made).__name__, made.fullName, made.success, made.errors) == ("SaveResult", "A", True, [])
    assert (again.success, again.errors[0].statusCode) == (False, "DUPLICATE_VALUE")


def call_update_metadata(service: Any, client: Any) -> None:
    service.createMetadata([permission_set(client, "A")])
    results = service.updateMetadata([permission_set(client, "A", description="new"), permission_set(client, "B")])
    assert [one.success for one in results] == [True, False]
    assert results[1].errors[0].message == "In field: fullName - no PermissionSet named B found"
    assert service.readMetadata("PermissionSet", ["A"])[0].description == "new"


def call_upsert_metadata(service: Any, client: Any) -> None:
    results = [service.upsertMetadata([permission_set(client, "A")])[0] for _ in range(2)]
    assert [(type(one).__name__, one.created, one.success) for one in results] == [
        ("UpsertResult", True, True),
        ("UpsertResult", False, True),
    ]


def call_read_metadata(service: Any, client: Any) -> None:
    service.createMetadata([permission_set(client, "A", userPermissions=[{"enabled": True, "name": "ApiEnabled"}])])
    found, missing = service.readMetadata("PermissionSet", ["A", "Nobody"])
    assert type(found).__name__ == "PermissionSet"
    assert (found.fullName, found.userPermissions[0].name, found.userPermissions[0].enabled) == (
        "A",
        "ApiEnabled",
        True,
    )
    assert (type(missing).__name__, missing.fullName) == ("Metadata", None)  # what zeep makes of xsi:nil


def call_delete_metadata(service: Any, client: Any) -> None:
    service.createMetadata([permission_set(client, "A")])
    gone, missing = service.deleteMetadata("PermissionSet", ["A", "A"])
    assert (type(gone).__name__, gone.success, missing.success) == ("DeleteResult", True, False)
    assert missing.errors[0].statusCode == "INVALID_CROSS_REFERENCE_KEY"


def call_rename_metadata(service: Any, client: Any) -> None:
    service.createMetadata([permission_set(client, "A")])
    renamed = service.renameMetadata("PermissionSet", "A", "B")
    assert (type(renamed).__name__, renamed.success, renamed.fullName) == ("SaveResult", True, "A")
    assert service.readMetadata("PermissionSet", ["B"])[0].label == "A"


CALLS: Mapping[str, Callable[[Any, Any], None]] = {
    "cancelDeploy": call_cancel_deploy,
    "checkDeployStatus": call_check_deploy_status,
    "checkRetrieveStatus": call_check_retrieve_status,
    "createMetadata": call_create_metadata,
    "deleteMetadata": call_delete_metadata,
    "deploy": call_deploy,
    "deployRecentValidation": call_deploy_recent_validation,
    "describeMetadata": call_describe_metadata,
    "describeValueType": call_describe_value_type,
    "listMetadata": call_list_metadata,
    "readMetadata": call_read_metadata,
    "renameMetadata": call_rename_metadata,
    "retrieve": call_retrieve,
    "updateMetadata": call_update_metadata,
    "upsertMetadata": call_upsert_metadata,
}


def operations(client: zeep.Client) -> set[str]:
    return {name for binding in client.wsdl.bindings.values() for name in binding._operations}


def test_no_operation_is_forgotten(client: zeep.Client) -> None:
    assert operations(client) == set(CALLS)
    assert set(OPERATIONS) - operations(client) == OLDER_THAN_THE_WSDL
    assert operations(client) <= set(OPERATIONS)


@pytest.mark.parametrize("operation", sorted(CALLS))
def test_the_answer_is_typed(operation: str, service: Any, client: zeep.Client) -> None:
    CALLS[operation](service, client)


def test_every_type_is_read_strictly(service: Any, api: Any, client: zeep.Client) -> None:
    """The smallest component of every type, read, holds what its type requires, in its order."""
    portal = client.get_type(NS + "ExternalClientApplication")
    service.createMetadata([portal(fullName="Portal", label="P", distributionState="Local")])
    api.call("upsertMetadata", record(sample("CustomObject")))
    for name in COMPONENT_TYPES:
        if keeper_of(name) is not None:
            one = sample(name)
            [saved] = api.call("upsertMetadata", record(one))
            assert saved["success"] == ["true"], (name, saved)
            [found] = service.readMetadata(name, [one.full_name])
            assert (type(found).__name__, found.fullName) == (name, one.full_name)


@pytest.mark.parametrize("name", ["Flow", "CustomObject", "Layout", "Report", "PermissionSet", "Bot"])
def test_value_types_parse(name: str, service: Any) -> None:
    result = service.describeValueType(NS + name)
    assert [one.name for one in result.valueTypeFields] == list(salesforce_schema().types[name])


def test_what_was_read_can_be_written_back(service: Any, state: State, client: zeep.Client) -> None:
    service.createMetadata(
        [permission_set(client, "A", description="d", userPermissions=[{"enabled": True, "name": "ApiEnabled"}])]
    )
    [found] = service.readMetadata("PermissionSet", ["A"])
    [saved] = service.updateMetadata([found])
    assert saved.success
    assert service.readMetadata("PermissionSet", ["A"]) == [found]


@pytest.mark.parametrize("all_or_none", [True, False])
def test_all_or_none(all_or_none: bool, service: Any, client: zeep.Client, api: Any) -> None:
    headers = {"SessionHeader": {"sessionId": api.session}, "AllOrNoneHeader": {"allOrNone": all_or_none}}
    bad = permission_set(client, "B", userPermissions=[{"enabled": True, "name": "Nonsense"}])
    results = service.createMetadata([permission_set(client, "A"), bad], _soapheaders=headers)
    assert [one.success for one in results] == [not all_or_none, False]
    assert results[1].errors[0].message == "Unknown user permission: Nonsense"
    [read] = service.readMetadata("PermissionSet", ["A"])
    assert (read.fullName is None) is all_or_none
    if all_or_none:
        assert results[0].errors[0].statusCode == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
