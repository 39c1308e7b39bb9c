"""Files of profiles belong to the right profiles, and tell how a policy's file must name them."""

from __future__ import annotations

import pytest

from sfmeta.model.element import Element
from sfmeta.model.inventory import Profile
from sfmeta.model.names import ComponentId
from sfmeta.ops.audit.components import Components
from sfmeta.ops.audit.settings import with_files
from tests.audit.conftest import Start, audited

ID = "00e000000000001AAA"


def full_name_of(name: str, file: str, id_: str = "") -> str:
    """Of one profile and one file, with the id that the retrieve gave for it."""
    component = ComponentId.of("Profile", file)
    components = Components({component: Element.of("Profile")}, {component: id_} if id_ else {})
    completed, gaps = with_files({ID: Profile(ID, name, "0PS000000000001AAA")}, components)
    assert gaps == ()
    return completed[ID].full_name


@pytest.mark.parametrize(
    ("name", "file", "id_"),
    [
        ("System Administrator", "Admin", ID),
        ("Systemadministrator", "Admin", ID),  # names in Setup are translated
        ("System Administrator", "Admin", ""),
        ("Worker", "Worker", ""),
        ("Sales: North", "Sales%3A North", ""),
        ("Minimum Access - Salesforce", "MinimumAccess", ""),
    ],
)
def test_a_profile_has_the_full_name_of_its_file(name: str, file: str, id_: str) -> None:
    assert full_name_of(name, file, id_) == file


def test_a_profile_without_a_file_has_none() -> None:
    assert full_name_of("Systemadministrator", "Admin") == ""
    assert full_name_of("Worker", "Other", "00e000000000002AAA") == ""


def test_an_audit_tells_the_full_names(start: Start) -> None:
    names = {one.name: one.full_name for one in audited(start()).profiles.values()}
    assert (names["System Administrator"], names["Worker"]) == ("Admin", "Worker")
