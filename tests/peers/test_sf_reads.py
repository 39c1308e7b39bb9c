"""The Salesforce CLI logs in, looks and asks; none of it changes the org."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfmeta.localorg.running.server import LocalOrg
from tests.peers.conftest import Sf

pytestmark = pytest.mark.npm


def test_a_login_by_jwt_that_the_org_refuses(sf: Sf, acme: LocalOrg, tmp_path: Path) -> None:
    admin = acme.admin
    login = [
        "--client-id",
        admin.client_id,
        "--username",
        "nobody@acme.example",
        "--jwt-key-file",
        admin.private_key_file,
    ]
    said = sf.run("org", "login", "jwt", *map(str, login), "--instance-url", acme.url, cwd=tmp_path)
    assert said.code == 1
    assert "user hasn't approved this consumer" in said.document["message"]


def test_a_token_that_is_none(sf: Sf, acme: LocalOrg, tmp_path: Path) -> None:
    token = acme.admin.access_token[:-4] + "gone"
    said = sf.run(
        *("org", "login", "access-token", "--instance-url", acme.url, "--no-prompt"),
        cwd=tmp_path,
        SF_ACCESS_TOKEN=token,
    )
    assert said.code == 1
    assert said.document["message"].endswith("Due to: Bad_OAuth_Token")


def test_it_displays_an_org_it_logged_in_to_by_jwt(sf: Sf, acme: LocalOrg, alias: str, tmp_path: Path) -> None:
    shown = sf.ok("org", "display", "-o", alias, cwd=tmp_path)
    assert shown["id"] == acme.org_id
    assert shown["username"] == acme.admin.username
    assert shown["instanceUrl"] == acme.url
    assert shown["connectedStatus"] == "Connected"
    assert shown["clientId"] == acme.admin.client_id


def test_it_lists_metadata_of_a_type(sf: Sf, alias: str, tmp_path: Path) -> None:
    listed = sf.ok("org", "list", "metadata", "-m", "ConnectedApp", "-o", alias, cwd=tmp_path)
    assert "Billing_Sync" in [one["fullName"] for one in listed]
    [billing] = [one for one in listed if one["fullName"] == "Billing_Sync"]
    assert (billing["type"], billing["fileName"]) == ("ConnectedApp", "connectedApps/Billing_Sync.connectedApp")
    assert len(billing["id"]) == 18


def test_it_lists_nothing_of_an_unknown_type(sf: Sf, alias: str, tmp_path: Path) -> None:
    said = sf.run("org", "list", "metadata", "-m", "ConnectedApps", "-o", alias, cwd=tmp_path)
    assert said.code == 1
    assert "INVALID_TYPE: Unknown type:ConnectedApps" in said.document["message"]


def test_it_lists_the_types(sf: Sf, alias: str, tmp_path: Path) -> None:
    described = sf.ok("org", "list", "metadata-types", "-o", alias, "--api-version", "63.0", cwd=tmp_path)
    types = {one["xmlName"]: one for one in described["metadataObjects"]}
    assert len(types) > 150
    assert (types["PermissionSet"]["directoryName"], types["PermissionSet"]["suffix"]) == (
        "permissionsets",
        "permissionset",
    )
    assert types["ApexClass"]["metaFile"] is True
    assert "CustomField" in types["CustomObject"]["childXmlNames"]
    assert described["partialSaveAllowed"] is True


def test_it_queries_and_shows_the_refusal_of_a_query(sf: Sf, alias: str, tmp_path: Path) -> None:
    counted = sf.ok("data", "query", "-o", alias, "-q", "SELECT Count() FROM User", cwd=tmp_path)
    assert counted["totalSize"] == 6
    said = sf.run("data", "query", "-o", alias, "-q", "SELECT Nope FROM User", cwd=tmp_path)
    assert said.code == 1
    assert said.document["name"] == "INVALID_FIELD"
    assert "No such column 'Nope' on entity 'User'" in said.document["message"]


def test_it_queries_the_tooling_api(sf: Sf, acme: LocalOrg, alias: str, tmp_path: Path) -> None:
    query = ["data", "query", "--use-tooling-api", "-o", alias, "-q", "SELECT Name FROM ConnectedApplication"]
    assert sf.ok(*query, cwd=tmp_path)["done"] is True
    asked = "SELECT Id, Status FROM DeployRequest"
    assert sf.ok("data", "query", "--use-tooling-api", "-o", alias, "-q", asked, cwd=tmp_path)["records"] == []


def test_a_token_as_the_org_needs_no_login(sf: Sf, acme: LocalOrg, tmp_path: Path) -> None:
    query = ["data", "query", "-q", "SELECT Name FROM Organization", "-o", acme.admin.access_token]
    found = sf.ok(*query, cwd=tmp_path, SF_ORG_INSTANCE_URL=acme.url)
    assert found["records"][0]["Name"] == "Acme"
