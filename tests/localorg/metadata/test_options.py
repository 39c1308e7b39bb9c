"""Options of a deployment: what orgs refuse, by their kind and the request's version."""

from __future__ import annotations

from typing import Any

import pytest

from sfmeta.localorg.metadata.deploy_options import DeployOptions, refuse, test_level
from sfmeta.localorg.metadata.xml import parse
from sfmeta.localorg.state import OrgFacts, State

SANDBOX = OrgFacts()
DEVELOPER = OrgFacts(is_sandbox=False, organization_type="Developer Edition")
PRODUCTION = OrgFacts(is_sandbox=False)
SAFE = DeployOptions(rollback_on_error=True)
test_level.__test__ = False  # type: ignore[attr-defined]  # no test, whatever pytest thinks of its name


@pytest.mark.parametrize(
    ("options", "version", "text"),
    [
        (DeployOptions(), 63, "rollbackOnError option must be true on a production org"),
        (
            DeployOptions(rollback_on_error=True, purge_on_delete=True),
            63,
            "purgeOnDelete option can only be used on a non-active org",
        ),
        (
            DeployOptions(rollback_on_error=True, test_level="NoTestRun"),
            63,
            "testLevel of NoTestRun cannot be used in production organizations",
        ),
        (
            DeployOptions(rollback_on_error=True, allow_missing_files=True),
            63,
            "allowMissingFiles option cannot be used on a production org",
        ),
        (
            DeployOptions(rollback_on_error=True, auto_update_package=True),
            63,
            "autoUpdatePackage option cannot be used on a production org",
        ),
    ],
)
def test_refused_in_production_only(options: DeployOptions, version: int, text: str) -> None:
    fault = refuse(options, PRODUCTION, version)
    assert fault is not None
    assert (fault.code, fault.message) == ("INVALID_OPERATION", text)
    assert refuse(options, SANDBOX, version) is None
    assert refuse(options, DEVELOPER, version) is None


@pytest.mark.parametrize(
    ("options", "since", "text"),
    [
        (DeployOptions(run_tests=("A",)), 34, "runTests can only be used with a testLevel of RunSpecifiedTests"),
        (
            DeployOptions(run_tests=("A",), test_level="RunLocalTests"),
            34,
            "runTests can only be used with a testLevel of RunSpecifiedTests",
        ),
        (
            DeployOptions(test_level="RunSpecifiedTests"),
            34,
            "runTests must not be empty when a testLevel of RunSpecifiedTests is used",
        ),
    ],
)
def test_refused_since_a_version(options: DeployOptions, since: int, text: str) -> None:
    fault = refuse(options, SANDBOX, since)
    assert fault is not None
    assert fault.message == text
    assert refuse(options, SANDBOX, since - 1) is None


@pytest.mark.parametrize(
    ("level", "version", "known"),
    [
        ("RunEverything", 67, False),
        ("runlocaltests", 67, False),
        ("RunRelevantTests", 65, False),
        ("RunRelevantTests", 66, True),
        ("RunLocalTests", 34, True),
    ],
)
def test_levels_by_version(level: str, version: int, known: bool) -> None:
    fault = refuse(DeployOptions(test_level=level), SANDBOX, version)
    assert (fault is None) is known
    if fault is not None:
        assert fault.message == f"'{level}' is not a valid value for the enum 'TestLevel'"


@pytest.mark.parametrize(
    ("options", "org", "version", "holds_apex", "level"),
    [
        (SAFE, SANDBOX, 63, True, "NoTestRun"),
        (SAFE, DEVELOPER, 63, True, "NoTestRun"),
        (SAFE, PRODUCTION, 63, False, "NoTestRun"),
        (SAFE, PRODUCTION, 63, True, "RunLocalTests"),
        (SAFE, PRODUCTION, 33, False, "RunLocalTests"),
        (DeployOptions(run_all_tests=True), SANDBOX, 33, False, "RunAllTestsInOrg"),
        (DeployOptions(run_tests=("A",)), SANDBOX, 33, False, "RunSpecifiedTests"),
        (DeployOptions(run_all_tests=True), SANDBOX, 34, True, "NoTestRun"),
        (DeployOptions(test_level="RunAllTestsInOrg"), SANDBOX, 63, False, "RunAllTestsInOrg"),
    ],
)
def test_the_level_that_runs(options: DeployOptions, org: OrgFacts, version: int, holds_apex: bool, level: str) -> None:
    assert test_level(options, org, version, holds_apex=holds_apex) == level


@pytest.mark.parametrize(
    "text",
    [
        # simple-salesforce 1.12.10: capital booleans, None as text
        "<checkOnly>True</checkOnly><singlePackage>False</singlePackage>None<rollbackOnError>True</rollbackOnError>None",
        # CumulusCI 4.10.1: an option of old, and none of the others
        "<runAllTests>false</runAllTests><checkOnly> true </checkOnly><rollbackOnError>1</rollbackOnError>",
        "<rollbackOnError>TRUE</rollbackOnError><future><deep/></future><checkOnly>true</checkOnly>",
    ],
)
def test_options_as_clients_write_them(text: str) -> None:
    read = DeployOptions.of_soap(parse(f"<DeployOptions>{text}</DeployOptions>".encode()))
    assert read == DeployOptions(check_only=True, rollback_on_error=True)


def test_a_refused_request_makes_no_job(api: Any, state: State) -> None:
    state.change_org(is_sandbox=False)
    with pytest.raises(Exception, match="INVALID_OPERATION: testLevel of NoTestRun"):
        api.start_deploy({"package.xml": "x"}, testLevel="NoTestRun")
    with pytest.raises(Exception, match="'All' is not a valid value for the enum 'TestLevel'"):
        api.start_deploy({"package.xml": "x"}, testLevel="All")
    [rows] = state.connection.execute("SELECT COUNT(*) FROM metadata_job").fetchone() if _has_jobs(state) else [0]
    assert rows == 0


def _has_jobs(state: State) -> bool:
    return state.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'metadata_job'").fetchone() is not None
