"""Revisions and the files they hold."""

from __future__ import annotations

import gc
import hashlib
from pathlib import Path
from typing import Any

import git
import pytest

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder


def test_files_of_a_revision_seen_from_a_project_in_a_subfolder(git_folder: GitFolder) -> None:
    git_folder.write("project/force-app/main/a.txt", "one")
    git_folder.write("other/b.txt", "no")
    first = git_folder.commit()
    git_folder.write("project/force-app/main/a.txt", "two")
    second = git_folder.commit()
    repository = find_repository(git_folder.root / "project")

    [entry] = repository.entries(first, ["force-app"])
    assert (entry.path, entry.read()) == ("force-app/main/a.txt", b"one")
    [entry] = repository.entries(second, ["force-app"])
    assert entry.read() == b"two"
    assert repository.is_ancestor(first, second)
    assert not repository.is_ancestor(second, first)
    assert not repository.is_ancestor("0" * 40, second)


def test_revisions_are_commits_and_nothing_else(git_folder: GitFolder) -> None:
    git_folder.write("a.txt", "one")
    repository = find_repository(git_folder.root)
    assert repository.head() == ""
    with pytest.raises(UsageError, match="names no commit") as caught:
        repository.revision("HEAD")
    assert "no commit yet" in caught.value.hint
    commit = git_folder.commit()
    assert repository.revision("main") == commit
    assert repository.revision(commit[:8]) == commit
    for wrong in ("nope", "--all", "HEAD:a.txt", ""):
        with pytest.raises(UsageError, match="names no commit"):
            repository.revision(wrong)


def test_dirty_is_about_the_named_paths_and_counts_untracked_files(git_folder: GitFolder) -> None:
    git_folder.write("force-app/a.txt", "one")
    repository = find_repository(git_folder.root)
    assert repository.is_dirty(["force-app"])
    git_folder.commit()
    assert not repository.is_dirty(["force-app"])
    git_folder.write("elsewhere.txt", "x")
    assert not repository.is_dirty(["force-app"])
    git_folder.write("force-app/new.txt", "x")
    assert repository.is_dirty(["force-app"])


def test_without_an_identity_there_is_none(git_folder: GitFolder) -> None:
    assert find_repository(git_folder.root).identity() == ""


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_listing_is_one_process_and_its_bytes_come_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    folder = GitFolder(tmp_path / form)
    folder.root.mkdir()
    folder.git("init", "--quiet", f"--object-format={form}")
    contents = {f"force-app/{number}.bin": f"{number}\n" * number for number in range(300)}
    contents["force-app/new line\n.txt"] = "HEAD missing\nblob 3\n"
    for path, text in contents.items():
        folder.write(path, text)
    commit = folder.commit()
    repository = find_repository(folder.root)
    ran: list[list[str]] = []
    execute = git.Git.execute

    def listen(self: git.Git, command: list[str], **more: Any) -> Any:
        ran.append(command)
        return execute(self, command, **more)

    monkeypatch.setattr(git.Git, "execute", listen)

    entries = repository.entries(commit, ["force-app"])
    assert {entry.path: entry.read().decode() for entry in entries} == contents
    assert [entry.sha256 for entry in entries] == [hashlib.sha256(entry.read()).hexdigest() for entry in entries]
    assert [command[1] for command in ran] == ["ls-tree", "cat-file"]
    repository.entries(commit, ["force-app"])
    assert [command[1] for command in ran] == ["ls-tree", "cat-file", "ls-tree"], "what is known is not fetched again"


def test_entries_can_be_read_when_nobody_holds_the_repository_any_more(git_folder: GitFolder) -> None:
    git_folder.write("force-app/a.txt", "one")
    commit = git_folder.commit()
    [entry] = find_repository(git_folder.root).entries(commit, ["force-app"])
    gc.collect()
    assert entry.read() == b"one"


def test_an_object_that_is_not_here_is_an_error(git_folder: GitFolder) -> None:
    git_folder.write("force-app/a.txt", "one")
    commit = git_folder.commit()
    blob = git_folder.git("rev-parse", "HEAD:force-app/a.txt")
    (git_folder.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(OperationFailed, match=f"cannot read object {blob}"):
        find_repository(git_folder.root).entries(commit, ["force-app"])
