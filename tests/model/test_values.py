"""The values that every room speaks in."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.errors import UsageError
from sfmeta.model.change import ChangeSet, ComponentChange, FieldChange, Kind
from sfmeta.model.component import Entry, package_digest
from sfmeta.model.element import Element
from sfmeta.model.environment import Usernames
from sfmeta.model.names import ApiVersion, ComponentId, OrgId, to_18
from sfmeta.model.outcome import JobStatus, OrgInfo
from sfmeta.model.registry import ACCESS_TYPES, CHILD_TYPES, Merge, by_directory, by_suffix, types
from sfmeta.model.secret import Secret

BODY = st.text("abcXYZ019", min_size=12, max_size=12)


@given(body=BODY)
def test_two_spellings_of_one_org_are_equal(body: str) -> None:
    short = f"00D{body}"
    assert OrgId.parse(short) == OrgId.parse(to_18(short))
    assert to_18(to_18(short)) == to_18(short)
    assert len(to_18(short)) == 18


def test_known_check_characters() -> None:
    # the example of Salesforce's own help on 15 and 18 characters
    assert to_18("001A0000006Vm9r") == "001A0000006Vm9rIAC"


@pytest.mark.parametrize("text", ["", "00D", "005000000000001", "00D00000000000!", "00D0000000000001"])
def test_what_is_no_org_id(text: str) -> None:
    with pytest.raises(UsageError):
        OrgId.parse(text)


@pytest.mark.parametrize(("text", "version"), [("63.0", 63), ("v63.0", 63), ("63", 63), (" 31.0 ", 31)])
def test_api_versions(text: str, version: int) -> None:
    assert ApiVersion.parse(text).major == version
    assert str(ApiVersion(version)) == f"{version}.0"


@pytest.mark.parametrize("text", ["", "63.1", "x", "0", "-1"])
def test_what_is_no_api_version(text: str) -> None:
    with pytest.raises(UsageError):
        ApiVersion.parse(text)


def test_components_from_the_command_line() -> None:
    assert str(ComponentId.parse("Layout:Account-A: B")) == "Layout:Account-A: B"
    assert ComponentId.parse("Profile").full_name == "*"
    with pytest.raises(UsageError):
        ComponentId.parse(":X")


def test_a_secret_shows_nowhere() -> None:
    secret = Secret("CANARY")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>10}", repr([secret]), str({"a": secret})]
    assert not any("CANARY" in text for text in shown)
    assert secret.reveal() == "CANARY"
    assert secret == Secret("CANARY")
    assert not Secret("")
    for leak in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            leak(secret)
    assert not hasattr(secret, "__dict__")


files = st.dictionaries(st.text("abc/.", min_size=1, max_size=6), st.binary(max_size=20), max_size=5)


@given(one=files, other=files, order=st.randoms())
def test_a_package_s_digest_depends_on_paths_and_content_alone(
    one: dict[str, bytes], other: dict[str, bytes], order: st.DataObject
) -> None:
    entries = [Entry.of(path, data) for path, data in one.items()]
    shuffled = list(entries)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert package_digest(entries) == package_digest(shuffled)
    same = package_digest(Entry.of(path, data) for path, data in other.items()) == package_digest(entries)
    assert same == (one == other)


def test_a_change_knows_its_inverse() -> None:
    label = Element.of("label", text="x")
    added = FieldChange(("label",), None, label)
    assert added.kind is Kind.ADDED
    assert added.inverse().kind is Kind.REMOVED
    changes = ChangeSet((ComponentChange(ComponentId.of("PermissionSet", "X"), Kind.ADDED, (added,)),))
    assert changes.inverse().changes[0].kind is Kind.REMOVED
    assert changes.inverse().inverse() == changes
    assert not ChangeSet()


def test_elements_compare_by_content_and_not_by_line() -> None:
    assert Element("a", "x", line=1) == Element("a", "x", line=2)
    tree = Element.of("root", Element.of("a", Element.of("b", text="1")), Element.of("a", Element.of("c", text="2")))
    assert [found.text for found in tree.find("a/b")] == ["1"]
    assert list(tree.without("a/b").find("a/b")) == []
    assert list(tree.without("a").children) == []
    assert [path for path, _ in tree.walk()] == ["a", "a/b", "a", "a/c"]


def test_the_registry_is_whole() -> None:
    assert {str(name) for name in ACCESS_TYPES} <= {str(name) for name in types()}
    assert types()[ACCESS_TYPES[3]].merge is Merge.ADD
    for name, (parent, _) in CHILD_TYPES.items():
        assert any(parent == known for known in types()), name
    assert [entry.name for entry in by_suffix()["connectedApp"]] == ["ConnectedApp"]
    assert [entry.name for entry in by_directory()["permissionsets"]] == ["PermissionSet"]


def test_which_states_are_final() -> None:
    running = {JobStatus.PENDING, JobStatus.IN_PROGRESS, JobStatus.CANCELING, JobStatus.FINALIZING_DEPLOY}
    assert {status for status in JobStatus if not status.is_final} == running


@pytest.mark.parametrize(
    ("sandbox", "trial", "kind", "production"),
    [
        (False, False, "Enterprise Edition", True),
        (True, False, "Enterprise Edition", False),
        (False, True, "Enterprise Edition", False),
        (False, False, "Developer Edition", False),
    ],
)
def test_production_is_what_the_org_says(sandbox: bool, trial: bool, kind: str, production: bool) -> None:
    version, org = ApiVersion(63), OrgId.parse("00D000000000001")
    info = OrgInfo(org, "X", "https://x", "u", "005", sandbox, kind, trial, version)
    assert info.is_production is production


def test_a_name_of_an_environment_leads_back_to_the_files() -> None:
    suffixed = Usernames(suffix=".uat")
    assert suffixed.name_in_files(suffixed.name_here("Ann@x.example")) == "Ann@x.example"
    assert suffixed.name_in_files("ANN@x.example.UAT") == "ANN@x.example"
    assert suffixed.name_in_files("ann@x.example") == "ann@x.example"
    mapped = Usernames(map={"ann@x.example": "ann.test@x.example"})
    assert mapped.name_in_files("Ann.Test@x.example") == "ann@x.example"
    assert mapped.name_in_files("bob@x.example") == "bob@x.example"
