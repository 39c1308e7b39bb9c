"""Laws: what is deployed comes back; writing and reading a file are inverse; a deployment again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfmeta.localorg.metadata.arrange import arranged
from sfmeta.localorg.metadata.conformity import Conformity
from sfmeta.localorg.metadata.kinds import FOLDERS
from sfmeta.localorg.metadata.layout import path_of, place_of, type_of
from sfmeta.localorg.metadata.permissions import USER_PERMISSIONS
from sfmeta.localorg.metadata.rules.table import RULES, since
from sfmeta.localorg.metadata.schema import Field, salesforce_schema
from sfmeta.localorg.metadata.wildcards import takes_wildcard
from sfmeta.localorg.metadata.xml import Node, parse, write
from sfmeta.model.registry import Shape, types

SCHEMA = salesforce_schema()
GENERIC = sorted(
    name
    for name, entry in types().items()
    if entry.shape is Shape.FILE
    and not entry.in_folder
    and SCHEMA.is_metadata(name)
    and name not in {*RULES, *FOLDERS}
    and takes_wildcard(name)
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
SIMPLE = {
    "xsd:boolean": st.sampled_from(["true", "false"]),
    "xsd:int": st.integers(-(10**6), 10**6).map(str),
    "xsd:double": st.integers(-(10**6), 10**6).map(lambda number: f"{number}.5"),
    "xsd:date": st.dates().map(lambda day: day.isoformat()),
    "xsd:dateTime": st.just("2026-11-23T12:00:00.000Z"),
    "xsd:time": st.just("12:00:00.000Z"),
    "xsd:base64Binary": st.binary(max_size=6).map(lambda data: data.hex()),
}


@st.composite
def elements(draw: st.DrawFn, field: Field, depth: int) -> Node:
    """One element of a type."""
    if field.type in SCHEMA.types:
        return draw(documents(field.type, field.name, depth - 1))
    values = SCHEMA.enums.get(field.type)
    if values is not None:
        return Node.of(field.name, text=draw(st.sampled_from(sorted(values))))
    return Node.of(field.name, text=draw(SIMPLE.get(field.type, TEXT)))


@st.composite
def documents(draw: st.DrawFn, type_name: str, name: str = "", depth: int = 2) -> Node:
    """A document that its type allows, its elements in some order."""
    groups = []
    for field in SCHEMA.types[type_name].values():
        if field.name == "fullName" and not name:
            continue
        deep = field.type in SCHEMA.types and depth <= 0
        if field.required or (not deep and draw(st.integers(0, 3)) == 0):
            count = draw(st.integers(1, 2)) if field.repeated else 1
            groups.append([draw(elements(field, depth)) for _ in range(count)])
    shuffled = draw(st.permutations(groups)) if groups else []
    return Node(name or type_name, "", [node for group in shuffled for node in group])


def full_names() -> st.SearchStrategy[str]:
    return st.text("ABCabc012_.-&é %()'", min_size=1, max_size=20).filter(lambda name: name.strip(" .") == name)


@given(data=st.data(), name=full_names(), type_name=st.sampled_from(GENERIC))
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
def test_what_is_deployed_comes_back(api: Any, data: st.DataObject, name: str, type_name: str) -> None:
    document = data.draw(documents(type_name))
    path = path_of(type_name, name)
    spelled = path.partition("/")[2].rpartition(".")[0]
    files = {"package.xml": write(manifest({type_name: [spelled]})), path: write(document)}
    outcome = api.deploy(files)
    assert outcome["status"] == "Succeeded", outcome.problems
    shown = api.retrieve({type_name: "*"})
    assert parse(shown["unpackaged/" + path].encode()) == arranged(parse(write(document)), SCHEMA)
    again = api.deploy({**files, path: shown["unpackaged/" + path]})
    assert again.success(name)["changed"] == "false"
    assert api.delete(type_name, escaped(spelled))["status"] == "Succeeded"
    assert list(api.retrieve({type_name: "*"})) == ["unpackaged/package.xml"]


@given(
    permissions=st.sets(st.sampled_from(sorted(USER_PERMISSIONS)), max_size=8),
    label=TEXT.filter(lambda text: text.strip() == text and text != ""),
    active=st.booleans(),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_permission_set_comes_back(api: Any, permissions: set[str], label: str, active: bool) -> None:
    flags = [
        Node.of("userPermissions", Node.of("enabled", text="true"), Node.of("name", text=name))
        for name in sorted(permissions)
    ]
    active_node = Node.of("hasActivationRequired", text=str(active).lower())
    document = Node.of("PermissionSet", active_node, Node.of("label", text=label), *flags)
    path = "permissionsets/Law.permissionset"
    files = {"package.xml": write(manifest({"PermissionSet": ["Law"]})), path: write(document)}
    assert api.deploy(files)["status"] == "Succeeded"
    assert parse(api.retrieve({"PermissionSet": "Law"})["unpackaged/" + path].encode()) == document


@given(data=st.data(), type_name=st.sampled_from(GENERIC))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_document_that_the_schema_allows_has_no_problem(data: st.DataObject, type_name: str) -> None:
    document = data.draw(documents(type_name))
    assert list(Conformity(SCHEMA, since).problems(document, type_name, 63)) == []
    assert parse(write(document)) == document


@pytest.mark.parametrize("name", ["Plain", "Custom: Sales", "A (b) & c", "50%", "Ümläut", "O'Neil", "a,b+c"])
def test_names_and_paths_are_inverse(name: str) -> None:
    for type_name in ("PermissionSet", "Profile", "ConnectedApp", "Layout"):
        place = place_of(path_of(type_name, name))
        assert place is not None
        assert (place.type, place.full_name) == (type_name, name)
        assert type_of(type_name) is not None


def test_names_in_paths_are_spelled_as_salesforce_spells_them() -> None:
    assert path_of("Profile", "Custom: Sales (old)") == "profiles/Custom%3A Sales %28old%29.profile"


def manifest(members: Mapping[str, list[str]]) -> Node:
    entries = [
        Node.of("types", *(Node.of("members", text=one) for one in names), Node.of("name", text=name))
        for name, names in members.items()
    ]
    return Node.of("Package", *entries, Node.of("version", text="63.0"))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;")
