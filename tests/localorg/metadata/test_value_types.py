"""describeValueType: every type of the WSDL, with an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sfmeta.localorg.metadata.kinds import CHILDREN
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.value_types import describe_value_type
from tests.localorg.metadata.conftest import Api, Fault

NS = "{http://soap.sforce.com/2006/04/metadata}"
SCHEMA = salesforce_schema()


def described(api: Api, name: str) -> Any:
    [result] = api.call("describeValueType", f"<type>{NS}{name}</type>")
    return result


def fields(result: Any, name: str = "valueTypeFields") -> dict[str, Any]:
    return {one["name"][0]: one for one in result.get(name, [])}


def test_a_type_with_references(api: Api) -> None:
    found = fields(described(api, "ConnectedApp"))
    grant = found["permissionSetName"]
    assert (grant["isForeignKey"], grant["foreignKeyDomain"]) == (["true"], ["PermissionSet"])
    assert (found["label"]["minOccurs"], found["label"]["valueRequired"]) == (["1"], ["true"])
    assert found["fullName"]["isNameField"] == ["true"]
    inside = fields(found["oauthConfig"], "fields")
    assert inside["scopes"]["soapType"] == ["ConnectedAppOauthAccessScope"]
    assert "Api" in [value["value"][0] for value in inside["scopes"]["picklistValues"]]
    assert fields(inside["assetTokenConfig"], "fields")["assetSigningCertId"]["foreignKeyDomain"] == ["Certificate"]


def test_sections_of_a_permission_set(api: Api) -> None:
    found = fields(described(api, "PermissionSet"))
    permission = fields(found["customPermissions"], "fields")["name"]
    assert permission["foreignKeyDomain"] == ["CustomPermission"]
    assert fields(found["userPermissions"], "fields")["enabled"]["soapType"] == ["boolean"]


@pytest.mark.parametrize(
    ("name", "parent"),
    [("CustomField", "CustomObject"), ("Report", "ReportFolder"), ("EmailTemplate", "EmailFolder")],
)
def test_types_with_parents(api: Api, name: str, parent: str) -> None:
    [found] = described(api, name)["parentField"]
    assert (found["isForeignKey"], found["foreignKeyDomain"]) == (["true"], [parent])


@pytest.mark.parametrize(
    ("name", "can"),
    [
        ("PermissionSet", [True, True, True, True]),
        ("SecuritySettings", [False, False, True, True]),
        ("ApexClass", [False, False, False, False]),
        ("ConnectedAppOauthConfig", [False, False, False, False]),
        ("MetadataWithContent", [False, False, False, False]),
    ],
)
def test_what_can_be_done_with_a_type(api: Api, name: str, can: list[bool]) -> None:
    result = described(api, name)
    flags = ("apiCreatable", "apiDeletable", "apiReadable", "apiUpdatable")
    assert [result[flag] == ["true"] for flag in flags] == can


def test_the_namespace_may_be_missing(api: Api) -> None:
    [result] = api.call("describeValueType", "<type>PermissionSet</type>")
    assert result == described(api, "PermissionSet")


@pytest.mark.parametrize(
    "name", ["", "Nothing", NS, NS + "Nothing", "{urn:metadata.tooling.soap.sforce.com}ApexClass", "}" * 100]
)
def test_an_unknown_type_is_a_fault(api: Api, name: str) -> None:
    with pytest.raises(Fault) as caught:
        api.call("describeValueType", f"<type>{name}</type>")
    assert caught.value.code == "sf:INVALID_TYPE"


def depth(name: str, value: Any) -> Iterator[tuple[str, ...]]:
    """The paths of all fields."""
    for key, inner in value:
        if key in ("fields", "valueTypeFields"):
            own = next(text for label, text in inner if label == "name")
            yield (name, own)
            yield from ((name, *path) for path in depth(own, inner))


def test_every_type_is_described_to_its_end() -> None:
    for name in SCHEMA.types:
        result = describe_value_type(NS + name)
        top = [
            next(text for label, text in value if label == "name") for key, value in result if key == "valueTypeFields"
        ]
        assert top == list(SCHEMA.types[name])
    paths = list(depth("Flow", describe_value_type("Flow")))
    assert max(len(path) for path in paths) < 20
    assert all(len(set(path)) > 1 for path in paths)


def test_every_child_has_its_parent() -> None:
    for child, (parent, _) in CHILDREN.items():
        parents = [value for key, value in describe_value_type(child) if key == "parentField"]
        assert bool(parents) is (parent != "CustomLabels"), child
