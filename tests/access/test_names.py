"""API names as Setup derives them, and what happens when two labels give one name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.access.names import NameRegister, api_name_of, is_api_name
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Place


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Allow Dataloader.io", "Allow_Dataloader_io"),
        ("  A  --  B!  ", "A_B"),
        ("A__B", "A_B"),
        ("3M Connect", "X3M_Connect"),
        ("Café Zoë", "Caf_Zo"),
        ("データ", ""),
        ("!!!", ""),
        ("", ""),
    ],
)
def test_names_from_labels(label: str, name: str) -> None:
    assert api_name_of(label) == name


@given(st.text(max_size=60))
def test_every_name_is_well_formed_and_stable(label: str) -> None:
    name = api_name_of(label)
    if name:
        assert is_api_name(name)
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
        assert "__" not in name
        assert not name.endswith("_")
        assert api_name_of(name) == name


def test_a_clash_is_reported_with_both_places_and_a_way_out() -> None:
    register = NameRegister("policy.yml")
    component = ComponentId.of("PermissionSet", "Allow_A_B")
    assert register.claim(component, "the label 'Allow A.B'", Place(3, 5), "Rename it")
    assert not register.claim(component, "the label 'Allow A B'", Place(7, 5), "Rename it")
    assert not register.claim(ComponentId.of("PermissionSet", "ALLOW_A_B"), "the label 'ALLOW A B'", Place(9, 5), "")
    assert str(register.problems[0]) == (
        "policy.yml:7:5: the label 'Allow A B' gives PermissionSet:Allow_A_B, "
        "and so does the label 'Allow A.B' in line 3 (Rename it)"
    )


def test_a_label_that_gives_no_name_or_is_too_long_is_reported() -> None:
    register = NameRegister("policy.yml")
    assert register.name("データ", Place(2, 3), "Write another") is None
    assert register.name("A" * 81, Place(3, 3), "Write another") is None
    assert [problem.line for problem in register.problems] == [2, 3]
