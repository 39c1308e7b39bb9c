"""Rows that came by another way are components, and components whose row is gone are none: whenever somebody looks."""

from __future__ import annotations

from typing import Any

import pytest

from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import Api, package_xml

ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "BlacklistedConsumer": ("BlacklistedConsumer", {"DeveloperName": "X", "ConsumerKey": "k"}),
    "ConnectedApp": ("ConnectedApplication", {"DeveloperName": "X", "Name": "X", "Ownership": "owned"}),
    "ExternalClientApplication": ("ExternalClientApplication", {"DeveloperName": "X", "MasterLabel": "X"}),
    "MutingPermissionSet": ("MutingPermissionSet", {"DeveloperName": "X", "MasterLabel": "X"}),
    "PermissionSet": ("PermissionSet", {"Name": "X", "Label": "X"}),
    "PermissionSetGroup": ("PermissionSetGroup", {"DeveloperName": "X", "MasterLabel": "X"}),
    "Profile": ("Profile", {"Name": "X", "FullName": "X"}),
}


def listed(api: Api, type_name: str) -> set[str]:
    return {one["fullName"][0] for one in api.call("listMetadata", f"<queries><type>{type_name}</type></queries>")}


@pytest.mark.parametrize("type_name", ROWS)
def test_a_row_comes_and_goes(api: Api, state: State, type_name: str) -> None:
    sobject, fields = ROWS[type_name]
    before = listed(api, type_name)
    row = state.records.insert(sobject, fields)
    assert listed(api, type_name) == before | {"X"}
    state.records.delete(row)
    assert listed(api, type_name) == before


@pytest.mark.parametrize("type_name", ROWS)
def test_a_row_is_seen_after_a_deployment_that_saw_it_first_and_was_undone(
    api: Api, state: State, type_name: str
) -> None:
    before = listed(api, type_name)
    sobject, fields = ROWS[type_name]
    state.records.insert(sobject, fields)
    files = {"package.xml": package_xml({})}
    assert api.deploy(files, checkOnly=True)["status"] == "Succeeded"
    assert listed(api, type_name) == before | {"X"}


def test_an_installed_app_is_seen_once_the_org_says_so(api: Api, state: State) -> None:
    state.records.insert("ConnectedApplication", {"DeveloperName": "X", "Name": "X", "Ownership": "installed"})
    assert listed(api, "ConnectedApp") == set()
    state.change_org(assumptions={"installed_apps_are_components": True})
    assert listed(api, "ConnectedApp") == {"X"}


def test_nothing_is_read_again_while_nothing_changes(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    state.records.insert("PermissionSetGroup", {"DeveloperName": "X", "MasterLabel": "X"})
    for _ in range(2):  # the group's own permission set comes with the first
        effects.adopt(state)
    read: list[str] = []
    real = Components.list

    def counted(store: Components, type_name: str) -> Any:
        read.append(type_name)
        return real(store, type_name)

    monkeypatch.setattr(Components, "list", counted)
    state.records.insert("OauthToken", {"UserId": "u"})
    effects.adopt(state)
    assert read == []
    state.records.insert("Profile", {"Name": "X", "FullName": "X"})
    effects.adopt(state)
    assert read == ["Profile"]
