"""Every check in each state of the org that it tells apart, over real HTTP against the local org."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sfmeta.errors import LoginRefused, NotSent
from sfmeta.localorg.clock import to_stamp
from sfmeta.model.diagnosis import Level
from sfmeta.model.names import ApiVersion
from sfmeta.model.secret import Secret
from sfmeta.ops.doctor.examination import Circumstances
from sfmeta.ops.doctor.table import CHECKS
from sfmeta.org.auth import AccessToken
from sfmeta.org.certificates import certificate_end, make_key_pair
from sfmeta.org.soap_login import SoapPassword
from sfmeta.org.trial import server_time
from tests.doctor.conftest import Answering, Practice, http
from tests.org.conftest import FakeOrg, Reply

ADMIN = "admin@acme.example"


def test_every_check_has_an_id_of_its_own_a_source_and_a_grade() -> None:
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    assert all(check.source and check.grade in ("A", "B", "C", "judgement") for check in CHECKS)


def test_a_good_org_has_no_problem(acme: Practice) -> None:
    found = acme.look()
    assert [finding.check for finding in found.findings] == [check.id for check in CHECKS]
    assert found.problems == 0


def test_looking_changes_nothing(acme: Practice) -> None:
    client = acme.connect()
    kept = ("PermissionSet", "PermissionSetAssignment", "SetupEntityAccess", "ConnectedApplication", "SetupAuditTrail")
    before = {name: acme.state.records.find(name) for name in kept}
    acme.look(client)
    assert {name: acme.state.records.find(name) for name in kept} == before


class TestWayIn:
    def test_jwt_tells_when_its_certificate_ends(self, acme: Practice) -> None:
        acme.org.ask("POST", "app/policy", {"app": "Billing Sync", "permitted_users": "admin_approved",
                                            "profiles": ["System Administrator"]})  # fmt: skip
        found = acme.finding("login", acme.connect(acme.flow("Billing Sync")))
        assert found.level is Level.OK
        assert "its certificate is good until 20" in found.found

    @pytest.mark.parametrize(("days", "level"), [(-2, Level.PROBLEM), (10, Level.WARNING), (60, Level.OK)])
    def test_a_certificate_that_ends(self, acme: Practice, days: int, level: Level) -> None:
        app = acme.org.app("Billing Sync")
        acme.org.ask("POST", "app/policy", {"app": "Billing Sync", "permitted_users": "admin_approved",
                                            "profiles": ["System Administrator"]})  # fmt: skip
        client = acme.connect(acme.flow("Billing Sync"))
        pair = make_key_pair("x", datetime.now(UTC) - timedelta(days=100), 100 + days)
        [record] = acme.state.records.find("ConnectedApplication", ConsumerKey=app.client_id)
        pem = f"-----BEGIN CERTIFICATE-----\n{pair.certificate}\n-----END CERTIFICATE-----\n"
        acme.state.records.update(record.id, Certificate=pem)
        found = acme.finding("login", client)
        assert found.level is level
        end = certificate_end(pair.certificate)
        assert end is not None
        assert f"{end:%Y-%m-%d}" in found.found

    def test_what_is_no_certificate_has_no_end(self) -> None:
        assert certificate_end("") is None
        assert certificate_end("bm90IG9uZQ==") is None

    def test_a_token_of_somebody_elses_is_a_warning(self, acme: Practice) -> None:
        client = acme.connect(AccessToken(acme.org.url, Secret(acme.org.admin.access_token)))
        assert acme.finding("login", client).level is Level.WARNING

    def test_a_password_is_a_problem(self, acme: Practice) -> None:
        client = acme.connect(SoapPassword(ADMIN, Secret("acme-demo-1"), acme.org.url))
        assert acme.finding("login", client).level is Level.PROBLEM
        assert acme.finding("own-app", client).level is Level.PROBLEM


class TestClock:
    @pytest.mark.parametrize(
        ("ahead_s", "level", "word"),
        [
            (0, Level.OK, "agrees"),
            (45, Level.WARNING, "behind"),
            (-45, Level.WARNING, "ahead"),
            (300, Level.PROBLEM, "behind"),
            (-300, Level.PROBLEM, "ahead"),
        ],
    )
    def test_skew(self, acme: Practice, ahead_s: float, level: Level, word: str) -> None:
        there = datetime.now(UTC) + timedelta(seconds=ahead_s)
        found = acme.finding("clock", Answering(acme.connect(), server_time=lambda: there))
        assert found.level is level
        assert word in found.found

    def test_without_jwt_a_wrong_clock_is_no_more_than_a_warning(self, acme: Practice) -> None:
        there = datetime.now(UTC) + timedelta(hours=2)
        client = Answering(acme.connect(), server_time=lambda: there, login_kind="sf")
        assert acme.finding("clock", client).level is Level.WARNING

    def test_a_server_that_does_not_tell(self, acme: Practice) -> None:
        client = Answering(acme.connect(), server_time=lambda: None)
        assert acme.finding("clock", client).level is Level.UNKNOWN

    def test_the_time_is_that_of_the_header(self) -> None:
        server = FakeOrg()
        server.on("/services/data", Reply("[]", headers={"Date": "Tue, 15 Nov 1994 08:12:31 GMT"}))
        connection = http()
        try:
            assert server_time(connection, server.url) == datetime(1994, 11, 15, 8, 12, 31, tzinfo=UTC)
            server.on("/services/data", Reply("[]", headers={"Date": "yesterday"}))
            assert server_time(connection, server.url) is None
        finally:
            connection.close()
            server.close()


class TestPermissions:
    def test_what_is_missing_is_named_with_what_it_is_for(self, acme: Practice) -> None:
        client = acme.connect()
        acme.admin_profile(CustomizeApplication=False, ManageProfilesPermissionsets=False)
        found = acme.finding("permissions", client)
        assert found.level is Level.PROBLEM
        assert "Customize Application (to see everybody's tokens" in found.found
        assert "Manage Profiles and Permission Sets (to change grants" in found.found
        assert "View Setup" not in found.found

    def test_modify_all_data_stands_in_for_modify_metadata(self, acme: Practice) -> None:
        client = acme.connect()
        acme.admin_profile(ModifyMetadata=False)
        assert acme.finding("permissions", client).level is Level.OK

    def test_without_manage_users_others_are_not_seen(self, acme: Practice) -> None:
        client = acme.connect()
        acme.admin_profile(ManageUsers=False)
        found = acme.finding("permissions", client)
        assert found.level is Level.WARNING
        assert "Manage Users" in found.found

    def test_a_permission_set_and_a_group_count(self, acme: Practice) -> None:
        client = acme.connect()
        made = client.create_record("PermissionSet", {"Name": "P", "Label": "P", "PermissionsViewSetup": True})
        group = client.create_record("PermissionSetGroup", {"DeveloperName": "G", "MasterLabel": "G"})
        client.create_record("PermissionSetGroupComponent", {"PermissionSetGroupId": group, "PermissionSetId": made})
        client.create_record(
            "PermissionSetAssignment", {"AssigneeId": client.info.user_id, "PermissionSetGroupId": group}
        )
        acme.admin_profile(ViewSetup=False)
        found = acme.finding("permissions", client)
        assert found.level is Level.OK
        assert "the group G" in found.found

    def test_a_grant_that_ends_soon_is_told(self, acme: Practice) -> None:
        client = acme.connect()
        made = client.create_record("PermissionSet", {"Name": "P", "Label": "P", "PermissionsViewSetup": True})
        end = to_stamp(datetime.now(UTC) + timedelta(days=5))
        row = {"AssigneeId": client.info.user_id, "PermissionSetId": made, "ExpirationDate": end}
        client.create_record("PermissionSetAssignment", row)
        acme.admin_profile(ViewSetup=False)
        found = acme.finding("permissions", client)
        assert found.level is Level.WARNING
        assert f"View Setup and Configuration ends on {end[:10]}" in found.found


class TestFeature:
    def test_off_says_what_to_ask_for(self, acme: Practice) -> None:
        acme.state.change_org(features=("SoapLogin",))
        found = acme.finding("feature")
        assert found.level is Level.PROBLEM
        assert acme.org.org_id in found.text
        assert "Match Production Licenses" in found.fix

    def test_production_is_not_told_to_match_itself(self, acme: Practice) -> None:
        acme.state.change_org(features=("SoapLogin",))
        client = Answering(acme.connect()).with_info(is_sandbox=False)
        found = acme.finding("feature", client)
        assert found.level is Level.PROBLEM
        assert "Match" not in found.fix

    def test_in_part_is_a_warning(self, acme: Practice) -> None:
        client = Answering(acme.connect(), field_names=lambda _: frozenset({"PermissionsApiEnabled"}))
        found = acme.finding("feature", client)
        assert found.level is Level.WARNING
        assert "2 of 2 boxes, without the permission" in found.found

    def test_boxes_that_are_ticked(self, acme: Practice) -> None:
        client = acme.connect()
        acme.org.tick(internal=True)
        assert "ticked for internal users" in acme.finding("feature", client).found
        assert acme.look(client).problems == 0


class TestOwnApp:
    def approve(self, acme: Practice, **policy: object) -> None:
        acme.org.ask("POST", "app/policy", {"permitted_users": "admin_approved", **policy})

    def test_a_blocked_app_gets_no_further_than_the_door(self, acme: Practice) -> None:
        acme.org.ask("POST", "app/block", {"app": "sfmeta"})
        with pytest.raises(LoginRefused, match="blocked"):
            acme.connect()

    def test_everybody_may_authorise_it(self, acme: Practice) -> None:
        self.approve(acme, app="Billing Sync", profiles=["System Administrator"])
        client = acme.connect(acme.flow("Billing Sync"))
        acme.org.ask("POST", "app/policy", {"app": "Billing Sync", "permitted_users": "everyone"})
        found = acme.finding("own-app", client)
        assert found.level is Level.WARNING
        assert "Billing Sync" in found.found

    def test_an_external_client_app_that_only_use_any_api_client_opens(self, acme: Practice) -> None:
        self.approve(acme, app="Partner Portal")
        acme.admin_profile(UseAnyApiClient=True)
        found = acme.finding("own-app", acme.connect(acme.flow("Partner Portal")))
        assert found.level is Level.PROBLEM
        assert "not among the approved" in found.found

    def test_an_external_client_app_that_is_granted(self, acme: Practice) -> None:
        self.approve(acme, app="Partner Portal", profiles=["System Administrator"])
        assert acme.finding("own-app", acme.connect(acme.flow("Partner Portal"))).level is Level.OK

    def test_a_grant_that_ends(self, acme: Practice) -> None:
        first = acme.connect()
        made = first.create_record("PermissionSet", {"Name": "P", "Label": "P"})
        end = to_stamp(datetime.now(UTC) + timedelta(days=5))
        row = {"AssigneeId": first.info.user_id, "PermissionSetId": made, "ExpirationDate": end}
        first.create_record("PermissionSetAssignment", row)
        self.approve(acme, app="Billing Sync", permission_sets=["P"])
        found = acme.finding("own-app", acme.connect(acme.flow("Billing Sync")))
        assert found.level is Level.WARNING
        assert f"until {end[:10]}" in found.found

    def test_a_grant_through_a_group_is_an_open_question(self, acme: Practice) -> None:
        first = acme.connect()
        made = first.create_record("PermissionSet", {"Name": "P", "Label": "P"})
        group = first.create_record("PermissionSetGroup", {"DeveloperName": "G", "MasterLabel": "G"})
        first.create_record("PermissionSetGroupComponent", {"PermissionSetGroupId": group, "PermissionSetId": made})
        first.create_record(
            "PermissionSetAssignment", {"AssigneeId": first.info.user_id, "PermissionSetGroupId": group}
        )
        self.approve(acme, app="Billing Sync", permission_sets=["P"])
        client = acme.connect(acme.flow("Billing Sync"))
        found = acme.finding("own-app", client)
        assert found.level is Level.WARNING
        assert "--probe" in found.fix
        assert acme.finding("own-app", client, Circumstances(group_members_preauthorize=True)).level is Level.OK

    def test_an_app_that_nobody_can_name(self, acme: Practice) -> None:
        client = Answering(acme.connect(), {"FROM LoginHistory": []}).with_info(client_id="")
        assert acme.finding("own-app", client).level is Level.UNKNOWN


class TestBreakGlass:
    USER = "super.user@acme.example"

    def found(self, acme: Practice, username: str | None, **rows: object) -> tuple[Level, str]:
        queries = {"FROM UserLogin": rows["frozen"]} if "frozen" in rows else {}
        client = Answering(acme.connect(), queries)
        finding = acme.finding("break-glass", client, Circumstances(break_glass=username))
        return finding.level, finding.found

    def logged_in(self, acme: Practice, username: str, days: int, status: str = "Success") -> None:
        when = to_stamp(datetime.now(UTC) - timedelta(days=days))
        row = {"UserId": acme.user(username), "LoginTime": when, "LoginType": "Application", "Status": status}
        acme.state.records.insert("LoginHistory", row)

    def test_no_project_no_name_no_user(self, acme: Practice) -> None:
        assert self.found(acme, None)[0] is Level.UNKNOWN
        assert self.found(acme, "")[0] is Level.WARNING
        assert self.found(acme, "nobody@acme.example") == (Level.PROBLEM, "There is no user nobody@acme.example")

    def test_one_who_logged_in_lately(self, acme: Practice) -> None:
        self.logged_in(acme, ADMIN, 3)
        level, words = self.found(acme, ADMIN, frozen=[{"IsFrozen": False}])
        assert level is Level.OK
        assert f"{datetime.now(UTC) - timedelta(days=3):%Y-%m-%d}" in words

    def test_one_who_did_not(self, acme: Practice) -> None:
        self.logged_in(acme, ADMIN, 200)
        self.logged_in(acme, ADMIN, 2, "Invalid Password")
        assert self.found(acme, ADMIN)[0] is Level.WARNING

    def test_one_who_is_frozen_or_not_active(self, acme: Practice) -> None:
        self.logged_in(acme, ADMIN, 3)
        [row] = acme.state.records.find("UserLogin", UserId=acme.user(self.USER))
        acme.state.records.update(row.id, IsFrozen=True)
        assert self.found(acme, self.USER) == (Level.PROBLEM, f"{self.USER} is frozen")
        level, words = self.found(acme, ADMIN, frozen=[{"IsFrozen": True}])
        assert (level, words) == (Level.PROBLEM, f"{ADMIN} is frozen")
        acme.state.records.update(acme.user(self.USER), IsActive=False)
        assert self.found(acme, self.USER) == (Level.PROBLEM, f"{self.USER} is not active")

    def test_one_who_may_not(self, acme: Practice) -> None:
        level, words = self.found(acme, self.USER)
        assert level is Level.PROBLEM
        assert "lacks View Setup and Configuration and Customize Application" in words

    def test_one_who_has_no_browser(self, acme: Practice) -> None:
        client = acme.connect()
        acme.admin_profile(ApiUserOnly=True)
        finding = acme.finding("break-glass", client, Circumstances(break_glass=ADMIN))
        assert finding.level is Level.PROBLEM
        assert "API-only" in finding.found


class TestUsage:
    def test_who_still_logs_in_by_soap_is_named(self, acme: Practice) -> None:
        found = acme.finding("soap-login")
        assert found.level is Level.WARNING
        assert found.found.startswith(
            "soapui.dev@acme.example (20 times) logged in by SOAP login() in the last 90 days, API"
        )

    def test_nobody_does(self, acme: Practice) -> None:
        acme.state.records.delete_all(acme.state.records.find("LoginHistory", ApiType="SOAP Partner"))
        assert acme.finding("soap-login").level is Level.OK

    def test_who_sees_only_oneself_does_not_know(self, acme: Practice) -> None:
        client = acme.connect()
        acme.admin_profile(ManageUsers=False)
        acme.state.records.delete_all(acme.state.records.find("LoginHistory", ApiType="SOAP Partner"))
        assert acme.finding("soap-login", client).level is Level.UNKNOWN

    def test_a_dev_hub(self, acme: Practice) -> None:
        assert acme.finding("dev-hub").level is Level.OK
        client = Answering(acme.connect(), {"FROM ActiveScratchOrg": [{"number": 4}]})
        found = acme.finding("dev-hub", client)
        assert found.level is Level.WARNING
        assert "4 active scratch orgs" in found.found

    @pytest.mark.parametrize(("left", "level"), [(90_000, Level.OK), (500, Level.WARNING), (60, Level.PROBLEM)])
    def test_requests_that_are_left(self, acme: Practice, left: int, level: Level) -> None:
        acme.org.faults.api_requests_left(left)
        assert acme.finding("limits").level is level

    @pytest.mark.parametrize(("left", "level"), [(400, Level.OK), (100, Level.WARNING), (10, Level.PROBLEM)])
    def test_permission_sets_that_are_left(self, acme: Practice, left: int, level: Level) -> None:
        said = {
            "DailyApiRequests": {"Max": 15000, "Remaining": 9000},
            "PermissionSets": {"Max": 1000, "Remaining": left},
        }
        found = acme.finding("limits", Answering(acme.connect(), limits=lambda: said))
        assert (found.level, bool(found.fix)) == (level, level is not Level.OK)

    def test_limits_that_nobody_tells(self, acme: Practice) -> None:
        assert acme.finding("limits", Answering(acme.connect(), limits=dict)).level is Level.UNKNOWN

    def test_an_org_that_speaks_only_old_versions(self, acme: Practice) -> None:
        client = Answering(acme.connect(), versions=lambda: (ApiVersion(58),)).with_info(api_version=ApiVersion(58))
        assert acme.finding("api-version", client).level is Level.PROBLEM


class TestTrouble:
    def test_a_check_that_fails_stops_no_other(self, acme: Practice) -> None:
        client = acme.connect()
        acme.org.faults.add("cut", operation="retrieve")
        found = {finding.check: finding for finding in acme.look(client).findings}
        assert found["feature"].level is Level.UNKNOWN
        assert "could not be looked at" in found["feature"].found
        assert found["permissions"].level is Level.OK
        assert found["limits"].level is Level.OK

    def test_a_whole_check_may_be_refused(self, acme: Practice) -> None:
        client = acme.connect()
        acme.admin_profile(ViewSetup=False)
        found = acme.look(client)
        assert len(found.findings) == len(CHECKS)

    def test_an_org_that_is_gone_ends_it(self, acme: Practice) -> None:
        client = acme.connect()
        acme.org.stop()
        with pytest.raises(NotSent):
            acme.look(client)
