"""Who wrote what is promoted, and whether somebody else agreed: on real git repositories."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sfmeta.model.names import ComponentId
from sfmeta.workspace.approvals import Review, paths_of, review
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder

FOLDER = "force-app/main/default/permissionsets"
PATH = f"{FOLDER}/A.permissionset-meta.xml"
OTHER = f"{FOLDER}/B.permissionset-meta.xml"
DIGEST = "d" * 64
Commit = Callable[..., str]


@pytest.fixture
def commit(git_folder: GitFolder) -> Commit:
    """Commits what there is in somebody's name."""

    def commit(who: str, message: str, path: str = PATH, *, text: str = "") -> str:
        if path:
            git_folder.write(path, text or message)
        git_folder.git("add", "--all")
        as_somebody(git_folder, who, "commit", "--quiet", "--allow-empty", "--message", message)
        return git_folder.git("rev-parse", "HEAD")

    return commit


def as_somebody(folder: GitFolder, who: str, *words: str) -> str:
    return folder.git("-c", f"user.name={who}", "-c", f"user.email={who}@Example.com", *words)


def look(folder: GitFolder, revision: str, since: str = "", *paths: str) -> Review:
    return review(find_repository(folder.root), paths or (PATH,), revision, since, DIGEST)


def merge(folder: GitFolder, who: str, branch: str, *more: str) -> str:
    as_somebody(folder, who, "merge", "--quiet", "--no-ff", "--message", f"Merge {branch}", *more, branch)
    return folder.git("rev-parse", "HEAD")


def test_nobody_but_the_author_is_no_second_person(git_folder: GitFolder, commit: Commit) -> None:
    revision = commit("ada", "first")
    found = look(git_folder, revision)
    assert found.authors == ("ada <ada@Example.com>",)
    assert found.approval is None


def test_a_merge_by_somebody_else_is_an_approval(git_folder: GitFolder, commit: Commit) -> None:
    commit("ada", "first")
    git_folder.git("checkout", "--quiet", "-b", "work")
    revision = commit("ada", "second")
    git_folder.git("checkout", "--quiet", "main")
    assert look(git_folder, revision).approval is None, "HEAD does not even hold it"
    merged = merge(git_folder, "bob", "work")
    for which in (revision, merged):
        found = look(git_folder, which)
        assert found.authors == ("ada <ada@Example.com>",)
        assert found.approval is not None
        assert (found.approval.by, found.approval.commit) == ("bob <bob@Example.com>", merged)
    later = commit("ada", "third")
    assert look(git_folder, later).approval is None, "what came after the merge was seen by nobody"


def test_ones_own_merge_is_none(git_folder: GitFolder, commit: Commit) -> None:
    commit("ada", "first")
    git_folder.git("checkout", "--quiet", "-b", "work")
    revision = commit("ada", "second")
    git_folder.git("checkout", "--quiet", "main")
    merge(git_folder, "ADA", "work")
    assert look(git_folder, revision).approval is None, "addresses are compared without case"


def test_whoever_takes_the_main_line_into_a_branch_approves_nothing(git_folder: GitFolder, commit: Commit) -> None:
    commit("ada", "first")
    git_folder.git("branch", "other")
    revision = commit("ada", "second")
    git_folder.git("checkout", "--quiet", "other")
    commit("bob", "something else", "notes.txt")
    merge(git_folder, "bob", "main")
    git_folder.git("checkout", "--quiet", "main")
    as_somebody(git_folder, "ada", "merge", "--quiet", "--no-ff", "--message", "Merge other", "other")
    assert look(git_folder, revision).approval is None


def test_whoever_decides_a_conflict_is_an_author(git_folder: GitFolder, commit: Commit) -> None:
    commit("ada", "first", text="a\n")
    git_folder.git("checkout", "--quiet", "-b", "work")
    commit("ada", "second", text="b\n")
    git_folder.git("checkout", "--quiet", "main")
    commit("ada", "third", text="c\n")
    with pytest.raises(Exception, match="merge"):
        merge(git_folder, "bob", "work")
    merged = commit("bob", "Merge work", text="d\n")
    found = look(git_folder, merged)
    assert found.authors == ("ada <ada@Example.com>", "bob <bob@Example.com>")
    assert found.approval is None


@pytest.mark.parametrize("key", ["Reviewed-by", "approved-by"])
def test_a_trailer_that_names_somebody_else(git_folder: GitFolder, commit: Commit, key: str) -> None:
    revision = commit("ada", f"first\n\n{key}: Bob <bob@example.com>")
    found = look(git_folder, revision)
    assert found.approval is not None
    assert found.approval.by == "Bob <bob@example.com>"


@pytest.mark.parametrize(
    "line", ["Reviewed-by: Ada <ADA@example.com>", "Reviewed-by: Bob", "Looked-at-by: Bob <bob@example.com>"]
)
def test_trailers_that_name_nobody_else(git_folder: GitFolder, commit: Commit, line: str) -> None:
    revision = commit("ada", f"first\n\n{line}")
    assert look(git_folder, revision).approval is None


def test_a_later_trailer_counts_where_it_can_only_mean_what_came_before(git_folder: GitFolder, commit: Commit) -> None:
    revision = commit("ada", "first")
    commit("ada", "something else\n\nReviewed-by: Bob <bob@example.com>", "notes.txt")
    assert look(git_folder, revision).approval is None, "Bob looked at the notes"
    empty = commit("ada", "Reviewed\n\nReviewed-by: Bob <bob@example.com>", "")
    found = look(git_folder, revision)
    assert found.approval is not None
    assert found.approval.commit == empty
    newer = commit("ada", "second")
    assert look(git_folder, newer).approval is None


def test_a_package_is_approved_by_its_digest(git_folder: GitFolder, commit: Commit) -> None:
    revision = commit("ada", "first")
    commit("ada", f"mine\n\nApproved-package: {DIGEST}", "")
    commit("bob", f"another\n\nApproved-package: {'e' * 64}", "")
    commit("bob", f"only {DIGEST} in the text", "")
    assert look(git_folder, revision).approval is None
    yes = commit("bob", f"yes\n\nApproved-package: {DIGEST}", "")
    found = look(git_folder, revision)
    assert found.approval is not None
    assert (found.approval.by, found.approval.commit) == ("bob <bob@Example.com>", yes)
    git_folder.git("checkout", "--quiet", "-b", "elsewhere", revision)
    assert look(git_folder, revision).approval is None, "only what HEAD holds counts"


def test_all_who_wrote_any_of_it_are_authors_and_those_with_them(git_folder: GitFolder, commit: Commit) -> None:
    commit("cyd", "of another file", OTHER)
    commit("bob", "first")
    revision = commit("ada", "second\n\nCo-authored-by: Dan <dan@example.com>\nReviewed-by: Bob <bob@example.com>")
    assert look(git_folder, revision).authors == (
        "Dan <dan@example.com>",
        "ada <ada@Example.com>",
        "bob <bob@Example.com>",
    )
    assert look(git_folder, revision).approval is None, "Bob wrote the first half"
    commit("dan", f"yes\n\nApproved-package: {DIGEST}", "")
    assert look(git_folder, revision).approval is None
    both = look(git_folder, revision, "", PATH, OTHER)
    assert "cyd <cyd@Example.com>" in both.authors


def test_what_was_promoted_before_needs_no_new_approval(git_folder: GitFolder, commit: Commit) -> None:
    old = commit("bob", "first")
    revision = commit("ada", "second\n\nReviewed-by: Bob <bob@example.com>")
    assert look(git_folder, revision, old).approval is not None
    assert look(git_folder, revision).approval is None
    again = look(git_folder, revision, revision)
    assert again.authors == ("ada <ada@Example.com>", "bob <bob@Example.com>"), "nothing new is not nobody"
    assert again.approval is None


def test_a_mailmap_joins_the_addresses_of_one_person(git_folder: GitFolder, commit: Commit) -> None:
    git_folder.write(".mailmap", "Ada <ada@example.com> <lovelace@example.com>\n")
    revision = commit("lovelace", "first\n\nReviewed-by: Ada <ada@example.com>")
    assert look(git_folder, revision).approval is None


def test_where_components_lie(git_folder: GitFolder, commit: Commit) -> None:
    commit("ada", "a", 'sub/force-app/main/default/permissionsets/Ä "A".permissionset-meta.xml')
    commit("ada", "b", "sub/force-app/main/default/permissionsets/B.permissionset-meta.xml")
    revision = commit("ada", "c", "sub/force-app/main/default/objects/A__c/fields/B__c.field-meta.xml")
    repository = find_repository(git_folder.root / "sub")
    field, odd = ComponentId.of("CustomField", "A__c.B__c"), ComponentId.of("PermissionSet", 'Ä "A"')
    missing = ComponentId.of("PermissionSet", "C")
    found = paths_of(repository, revision, ["force-app/main"], {field, odd, missing})
    assert found == {
        field: ["sub/force-app/main/default/objects/A__c/fields/B__c.field-meta.xml"],
        odd: ['sub/force-app/main/default/permissionsets/Ä "A".permissionset-meta.xml'],
    }
    paths = [path for paths in found.values() for path in paths]
    assert review(repository, paths, revision, "", DIGEST).authors == ("ada <ada@Example.com>",)
