"""The Salesforce CLI deploys: what it prints, its exit codes, and what the org holds afterwards."""

from __future__ import annotations

import zipfile
from typing import Any

import pytest

from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.running.server import LocalOrg
from tests.peers.conftest import Sf
from tests.peers.project import Project, manifest, permission_set

pytestmark = pytest.mark.npm

Deploy = list[str]


@pytest.fixture
def start(alias: str) -> Deploy:
    """The words of a deployment of the whole project."""
    return ["project", "deploy", "start", "-o", alias, "-d", "app"]


def held(org: LocalOrg, name: str) -> str | None:
    """The description of a permission set in the org, None where there is none."""
    document = Components(org.state).document("PermissionSet", name)
    return None if document is None else document.value("description")


def states(result: dict[str, Any]) -> dict[str, str]:
    """What became of each file's component."""
    return {file["fullName"]: file["state"] for file in result["files"]}


@pytest.fixture(params=["soap", "rest"])
def wire(request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables for a deployment over SOAP and over REST."""
    return {"SF_ORG_METADATA_REST_DEPLOY": "true"} if request.param == "rest" else {}


def test_create_and_change(sf: Sf, acme: LocalOrg, start: Deploy, bare: Project, wire: dict[str, str]) -> None:
    name = f"Made_By_{'Rest' if wire else 'Soap'}"
    bare.permission_set(name)
    made = sf.ok(*start, cwd=bare.root, **wire)
    assert (made["status"], made["success"], made["numberComponentsDeployed"]) == ("Succeeded", True, 1)
    assert made["id"].startswith("0Af")
    assert states(made) == {name: "Created"}
    assert held(acme, name) == "one"

    bare.permission_set(name, description="two")
    assert states(sf.ok(*start, cwd=bare.root, **wire)) == {name: "Changed"}
    assert held(acme, name) == "two"


def test_dry_run_saves_nothing(sf: Sf, acme: LocalOrg, start: Deploy, bare: Project, wire: dict[str, str]) -> None:
    bare.permission_set("Only_Tried")
    tried = sf.ok(*start, "--dry-run", cwd=bare.root, **wire)
    assert (tried["status"], tried["checkOnly"]) == ("Succeeded", True)
    assert held(acme, "Only_Tried") is None


def test_a_failure_undoes_all(sf: Sf, acme: LocalOrg, start: Deploy, bare: Project, wire: dict[str, str]) -> None:
    bare.permission_set("Would_Be_Good")
    bare.permission_set("Bad", permission="NoSuchPermission")
    failed = sf.ok(*start, cwd=bare.root, code=1, **wire)
    assert (failed["status"], failed["success"], failed["numberComponentErrors"]) == ("Failed", False, 1)
    [failure] = failed["details"]["componentFailures"]
    assert (failure["fullName"], failure["componentType"]) == ("Bad", "PermissionSet")
    assert failure["problem"] == "Unknown user permission: NoSuchPermission"
    assert held(acme, "Would_Be_Good") is None


def test_ignore_errors_keeps_what_is_good(
    sf: Sf, acme: LocalOrg, start: Deploy, bare: Project, wire: dict[str, str]
) -> None:
    name = f"Kept_By_{'Rest' if wire else 'Soap'}"
    bare.permission_set(name)
    bare.permission_set("Bad", permission="NoSuchPermission")
    partly = sf.ok(*start, "--ignore-errors", cwd=bare.root, code=68, **wire)
    assert partly["status"] == "SucceededPartial"
    assert states(partly) == {name: "Created", "Bad": "Failed"}
    assert held(acme, name) == "one"
    assert held(acme, "Bad") is None


def test_a_zip_as_a_single_package(sf: Sf, acme: LocalOrg, alias: str, bare: Project) -> None:
    with zipfile.ZipFile(bare.root / "one.zip", "w") as archive:
        archive.writestr("package.xml", manifest({}))
        archive.writestr("destructiveChanges.xml", manifest({"PermissionSet": ["Never_There"]}))
    words = ["project", "deploy", "start", "-o", alias, "--metadata-dir", "one.zip", "--single-package"]
    assert sf.ok(*words, cwd=bare.root, code=1)["status"] == "Failed"
    taken = sf.ok(*words, "--ignore-warnings", cwd=bare.root)
    assert taken["status"] == "Succeeded"
    [told] = [one for one in taken["details"]["componentSuccesses"] if one["fullName"] == "Never_There"]
    assert (told["problem"], told["problemType"]) == ("No PermissionSet named: Never_There found", "Warning")


def test_a_folder_in_metadata_format(sf: Sf, acme: LocalOrg, alias: str, bare: Project) -> None:
    bare.write("mdapi/package.xml", manifest({"PermissionSet": ["In_Mdapi_Format"]}))
    bare.write("mdapi/permissionsets/In_Mdapi_Format.permissionset", permission_set("In_Mdapi_Format"))
    words = ["project", "deploy", "start", "-o", alias, "--metadata-dir", "mdapi"]
    deployed = sf.ok(*words, cwd=bare.root)
    assert (deployed["status"], deployed["numberComponentsDeployed"]) == ("Succeeded", 1)
    assert held(acme, "In_Mdapi_Format") == "one"
    # sf zips a folder below "zip/" whatever it is told
    alone = sf.ok(*words, "--single-package", cwd=bare.root, code=1)
    assert [one["problem"] for one in alone["details"]["componentFailures"]] == ["No package.xml found"]


def test_by_manifest_only_what_it_names(sf: Sf, acme: LocalOrg, alias: str, bare: Project) -> None:
    bare.permission_set("Named")
    bare.permission_set("Not_Named")
    bare.write("package.xml", manifest({"PermissionSet": ["Named"]}))
    done = sf.ok("project", "deploy", "start", "-o", alias, "-x", "package.xml", cwd=bare.root)
    assert states(done) == {"Named": "Created"}
    assert held(acme, "Not_Named") is None


def test_apex_tests_by_level(sf: Sf, acme: LocalOrg, start: Deploy, bare: Project, wire: dict[str, str]) -> None:
    ending = "Rest" if wire else "Soap"
    bare.apex(f"Sum{ending}", "public static Integer of(Integer a, Integer b) { return a + b; }")
    test = f"Sum{ending}Test"
    bare.apex(test, f"@IsTest static void adds() {{ System.assertEquals(3, Sum{ending}.of(1, 2)); }}", is_test=True)
    specified = ["--test-level", "RunSpecifiedTests", "--tests", test]
    ran = sf.ok(*start, *specified, cwd=bare.root, **wire)
    assert (ran["runTestsEnabled"], ran["numberTestsCompleted"], ran["numberTestErrors"]) == (True, 1, 0)
    tests = ran["details"]["runTestResult"]
    assert [one["methodName"] for one in tests["successes"]] == ["adds"]
    missing = sf.ok(*start, "--test-level", "RunSpecifiedTests", "--tests", "NotThere", cwd=bare.root, code=1, **wire)
    assert (missing["status"], missing["numberTestErrors"]) == ("Failed", 1)


def test_a_production_org_takes_all_or_nothing(sf: Sf, bare: Project) -> None:
    bare.permission_set("Never_Partly")
    with LocalOrg.start("acme", production=True) as org:
        login = ["org", "login", "access-token", "--instance-url", org.url, "--alias", "production", "--no-prompt"]
        sf.ok(*login, cwd=bare.root, SF_ACCESS_TOKEN=org.admin.access_token)
        words = ["project", "deploy", "start", "-o", "production", "-d", "app"]
        said = sf.run(*words, "--ignore-errors", cwd=bare.root)
        assert said.code == 1
        fault = "INVALID_OPERATION: rollbackOnError option must be true on a production org"
        assert fault in said.document["message"]
        assert held(org, "Never_Partly") is None
