"""An inventory names nobody whom it does not hold, and no remains of a probe; it says what it left out."""

from __future__ import annotations

import pytest

from sfmeta.codec.inventory_json import inventory_bytes, read_inventory
from sfmeta.model.inventory import App, Assignment, Inventory, Source, Standing, Use, Visibility, Way
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.audit.leaving_out import kept, kept_assignments
from tests.audit.conftest import Start, audited, tools, worker
from tests.audit.fake import FakeAuditOrg, user_id

ONE, TWO, GONE = user_id(1), user_id(2), user_id(9)
PROBE = "sfmeta_probe_0a1b2c3d_4"


def found_of(org: FakeAuditOrg) -> Inventory:
    return audit(org, AuditRequest(), tools())


def test_uses_of_users_who_were_not_read_are_left_out_and_counted() -> None:
    login = {"UserId": GONE, "LoginType": "Other Apex API", "Status": "Success", "SourceIp": "192.0.2.1", "n": 1}
    org = FakeAuditOrg({ONE: 2, TWO: 1, GONE: 4}, hidden={TWO, GONE}, tables={"LoginHistory": [login]})
    found = found_of(org)
    assert {use.user_id for use in found.uses} == {ONE} == set(found.users)
    (gap,) = [gap for gap in found.gaps if gap.name == "uses-of-unknown-users"]
    assert gap.message == "3 uses of 2 users whom the org does not list were left out"
    assert gap.remedy
    assert next(one for one in found.coverage if one.name == "oauth_tokens").is_blind_spot
    assert read_inventory(inventory_bytes(found), "inventory.json") == found


def test_a_use_without_a_token_leaves_the_authorisations_whole() -> None:
    login = {"UserId": GONE, "LoginType": "Other Apex API", "Status": "Success", "SourceIp": "192.0.2.1", "n": 1}
    found = found_of(FakeAuditOrg({ONE: 2}, tables={"LoginHistory": [login]}))
    assert "uses-of-unknown-users" in {gap.name for gap in found.gaps}
    assert not next(one for one in found.coverage if one.name == "oauth_tokens").is_blind_spot


def test_calls_of_users_who_were_not_read_are_counted_too() -> None:
    row = {"UserIdentifier": GONE, "ClientName": "tool", "ClientIp": "192.0.2.1", "n": 1}
    found = found_of(FakeAuditOrg({ONE: 2}, tables={"ApiTotalUsageEventLog": [row]}))
    assert "1 use of 1 user whom" in next(gap.message for gap in found.gaps if gap.name == "uses-of-unknown-users")


def test_a_use_of_an_app_that_is_not_there_is_left_out() -> None:
    uses = (Use(ONE, "a", Way.WEB), Use(ONE, "b", Way.WEB), Use(ONE, "", Way.SOAP_LOGIN))
    found = kept({"a": App("a", "A")}, uses, {ONE})
    assert found.uses == (uses[0], uses[2])
    assert [gap.name for gap in found.gaps] == ["uses-of-unknown-users"]
    assert found.token_gaps == ()


def test_assignments_of_what_was_not_read_are_left_out_and_counted() -> None:
    every = [Assignment(ONE, "0PS1"), Assignment(GONE, "0PS1"), Assignment(ONE, "")]
    staying, gaps = kept_assignments(every, {ONE}, {"0PS1"})
    assert staying == (every[0],)
    assert [gap.name for gap in gaps] == ["assignments-of-unknown"]
    assert gaps[0].message.startswith("2 assignments")
    assert kept_assignments(every[:1], {ONE}, {"0PS1"}) == ((every[0],), ())


def test_an_assignment_of_a_new_user_is_a_gap_of_the_audit() -> None:
    row = {"AssigneeId": GONE, "PermissionSetId": "0PS000000000001AAA"}
    sets = {"Id": "0PS000000000001AAA", "Name": "Some"}
    found = found_of(FakeAuditOrg({ONE: 1}, tables={"PermissionSetAssignment": [row], "PermissionSet": [sets]}))
    assert found.assignments == ()
    assert "assignments-of-unknown" in {gap.name for gap in found.gaps}


def test_remains_of_a_probe_are_nothing_to_decide_about(start: Start) -> None:
    org = start(
        users=[worker("ann")],
        apps=[
            {"label": PROBE, "ownership": "uninstalled", "consumer_key": "key.probe"},
            {"label": "Stranger", "ownership": "uninstalled", "consumer_key": "key.stranger"},
        ],
        tokens=[{"user": "ann@audit.example", "app": label} for label in (PROBE, "Stranger")],
        logins=[{"user": "ann@audit.example", "via": "password", "app": PROBE}],
    )
    found = audited(org)
    labels = {app.label for app in found.apps.values()}
    assert "Stranger" in labels
    assert PROBE not in labels
    assert {use.app for use in found.uses} <= {"", *found.apps}
    (gap,) = [gap for gap in found.gaps if gap.name == "probe-remains"]
    assert PROBE in gap.message
    assert "uses-of-unknown-users" not in {gap.name for gap in found.gaps}


@pytest.mark.parametrize(("app", "seen"), [(PROBE, Visibility.SEEN), ("Stranger", Visibility.PARTLY)])
def test_logins_of_a_probe_that_is_over_are_no_guess(app: str, seen: Visibility) -> None:
    login = {"UserId": ONE, "LoginType": "Oauth", "Application": app, "Status": "Success", "n": 3}
    found = found_of(FakeAuditOrg({ONE: 1}, tables={"LoginHistory": [login]}))
    [row] = [row for row in found.coverage if row.name == "oauth_password"]
    assert (row.visibility, row.found) == (seen, 0 if app == PROBE else 1)


def test_an_app_of_a_probe_that_is_still_there_is_shown() -> None:
    mine = App("0H4", PROBE, standing=Standing.OWNED)
    like = App("used:sfmeta_probes", "sfmeta_probes")
    use = Use(ONE, "0H4", Way.JWT_BEARER, sources=frozenset({Source.LOGIN_HISTORY}))
    found = kept({"0H4": mine, like.key: like}, (use,), {ONE})
    assert (found.apps, found.uses, found.gaps) == ({"0H4": mine, like.key: like}, (use,), ())
