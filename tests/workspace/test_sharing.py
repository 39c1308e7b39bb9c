"""Ledgers and a git remote: both sides end up with everything, and nothing is overwritten."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sfmeta.errors import GuardRefused, OperationFailed, UsageError
from sfmeta.workspace import sharing
from sfmeta.workspace.joining import Meeting
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository, find_repository
from sfmeta.workspace.sharing import always_share, remote_of, sync
from tests.conftest import GitFolder
from tests.workspace.test_joining import OTHER_ORG, Two, deploy, told
from tests.workspace.test_ledger import ORG, deployment

REF = f"refs/sfmeta/orgs/{ORG}"


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def test_what_one_deployed_the_other_sees(two: Two) -> None:
    ada, bob = two.ledgers
    deploy(ada, 1)
    [given] = sync(ada.repository, "origin")
    assert (given.meeting, given.pushed, given.org_id) == (Meeting.BEHIND, True, str(ORG))
    [taken] = sync(bob.repository, "origin")
    assert (taken.meeting, taken.pushed) == (Meeting.FORWARD, False)
    assert told(bob) == told(ada)
    [same] = sync(bob.repository, "origin")
    assert (same.meeting, same.pushed) == (Meeting.SAME, False)


def test_two_that_deployed_apart_end_up_with_both(two: Two) -> None:
    ada, bob = two.ledgers
    deploy(ada, 1)
    deploy(bob, 2)
    sync(ada.repository, "origin")
    [joined] = sync(bob.repository, "origin")
    assert (joined.meeting, joined.pushed) == (Meeting.JOINED, True)
    sync(ada.repository, "origin")
    assert ada.tip() == bob.tip() == two.bare.git("rev-parse", REF)
    assert len(told(ada)) == 2


def test_only_the_org_that_is_named(two: Two) -> None:
    ada = two.ledgers[0]
    deploy(ada, 1)
    Ledger(ada.repository, OTHER_ORG).prepare(deployment(org_id=OTHER_ORG), [], [], tip="")
    [one] = sync(ada.repository, "origin", OTHER_ORG)
    assert one.org_id == str(OTHER_ORG)
    assert two.bare.git("for-each-ref", "--format=%(refname)") == f"refs/sfmeta/orgs/{OTHER_ORG}"


def test_a_remote_that_moves_between_fetch_and_push_is_asked_again(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = two.ledgers
    deploy(ada, 1)
    deploy(bob, 2)
    push, pushed = sharing.push, []

    def meanwhile(repository: Repository, remote: str, moves: list[tuple[str, str, str]]) -> None:
        pushed.append(moves)
        if len(pushed) == 1:
            push(bob.repository, remote, [(REF, "", bob.tip())])
        push(repository, remote, moves)

    monkeypatch.setattr(sharing, "push", meanwhile)
    [one] = sync(ada.repository, "origin")
    assert (len(pushed), one.meeting) == (2, Meeting.JOINED)
    assert two.bare.git("rev-parse", REF) == ada.tip()
    assert len(told(ada)) == 2


def test_a_remote_that_always_moves_is_given_up(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = two.ledgers
    deploy(ada, 1)
    push, numbers = sharing.push, iter(range(2, 90))

    def meanwhile(repository: Repository, remote: str, moves: list[tuple[str, str, str]]) -> None:
        there = two.bare.git("for-each-ref", "--format=%(objectname)", REF)
        deploy(bob, next(numbers))
        push(bob.repository, remote, [(REF, there, bob.tip())])
        push(repository, remote, moves)

    monkeypatch.setattr(sharing, "push", meanwhile)
    with pytest.raises(OperationFailed, match="moved at the same time"):
        sync(ada.repository, "origin")


def test_a_foreign_history_on_the_remote_is_refused_and_left_alone(two: Two) -> None:
    ada = two.ledgers[0]
    made = deploy(ada, 1)
    commit = two.folders[1].commit("not a ledger")
    two.folders[1].git("push", "--quiet", "origin", f"{commit}:{REF}")
    before = ada.tip()
    with pytest.raises(GuardRefused, match="was not taken over"):
        sync(ada.repository, "origin")
    assert (ada.tip(), two.bare.git("rev-parse", REF)) == (before, commit)
    assert told(ada) == [(made.id, "finished")]


def test_without_a_remote_or_an_answer_there_is_a_clear_error(two: Two, git_folder: GitFolder) -> None:
    with pytest.raises(UsageError, match="no remote 'origin'"):
        sync(find_repository(git_folder.root), "origin")
    with pytest.raises(UsageError, match="no remote 'upstream'") as caught:
        sync(two.ledgers[0].repository, "upstream")
    assert "origin" in caught.value.hint
    git_folder.git("remote", "add", "origin", "https://ada:hunter2@127.0.0.1:1/nowhere.git")
    Ledger(find_repository(git_folder.root), ORG).prepare(deployment(), [], [], tip="")
    before = git_folder.git("for-each-ref")
    with pytest.raises(OperationFailed, match="could not be read") as unreachable:
        sync(find_repository(git_folder.root), "origin")
    assert unreachable.value.code == sharing.REMOTE_UNREACHABLE
    assert git_folder.git("for-each-ref") == before
    chain = [str(unreachable.value), str(unreachable.value.__cause__)]
    assert not any("hunter2" in text for text in chain)


def test_a_remote_that_refuses_says_why_and_nothing_is_lost(two: Two) -> None:
    ada = two.ledgers[0]
    deploy(ada, 1)
    hook = two.bare.root / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho you may not >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(OperationFailed, match=r"did not take the ledger.*you may not"):
        sync(ada.repository, "origin")
    assert len(told(ada)) == 1


def test_signatures_hooks_and_other_settings_of_the_user_do_not_matter(two: Two) -> None:
    folder, ada = two.folders[0], two.ledgers[0]
    for name in ("commit.gpgSign", "push.gpgSign", "push.followTags", "fetch.prune", "push.autoSetupRemote"):
        folder.git("config", name, "true")
    folder.git("config", "gpg.program", "/nonexistent")
    folder.git("config", "push.default", "matching")
    for name in ("pre-push", "reference-transaction"):
        hook = folder.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
    deploy(ada, 1)
    sync(ada.repository, "origin")
    assert two.bare.git("rev-parse", REF) == ada.tip()


def test_a_shallow_clone_and_a_worktree_share_the_whole_ledger(two: Two, tmp_path: Path) -> None:
    ada, bob = two.ledgers
    for number in range(3):
        two.folders[0].write("a.txt", str(number))
        two.folders[0].commit()
    two.folders[0].git("push", "--quiet", "origin", "HEAD:refs/heads/main")
    deploy(ada, 1)
    deploy(ada, 2)
    sync(ada.repository, "origin")
    source = two.bare.root.as_uri()
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", "-b", "main", source, str(tmp_path / "shallow")], check=True
    )
    shallow = GitFolder(tmp_path / "shallow")
    assert shallow.git("rev-parse", "--is-shallow-repository") == "true"
    shallow.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    (tmp_path / "tree" / "dirty.txt").write_text("mine")
    ledger = Ledger(find_repository(tmp_path / "tree"), ORG)
    sync(ledger.repository, "origin")
    assert len(told(ledger)) == 2
    deploy(ledger, 3)
    deploy(bob, 4)
    sync(bob.repository, "origin")
    sync(ledger.repository, "origin")
    sync(ada.repository, "origin")
    assert told(ada) == told(ledger)
    assert len(told(ada)) == 4
    assert GitFolder(tmp_path / "tree").git("status", "--porcelain") == "?? dirty.txt"


def test_the_plain_fetch_and_push_of_everything_are_safe(two: Two) -> None:
    ada, bob = two.ledgers
    deploy(ada, 1)
    deploy(bob, 2)
    everything = "refs/sfmeta/*:refs/sfmeta/*"
    two.folders[0].git("push", "--quiet", "origin", everything)
    tip = bob.tip()
    with pytest.raises(subprocess.CalledProcessError):
        two.folders[1].git("fetch", "--quiet", "origin", everything)
    with pytest.raises(subprocess.CalledProcessError):
        two.folders[1].git("push", "--quiet", "origin", everything)
    assert (bob.tip(), two.bare.git("rev-parse", REF)) == (tip, ada.tip())
    sync(bob.repository, "origin")
    two.folders[0].git("fetch", "--quiet", "origin", everything)
    assert told(ada) == told(bob)


def test_the_remote_to_share_with_is_a_setting_of_the_repository(two: Two) -> None:
    repository = two.ledgers[0].repository
    assert remote_of(repository) == ""
    with pytest.raises(UsageError):
        always_share(repository, "upstream")
    always_share(repository, "origin")
    assert remote_of(repository) == two.folders[0].git("config", "sfmeta.remote") == "origin"


def test_validations_go_forward_and_are_never_overwritten(two: Two) -> None:
    ada, bob = two.ledgers
    ref = f"refs/sfmeta/validations/{ORG}/0Af000000000001AAA"
    first = two.folders[0].commit("one")
    two.folders[0].git("update-ref", ref, first)
    sync(ada.repository, "origin")
    sync(bob.repository, "origin")
    assert two.folders[1].git("rev-parse", ref) == first
    other = two.folders[1].commit("another")
    two.folders[1].git("update-ref", ref, other)
    [one] = sync(bob.repository, "origin", ORG)
    assert (one.meeting, one.pushed) == (Meeting.APART, False)
    assert two.bare.git("rev-parse", ref) == first
    assert two.folders[1].git("rev-parse", ref) == other
