"""A commit of exactly some files, whatever else lies about in the repository."""

from __future__ import annotations

import pytest

from sfmeta.errors import OperationFailed
from sfmeta.workspace.repository import Repository, find_repository
from tests.conftest import GitFolder

NAMES = ("profiles/A b%2E.profile-meta.xml", "*.xml", ":(top)odd", "über.xml")


@pytest.fixture
def inner(git_folder: GitFolder) -> Repository:
    """A project in a folder of a repository, one file committed, another dirty outside."""
    git_folder.git("config", "user.name", "Ada")
    git_folder.git("config", "user.email", "ada@example.com")
    git_folder.write("outside.txt", "one\n")
    git_folder.write("inner/kept.xml", "one\n")
    git_folder.write("inner/gone.xml", "one\n")
    git_folder.commit("first")
    git_folder.write("outside.txt", "two\n")
    git_folder.write("inner/other.xml", "new and not ours\n")
    return find_repository(git_folder.root / "inner")


def committed(folder: GitFolder) -> list[str]:
    return [path for path in folder.git("show", "-z", "--name-only", "--format=", "HEAD").split("\0") if path]


def test_changed_new_and_deleted_files_and_no_other(git_folder: GitFolder, inner: Repository) -> None:
    git_folder.write("inner/kept.xml", "two\n")
    (git_folder.root / "inner/gone.xml").unlink()
    for name in NAMES:
        git_folder.write(f"inner/{name}", "new\n")
    paths = ["kept.xml", "gone.xml", *NAMES]
    assert inner.uncommitted(paths) == tuple(sorted(paths))
    commit = inner.commit_only(paths, "# a message\n\nthat stays as it is\n")
    assert commit == git_folder.git("rev-parse", "HEAD")
    assert sorted(committed(git_folder)) == sorted(f"inner/{path}" for path in paths)
    assert git_folder.git("log", "-1", "--format=%B").startswith("# a message")
    assert inner.uncommitted(paths) == ()
    assert git_folder.git("status", "--porcelain").split() == ["M", "outside.txt", "??", "inner/other.xml"]


def test_a_file_that_git_ignores_counts_as_uncommitted(git_folder: GitFolder, inner: Repository) -> None:
    git_folder.write(".gitignore", "secret.xml\n")
    git_folder.write("inner/secret.xml", "mine\n")
    assert inner.uncommitted(["secret.xml", "kept.xml", "nowhere.xml"]) == ("secret.xml",)


def test_on_a_detached_head(git_folder: GitFolder, inner: Repository) -> None:
    git_folder.git("checkout", "-q", "--detach")
    git_folder.write("inner/kept.xml", "two\n")
    inner.commit_only(["kept.xml"], "detached\n")
    assert committed(git_folder) == ["inner/kept.xml"]


def test_a_merge_under_way_refuses(git_folder: GitFolder, inner: Repository) -> None:
    git_folder.git("stash", "-q")
    git_folder.git("checkout", "-q", "-b", "side")
    git_folder.write("inner/gone.xml", "side\n")
    git_folder.commit("side")
    git_folder.git("checkout", "-q", "main")
    git_folder.git("merge", "-q", "--no-ff", "--no-commit", "side")
    git_folder.write("inner/kept.xml", "two\n")
    git_folder.write("inner/fresh.xml", "new\n")
    with pytest.raises(OperationFailed, match="merge"):
        inner.commit_only(["kept.xml", "fresh.xml"], "in between\n")
    assert "A inner/fresh.xml" not in git_folder.git("status", "--porcelain")


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg"])
def test_hooks_run_and_may_refuse(git_folder: GitFolder, inner: Repository, hook: str) -> None:
    file = git_folder.root / ".git/hooks" / hook
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    file.chmod(0o755)
    git_folder.write("inner/fresh.xml", "new\n")
    before = git_folder.git("status", "--porcelain")
    with pytest.raises(OperationFailed, match="not today"):
        inner.commit_only(["fresh.xml"], "refused\n")
    assert git_folder.git("status", "--porcelain") == before
