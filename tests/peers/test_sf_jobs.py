"""Deployments that take their time: the Salesforce CLI validates, reports, resumes, cancels and deploys quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.running.server import LocalOrg
from tests.peers.conftest import Sf
from tests.peers.project import Project

pytestmark = pytest.mark.npm


@pytest.fixture
def pace(acme: LocalOrg) -> Iterator[Callable[[str], None]]:
    """Sets how long jobs take; at once again afterwards."""
    jobs = Jobs(acme.state)
    yield jobs.set_mode
    jobs.set_mode("immediate")


def held(org: LocalOrg, type_name: str, name: str) -> bool:
    return Components(org.state).get(type_name, name) is not None


def test_validate_then_quick(sf: Sf, acme: LocalOrg, alias: str, bare: Project) -> None:
    bare.apex("Total", "public static Integer of(Integer a, Integer b) { return a + b; }")
    bare.apex("TotalTest", "@IsTest static void adds() { System.assertEquals(3, Total.of(1, 2)); }", is_test=True)
    words = ["-d", "app", "--test-level", "RunLocalTests"]
    validated = sf.ok("project", "deploy", "validate", "-o", alias, *words, cwd=bare.root)
    assert (validated["status"], validated["checkOnly"], validated["numberTestsCompleted"]) == ("Succeeded", True, 1)
    assert not held(acme, "ApexClass", "Total")

    quick = sf.ok("project", "deploy", "quick", "-o", alias, "--job-id", validated["id"], cwd=bare.root)
    assert (quick["status"], quick["checkOnly"]) == ("Succeeded", False)
    assert quick["id"] != validated["id"]
    assert held(acme, "ApexClass", "Total")


def test_quick_of_what_was_never_validated(sf: Sf, alias: str, bare: Project) -> None:
    bare.permission_set("Deployed_Already")
    done = sf.ok("project", "deploy", "start", "-o", alias, "-d", "app", cwd=bare.root)
    said = sf.run("project", "deploy", "quick", "-o", alias, "--job-id", done["id"], cwd=bare.root)
    assert said.code == 1
    assert said.document["name"]


def test_a_slow_deployment_is_waited_for(
    sf: Sf, acme: LocalOrg, alias: str, bare: Project, pace: Callable[[str], None]
) -> None:
    pace("polls:3")
    bare.permission_set("Waited_For")
    done = sf.ok("project", "deploy", "start", "-o", alias, "-d", "app", cwd=bare.root)
    assert done["status"] == "Succeeded"
    assert held(acme, "PermissionSet", "Waited_For")


@pytest.mark.parametrize("wire", [{}, {"SF_ORG_METADATA_REST_DEPLOY": "true"}], ids=["soap", "rest"])
def test_async_then_report_then_resume(
    sf: Sf, acme: LocalOrg, alias: str, bare: Project, pace: Callable[[str], None], wire: dict[str, str]
) -> None:
    name = f"Slow_By_{'Rest' if wire else 'Soap'}"
    pace("polls:2")
    bare.permission_set(name)
    begun = sf.ok("project", "deploy", "start", "-o", alias, "-d", "app", "--async", cwd=bare.root, **wire)
    assert (begun["status"], begun["done"]) == ("Queued", False)

    seen = sf.ok("project", "deploy", "report", "-o", alias, "--job-id", begun["id"], cwd=bare.root, **wire)
    assert (seen["id"], seen["status"], seen["done"]) == (begun["id"], "Pending", False)
    assert not held(acme, "PermissionSet", name)

    # "report" ends with 0 whatever it reports, "resume" with what became of the deployment
    ended = sf.ok("project", "deploy", "resume", "--job-id", begun["id"], cwd=bare.root, **wire)
    assert (ended["id"], ended["status"]) == (begun["id"], "Succeeded")
    assert [file["fullName"] for file in ended["files"]] == [name]
    assert held(acme, "PermissionSet", name)


def test_cancel_before_and_while_it_runs(
    sf: Sf, acme: LocalOrg, alias: str, bare: Project, pace: Callable[[str], None]
) -> None:
    pace("polls:1000")
    bare.permission_set("Never_Arrives")
    start = ["project", "deploy", "start", "-o", alias, "-d", "app", "--async"]
    begun = sf.ok(*start, cwd=bare.root)["id"]
    cancelled = sf.ok("project", "deploy", "cancel", "-o", alias, "--job-id", begun, cwd=bare.root)
    assert (cancelled["id"], cancelled["status"]) == (begun, "Canceled")
    assert cancelled["canceledByName"] == "Ada Admin"
    report = ["project", "deploy", "report", "-o", alias, "--job-id"]
    assert sf.ok(*report, begun, cwd=bare.root)["status"] == "Canceled"

    running = sf.ok(*start, cwd=bare.root)["id"]
    sf.ok(*report, running, cwd=bare.root)
    assert sf.ok(*report, running, cwd=bare.root)["status"] == "InProgress"
    assert sf.ok("project", "deploy", "cancel", "-o", alias, "--job-id", running, cwd=bare.root)["status"] == "Canceled"
    assert not held(acme, "PermissionSet", "Never_Arrives")


def test_a_job_that_is_none(sf: Sf, alias: str, bare: Project) -> None:
    said = sf.run("project", "deploy", "report", "-o", alias, "--job-id", "0Af000000000001AAA", cwd=bare.root)
    assert said.code == 1
    # sf's own words for the fault INVALID_CROSS_REFERENCE_KEY
    assert said.document["message"].startswith("Invalid deploy ID: 0Af000000000001AAA for org")
