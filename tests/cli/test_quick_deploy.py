"""Validate, then deploy exactly that: the validation is on record, and refused where anything has moved."""

from __future__ import annotations

import shutil
import time
from typing import Any

import pytest

from sfmeta.cli import desk
from sfmeta.cli.clock import SystemClock
from sfmeta.localorg.metadata.jobs import DEPLOY, Job, Jobs
from tests.cli.conftest import Shop

CHECK = ("deploy", "--check-only", "-l", "RunLocalTests")
TEST = "@isTest\nprivate class Checks {\n    @isTest static void passes() {\n        System.assert(true);\n    }\n}\n"
META = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata">'
    "<apiVersion>63.0</apiVersion><status>Active</status></ApexClass>\n"
)


@pytest.fixture
def tested(generated: Shop) -> Shop:
    """A project with an Apex test."""
    generated.write("force-app/main/default/classes/Checks.cls", TEST)
    generated.write("force-app/main/default/classes/Checks.cls-meta.xml", META)
    generated.folder.commit("a test")
    return generated


def checked(shop: Shop) -> str:
    found: str = shop.result(*CHECK)["validation"]
    return found


def newest(shop: Shop) -> Job:
    return next(job for job in Jobs(shop.org.state).all(DEPLOY) if not job.request["check_only"])


def refused(shop: Shop, job: str) -> str:
    ran = shop.run("deploy", "--skip-forecast", "--quick", job, "--json")
    assert ran.code == 4, ran
    error: dict[str, Any] = ran.document["error"]
    assert error["code"] == "validation"
    assert "sfmeta deploy --check-only" in error["message"]
    message: str = error["message"]
    return message


def test_what_was_validated_is_deployed_without_its_tests(tested: Shop) -> None:
    said = tested.ok(*CHECK).out
    job = next(word for word in said.split() if word.startswith("0Af") and f"--quick {word}" in said)
    done = tested.result("deploy", "--skip-forecast", "--quick", job)
    assert done["job"]["success"]
    assert done["not_as_sent"] == []
    assert newest(tested).request["validation"] == job
    entry = tested.result("history")["deployments"][0]
    assert entry["status"] == "Succeeded"
    assert tested.folder.git("cat-file", "blob", f"{ledger_ref(tested)}:deployment.json").count(job) >= 1


def ledger_ref(shop: Shop) -> str:
    return shop.folder.git("for-each-ref", "--format=%(refname)", "refs/sfmeta/orgs/")


def test_a_check_without_tests_is_recorded_and_the_org_says_why_it_will_not_do(generated: Shop) -> None:
    ran = generated.ok("deploy", "--check-only", "--json")
    assert "validation" not in ran.document["result"]
    said = generated.run("deploy", "--skip-forecast", "--quick", ran.document["result"]["job"]["job_id"], "--json")
    assert said.code == 1
    assert "ran no Apex tests" in said.document["error"]["message"]
    assert generated.result("history")["deployments"][0]["status"] == "NotSent"


def test_another_package_is_refused(tested: Shop) -> None:
    job = checked(tested)
    tested.edit("policy.yml", "expire_if_unused_for: 30 days", "expire_after: 7 days")
    tested.ok("generate")
    assert "checked another package" in refused(tested, job)


def test_an_org_that_has_moved_is_refused_and_what_moved_is_named(tested: Shop) -> None:
    job = checked(tested)
    tested.ok("deploy", "--skip-forecast", "-m", "ApexClass:Checks")
    assert "the org has changed: ApexClass:Checks" in refused(tested, job)


def test_a_check_that_failed_is_refused(tested: Shop) -> None:
    tested.edit("force-app/main/default/classes/Checks.cls", "true", "true)")
    tested.write("force-app/main/default/classes/Checks.cls-meta.xml", META.replace("Active", "Nonsense"))
    ran = tested.run(*CHECK, "--json")
    assert ran.code == 1
    assert "failed" in refused(tested, ran.document["result"]["job"]["job_id"])


def test_one_that_nobody_recorded_is_refused(tested: Shop) -> None:
    assert "is not recorded here" in refused(tested, "0Af000000000999AAA")


def test_after_ten_days_it_is_refused_and_let_go_of(tested: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    job = checked(tested)

    class Later(SystemClock):
        def now(self) -> float:
            return time.time() + 11 * 86_400

    monkeypatch.setattr(desk, "SystemClock", Later)
    assert "ended 11 days ago" in refused(tested, job)
    checked(tested)
    assert job not in tested.folder.git("for-each-ref", "--format=%(refname)", "refs/sfmeta/validations/")


def test_one_of_another_org_is_refused(tested: Shop) -> None:
    job = checked(tested)
    ref = tested.folder.git("for-each-ref", "--format=%(refname)", "refs/sfmeta/validations/")
    other = ref.replace(ref.split("/")[3], "00D000000000999AAA")
    tested.folder.git("update-ref", other, ref)
    tested.folder.git("update-ref", "-d", ref)
    assert "is of another org, 00D000000000999AAA" in refused(tested, job)


def test_a_lost_answer_to_a_quick_deploy_is_found(tested: Shop) -> None:
    job = checked(tested)
    tested.org.faults.add("drop-after", operation="deployRecentValidation", nth=1)
    done = tested.result("deploy", "--skip-forecast", "--quick", job)
    assert done["job"]["job_id"] == newest(tested).id
    assert len([one for one in Jobs(tested.org.state).all(DEPLOY) if not one.request["check_only"]]) == 1


@pytest.mark.parametrize("words", [["--check-only"], ["-l", "RunLocalTests"], ["--ignore-warnings"]])
def test_it_is_deployed_as_it_was_checked(shop: Shop, words: list[str]) -> None:
    assert shop.run("deploy", "--skip-forecast", "--quick", "0Af000000000999AAA", *words).code == 2


def test_a_check_outside_git_is_not_recorded(
    tested: Shop, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(tested.root, copy, ignore=shutil.ignore_patterns(".git"))
    monkeypatch.chdir(copy)
    assert "validation" not in tested.result(*CHECK)


def demand(shop: Shop, level: str = "RunLocalTests") -> None:
    """The org is an environment that takes only what a check has proven."""
    lines = ["version: 1", "environments:", "  uat:", "    org: sandbox", f"    org_id: {shop.org.org_id}"]
    shop.write("environments.yml", "\n".join([*lines, f"    gates: {{validated: {level}}}", ""]))


def test_an_environment_that_demands_a_check_takes_nothing_else(tested: Shop) -> None:
    demand(tested)
    ran = tested.run("deploy", "--skip-forecast", "--json")
    assert ran.code == 4
    error = ran.document["error"]
    assert error["code"] == "validation-demanded"
    assert "uat takes only what a check has proven with RunLocalTests" in error["message"]
    assert "sfmeta deploy --check-only -l RunLocalTests -o sandbox; when it has passed" in error["message"]
    assert tested.run("deploy", "--skip-forecast", "--async").code == 4
    few = tested.ok("deploy", "--check-only").out
    assert "ran the tests that the org chose" in few
    assert "uat asks for RunLocalTests" in few
    unproven = tested.result("deploy", "--check-only")["job"]["job_id"]
    assert "uat asks for RunLocalTests" in refused(tested, unproven)
    job = checked(tested)
    assert tested.result("deploy", "--skip-forecast", "--quick", job)["job"]["success"]
    assert tested.result("deploy", "--skip-forecast")["job"] is None, "where nothing changes, nothing has to be proven"
    assert tested.result("deploy", "--skip-forecast", "--quick", job)["job"] is None, "the same command again"


@pytest.mark.parametrize("how", ["resume", "report"])
def test_a_check_that_nobody_waited_for_is_recorded_when_its_end_is_seen(tested: Shop, how: str) -> None:
    job = tested.result(*CHECK, "--async")["job_id"]
    assert f"sfmeta job resume {job}" in refused(tested, job)
    assert tested.result("job", how, job)["validation"] == job
    assert f"sfmeta deploy --quick {job} -o sandbox" in tested.ok("job", "resume", job).out
    assert tested.result("deploy", "--skip-forecast", "--quick", job)["job"]["success"]


def test_a_check_of_somebody_else_cannot_be_deployed_and_that_is_said(tested: Shop) -> None:
    job = tested.result(*CHECK, "--async")["job_id"]
    ref = tested.folder.git("for-each-ref", "--format=%(refname)", "refs/sfmeta/validations/")
    tested.folder.git("update-ref", "-d", ref)
    assert "so that --quick cannot deploy it" in tested.ok("job", "resume", job).err
