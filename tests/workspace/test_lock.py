"""One operation at a time changes an org: in one repository, and between two that share a remote."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from sfmeta.errors import GuardRefused, OperationFailed
from sfmeta.model.deployment import Stage
from sfmeta.workspace import lock as module
from sfmeta.workspace.commits import tip_of
from sfmeta.workspace.lock import LOCKED, Lock, Locks
from sfmeta.workspace.processes import Process, this_process
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.workspace.test_joining import Two, deploy
from tests.workspace.test_ledger import ORG

NOW = 1_795_000_000.0


def locks_in(folder: GitFolder, told: list[str] | None = None, remote: str = "") -> Locks:
    said = told if told is not None else []
    return Locks(find_repository(folder.root), ORG, remote, said.append)


def left_by(process: Process, locks: Locks, command: str = "sfmeta deploy") -> AbstractContextManager[Lock]:
    """What a process that never came to the end of its block leaves; it is left as long as the value is kept."""
    left = locks.held(command, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "this_process", lambda: process)
        left.__enter__()
    return left


def ended() -> Process:
    """A process of this machine that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return replace(this_process(), pid=child.pid, began="1")


def test_a_lock_is_there_for_the_time_of_the_block_and_says_who_holds_it(git_folder: GitFolder) -> None:
    git_folder.git("config", "user.name", "Ada")
    git_folder.git("config", "user.email", "ada@example.com")
    locks = locks_in(git_folder)
    with locks.held("sfmeta deploy", NOW):
        [lock] = locks.holders()
        assert (lock.command, lock.owner, lock.process) == ("sfmeta deploy", "Ada <ada@example.com>", this_process())
        with pytest.raises(GuardRefused) as refused, locks.held("sfmeta rollback", NOW + 300):
            pytest.fail("two held it")
        assert refused.value.code == LOCKED
        for word in ("sfmeta deploy", "Ada", str(os.getpid()), this_process().host, "5 minutes ago"):
            assert word in refused.value.message, word
        assert "ledger unlock" in refused.value.hint
        assert locks.holders() == (lock,), "who was refused took nothing away"
    assert locks.holders() == ()


def test_it_is_given_back_whatever_ends_the_block(git_folder: GitFolder) -> None:
    locks = locks_in(git_folder)
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), locks.held("sfmeta deploy", NOW):
            raise error
        assert locks.holders() == ()


def test_the_lock_of_a_process_that_has_ended_is_taken_over_and_what_it_did_is_said(
    git_folder: GitFolder,
) -> None:
    told: list[str] = []
    locks = locks_in(git_folder, told)
    left = left_by(ended(), locks)
    two = deploy(_ledger(git_folder), 1, upto=Stage.SENT)
    with locks.held("sfmeta deploy", NOW + 60):
        [lock] = locks.holders()
        assert lock.process == this_process()
    assert "has ended was taken over" in told[0]
    assert f"deployment {two.id} is sent as job {two.job_id}" in told[0]
    assert locks.holders() == ()
    left.__exit__(None, None, None)
    assert "could not be given back" in told[1]


def test_a_number_that_was_given_to_another_process_is_not_taken_for_the_one_before() -> None:
    here = this_process()
    assert not here.has_ended
    assert replace(here, began="1").has_ended
    assert not replace(here, began="").has_ended, "what the system does not say counts as running"
    assert not replace(ended(), machine="another boot").has_ended
    assert not replace(ended(), machine="").has_ended
    assert ended().has_ended


def test_a_lock_of_another_machine_is_never_taken_over(git_folder: GitFolder) -> None:
    locks = locks_in(git_folder)
    _left = left_by(Process("build-7", "another machine", ended().pid, "1"), locks)
    with pytest.raises(GuardRefused, match="build-7"), locks.held("sfmeta deploy", NOW):
        pytest.fail("two held it")
    [lock] = locks.holders()
    locks.remove(lock)
    with pytest.raises(OperationFailed, match="at the same time"):
        locks.remove(lock)
    with locks.held("sfmeta deploy", NOW):
        pass


def test_a_lock_that_nobody_understands_counts_as_held(git_folder: GitFolder) -> None:
    locks = locks_in(git_folder)
    git_folder.git("update-ref", locks.ref, git_folder.commit())
    with pytest.raises(GuardRefused, match="an unknown operation"), locks.held("sfmeta deploy", NOW):
        pytest.fail("two held it")
    [lock] = locks.holders()
    locks.remove(lock)
    assert locks.holders() == ()


def test_two_machines_that_share_a_remote_exclude_each_other(tmp_path: Path) -> None:
    two = Two(tmp_path)
    ada, bob = (locks_in(folder, remote="origin") for folder in two.folders)
    with ada.held("sfmeta deploy", NOW):
        assert two.bare.git("for-each-ref", "--format=%(refname)") == ada.ref
        with pytest.raises(GuardRefused, match="lock on 'origin'") as refused, bob.held("sfmeta rollback", NOW):
            pytest.fail("two held it")
        assert refused.value.code == LOCKED
        assert tip_of(bob.repository, bob.ref) == "", "who was refused keeps nothing"
        assert len(ada.holders()) == 2
    assert two.bare.git("for-each-ref") == ""
    with bob.held("sfmeta rollback", NOW):
        assert len(ada.holders()) == 1, "it is seen there, and is not ours"
    assert ada.holders() == bob.holders() == ()


def test_of_two_that_push_at_once_one_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = Two(tmp_path)
    ada, bob = (locks_in(folder, remote="origin") for folder in two.folders)
    push = module.sharing.push
    winner = bob.held("sfmeta rollback", NOW)

    def meanwhile(*arguments: object) -> None:
        monkeypatch.setattr(module.sharing, "push", push)
        winner.__enter__()
        push(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module.sharing, "push", meanwhile)
    with pytest.raises(GuardRefused, match="sfmeta rollback"), ada.held("sfmeta deploy", NOW):
        pytest.fail("two held it")
    assert two.bare.git("rev-parse", ada.ref) == tip_of(bob.repository, bob.ref)
    winner.__exit__(None, None, None)
    assert two.bare.git("for-each-ref") == ""


def test_a_lock_left_on_the_remote_by_a_process_of_this_machine_is_taken_over(
    tmp_path: Path,
) -> None:
    two = Two(tmp_path)
    told: list[str] = []
    ada, bob = locks_in(two.folders[0], remote="origin"), locks_in(two.folders[1], told, remote="origin")
    _left = left_by(ended(), ada)
    with bob.held("sfmeta rollback", NOW):
        assert two.bare.git("rev-parse", bob.ref) == tip_of(bob.repository, bob.ref)
    assert "was taken over" in told[0]
    assert two.bare.git("for-each-ref") == ""


def test_a_remote_without_an_answer_leaves_no_lock_behind(git_folder: GitFolder) -> None:
    git_folder.git("remote", "add", "origin", str(git_folder.root / "nowhere"))
    locks = locks_in(git_folder, remote="origin")
    with pytest.raises(OperationFailed, match="could not be read"), locks.held("sfmeta deploy", NOW):
        pytest.fail("it was not shared")
    assert tip_of(locks.repository, locks.ref) == ""


def test_neither_push_nor_fetch_of_the_ledger_carries_a_lock(tmp_path: Path) -> None:
    two = Two(tmp_path)
    with locks_in(two.folders[0]).held("sfmeta deploy", NOW):
        deploy(two.ledgers[0], 1)
        two.folders[0].git("push", "--quiet", "origin", "refs/sfmeta/*:refs/sfmeta/*")
    assert two.bare.git("for-each-ref", "--format=%(refname)") == f"refs/sfmeta/orgs/{ORG}"


def _ledger(folder: GitFolder) -> module.Ledger:
    return module.Ledger(find_repository(folder.root), ORG)


def test_a_lock_is_plain_json(git_folder: GitFolder) -> None:
    locks = locks_in(git_folder)
    with locks.held("sfmeta deploy", NOW):
        text = git_folder.git("cat-file", "blob", f"{locks.ref}:lock.json")
    for value in asdict(this_process()).values():
        assert str(value) in text
