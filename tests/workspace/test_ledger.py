"""The ledger: append-only commits in a ref of its own, written beside the user's work."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import ComponentId, JobId, OrgId
from sfmeta.workspace.ledger import Ledger, new_deployment_id
from sfmeta.workspace.ledger_json import deployment_from_json, deployment_to_json
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder

ORG = OrgId.parse("00D000000000001")
ALLOW = ComponentId.of("PermissionSet", "Allow_X")
PERMISSION_SET = b"""<?xml version="1.0" encoding="UTF-8"?>
<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">
    <label>Allow X</label>
</PermissionSet>
"""
APP_WITH_SECRET = b"""<?xml version="1.0" encoding="UTF-8"?>
<ConnectedApp xmlns="http://soap.sforce.com/2006/04/metadata">
    <contactEmail>a@example.com</contactEmail>
    <label>X</label>
    <oauthConfig>
        <callbackUrl>https://example.com</callbackUrl>
        <consumerSecret>CANARY-SECRET-5f1d</consumerSecret>
    </oauthConfig>
</ConnectedApp>
"""


def deployment(**fields: object) -> Deployment:
    made = Deployment(
        id=new_deployment_id(1_700_000_000.0),
        org_id=ORG,
        stage=Stage.PREPARED,
        kind="deploy",
        started_at="2026-11-23T15:00:00Z",
        finished_at="",
        username="admin@example.com",
        author="",
        source_revision="",
        source_dirty=True,
        package_digest="0" * 64,
        api_version="63.0",
        components=(ALLOW,),
        deletions=(),
        absent_before=(ALLOW,),
        job_id=JobId(""),
        status="",
        success=False,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def ledger_in(folder: GitFolder) -> Ledger:
    return Ledger(find_repository(folder.root), ORG)


def entry(path: str = "permissionsets/Allow_X.permissionset", data: bytes = PERMISSION_SET) -> Entry:
    return Entry.of(path, data)


def test_a_deployment_is_three_commits_and_reads_back_as_its_last_stage(git_folder: GitFolder) -> None:
    ledger = ledger_in(git_folder)
    prepared = deployment()
    commit = ledger.prepare(prepared, [], [entry()], tip=ledger.tip())
    sent = replace(prepared, stage=Stage.SENT, job_id=JobId("0Af000000000001AAA"))
    commit = ledger.advance(sent, commit)
    finished = replace(sent, stage=Stage.FINISHED, status="Succeeded", success=True, differences=("one",))
    ledger.advance(finished, commit, [entry()])

    [(commit, found)] = list(ledger.deployments())
    assert found == finished
    assert git_folder.git("rev-list", "--count", ledger.ref) == "3"
    assert [item.path for item in ledger.package(commit)] == ["permissionsets/Allow_X.permissionset"]
    assert [item.path for item in ledger.after(commit)] == ["permissionsets/Allow_X.permissionset-meta.xml"]
    assert ledger.before(commit) == ()
    assert ledger.after(commit)[0].read() == PERMISSION_SET


def test_what_was_not_read_afterwards_is_kept_and_an_older_entry_says_nothing_of_it(git_folder: GitFolder) -> None:
    ledger = ledger_in(git_folder)
    unread = (ComponentId.of("PermissionSet", "Allow_X"),)
    ledger.prepare(replace(deployment(), unread_after=unread), [], [], tip=ledger.tip())
    [(_, found)] = ledger.deployments()
    assert found.unread_after == unread
    data = json.loads(deployment_to_json(found))
    del data["unread_after"]
    assert deployment_from_json(json.dumps(data).encode()) == replace(found, unread_after=())


def test_the_next_deployment_does_not_inherit_files_of_the_one_before(git_folder: GitFolder) -> None:
    ledger = ledger_in(git_folder)
    first = deployment()
    profile = entry("profiles/Admin.profile", b"<Profile/>")
    commit = ledger.prepare(first, [profile], [entry()], tip=ledger.tip())
    ledger.advance(replace(first, stage=Stage.FINISHED), commit, [entry()])
    second = deployment(id=new_deployment_id(1_700_000_100.0))
    ledger.prepare(second, [], [], tip=ledger.tip())

    (commit, found), _ = list(ledger.deployments())
    assert found.id == second.id
    assert ledger.repository.tree(commit, ["before", "after", "package"]) == ()


def test_it_works_without_a_commit_and_without_an_identity_and_touches_nothing_else(git_folder: GitFolder) -> None:
    git_folder.write("file.txt", "mine")
    before = git_folder.git("status", "--porcelain=v2", "--branch")
    ledger_in(git_folder).prepare(deployment(), [], [entry()], tip="")
    assert git_folder.git("status", "--porcelain=v2", "--branch") == before
    assert git_folder.git("for-each-ref", "--format=%(refname)") == f"refs/sfmeta/orgs/{ORG}"
    author = git_folder.git("log", "-1", "--format=%cn <%ce>", f"refs/sfmeta/orgs/{ORG}")
    assert author == "sfmeta <sfmeta@localhost>"


def test_it_uses_the_identity_that_git_was_given(git_folder: GitFolder) -> None:
    git_folder.git("config", "user.name", "Ada Lovelace")
    git_folder.git("config", "user.email", "ada@example.com")
    ledger = ledger_in(git_folder)
    ledger.prepare(deployment(), [], [], tip=ledger.tip())
    assert git_folder.git("log", "-1", "--format=%cn <%ce>", ledger.ref) == "Ada Lovelace <ada@example.com>"
    assert ledger.repository.identity() == "Ada Lovelace <ada@example.com>"


def test_signed_commits_a_detached_head_and_a_worktree_do_not_matter(git_folder: GitFolder, tmp_path: Path) -> None:
    first = git_folder.commit()
    git_folder.git("config", "commit.gpgsign", "true")
    git_folder.git("config", "gpg.program", "/nonexistent")
    git_folder.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "other"), first)
    Ledger(find_repository(tmp_path / "other"), ORG).prepare(deployment(), [], [entry()], tip="")
    assert len(list(ledger_in(git_folder).deployments())) == 1


def test_a_secret_never_reaches_git(git_folder: GitFolder) -> None:
    app = entry("connectedApps/X.connectedApp", APP_WITH_SECRET)
    ledger = ledger_in(git_folder)
    made = deployment()
    commit = ledger.prepare(made, [app], [app], tip=ledger.tip())
    ledger.advance(replace(made, stage=Stage.FINISHED), commit, [app])

    objects = git_folder.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    blobs = [row.split()[0] for row in objects.splitlines() if row.endswith("blob")]
    contents = [git_folder.git("cat-file", "blob", name) for name in blobs]
    assert any("callbackUrl" in text for text in contents)
    assert not any("CANARY" in text for text in contents)


def test_paths_with_unusual_letters_survive(git_folder: GitFolder) -> None:
    ledger = ledger_in(git_folder)
    names = ["profiles/Ünï cödé.profile", 'profiles/quo"te.profile', "profiles/back\\slash.profile"]
    ledger.prepare(deployment(), [], [entry(name, b"<Profile/>") for name in names], tip=ledger.tip())
    [(commit, _)] = list(ledger.deployments())
    assert sorted(item.path for item in ledger.package(commit)) == sorted(names)


def test_two_writers_at_once_never_lose_an_entry(git_folder: GitFolder) -> None:
    ledger = ledger_in(git_folder)
    ledger.prepare(deployment(), [], [], tip=ledger.tip())
    stale = git_folder.git("rev-parse", ledger.ref)
    ledger.prepare(deployment(id="20260101T000000Z-aaaaaa"), [], [], tip=ledger.tip())
    newest = git_folder.git("rev-parse", ledger.ref)

    with pytest.raises(OperationFailed, match="at the same time"):
        ledger.prepare(deployment(id="20260101T000000Z-bbbbbb"), [], [], tip=stale)
    assert git_folder.git("rev-parse", ledger.ref) == newest
    assert git_folder.git("for-each-ref", "refs/sfmeta/tmp") == ""


def test_a_stage_belongs_to_its_own_deployment_whoever_wrote_in_between(git_folder: GitFolder) -> None:
    ledger = ledger_in(git_folder)
    first = deployment()
    mine = ledger.prepare(first, [], [entry(data=PERMISSION_SET)], tip="")
    other = deployment(id="20270101T000000Z-cccccc")
    ledger.prepare(other, [entry("profiles/Admin.profile", b"<Profile/>")], [entry(data=b"other")], tip=ledger.tip())
    ledger.advance(replace(first, stage=Stage.FINISHED), mine, [entry("permissionsets/Y.permissionset", b"after")])

    (commit, found), (_, below) = list(ledger.deployments())
    assert (found.id, below.id) == (first.id, other.id)
    assert ledger.package(commit)[0].read() == PERMISSION_SET
    assert ledger.before(commit) == ()
    assert [item.read() for item in ledger.after(commit)] == [b"after"]


def test_a_repository_with_long_object_names(tmp_path: Path) -> None:
    root = tmp_path / "sha256"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", str(root)], check=True)
    ledger = Ledger(find_repository(root), ORG)
    ledger.prepare(deployment(), [], [entry()], tip="")
    [(commit, _)] = list(ledger.deployments())
    assert [item.read() for item in ledger.package(commit)] == [PERMISSION_SET]


def test_hooks_of_the_repository_do_not_run(git_folder: GitFolder) -> None:
    hook = git_folder.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    ledger_in(git_folder).prepare(deployment(), [], [entry()], tip="")
    assert len(list(ledger_in(git_folder).deployments())) == 1


def test_outside_a_repository_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="in no git repository") as caught:
        find_repository(tmp_path)
    assert "git init" in caught.value.hint


def test_a_foreign_commit_in_the_ref_is_an_error_not_an_empty_history(git_folder: GitFolder) -> None:
    commit = git_folder.commit()
    git_folder.git("update-ref", f"refs/sfmeta/orgs/{ORG}", commit)
    with pytest.raises(OperationFailed):
        list(ledger_in(git_folder).deployments())


def test_ten_thousand_files_are_one_pack(git_folder: GitFolder) -> None:
    ledger = ledger_in(git_folder)
    entries = [entry(f"permissionsets/P{n}.permissionset", PERMISSION_SET + str(n).encode()) for n in range(10_000)]
    ledger.prepare(deployment(), [], entries, tip=ledger.tip())
    [(commit, _)] = list(ledger.deployments())
    listed = subprocess.run(
        ["git", "-C", str(git_folder.root), "ls-tree", "-r", "--name-only", commit, "package"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert len(listed.stdout.splitlines()) == 10_000
    assert "loose" not in git_folder.git("count-objects", "-v") or "count: 0" in git_folder.git("count-objects", "-v")
