"""A law over every type of the WSDL: what is deployed is listed, comes back, is read, and goes away again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.arrange import arranged
from sfmeta.localorg.metadata.keepers import keeper_of
from sfmeta.localorg.metadata.kinds import (
    CHILDREN,
    PARENTS,
    SETTINGS,
    abstract_types,
    is_settings_type,
    type_of,
    unlisted_types,
)
from sfmeta.localorg.metadata.layout import place_of
from sfmeta.localorg.metadata.xml import XSI, Node, parse
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import Api, client_for, make_org, package_xml
from tests.localorg.metadata.minimal import COMPONENT_TYPES, SCHEMA, Sample, record, sample

TYPES = COMPONENT_TYPES
SYNCHRONOUS = [name for name in TYPES if keeper_of(name) is not None]
# records that a real org has beside the file: the keys of an app, the status of a group
MORE = {
    "ConnectedApp": {"oauthConfig"},
    "ConnectedAppSettings": {
        "enableAdminApprovedAppsOnly",
        "enableAdminApprovedAppsOnlyForExternalUser",
        "enableSkipUserProvisioningWizardWelcomePage",
    },
    "ExternalClientApplication": {"distributionState"},
    "ExtlClntAppConfigurablePolicies": {"isEnabled"},
    "ExtlClntAppGlobalOauthSettings": {"consumerKey"},
    "LightningComponentBundle": {"lwcResources"},
    "AuraDefinitionBundle": {"markup", "type"},
    "OauthOidcSettings": {
        "blockOAuthUnPwFlow",
        "blockOAuthUsrAgtFlow",
        "isPkceRequired",
        "oAuthCdCrdtFlowEnable",
    },
    "SecuritySettings": {"sessionSettings"},
    "PermissionSetGroup": {"hasActivationRequired", "status"},
    "Profile": {"custom"},
}


@pytest.fixture(scope="module")
def org() -> Iterator[State]:
    state = make_org()
    app = Node.of("ExternalClientApplication", *(Node.of(name, text=name) for name in ("distributionState", "label")))
    effects.put(state, "ExternalClientApplication", "Portal", app)
    yield state
    state.close()


@pytest.fixture(scope="module")
def client(org: State) -> Api:
    return client_for(org)


def same(found: Node, sent: Node) -> None:
    """Two documents say the same, what the org adds left out."""
    more = MORE.get(sent.name, set())
    kept = [child for child in found.children if child.name not in more or any(sent.all(child.name))]
    expected = arranged(sent, SCHEMA)
    assert Node(found.name, "" if kept else found.text, kept) == Node(sent.name, expected.text, expected.children)


def names_listed(client: Api, type_names: Iterable[str]) -> set[tuple[str, str]]:
    """(type, full name) of what listMetadata gives, three types a call."""
    found: set[tuple[str, str]] = set()
    for some in batched(sorted(set(type_names)), 3):
        queries = "".join(f"<queries><type>{name}</type></queries>" for name in some)
        found |= {(one["type"][0], one["fullName"][0]) for one in client.call("listMetadata", queries)}
    return found


def read(client: Api, one: Sample) -> Node | None:
    """The record that readMetadata gives, parsed."""
    asked = f"<type>{one.type}</type><fullNames>{one.full_name}</fullNames>"
    status, answer = client.raw(client.envelope("readMetadata", asked))
    assert status == 200, answer
    body = parse(answer).children[0].children[0].children[0]
    record = body.children[0]
    if record.is_nil:
        return None
    assert dict(record.attributes)[f"{{{XSI}}}type"] == one.type
    assert record.children[0].name == "fullName"
    assert record.children[0].text == one.full_name
    return Node(one.type, "", record.children[1:])


def members(samples: Iterable[Sample]) -> dict[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    for one in samples:
        named[one.member_type] = (*named.get(one.member_type, ()), one.member)
    return named


def batched(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(items[start : start + size]) for start in range(0, len(items), size))


def saved(results: list[Any]) -> bool:
    [result] = results
    assert result["success"] == ["true"], result
    return True


# children share their parent's file, so each of them, and each parent, comes in a package of its own
ALONE = [name for name in TYPES if name in CHILDREN or name in PARENTS]
TOGETHER = list(batched([name for name in TYPES if name not in ALONE], 30))


@pytest.mark.parametrize("type_names", [*TOGETHER, *((name,) for name in ALONE)], ids=lambda names: names[0])
def test_deployed_listed_retrieved_read_deleted(client: Api, type_names: tuple[str, ...]) -> None:
    samples = [sample(name) for name in type_names]
    named = members(samples)
    files = {path: content for one in samples for path, content in one.files.items()}
    outcome = client.deploy({"package.xml": package_xml(named), **files})
    assert outcome["status"] == "Succeeded", outcome.problems

    settings = {one.type for one in samples if is_settings_type(one.type)}
    expected = {(one.type if one.type not in settings else SETTINGS, one.full_name) for one in samples}
    assert expected <= names_listed(client, (name for name, _ in expected))

    shown = client.retrieve(named)
    for one in samples:
        if one.is_file:
            [path] = one.files
            same(parse(shown["unpackaged/" + path].encode()), one.document)
        elif one.type not in CHILDREN:
            assert {path: shown["unpackaged/" + path].encode() for path in one.files} == dict(one.files)
        if keeper_of(one.type) is not None:
            found = read(client, one)
            assert found is not None, one.type
            same(found, one.document)

    went = [one for one in samples if one.type not in settings]
    destructive = package_xml(members(went), "")
    gone = client.deploy({"package.xml": package_xml({}), "destructiveChanges.xml": destructive})
    assert gone["status"] == "Succeeded", gone.problems
    listed = names_listed(client, (name for name, _ in expected))
    for one in went:
        assert (one.type, one.full_name) not in listed
        assert keeper_of(one.type) is None or read(client, one) is None


def test_settings_stay(client: Api) -> None:
    gone = client.delete(SETTINGS, "Security")
    assert gone.problems in (["You cannot delete Settings: Security"], ["No Settings named: Security found"])


@pytest.mark.parametrize("type_name", SYNCHRONOUS)
def test_created_read_updated_renamed_deleted(client: Api, type_name: str) -> None:
    one = sample(type_name)
    if is_settings_type(type_name):
        [result] = client.call("createMetadata", record(one))
        assert result["errors"][0]["statusCode"] == ["DUPLICATE_VALUE"]
        assert saved(client.call("updateMetadata", record(one)))
        found = read(client, one)
        assert found is not None
        same(found, one.document)
        return
    if CHILDREN.get(type_name, ("",))[0] == "CustomObject":
        client.call("upsertMetadata", record(sample("CustomObject")))
    elif type_name == "CustomObject":
        client.call("deleteMetadata", "<type>CustomObject</type><fullNames>Thing__c</fullNames>")
    assert saved(client.call("createMetadata", record(one)))
    [again] = client.call("createMetadata", record(one))
    assert again["errors"][0]["statusCode"][0] in ("DUPLICATE_VALUE", "DUPLICATE_DEVELOPER_NAME")
    found = read(client, one)
    assert found is not None
    same(found, one.document)
    assert saved(client.call("updateMetadata", record(one)))
    assert read(client, one) == found

    names = f"<type>{type_name}</type><oldFullName>{one.full_name}</oldFullName><newFullName>{{}}</newFullName>"
    other = "Other".join(one.full_name.rsplit("Thing", 1))
    assert saved(client.call("renameMetadata", names.format(other)))
    assert read(client, one) is None
    moved = Sample(one.type, one.member_type, one.member, other, one.document)
    assert read(client, moved) == found

    asked = f"<type>{type_name}</type><fullNames>{other}</fullNames>"
    assert saved(client.call("deleteMetadata", asked))
    assert read(client, moved) is None
    [missing] = client.call("deleteMetadata", asked)
    assert missing["errors"][0]["message"] == [f"In field: members - no {type_name} named {other} found"]


def test_no_type_is_forgotten() -> None:
    every = {name for name in SCHEMA.types if SCHEMA.is_metadata(name)}
    assert set(TYPES) == every - abstract_types()
    assert len(TYPES) > 600
    assert set(TYPES) - set(SYNCHRONOUS) == {"ApexClass", "ApexTestSuite", "ApexTrigger"}


def test_described_types_are_those_that_packages_name(client: Api) -> None:
    [described] = client.call("describeMetadata", "<asOfVersion>63.0</asOfVersion>")
    objects = {one["xmlName"][0]: one for one in described["metadataObjects"]}
    children = {child for one in objects.values() for child in one.get("childXmlNames", [])}
    assert children == set(CHILDREN)
    assert not children & set(objects)
    for name in TYPES:
        known = name in objects or name in children or is_settings_type(name) or name in unlisted_types()
        assert known or sample(name).member_type in objects, name
    assert objects["Report"]["inFolder"] == ["true"]
    assert "ReportFolder" not in objects
    for name, one in objects.items():
        entry = type_of(name)
        assert entry is not None
        assert one["directoryName"] == [entry.directory]
        path = f"{entry.directory}/X.{entry.suffix}"
        place = place_of(path) if entry.suffix else None
        assert place is None or type_of(place.type).suffix == entry.suffix  # type: ignore[union-attr]
