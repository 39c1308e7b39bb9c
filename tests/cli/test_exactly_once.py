"""A deploy that meets a broken wire or a kill: the org of these tests is real, and never takes it twice."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from sfmeta.cli import desk
from sfmeta.localorg.metadata.jobs import DEPLOY, Jobs
from tests.cli.conftest import Shop


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that does not wait: sleeping moves its time. For what runs in this process."""
    ahead = 0.0

    class Hurried:
        def now(self) -> float:
            return time.time() + ahead

        def monotonic(self) -> float:
            return time.monotonic() + ahead

        def sleep(self, seconds: float) -> None:
            nonlocal ahead
            ahead += seconds

    monkeypatch.setattr(desk, "SystemClock", Hurried)


def deploys(shop: Shop, *, check_only: bool = False) -> list[str]:
    """The jobs that the org took."""
    return [job.id for job in Jobs(shop.org.state).all(DEPLOY) if job.request["check_only"] is check_only]


def entries(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.result("history")["deployments"]
    return found


@pytest.mark.parametrize("kind", ["drop-after", "cut"])
def test_an_answer_that_is_lost_after_the_org_took_it(generated: Shop, kind: str) -> None:
    generated.org.faults.add(kind, operation="deploy", nth=1)
    done = generated.result("deploy")
    [job] = deploys(generated)
    assert done["job"]["job_id"] == job
    assert [(entry["job_id"], entry["status"], entry["success"]) for entry in entries(generated)] == [
        (job, "Succeeded", True)
    ]


@pytest.mark.parametrize("kind", ["drop-before", "bad-gateway", "unavailable"])
def test_a_request_that_the_org_never_took(generated: Shop, kind: str) -> None:
    generated.org.faults.add(kind, operation="deploy", nth=1)
    ran = generated.run("deploy", "--json")
    assert ran.code == 6
    assert ran.document["error"]["code"] == "not-taken"
    assert deploys(generated) == []
    assert generated.result("deploy")["job"]["success"]
    assert len(deploys(generated)) == 1
    assert [entry["status"] for entry in entries(generated)] == ["Succeeded", "NotSent"]


def test_a_session_that_ends_on_the_way_is_renewed_and_the_package_sent_once(generated: Shop) -> None:
    generated.org.faults.add("expire-session", operation="deploy", nth=1)
    generated.org.faults.add("expire-session", operation="checkDeployStatus", nth=1)
    assert generated.result("deploy")["job"]["success"]
    assert len(deploys(generated)) == 1


def test_a_lost_answer_whose_job_nobody_may_list(generated: Shop) -> None:
    """Exit 5, nothing is sent again; when the list is there again, the next run closes the entry."""
    generated.org.faults.add("drop-after", operation="deploy", nth=1)
    generated.org.faults.add("drop-before", path="/services/data/*/tooling/query*")
    ran = generated.run("deploy", "--json", "--wait", "1")
    assert ran.code == 5
    assert ran.document["error"]["code"] == "deployment-unknown"
    [job] = deploys(generated)
    assert entries(generated)[0]["stage"] == "prepared"

    generated.org.faults.clear()
    assert generated.result("deploy")["job"] is None
    assert deploys(generated) == [job]
    assert [(entry["job_id"], entry["success"]) for entry in entries(generated)] == [(job, True)]


def test_a_kill_between_handing_over_and_the_answer(generated: Shop) -> None:
    """The org has taken it, the answer is on its way, and the run is killed: the next one adopts the job."""
    shop = generated
    shop.org.faults.add("delay", operation="deploy", nth=1, delay_s=1.0)
    process = shop.process("deploy")
    deadline = time.monotonic() + 60
    while not shop.org.faults.listed()[0]["matched"]:
        assert time.monotonic() < deadline, "the package was never sent"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert entries(shop)[0]["stage"] == "prepared"
    while not deploys(shop):
        assert time.monotonic() < deadline, "the org did not take what it was sent"

    assert shop.result("deploy")["job"] is None
    [job] = deploys(shop)
    assert [(entry["job_id"], entry["status"], entry["success"]) for entry in entries(shop)] == [
        (job, "Succeeded", True)
    ]
