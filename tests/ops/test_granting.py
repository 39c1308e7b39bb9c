"""Writing grants into an org that does not do what it says, and who looks like a program there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from sfmeta.config.policy import read_policy
from sfmeta.errors import OrgRefused
from sfmeta.model.deployment import Purpose
from sfmeta.model.names import ApiVersion
from sfmeta.model.policy import Policy
from sfmeta.ops import granting
from sfmeta.ops.deployment import Provenance
from sfmeta.ops.granting import GrantReport, GrantRequest
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, FakeOrg, tools
from tests.ops.test_deploy import PATH, permission_set

HEAD = 'version: 1\ndefaults: {permission_set: "Allow {label}"}\n'
APP = "apps:\n  x: {match: {label: X}, decision: allow, permitted_users: admin_approved, grants: {users: [%s]}}\n"
SETS = {"x": "Allow_X"}
ANN, BOB = "ann@x", "bob@x"


@dataclass
class Careless(FakeOrg):
    """Says yes to writing grants, and does nothing."""

    careless: bool = True

    def create_record(self, sobject: str, fields: Mapping[str, object]) -> str:
        return "" if self.careless else super().create_record(sobject, fields)

    def update_record(self, sobject: str, record_id: str, fields: Mapping[str, object]) -> None:
        pass

    def delete_record(self, sobject: str, record_id: str) -> None:
        pass


class Discreet(FakeOrg):
    """Shows no logins."""

    def query(self, soql: str) -> Iterator[Mapping[str, object]]:
        if " FROM LoginHistory " in soql:
            raise OrgRefused("no such table", code="INVALID_TYPE")
        return super().query(soql)


def filled(org: FakeOrg) -> FakeOrg:
    org.held[PATH] = permission_set()
    org.rows["User"] = [{"Id": f"005{name}", "Username": name, "IsActive": True} for name in (ANN, BOB)]
    return org


def policy(users: str) -> Policy:
    return read_policy(HEAD + APP % users)


@pytest.fixture
def ledger(git_folder: GitFolder) -> Ledger:
    git_folder.write("readme.txt", "a project")
    git_folder.commit("first")
    return Ledger(find_repository(git_folder.root), INFO.id)


def run(org: FakeOrg, ledger: Ledger, users: str, *, prune: bool = False) -> GrantReport:
    request, provenance = GrantRequest(policy(users), SETS, prune=prune), Provenance(Purpose.GRANT)
    plan = granting.prepare(org, request, provenance, ledger, tools(), ApiVersion(63))
    return granting.execute(org, plan, ledger, tools())


def warnings(org: FakeOrg, users: str) -> tuple[str, ...]:
    return granting.difference(org, GrantRequest(policy(users), SETS), tools().now).warnings


def test_what_an_org_takes_without_a_word_and_does_not_hold_is_a_failure(ledger: Ledger) -> None:
    org = filled(Careless())
    org.assign("Allow_X", BOB, "2030-01-01T00:00:00.000+0000")
    org.assign("Allow_X", "cy@x")
    report = run(org, ledger, f"{ANN}, {BOB}", prune=True)
    assert not report.success
    said = "the org said that it was done, and"
    assert sorted(report.unwritten) == [
        f"PermissionSetAssignment:Allow_X/ann@x: {said} does not hold it",
        f"PermissionSetAssignment:Allow_X/bob@x: {said} holds it otherwise",
        f"PermissionSetAssignment:Allow_X/cy@x: {said} holds it still",
    ]
    [(_, entry)] = list(ledger.deployments())
    assert (entry.kind, entry.success) == ("grant", False)
    assert set(entry.differences) == set(report.unwritten)


def test_running_it_again_writes_only_the_rest(ledger: Ledger) -> None:
    org = filled(Careless())
    assert not run(org, ledger, ANN).success
    org.careless = False
    assert run(org, ledger, ANN).success
    assert run(org, ledger, ANN).deployment is None
    assert [entry.success for _, entry in ledger.deployments()] == [True, False]


def test_who_is_in_no_browser_while_others_are_looks_like_a_program() -> None:
    org, dated = filled(FakeOrg()), f"{{username: {ANN}, until: 2030-01-01}}, {BOB}"
    assert warnings(org, dated) == ()
    org.rows["LoginHistory"] = [{"UserId": f"005{BOB}", "LoginType": "Application", "Status": "Success"}]
    [said] = warnings(org, dated)
    assert said == (
        "ann@x looks like an integration user (no login in a browser in 30 days): on 2030-01-01 23:59 UTC it stops "
        "working without a word (Allow_X)"
    )
    org.rows["LoginHistory"].append({"UserId": f"005{ANN}", "LoginType": "Application", "Status": "Failed"})
    org.rows["LoginHistory"].append({"UserId": f"005{ANN}", "LoginType": "Remote Access 2.0", "Status": "Success"})
    assert warnings(org, dated)
    org.rows["LoginHistory"].append(
        {"UserId": f"005{ANN}", "LoginType": "SAML Sfdc Initiated SSO", "Status": "Success"}
    )
    assert warnings(org, dated) == ()
    assert warnings(filled(Discreet()), dated) == ()


@pytest.mark.parametrize(
    ("there", "has"), [("", "for ever"), ("2031-05-01T00:00:00.000+0000", "until 2031-05-01 00:00 UTC")]
)
def test_an_end_that_comes_sooner_than_in_the_org_is_said(there: str, has: str) -> None:
    org = filled(FakeOrg())
    org.assign("Allow_X", ANN, there)
    [said] = warnings(org, f"{{username: {ANN}, until: 2030-01-01}}")
    assert said == (
        f"ann@x has Allow_X {has} in the org; the policy ends it sooner, on 2030-01-01 23:59 UTC: what rests on it "
        "stops working then"
    )


def test_an_end_that_comes_later_is_not() -> None:
    org = filled(FakeOrg())
    org.assign("Allow_X", ANN, "2029-05-01T00:00:00.000+0000")
    assert warnings(org, f"{{username: {ANN}, until: 2030-01-01}}") == ()


def test_an_exception_that_nobody_writes_makes_no_set_ours() -> None:
    sets = {**SETS, "any_api_client": "Use_Any_API_Client"}
    assert GrantRequest(policy(ANN), sets).scope == SETS
    assert GrantRequest(policy(ANN), sets, apps=("any_api_client",)).scope == {"any_api_client": "Use_Any_API_Client"}


def test_a_permission_set_that_is_deployed_before_counts_as_there() -> None:
    org = filled(FakeOrg())
    org.held.clear()
    request = GrantRequest(policy(ANN), SETS)
    found = granting.difference(org, request, tools().now)
    assert ([one.rule for one in found.problems], found.writes) == (["grant-no-set"], ())
    assert found.absent_sets == {"Allow_X"}
    coming = granting.difference(org, replace(request, coming=found.absent_sets), tools().now)
    assert not coming.problems
    assert [str(change.id) for change in coming.writes] == ["PermissionSetAssignment:Allow_X/ann@x"]


def test_users_whom_nobody_assigns_are_named() -> None:
    undecided = read_policy(HEAD + "apps:\n  x: {match: {label: X}, grants: {users: [ann@x]}}\n")
    found = granting.difference(filled(FakeOrg()), GrantRequest(undecided, {}), tools().now)
    assert found.warnings == ("the users of 'x' are not assigned: it has 'decision: undecided'",)
    assert found.is_met
