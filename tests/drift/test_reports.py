"""What build servers and code scanning are given."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from sfmeta.model.drift import Drift
from sfmeta.report.drift import drift_json, drift_line, drift_text
from sfmeta.report.drift_sarif import begins_drift_sarif, drift_sarif
from sfmeta.report.junit import begins_junit, drift_junit
from sfmeta.report.sarif import begins_sarif
from tests.drift.scene import ALLOW, APP, Scene
from tests.drift.test_measure import PLAIN
from tests.ops.test_deploy import connected_app, permission_set

OTHER = {f"permissionsets/{name}.permissionset": permission_set(name) for name in ("Gone", "Locked", "Made")}


@pytest.fixture
def found(scene: Scene) -> Drift:
    """One of everything."""
    scene.deploy({**PLAIN, **OTHER})
    scene.deploy(delete=("PermissionSet:Made",))
    scene.org.held["permissionsets/Made.permissionset"] = permission_set("Made")
    scene.org.held.pop("permissionsets/Gone.permissionset")
    scene.org.held[APP] = connected_app("<permissionSetName>Allow_X</permissionSetName>", oauth="")
    scene.org.unreadable = {"PermissionSet:Locked"}
    scene.org.assign("Allow_X", "bob@example.com", "2030-01-01T00:00:00.000+0000")
    scene.says("Changed connected app Billing Permitted Users setting from \x1b[31ma\x1b[0m to b", "x", section="")
    return scene.drift()


def plain(text: str, _color: str) -> str:
    return text


def test_text_shows_the_difference_and_who(found: Drift) -> None:
    lines = drift_text(found, plain).splitlines()
    assert lines[0] == "~ ConnectedApp:Billing"
    assert lines[1] == "    - oauthConfig/isAdminApproved: true"
    assert lines[2].startswith("    by eve@example.com, 2023-11-14T")
    assert "\x1b" not in "\n".join(lines)
    assert "- PermissionSet:Gone" in lines
    assert "+ PermissionSet:Made" in lines
    assert "+ PermissionSetAssignment:Allow_X/bob@example.com: until 2030-01-01T00:00:00.000+0000" in lines
    assert any(line.startswith("? PermissionSet:Locked: ") for line in lines)
    assert sum("by whom is not known" in line for line in lines) == 3
    assert lines[-1] == (
        "Fake (sandbox) is not as our last deployments left it: 3 components and 1 grant differ, 1 component could not "
        "be compared (5 components compared)."
    )
    assert "\n" not in drift_line(found)
    assert "ConnectedApp:Billing changed (eve@example.com)" in drift_line(found)


def test_json_holds_every_value(found: Drift) -> None:
    document = drift_json(found)
    [app, *_] = document["components"]
    assert app["fields"] == [
        {"path": ["oauthConfig", "isAdminApproved"], "kind": "removed", "old": "true", "new": None}
    ]
    assert app["who"]["candidates"][0]["username"] == "eve@example.com"
    [grant] = document["records"]
    assert (grant["old"], grant["new"]) == (None, {"expires_at": "2030-01-01T00:00:00.000+0000"})
    assert grant["who"]["why"]


def test_junit_has_a_case_for_every_component(found: Drift) -> None:
    data = drift_junit(found)
    assert begins_junit(data[:400])
    root = ElementTree.fromstring(data)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("5", "4", "1")
    cases = {str(case.get("name")): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases == {
        "ConnectedApp:Billing": ["failure"],
        "PermissionSet:Allow_X": ["failure"],
        "PermissionSet:Gone": ["failure"],
        "PermissionSet:Locked": ["error"],
        "PermissionSet:Made": ["failure"],
    }
    failure = root.find(".//testcase[@name='ConnectedApp:Billing']/failure")
    assert failure is not None
    assert "isAdminApproved" in str(failure.text)
    assert "by eve@example.com" in str(failure.text)


def test_sarif_has_a_rule_for_each_kind_and_points_to_files(found: Drift, scene: Scene) -> None:
    file = scene.path(APP)
    log: Any = drift_sarif(found, "1.0", {"ConnectedApp:Billing": file, "": "sfdx-project.json"})
    [run] = log["runs"]
    got = {
        (row["ruleId"], row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for row in run["results"]
    }
    assert got == {
        ("drift-changed", file),
        ("drift-removed", "sfdx-project.json"),
        ("drift-added", "sfdx-project.json"),
        ("drift-record", "sfdx-project.json"),
        ("drift-unreadable", "sfdx-project.json"),
    }
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[row["ruleIndex"]] for row in run["results"]] == [row["ruleId"] for row in run["results"]]
    assert len({row["partialFingerprints"]["sfmetaDrift/v1"] for row in run["results"]}) == len(run["results"])


def test_the_two_kinds_of_sarif_are_told_apart(found: Drift) -> None:
    head = json.dumps(drift_sarif(found, "1.0", {}), indent=2).encode()[:400]
    assert begins_drift_sarif(head)
    assert not begins_sarif(head)


def test_a_clean_org_has_neither_failure_nor_result(scene: Scene) -> None:
    scene.deploy({ALLOW: permission_set()})
    clean = scene.drift()
    assert drift_text(clean, plain) == (
        "Nothing differs: Fake (sandbox) is as our last deployments left it (1 component compared)."
    )
    root = ElementTree.fromstring(drift_junit(clean))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("1", "0", "0")
    assert drift_sarif(clean, "1.0", {})["runs"][0]["results"] == []
