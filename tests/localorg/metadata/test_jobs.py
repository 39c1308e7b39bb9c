"""Jobs: waiting, cancelling, quick deploy, and a restart in the middle."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sfmeta.localorg.metadata.jobs import Jobs, Mode
from sfmeta.localorg.state import State

NS = "http://soap.sforce.com/2006/04/metadata"
FILES = {
    "package.xml": f'<Package xmlns="{NS}"><types><members>X</members><name>PermissionSet</name></types>'
    "<version>63.0</version></Package>",
    "permissionsets/X.permissionset": f'<PermissionSet xmlns="{NS}"><label>X</label></PermissionSet>',
}
APEX = {
    "package.xml": f'<Package xmlns="{NS}"><types><members>C</members><name>ApexClass</name></types>'
    "<version>63.0</version></Package>",
    "classes/C.cls": "public class C {}",
    "classes/C.cls-meta.xml": f'<ApexClass xmlns="{NS}"><apiVersion>63.0</apiVersion></ApexClass>',
}


def statuses(api: Any, job: str, polls: int) -> list[str]:
    return [api.deploy_status(job)["status"] for _ in range(polls)]


@pytest.mark.parametrize("text", ["soon", "polls:x", "seconds:"])
def test_modes_are_checked(state: State, text: str) -> None:
    with pytest.raises(ValueError):
        Jobs(state).set_mode(text)
    assert Jobs(state).mode == Mode()


def test_by_polls(api: Any, state: State) -> None:
    Jobs(state).set_mode("polls:3")
    job = api.start_deploy(FILES)
    assert api.call("listMetadata", "<queries><type>PermissionSet</type></queries>") == []
    assert statuses(api, job, 5) == ["Pending", "InProgress", "InProgress", "Succeeded", "Succeeded"]


def test_by_the_clock(api: Any, state: State) -> None:
    Jobs(state).set_mode("seconds:20")
    job = api.start_deploy(FILES)
    assert statuses(api, job, 1) == ["Pending"]
    state.move_clock(timedelta(seconds=6))
    assert statuses(api, job, 1) == ["InProgress"]
    state.move_clock(timedelta(seconds=15))
    assert statuses(api, job, 1) == ["Succeeded"]


def test_retrieves_wait_too(api: Any, state: State) -> None:
    Jobs(state).set_mode("polls:1")
    [started] = api.call("retrieve", "<request><apiVersion>63.0</apiVersion><unpackaged/></request>")
    asked = f"<asyncProcessId>{started['id'][0]}</asyncProcessId>"
    [first] = api.call("checkRetrieveStatus", asked)
    assert (first["done"], first["status"], first["success"]) == (["false"], ["Pending"], ["false"])
    [second] = api.call("checkRetrieveStatus", asked)
    assert (second["done"], second["status"]) == (["true"], ["Succeeded"])


@pytest.mark.parametrize("name", ["id", "String"])
def test_cancelling(api: Any, state: State, name: str) -> None:
    Jobs(state).set_mode("polls:5")
    pending = api.start_deploy(FILES)
    assert api.call("cancelDeploy", f"<{name}>{pending}</{name}>") == [{"done": ["true"], "id": [pending]}]
    running = api.start_deploy(FILES)
    assert statuses(api, running, 2) == ["Pending", "InProgress"]
    assert api.call("cancelDeploy", f"<{name}>{running}</{name}>") == [{"done": ["false"], "id": [running]}]
    outcome = api.deploy_status(running)
    assert (outcome["status"], outcome["done"], outcome["success"]) == ("Canceled", "true", "false")
    assert (outcome["canceledBy"], outcome["canceledByName"]) == (api.user_id, "Ada admin")
    with pytest.raises(Exception, match=r"INVALID_ID_FIELD: Deployment already completed"):
        api.call("cancelDeploy", f"<{name}>{running}</{name}>")


class TestQuickDeploy:
    def quick(self, api: Any, job: str) -> str:
        return str(api.call("deployRecentValidation", f"<validationId>{job}</validationId>")[0])

    def test_a_validation_is_deployed_once(self, api: Any) -> None:
        validation = api.start_deploy(FILES, checkOnly=True, testLevel="RunLocalTests")
        job = self.quick(api, validation)
        assert job != validation
        outcome = api.deploy_status(job)
        assert (outcome["status"], outcome["checkOnly"]) == ("Succeeded", "false")
        assert "unpackaged/permissionsets/X.permissionset" in api.retrieve({"PermissionSet": "X"})
        with pytest.raises(Exception, match="cannot be deployed"):
            self.quick(api, validation)

    def test_tests_must_have_run(self, api: Any) -> None:
        for options in ({}, {"testLevel": "NoTestRun"}):
            with pytest.raises(Exception, match="cannot be deployed: it ran no Apex tests"):
                self.quick(api, api.start_deploy(FILES, checkOnly=True, **options))
        tested = api.start_deploy(APEX, checkOnly=True, testLevel="RunLocalTests")
        assert api.deploy_status(self.quick(api, tested))["status"] == "Succeeded"
        assert api.retrieve({"ApexClass": "*"})["unpackaged/classes/C.cls"] == "public class C {}"

    def test_after_ten_days_it_is_over(self, api: Any, state: State, log_in: Any) -> None:
        validation = api.start_deploy(FILES, checkOnly=True, testLevel="RunLocalTests")
        state.move_clock(timedelta(days=10, seconds=1))
        with pytest.raises(Exception, match="cannot be deployed"):
            self.quick(log_in(state), validation)

    def test_a_failed_one_and_a_real_one_do_not_count(self, api: Any) -> None:
        broken = {**FILES, "permissionsets/X.permissionset": "x"}
        for job in (api.start_deploy(broken, checkOnly=True), api.start_deploy(FILES)):
            with pytest.raises(Exception, match="cannot be deployed"):
                self.quick(api, job)


def test_old_zips_are_let_go(api: Any, state: State) -> None:
    jobs = [api.call("retrieve", "<request><unpackaged/></request>")[0]["id"][0] for _ in range(30)]
    kept = [job for job in jobs if Jobs(state).zip_of(Jobs(state).get(job, "retrieve")) is not None]
    assert kept == jobs[-25:]


def test_a_restart_in_the_middle(tmp_path: Path, open_org: Any, log_in: Any) -> None:
    path = tmp_path / "org.sqlite"
    state = open_org(path)
    api = log_in(state)
    assert api.deploy(FILES)["status"] == "Succeeded"
    Jobs(state).set_mode("polls:1")
    waiting = api.start_deploy(APEX)
    [started] = api.call("retrieve", "<request><apiVersion>63.0</apiVersion><unpackaged/></request>")
    assert statuses(api, waiting, 1) == ["Pending"]
    state.close()

    api.state = state = State.open(path)
    assert statuses(api, waiting, 1) == ["Succeeded"]
    [found] = api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
    assert found["fullName"] == ["X"]
    asked = f"<asyncProcessId>{started['id'][0]}</asyncProcessId>"
    assert [api.call("checkRetrieveStatus", asked)[0]["done"] for _ in range(2)] == [["false"], ["true"]]
    state.close()
