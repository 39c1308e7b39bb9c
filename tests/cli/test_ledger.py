"""One deployment at a time per org, and a ledger that several people share: as users run it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from sfmeta.cli.desk import Desk
from sfmeta.cli.ui import Ui
from sfmeta.localorg.metadata.jobs import DEPLOY, Jobs
from tests.cli.conftest import Shop
from tests.cli.test_interruption import wait_until_sent
from tests.conftest import GitFolder


def org_id(shop: Shop) -> str:
    return str(shop.result("org", "show")["org_id"])


def change(shop: Shop) -> None:
    shop.edit("policy.yml", "expire_if_unused_for: 30 days", "expire_after: 7 days")
    shop.ok("generate")
    shop.folder.commit("second")


def wait_until_shared(shop: Shop) -> None:
    """Until the remote has what the ledger here has."""
    ref = f"refs/sfmeta/orgs/{org_id(shop)}"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        there = shop.folder.git("ls-remote", "origin", ref).split()
        if there and there[0] == shop.folder.git("rev-parse", ref):
            return
    pytest.fail("it was never shared")


def ends(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=60)
    return process.returncode


def test_of_two_processes_one_is_refused_and_nothing_interleaves(generated: Shop) -> None:
    jobs = Jobs(generated.org.state)
    first = generated.process("deploy", "--skip-forecast", "--yes")
    jobs.set_mode("polls:12")
    wait_until_sent(generated)
    refused = generated.run("deploy", "--skip-forecast", "--json")
    assert refused.code == 4
    assert refused.document["error"]["code"] == "org-locked-by-us"
    for word in ("sfmeta deploy", str(first.pid), "is sent as job", "unlock -o sandbox"):
        assert word in refused.document["error"]["message"], word
    for words in (["rollback", "--to", "HEAD", "--yes"], ["job", "resume", wait_until_sent(generated)]):
        assert generated.run(*words, "--json").document["error"]["code"] == "org-locked-by-us"
    assert generated.run("deploy", "--check-only", "--json").code in (0, 1), "what saves nothing is not held up"
    jobs.set_mode("immediate")
    assert ends(first) == 0
    assert generated.folder.git("for-each-ref", "refs/sfmeta-locks") == ""
    assert generated.result("deploy", "--skip-forecast")["job"] is None, "the first one did it"


def test_two_processes_that_begin_at_once(generated: Shop) -> None:
    processes = [generated.process("deploy", "--skip-forecast", "--yes") for _ in range(2)]
    codes = sorted(ends(process) for process in processes)
    # the second finds the lock, or comes late enough to find nothing left to do
    assert codes in ([0, 0], [0, 4])
    jobs = Jobs(generated.org.state).all(DEPLOY)
    assert [job.request["check_only"] for job in jobs].count(False) == 1
    [entry] = generated.result("history")["deployments"]
    assert entry["success"]
    assert generated.folder.git("for-each-ref", "refs/sfmeta-locks", "refs/sfmeta-tmp") == ""


def test_a_killed_holder_is_found_out_and_said(generated: Shop) -> None:
    jobs = Jobs(generated.org.state)
    process = generated.process("deploy", "--skip-forecast", "--yes")
    jobs.set_mode("polls:12")
    job = wait_until_sent(generated)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    jobs.set_mode("immediate")
    refused = generated.run("deploy", "--skip-forecast", "--json")
    assert refused.code == 4
    assert refused.document["error"]["code"] == "deployment-unfinished"
    [warning] = refused.document["warnings"]
    assert f"process {process.pid}" in warning
    assert job in warning
    assert generated.result("job", "resume", job)["job"]["success"]
    assert generated.folder.git("for-each-ref", "refs/sfmeta-locks") == ""


def test_a_job_can_be_cancelled_while_another_process_waits_for_it(generated: Shop) -> None:
    jobs = Jobs(generated.org.state)
    process = generated.process("deploy", "--skip-forecast", "--yes")
    jobs.set_mode("polls:12")
    job = wait_until_sent(generated)
    cancelled = generated.run("job", "cancel", job, "--json")
    assert cancelled.document["result"]["status"] == "Canceled"
    assert "recorded there" in cancelled.document["warnings"][0]
    assert ends(process) == 1
    [entry] = generated.result("history")["deployments"]
    assert (entry["stage"], entry["status"]) == ("finished", "Canceled")


def test_unlock_shows_and_removes(generated: Shop) -> None:
    assert generated.result("ledger", "unlock") == {"org_id": org_id(generated), "removed": []}
    # somebody's lock from a machine that is gone
    commit = generated.folder.commit("somebody's")
    generated.folder.git("update-ref", f"refs/sfmeta-locks/{org_id(generated)}", commit)
    assert generated.run("deploy", "--skip-forecast", "--json").document["error"]["code"] == "org-locked-by-us"
    asked = generated.run("ledger", "unlock", "--json")
    assert asked.code == 4
    assert "an unknown operation" in asked.document["error"]["message"]
    [removed] = generated.result("ledger", "unlock", "--yes")["removed"]
    assert removed["command"] == "an unknown operation"
    generated.ok("deploy", "--skip-forecast")


@pytest.fixture
def shared(generated: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Shop, Shop]:
    """Two clones that share a bare remote, and always synchronise."""
    bare = GitFolder(tmp_path / "bare.git")
    bare.root.mkdir()
    bare.git("init", "--quiet", "--bare")
    generated.folder.git("remote", "add", "origin", str(bare.root))
    copy = tmp_path / "copy"
    shutil.copytree(generated.root, copy)
    other = Shop(GitFolder(copy), generated.org, generated._capture)
    for one in (generated, other):
        monkeypatch.chdir(one.root)
        assert one.result("ledger", "sync", "--always")["always"]
    monkeypatch.chdir(generated.root)
    return generated, other


def test_what_one_machine_deploys_the_other_knows_before_it_begins(
    shared: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = shared
    ada.ok("deploy", "--skip-forecast")
    monkeypatch.chdir(bob.root)
    assert bob.result("deploy", "--skip-forecast")["job"] is None
    assert [entry["success"] for entry in bob.result("history")["deployments"]] == [True]
    change(bob)
    bob.ok("deploy", "--skip-forecast")
    monkeypatch.chdir(ada.root)
    ada.ok("ledger", "sync")
    assert len(ada.result("history")["deployments"]) == 2
    assert ada.folder.git("ls-remote", "origin").splitlines()[-1].endswith(org_id(ada))


def test_two_machines_exclude_each_other(shared: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = shared
    jobs = Jobs(ada.org.state)
    process = ada.process("deploy", "--skip-forecast", "--yes")
    jobs.set_mode("polls:12")
    wait_until_sent(ada)
    monkeypatch.chdir(bob.root)
    refused = bob.run("deploy", "--skip-forecast", "--json")
    assert refused.code == 4
    assert "lock on 'origin'" in refused.document["error"]["message"]
    jobs.set_mode("immediate")
    assert ends(process) == 0
    assert bob.result("deploy", "--skip-forecast")["job"] is None
    assert "sfmeta-locks" not in bob.folder.git("ls-remote", "origin")


def test_a_remote_that_goes_away_meanwhile_loses_no_entry(shared: tuple[Shop, Shop], tmp_path: Path) -> None:
    ada, _ = shared
    jobs = Jobs(ada.org.state)
    process = ada.process("deploy", "--skip-forecast", "--yes", "--json")
    jobs.set_mode("polls:12")
    wait_until_sent(ada)
    bare = tmp_path / "bare.git"
    wait_until_shared(ada)
    bare.rename(tmp_path / "gone")
    jobs.set_mode("immediate")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out, err)
    assert "not yet on 'origin'" in out
    assert "could not be given back" in out
    [entry] = ada.result("history")["deployments"]
    assert entry["stage"] == "finished"
    # and before anything is begun without it, that is said
    refused = ada.run("deploy", "--skip-forecast", "--json")
    assert refused.code == 1
    assert refused.document["error"]["code"] == "RemoteUnreachable"
    (tmp_path / "gone").rename(bare)
    assert ada.run("ledger", "unlock", "--yes", "--json").code == 0
    [synced] = ada.result("ledger", "sync")["refs"]
    assert synced["pushed"]


def test_what_is_wrong_with_a_remote_is_one_line(generated: Shop) -> None:
    assert generated.run("ledger", "sync").code == 2
    generated.folder.git("remote", "add", "origin", os.devnull)
    ran = generated.run("ledger", "sync")
    assert ran.code == 1
    assert len(ran.err.strip().splitlines()) <= 2


def test_history_of_one_deployment_and_of_an_org_whose_history_is_elsewhere(
    generated: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = generated
    assert shop.result("history")["deployments"] == []
    shop.ok("deploy", "--skip-forecast")
    [entry] = shop.result("history")["deployments"]
    told = shop.result("history", entry["id"][:12])
    assert told["id"] == entry["id"]
    assert told["changes"]
    assert "Changed: " in shop.ok("history", entry["job_id"]).out
    assert shop.run("history", "nope").code == 2

    # a clone brings no ledger
    copy = GitFolder(tmp_path / "clone")
    shop.folder.git("clone", "--quiet", str(shop.root), str(copy.root))
    monkeypatch.chdir(copy.root)
    elsewhere = Shop(copy, shop.org, shop._capture)
    for words in (["history"], ["deploy"], ["rollback", "--to", "HEAD", "--yes"], ["rollback", "--last", "--yes"]):
        refused = elsewhere.run(*words, "--json")
        assert refused.code == 4, words
        assert refused.document["error"]["code"] == "history-missing"
        assert entry["job_id"] in refused.document["error"]["message"]
    copy.git("fetch", "--quiet", "origin", "refs/sfmeta/*:refs/sfmeta/*")
    assert [one["id"] for one in elsewhere.result("history")["deployments"]] == [entry["id"]]
    assert elsewhere.result("deploy", "--skip-forecast")["job"] is None


def test_a_history_is_begun_where_somebody_says_so(
    generated: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated.ok("deploy", "--skip-forecast")
    copy = GitFolder(tmp_path / "clone")
    generated.folder.git("clone", "--quiet", str(generated.root), str(copy.root))
    monkeypatch.chdir(copy.root)
    elsewhere = Shop(copy, generated.org, generated._capture)
    change(elsewhere)
    assert elsewhere.run("deploy", "--skip-forecast").code == 4
    elsewhere.ok("deploy", "--skip-forecast", "--begin-history")
    monkeypatch.chdir(generated.root)
    note = generated.run("deploy", "--skip-forecast", "--json").document["warnings"][0]
    assert "which this history does not have" in note


def test_a_command_is_not_locked_out_by_its_own_lock(generated: Shop) -> None:
    with Desk(Ui("grant sync", os.environ), generated.root) as desk:
        org = desk.connect("sandbox")
        desk.records.lock(org.info)
        desk.records.lock(org.info)
    generated.ok("deploy", "--skip-forecast")
