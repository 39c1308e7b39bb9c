"""One deployment in full: what it changed, by meaning, and what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfmeta.errors import NotSent, UsageError
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Stage
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.records import Record, RecordId, RecordKind
from sfmeta.ops import history as op
from sfmeta.report.history import history_text, told_json, told_text
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, FakeOrg
from tests.ops.test_deploy import PATH, SIMPLE, package, permission_set, run
from tests.workspace.test_ledger import deployment

ALLOW = ComponentId.of("PermissionSet", "Allow_X")


def plain(text: str, _: str) -> str:
    return text


@pytest.fixture
def ledger(git_folder: GitFolder) -> Ledger:
    return Ledger(find_repository(git_folder.root), INFO.id)


def shown(told: op.Told) -> str:
    return told_text(told.deployment, told.changes, told.records, told.unknown, plain)


def test_what_a_deployment_changed_is_said_by_meaning(ledger: Ledger) -> None:
    org = FakeOrg(held={PATH: permission_set("Before")})
    run(org, package(SIMPLE), ledger)
    [made] = op.history(ledger, 5)
    told = op.one(ledger, made.id)
    assert told.changes is not None
    [change] = told.changes
    assert [field.path for field in change.fields] == [("label",)]
    text = shown(told)
    for word in ("~ label: Before -> Allow X", made.id, made.job_id, made.package_digest, made.username):
        assert word in text, text
    data = told_json(told.deployment, told.commit, told.changes, told.records, told.writes, told.unknown)
    assert data["changes"][0]["fields"][0] == {"path": ["label"], "kind": "changed", "old": "Before", "new": "Allow X"}


def test_it_is_found_by_id_beginning_or_job_and_by_nothing_else(ledger: Ledger) -> None:
    run(FakeOrg(), package(SIMPLE), ledger)
    [made] = op.history(ledger, 5)
    for name in (made.id, made.id[:-3], made.job_id, made.job_id[:15]):
        assert op.one(ledger, name).deployment == made
    for name in ("2019", "0Af", "", "0Af000000000099AAA"):
        with pytest.raises(UsageError):
            op.one(ledger, name)
    ledger.prepare(
        replace(made, id=f"{made.id[:-1]}x", stage=Stage.PREPARED, job_id=JobId("")), [], [], tip=ledger.tip()
    )
    with pytest.raises(UsageError, match="the beginning of 2 deployments"):
        op.one(ledger, made.id[:8])


def test_an_open_deployment_says_what_to_run(ledger: Ledger) -> None:
    made = deployment()
    commit = ledger.prepare(made, [], [], tip="")
    told = op.one(ledger, made.id)
    assert told.changes is None
    assert "The next deploy or rollback" in shown(told)
    ledger.advance(replace(made, stage=Stage.SENT, job_id=JobId("0Af000000000001AAA")), commit)
    assert "sfmeta job resume 0Af000000000001AAA" in shown(op.one(ledger, made.id))
    assert "sfmeta job resume" in history_text(op.history(ledger, 5), plain, 120)


def test_what_was_never_sent_changed_nothing(ledger: Ledger) -> None:
    def refuse() -> None:
        raise NotSent("no connection")

    with pytest.raises(NotSent):
        run(FakeOrg(held={PATH: permission_set("Before")}, before_deploy=refuse), package(SIMPLE), ledger)
    [made] = op.history(ledger, 5)
    told = op.one(ledger, made.id)
    assert told.changes is not None
    assert not told.changes
    assert "nothing" in shown(told)


def test_what_the_org_did_not_give_is_unknown_and_never_gone(ledger: Ledger) -> None:
    gone, other = ComponentId.of("PermissionSet", "Gone"), ComponentId.of("PermissionSet", "Other")
    made = deployment(components=(ALLOW, other), deletions=(gone,), absent_before=())
    before = [Entry.of(f"permissionsets/{name}.permissionset", permission_set(name)) for name in ("Allow_X", "Gone")]
    who = Record(RecordId(RecordKind.ASSIGNMENT, "Gone", "ada@example.com"))
    commit = ledger.prepare(made, before, [], tip="", records=[who])
    end = replace(made, stage=Stage.FINISHED, status="Succeeded", success=True, unrecoverable=(other,))
    ledger.advance(end, commit, [Entry.of("permissionsets/Other.permissionset", permission_set())], [])
    told = op.one(ledger, made.id)
    assert told.unknown == (ALLOW, other)
    assert told.changes is not None
    assert [(str(change.id), str(change.kind)) for change in told.changes] == [("PermissionSet:Gone", "removed")]
    assert "- PermissionSetAssignment:Gone/ada@example.com" in shown(told)
    assert "PermissionSet:Other: the org did not give it" in shown(told)


def test_the_table_fits_the_terminal_and_names_who(ledger: Ledger) -> None:
    run(FakeOrg(), package(SIMPLE), ledger)
    head, line = history_text(op.history(ledger, 5), plain, 130).splitlines()
    assert head.split()[:3] == ["started", "came", "to"]
    assert "ok" in line
    assert "1 component" in line
    assert max(len(head), len(line)) <= 130


def test_what_the_org_would_not_give_afterwards_is_not_called_gone(ledger: Ledger) -> None:
    org = FakeOrg(held=dict(SIMPLE))

    def deletes_nothing() -> None:
        org.held.update(SIMPLE)
        org.unreadable = {"PermissionSet:Allow_X"}

    org.on_deploy = deletes_nothing
    run(org, package({}, delete=(ALLOW,)), ledger)
    told = op.one(ledger, op.history(ledger, 1)[0].id)
    assert (told.changes, told.unknown) == (ChangeSet(), (ALLOW,))
    assert "the org did not give it, before or after" in shown(told)
