"""The queue of deployments: one at a time, their phases, their progress, and jobs that go wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.data.made import MADE
from sfmeta.localorg.metadata import running
from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.metadata.pace import FINALIZING, IN_PROGRESS, PENDING, Mode, stage
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import package_xml, xml

EVERY = "<queries><type>PermissionSet</type></queries>"


def sets(*names: str) -> dict[str, str]:
    files = {f"permissionsets/{name}.permissionset": xml("PermissionSet", f"<label>{name}</label>") for name in names}
    return {"package.xml": package_xml({"PermissionSet": names}), **files}


def statuses(api: Any, job: str, polls: int) -> list[str]:
    return [api.deploy_status(job)["status"] for _ in range(polls)]


def held(api: Any) -> list[str]:
    return [one["fullName"][0] for one in api.call("listMetadata", EVERY)]


@pytest.mark.parametrize("text", ["polls:-1", "seconds:nan", "seconds:inf", "polls:", "hours:3"])
def test_modes_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError):
        Mode.parse(text)


@given(
    mode=st.builds(Mode, st.sampled_from(["polls", "seconds"]), st.integers(0, 12)),
    steps=st.lists(st.integers(0, 3), min_size=1, max_size=30),
)
def test_a_job_only_moves_forward(mode: Mode, steps: list[int]) -> None:
    order = (PENDING, IN_PROGRESS, FINALIZING, "")
    at, before, progress = 0, 0, 0.0
    for step in steps:
        at += step
        now = stage(mode, at, float(at))
        assert order.index(now.status) >= before
        assert 0 <= now.progress <= 1
        assert now.progress >= progress or now.status == ""
        before, progress = order.index(now.status), now.progress
    assert stage(mode, 13, 13.0).status == ""


def test_later_ones_wait(api: Any, state: State) -> None:
    Jobs(state).set_mode("polls:2")
    first, second = api.start_deploy(sets("A")), api.start_deploy(sets("B"))
    # whoever asks for the second finds it waiting, and the first goes on by that
    assert statuses(api, second, 2) == ["Pending", "Pending"]
    assert statuses(api, first, 1) == ["Succeeded"]
    assert held(api) == ["A"]
    assert statuses(api, second, 3) == ["Pending", "InProgress", "Succeeded"]
    assert held(api) == ["A", "B"]


def test_each_takes_its_time_by_the_clock(api: Any, state: State) -> None:
    Jobs(state).set_mode("seconds:20")
    jobs = [api.start_deploy(sets(name)) for name in "AB"]
    state.move_clock(timedelta(seconds=21))
    assert held(api) == ["A"]  # nobody asked for its status
    assert [api.deploy_status(job)["status"] for job in jobs] == ["Succeeded", "Pending"]
    state.move_clock(timedelta(seconds=21))
    first, second = (api.deploy_status(job) for job in jobs)
    assert second["status"] == "Succeeded"
    took = from_stamp(second["completedDate"]) - from_stamp(first["completedDate"])
    assert took == timedelta(seconds=20)


def test_a_faster_mode_lets_go_of_what_waits(api: Any, state: State) -> None:
    Jobs(state).set_mode("polls:1000")
    jobs = [api.start_deploy(sets(name)) for name in "AB"]
    assert statuses(api, jobs[0], 2) == ["Pending", "InProgress"]
    Jobs(state).set_mode("immediate")
    assert held(api) == ["A", "B"]


def test_a_cancelled_one_makes_room(api: Any, state: State) -> None:
    Jobs(state).set_mode("polls:3")
    first, second = api.start_deploy(sets("A")), api.start_deploy(sets("B"))
    assert statuses(api, first, 2) == ["Pending", "InProgress"]
    api.call("cancelDeploy", f"<id>{first}</id>")
    [again] = api.call("cancelDeploy", f"<id>{first}</id>")
    assert again["done"] == ["false"]
    outcome = api.deploy_status(first)
    assert (outcome["status"], outcome["numberComponentsDeployed"]) == ("Canceled", "0")
    assert statuses(api, second, 4) == ["Pending", "InProgress", "InProgress", "Succeeded"]
    assert held(api) == ["B"]


class TestFinalizing:
    def test_newer_versions_see_it(self, api: Any, state: State) -> None:
        Jobs(state).set_mode("polls:4")
        api.version = 65
        job = api.start_deploy(sets("A"))
        assert statuses(api, job, 4) == ["Pending", "InProgress", "InProgress", "Finalizing"]
        with pytest.raises(Exception, match="INVALID_OPERATION: Deployment is being finalized"):
            api.call("cancelDeploy", f"<id>{job}</id>")
        assert statuses(api, job, 1) == ["Succeeded"]

    def test_older_ones_do_not_know_it(self, api: Any, state: State) -> None:
        Jobs(state).set_mode("seconds:10")
        api.version = 64
        job = api.start_deploy(sets("A"))
        state.move_clock(timedelta(seconds=9.5))
        assert statuses(api, job, 1) == ["InProgress"]
        api.version = 65
        assert statuses(api, job, 1) == ["Finalizing"]
        state.change_org(assumptions={"finalizing_has_the_clis_name": False})
        assert statuses(api, job, 1) == ["FinalizingDeploy"]
        api.version = 64
        assert api.call("cancelDeploy", f"<id>{job}</id>") == [{"done": ["false"], "id": [job]}]
        assert statuses(api, job, 1) == ["Canceled"]


def test_progress(api: Any, state: State) -> None:
    Jobs(state).set_mode("polls:6")
    files = {
        **sets("A", "B", "C", "D"),
        "package.xml": package_xml({"PermissionSet": "*", "CustomPermission": "*"}),
        "customPermissions/P.customPermission": xml(
            "CustomPermission", "<isLicensed>false</isLicensed><label>P</label>"
        ),
    }
    job = api.start_deploy(files)
    seen = [api.deploy_status(job) for _ in range(7)]
    assert [one["status"] for one in seen] == ["Pending", *["InProgress"] * 5, "Succeeded"]
    assert {one["numberComponentsTotal"] for one in seen} == {"5"}
    counts = [int(one["numberComponentsDeployed"]) for one in seen]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 5)
    assert [one.raw.get("stateDetail", [""])[0] for one in seen[:3]] == [
        "",
        "Processing Type: CustomPermission",
        "Processing Type: PermissionSet",
    ]
    assert "stateDetail" not in seen[-1].raw
    assert seen[1].details == {"runTestResult": [{"numFailures": ["0"], "numTestsRun": ["0"], "totalTime": ["0.0"]}]}


@pytest.mark.parametrize("error", [RuntimeError("ours"), LookupError("ours"), RecursionError()])
def test_a_mistake_of_ours_ends_one_job_only(
    api: Any, state: State, monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    Jobs(state).set_mode("polls:0")
    first, second = api.start_deploy(sets("A")), api.start_deploy(sets("B"))
    real = running.deploy

    def broken(*arguments: Any) -> Any:
        monkeypatch.setattr(running, "deploy", real)
        raise error

    monkeypatch.setattr(running, "deploy", broken)
    outcome = api.deploy_status(first)
    assert (outcome["status"], outcome["errorStatusCode"]) == ("Failed", "UNKNOWN_EXCEPTION")
    assert "failed at job" in caplog.text
    assert statuses(api, second, 1) == ["Succeeded"]
    assert held(api) == ["B"]


def test_check_status_of_a_deployment(api: Any, state: State) -> None:
    Jobs(state).set_mode("polls:2")
    asked = f"<asyncProcessId>{api.start_deploy(sets('A'))}</asyncProcessId>"
    states = [api.call("checkStatus", asked)[0] for _ in range(3)]
    assert [one["state"] for one in states] == [["Queued"], ["InProgress"], ["Completed"]]
    assert [one["done"] for one in states] == [["false"], ["false"], ["true"]]


def test_a_queue_outlives_a_restart(tmp_path: Path, open_org: Any, log_in: Any) -> None:
    path = tmp_path / "org.sqlite"
    state = open_org(path)
    api = log_in(state)
    Jobs(state).set_mode("polls:2")
    first, second = api.start_deploy(sets("A")), api.start_deploy(sets("B"))
    assert statuses(api, first, 2) == ["Pending", "InProgress"]
    state.close()

    api.state = state = State.open(path)
    assert statuses(api, second, 3) == ["Pending", "Pending", "InProgress"]
    assert held(api) == ["A"]
    state.close()


def test_the_tooling_api_shows_it(api: Any, state: State) -> None:
    # the rows of DeployRequest are the jobs: nothing is told twice
    caller = Caller(state, api.user_id, "admin@acme.test", api.session)
    Jobs(state).set_mode("polls:2")
    job = api.start_deploy(sets("A", "B"), checkOnly=True, testLevel="RunLocalTests")
    assert statuses(api, job, 2) == ["Pending", "InProgress"]
    [(found, row)] = MADE["DeployRequest"](caller)
    assert (found, row["Status"], row["CheckOnly"], row["TestLevel"]) == (job, "InProgress", True, "RunLocalTests")
    assert (row["NumberComponentsTotal"], row["NumberComponentsDeployed"]) == (2, 1)
    assert (row["CompletedDate"], row["CreatedById"]) == (None, api.user_id)
    assert statuses(api, job, 1) == ["Succeeded"]
    [(_, row)] = MADE["DeployRequest"](caller)
    assert (row["Status"], row["NumberComponentsDeployed"], row["RunTestsEnabled"]) == ("Succeeded", 2, True)
