"""Revisions and the files they hold."""

from __future__ import annotations

import pytest

from sfmeta.errors import UsageError
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
