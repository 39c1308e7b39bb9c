"""A deploy that meets a broken wire or a kill: the org of these tests is real, and never takes it twice."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli import desk
from sfmeta.localorg.metadata.jobs import DEPLOY, Jobs
from sfmeta.org.http import Http
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
    monkeypatch.setitem(Http.__init__.__kwdefaults__, "sleep", Hurried().sleep)


def deploys(shop: Shop, *, check_only: bool = False) -> list[str]:
    """The jobs that the org took."""
    return [job.id for job in Jobs(shop.org.state).all(DEPLOY) if job.request["check_only"] is check_only]


def entries(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.result("history")["deployments"]
    return found


@pytest.mark.parametrize("kind", ["drop-after", "cut"])
def test_an_answer_that_is_lost_after_the_org_took_it(generated: Shop, kind: str) -> None:
    generated.org.faults.add(kind, operation="deploy", nth=1)
    done = generated.result("deploy", "--skip-forecast")
    [job] = deploys(generated)
    assert done["job"]["job_id"] == job
    assert [(entry["job_id"], entry["status"], entry["success"]) for entry in entries(generated)] == [
        (job, "Succeeded", True)
    ]


@pytest.mark.parametrize("kind", ["drop-before", "bad-gateway", "unavailable"])
def test_a_request_that_the_org_never_took(generated: Shop, kind: str) -> None:
    generated.org.faults.add(kind, operation="deploy", nth=1)
    ran = generated.run("deploy", "--skip-forecast", "--json")
    assert ran.code == 6
    assert ran.document["error"]["code"] == "not-taken"
    assert deploys(generated) == []
    assert generated.result("deploy", "--skip-forecast")["job"]["success"]
    assert len(deploys(generated)) == 1
    assert [entry["status"] for entry in entries(generated)] == ["Succeeded", "NotSent"]


def test_a_session_that_ends_on_the_way_is_renewed_and_the_package_sent_once(generated: Shop) -> None:
    generated.org.faults.add("expire-session", operation="deploy", nth=1)
    generated.org.faults.add("expire-session", operation="checkDeployStatus", nth=1)
    assert generated.result("deploy", "--skip-forecast")["job"]["success"]
    assert len(deploys(generated)) == 1


def test_a_lost_answer_whose_job_nobody_may_list(generated: Shop) -> None:
    """Exit 5, nothing is sent again; when the list is there again, the next run closes the entry."""
    generated.org.faults.add("drop-after", operation="deploy", nth=1)
    generated.org.faults.add("drop-before", path="/services/data/*/tooling/query*", after=1)
    ran = generated.run("deploy", "--skip-forecast", "--json", "--wait", "1")
    assert ran.code == 5
    assert ran.document["error"]["code"] == "deployment-unknown"
    [job] = deploys(generated)
    assert entries(generated)[0]["stage"] == "prepared"

    generated.org.faults.clear()
    assert generated.result("deploy", "--skip-forecast")["job"] is None
    assert deploys(generated) == [job]
    assert [(entry["job_id"], entry["success"]) for entry in entries(generated)] == [(job, True)]


def test_a_kill_between_handing_over_and_the_answer(generated: Shop) -> None:
    """The org has taken it, the answer is on its way, and the run is killed: the next one adopts the job."""
    shop = generated
    shop.org.faults.add("delay", operation="deploy", nth=1, delay_s=1.0)
    process = shop.process("deploy", "--skip-forecast")
    deadline = time.monotonic() + 60
    while not shop.org.faults.listed()[0]["matched"]:
        assert time.monotonic() < deadline, "the package was never sent"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert entries(shop)[0]["stage"] == "prepared"
    while not deploys(shop):
        assert time.monotonic() < deadline, "the org did not take what it was sent"

    assert shop.result("deploy", "--skip-forecast")["job"] is None
    [job] = deploys(shop)
    assert [(entry["job_id"], entry["status"], entry["success"]) for entry in entries(shop)] == [
        (job, "Succeeded", True)
    ]


def test_a_refusal_because_the_org_is_locked_is_waited_out(generated: Shop) -> None:
    generated.org.faults.add("org-locked", operation="deploy", times=2)
    ran = generated.ok("deploy", "--skip-forecast")
    assert "busy with another change" in ran.err
    assert len(deploys(generated)) == 1
    assert [entry["status"] for entry in entries(generated)] == ["Succeeded"]


def test_an_org_that_stays_locked_is_not_waited_for_beyond_the_deadline(generated: Shop) -> None:
    generated.org.faults.add("org-locked", operation="deploy")
    ran = generated.run("deploy", "--skip-forecast", "--json", "--wait", "2")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "ORG_LOCKED"
    assert [entry["status"] for entry in entries(generated)] == ["NotSent"]


def test_a_job_that_ended_because_the_org_was_locked_is_begun_again(generated: Shop) -> None:
    generated.org.faults.add("setup-locked", operation="deploy", nth=1)
    done = generated.result("deploy", "--skip-forecast")
    assert done["job"]["success"]
    assert [(entry["status"], entry["success"]) for entry in entries(generated)] == [
        ("Succeeded", True),
        ("Failed", False),
    ]
    assert len(deploys(generated)) == 2


def test_a_login_that_fails_in_passing_does_not_end_the_wait(generated: Shop) -> None:
    generated.org.faults.add("expire-session", operation="checkDeployStatus", nth=1)
    generated.org.faults.add("unavailable", path="/services/oauth2/token", after=1, times=2)
    assert generated.result("deploy", "--skip-forecast")["job"]["success"]


@pytest.mark.parametrize("kind", ["bad-gateway", "drop-before", "cut", "org-locked", "concurrent-limit"])
def test_bad_polls_are_no_failures(generated: Shop, kind: str) -> None:
    generated.org.faults.add(kind, operation="checkDeployStatus", times=3)
    assert generated.result("deploy", "--skip-forecast")["job"]["success"]
    assert len(deploys(generated)) == 1


def test_a_job_is_resumed_from_anywhere_with_its_id_alone(
    generated: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = generated.result("deploy", "--skip-forecast", "--async")["job_id"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with monkeypatch.context() as there:
        there.chdir(elsewhere)
        ran = generated.ok("job", "resume", sent)
        assert "Succeeded" in ran.out
        assert "Nothing was recorded: this is no project under git" in ran.err
    assert entries(generated)[0]["stage"] == "sent"

    # a clone without the ledger says what it lacks, and finishes the entry once it has it
    clone = tmp_path / "clone"
    generated.folder.git("clone", "--quiet", str(generated.root), str(clone))
    with monkeypatch.context() as there:
        there.chdir(clone)
        assert generated.result("job", "resume", sent)["recorded"] is False
        assert "Fetch it" in generated.ok("job", "resume", sent).err
        subprocess.run(["git", "fetch", "--quiet", "origin", "refs/sfmeta/*:refs/sfmeta/*"], check=True, cwd=clone)
        finished = generated.result("job", "resume", sent)
        assert finished["not_as_sent"] == []
        assert entries(generated)[0]["stage"] == "finished"


def test_nobody_can_tell_and_somebody_has_looked(generated: Shop) -> None:
    """Two jobs may be it: a person names the one, or closes the entry."""
    shop = generated
    shop.org.faults.add("drop-after", operation="deploy", nth=1)
    shop.org.faults.add("drop-before", path="/services/data/*/tooling/query*", after=1)
    assert shop.run("deploy", "--skip-forecast", "--wait", "1").code == 5
    refused = shop.run("job", "close", "--json")
    assert refused.code == 4
    shop.org.faults.clear()
    [job] = deploys(shop)
    assert shop.result("job", "resume", job)["not_as_sent"] == []
    assert [(entry["job_id"], entry["success"]) for entry in entries(shop)] == [(job, True)]
    assert shop.run("job", "close", "--yes").code == 2


def test_what_nobody_can_tell_is_closed_with_what_the_org_holds(generated: Shop) -> None:
    shop = generated
    shop.org.faults.add("drop-before", operation="deploy", nth=1)
    shop.org.faults.add("drop-before", path="/services/data/*/tooling/query*", after=1)
    assert shop.run("deploy", "--skip-forecast", "--wait", "1").code == 5
    assert shop.result("job", "close", "--yes")["status"] == "Unknown"
    shop.org.faults.clear()
    assert shop.result("deploy", "--skip-forecast")["job"]["success"]
    assert [entry["status"] for entry in entries(shop)] == ["Succeeded", "Unknown"]


def test_a_request_that_comes_after_it_was_closed_as_never_taken(generated: Shop) -> None:
    """The job is in the org, and the ledger calls its deployment NotSent: what is named is recorded."""
    shop = generated
    shop.org.faults.add("drop-before", operation="deploy", nth=1)
    assert shop.run("deploy", "--skip-forecast").code == 6
    assert "doubted     no answer came" in shop.ok("history", entries(shop)[0]["id"]).out
    # the same package, as another run sends it: its entry is not here
    ledger_ref = f"refs/sfmeta/orgs/{shop.org.org_id}"
    closed = shop.folder.git("rev-parse", ledger_ref).strip()
    assert shop.run("deploy", "--skip-forecast").code == 0
    shop.folder.git("update-ref", ledger_ref, closed)
    [job] = deploys(shop)

    assert shop.result("job", "resume", job)["not_as_sent"] == []
    came, never = entries(shop)
    assert (came["job_id"], came["success"], came["late_of"]) == (job, True, never["id"])
    assert never["status"] == "NotSent"
    assert f"late        the request of {never['id']}" in shop.ok("history", came["id"]).out
    assert shop.result("deploy", "--skip-forecast")["job"] is None
    assert deploys(shop) == [job]


def test_what_may_have_come_late_and_somebody_has_looked(generated: Shop) -> None:
    generated.org.faults.add("drop-before", operation="deploy", nth=1)
    assert generated.run("deploy", "--skip-forecast").code == 6
    closed = generated.ok("job", "close", "--yes")
    assert "as NotSent: it is not looked for again" in closed.out
    assert generated.run("job", "close", "--yes").code == 2
