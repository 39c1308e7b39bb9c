"""An org that shows deployments of ours has a history; an empty one here is not it."""

from __future__ import annotations

import pytest

from sfmeta.errors import GuardRefused, LoginRefused, OrgRefused, OrgUnreachable, SfmetaError
from sfmeta.model.deployment import stamp
from sfmeta.model.names import ApiVersion
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops import deploy, rollback
from sfmeta.ops.begun import HISTORY_MISSING
from sfmeta.ops.deployment import DeployPlan, Provenance
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, FakeOrg, tools
from tests.ops.test_deploy import SIMPLE, package, permission_set


@pytest.fixture
def ledger(git_folder: GitFolder) -> Ledger:
    return Ledger(find_repository(git_folder.root), INFO.id)


def job(number: int, at: float = 1_600_000_000.0, **fields: object) -> dict[str, object]:
    created = stamp(at)
    row = {"Id": f"0Af9{number:011}AAA", "Status": "Succeeded", "CheckOnly": False, "CreatedDate": created}
    return row | {"CompletedDate": created, "NumberComponentsTotal": 3} | fields


def prepare(org: FakeOrg, ledger: Ledger | None, *, begin: bool = False, label: str = "Allow X") -> DeployPlan:
    made = package({path: permission_set(label) for path in SIMPLE})
    return deploy.prepare(org, made, DeployOptions(), Provenance(), ledger, tools(), begin_history=begin)


def test_an_empty_history_where_the_org_was_deployed_to_is_refused(ledger: Ledger) -> None:
    org = FakeOrg(began=[job(1), job(2, 1_650_000_000.0), job(3, Status="Failed"), job(4, CheckOnly=True)])
    with pytest.raises(GuardRefused) as refused:
        prepare(org, ledger)
    assert refused.value.code == HISTORY_MISSING
    for word in ("2 deployments", stamp(1_650_000_000.0), "0Af900000000002AAA", "looks alike"):
        assert word in refused.value.message, word
    for word in ("ledger sync", "refs/sfmeta/*:refs/sfmeta/*", "--begin-history"):
        assert word in refused.value.hint
    assert org.jobs == []


def test_a_rollback_without_a_history_is_refused_likewise(ledger: Ledger) -> None:
    request = rollback.RollbackRequest(("force-app",), ApiVersion(63))
    with pytest.raises(GuardRefused) as refused:
        rollback.prepare(FakeOrg(began=[job(1)]), request, ledger.repository, ledger, tools())
    assert refused.value.code == HISTORY_MISSING


def test_a_history_can_be_begun_knowingly(ledger: Ledger) -> None:
    org = FakeOrg(began=[job(1)])
    plan = prepare(org, ledger, begin=True)
    assert plan.notes == ()
    assert deploy.execute(org, plan, ledger, tools()).success
    assert prepare(org, ledger).notes == (), "what was there before is not news"


def test_an_org_nobody_deployed_to_needs_no_history_and_what_saves_nothing_needs_none(ledger: Ledger) -> None:
    assert prepare(FakeOrg(), ledger).notes == ()
    assert prepare(FakeOrg(began=[job(1)]), None).notes == ()


def test_a_newer_job_that_the_history_does_not_have_is_said(ledger: Ledger) -> None:
    org = FakeOrg()
    deploy.execute(org, prepare(org, ledger), ledger, tools())
    org.began.append(job(7, 1_900_000_000.0))
    [note] = prepare(org, ledger, label="Other").notes
    for word in ("1 deployment by our user", "0Af900000000007AAA", "ledger sync"):
        assert word in note, word


@pytest.mark.parametrize("blind", [OrgRefused("no such sobject", code="INVALID_TYPE"), LoginRefused("no API")])
def test_an_org_that_does_not_let_us_ask_is_a_warning(ledger: Ledger, blind: SfmetaError) -> None:
    org = FakeOrg(blind=blind)
    [note] = prepare(org, ledger).notes
    assert blind.message in note


def test_an_org_that_gives_no_answer_is_not_taken_for_one_without_deployments(ledger: Ledger) -> None:
    with pytest.raises(OrgUnreachable):
        prepare(FakeOrg(blind=OrgUnreachable("away")), ledger)
