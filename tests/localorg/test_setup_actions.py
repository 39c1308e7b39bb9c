"""Setup's actions: what they ask for, what they change, what they write down; without a server."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sfmeta.localorg.apps import App, Kind, app_by_id, app_by_key
from sfmeta.localorg.caller import Door, has_permission
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.doors.gate import Login, log_in
from sfmeta.localorg.metadata import effects, grants
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record
from sfmeta.localorg.seed import loader
from sfmeta.localorg.seed.loader import plant
from sfmeta.localorg.seed.reader import load_seed
from sfmeta.localorg.setup import actions
from sfmeta.localorg.setup.actions import NewUser, PolicyChange, SetupRefused
from sfmeta.localorg.setup.boxes import VISUALFORCE_BOX
from sfmeta.localorg.setup.catalog import SETUP_RULES
from sfmeta.localorg.setup.oauth_usage import usage
from sfmeta.localorg.state import State

ADMIN, SUPER, FORMER = "admin@acme.example", "super.user@acme.example", "former.tool.user@acme.example"


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> State:
    """The story's org, without its keys."""
    monkeypatch.setattr(loader, "make_key_pairs", lambda directory, names: dict.fromkeys(names, ""))
    made = State.open(id_seed="setup")
    plant(made, load_seed("acme"), production=False, keys=tmp_path)
    made.records.insert("PermissionSet", {"Name": "Data_Loaders", "Label": "Data Loaders", "IsOwnedByProfile": False})
    return made


def user(state: State, name: str = ADMIN) -> str:
    found = state.records.first("User", Username=name)
    assert found is not None
    return found.id


def app(state: State, label: str) -> App:
    for sobject, field in (
        ("ConnectedApplication", "Name"),
        ("ForeignApp", "Name"),
        ("ExternalClientApplication", "MasterLabel"),
    ):
        record = state.records.first(sobject, **{field: label})
        if record is not None:
            found = app_by_id(state, record.id)
            assert found is not None
            return found
    raise LookupError(label)


def permission_set(state: State, name: str = "Data_Loaders") -> Record:
    found = state.records.first("PermissionSet", Name=name)
    assert found is not None
    return found


def profile(state: State, name: str) -> Record:
    found = state.records.first("Profile", Name=name)
    assert found is not None
    return found


def trail(state: State) -> list[tuple[str, str, str]]:
    rows = state.records.find("SetupAuditTrail")
    return [(row.text("Action"), row.text("Section"), row.text("Display")) for row in rows]


def retrieved(state: State, type_name: str, full_name: str) -> Node:
    effects.adopt(state)
    found = effects.current(state, type_name, full_name)
    assert found is not None
    return found


def may_log_in(state: State, label: str, username: str, door: Door = Door.OAUTH_REFRESH) -> bool:
    who = state.records.first("User", Username=username)
    assert who is not None
    return isinstance(log_in(state, who, app(state, label), door), Login)


def test_the_usage_page_lists_what_somebody_uses(state: State) -> None:
    lines = {line.app.label: line for line in usage(state)}
    assert set(lines) == {
        "Billing Sync",
        "Dataloader.io",
        "Partner Portal",
        "Rogue Exporter",
        "Salesforce for Android",
    }
    assert lines["Salesforce for Android"].users == 4
    assert [label for label, line in lines.items() if line.can_install] == ["Rogue Exporter"]
    assert {label for label, line in lines.items() if line.can_uninstall} == {"Dataloader.io", "Salesforce for Android"}
    assert not lines["Partner Portal"].can_block


def test_install_makes_a_foreign_app_an_installed_one_and_keeps_what_users_gave_it(state: State) -> None:
    before = app(state, "Rogue Exporter")
    new_id = actions.install(state, before.id, user(state))
    after = app(state, "Rogue Exporter")
    assert (after.id, after.kind) == (new_id, Kind.CONNECTED)
    assert new_id.startswith("0H4")
    assert after.record["Ownership"] == "installed"
    assert not after.admin_approved_only
    assert after.consumer_key == before.consumer_key
    assert state.records.find("ForeignApp", Name="Rogue Exporter") == []
    assert len(state.records.find("OauthToken", AppId=new_id)) == 1
    assert state.records.find("OauthToken", AppId=before.id) == []
    assert trail(state) == [
        ("insertConnectedApplication", "Connected Apps", "Installed Connected App Rogue Exporter to Salesforce")
    ]


def test_an_open_session_of_an_app_survives_its_installation(state: State) -> None:
    former = state.records.get(user(state, FORMER))
    assert former is not None
    login = log_in(state, former, app(state, "Rogue Exporter"), Door.OAUTH_REFRESH)
    assert isinstance(login, Login)
    new_id = actions.install(state, app(state, "Rogue Exporter").id, user(state))
    assert [session["AppId"] for session in state.records.find("AuthSession")] == [new_id]


def test_install_may_end_authorisations_by_assumption(state: State) -> None:
    state.change_org(assumptions={"install_ends_authorizations": True})
    new_id = actions.install(state, app(state, "Rogue Exporter").id, user(state))
    assert state.records.find("OauthToken", AppId=new_id) == []


def test_an_app_that_nobody_used_cannot_be_installed_until_somebody_tries(state: State) -> None:
    unused = state.records.insert("ForeignApp", {"Name": "Never Seen", "ConsumerKey": "localorg.never"})
    with pytest.raises(SetupRefused, match="is not on the page") as caught:
        actions.install(state, unused, user(state))
    assert caught.value.rule == "setup-install-used"
    assert not may_log_in(state, "Never Seen", SUPER)
    assert "Never Seen" in {line.app.label for line in usage(state)}
    actions.install(state, unused, user(state))
    assert may_log_in(state, "Never Seen", SUPER)


def test_two_apps_of_one_name_are_not_installed(state: State) -> None:
    twin = state.records.insert("ForeignApp", {"Name": "Dataloader.io", "ConsumerKey": "localorg.twin"})
    state.records.insert("OauthToken", {"AppId": twin, "UserId": user(state), "AppName": "Dataloader.io"})
    with pytest.raises(SetupRefused, match="Managed Application Installation Error"):
        actions.install(state, twin, user(state))


def test_uninstall_takes_tokens_sessions_policies_and_grants_and_leaves_the_app_in_its_own_org(state: State) -> None:
    installed = app(state, "Dataloader.io")
    actions.set_policy(
        state,
        installed.id,
        PolicyChange(permitted_users="admin_approved", permission_sets=(permission_set(state).id,)),
        user(state),
    )
    actions.uninstall(state, installed.id, user(state))
    gone = app(state, "Dataloader.io")
    assert gone.kind is Kind.FOREIGN
    assert gone.consumer_key == installed.consumer_key
    assert "OptionsAllowAdminApprovedUsersOnly" not in gone.record.fields
    assert state.records.find("OauthToken", AppName="Dataloader.io") == []
    assert state.records.find("SetupEntityAccess", SetupEntityId=installed.id) == []
    assert "Dataloader.io" not in {line.app.label for line in usage(state)}
    assert trail(state)[-1][0::2] == ("deleteConnectedApplication", "Uninstalled Connected App Dataloader.io")


@pytest.mark.parametrize("label", ["Billing Sync", "Rogue Exporter", "Partner Portal"])
def test_only_an_installed_app_is_uninstalled(state: State, label: str) -> None:
    with pytest.raises(SetupRefused, match="not installed from another org"):
        actions.uninstall(state, app(state, label).id, user(state))


@pytest.mark.parametrize("label", ["Rogue Exporter", "Dataloader.io", "Billing Sync"])
def test_block_shows_as_metadata_and_unblock_takes_it_back(state: State, label: str) -> None:
    blocked = app(state, label)
    state.records.insert("AuthSession", {"AppId": blocked.id, "UsersId": user(state), "Token": "x", "Door": "rest"})
    tokens = len(state.records.find("OauthToken", AppId=blocked.id))
    actions.block(state, blocked.id, user(state))
    assert state.records.find("AuthSession", AppId=blocked.id) == []
    assert len(state.records.find("OauthToken", AppId=blocked.id)) == tokens
    assert not may_log_in(state, label, FORMER)
    full_name = label.replace(" ", "_").replace(".", "_")
    document = retrieved(state, "BlacklistedConsumer", full_name)
    assert document.value("consumerKey") == blocked.consumer_key
    assert document.value("masterLabel") == label
    assert document.value("blockedByApiWhitelisting") == "false"
    with pytest.raises(SetupRefused, match="already blocked"):
        actions.block(state, blocked.id, user(state))
    actions.unblock(state, blocked.id, user(state))
    assert effects.current(state, "BlacklistedConsumer", full_name) is None
    with pytest.raises(SetupRefused, match="is not blocked"):
        actions.unblock(state, blocked.id, user(state))
    assert [line[0] for line in trail(state)] == ["blockConnectedApplication", "unblockConnectedApplication"]


def test_a_second_block_does_not_take_the_name_of_the_first(state: State) -> None:
    twin = state.records.insert("ForeignApp", {"Name": "Rogue-Exporter", "ConsumerKey": "localorg.twin"})
    actions.block(state, app(state, "Rogue Exporter").id, "")
    actions.block(state, twin, "")
    assert retrieved(state, "BlacklistedConsumer", "Rogue_Exporter").value("consumerKey") == "localorg.rogue.exporter"
    assert retrieved(state, "BlacklistedConsumer", "Rogue_Exporter1").value("consumerKey") == "localorg.twin"


def test_an_external_client_app_is_disabled_and_not_blocked(state: State) -> None:
    portal = app(state, "Partner Portal")
    with pytest.raises(SetupRefused, match="disable it in its policies"):
        actions.block(state, portal.id, user(state))
    actions.set_policy(state, portal.id, PolicyChange(enabled=False), user(state))
    assert retrieved(state, "ExtlClntAppConfigurablePolicies", "Partner_Portal_defaultPolicy").value("isEnabled") == (
        "false"
    )
    assert not may_log_in(state, "Partner Portal", "portal.integration@acme.example")


def test_policies_of_an_owned_app_show_in_its_metadata(state: State) -> None:
    change = PolicyChange(
        permitted_users="admin_approved",
        refresh_token="specific_lifetime:7:DAYS",
        ip_relaxation="BYPASS",
        session_action="RaiseSessionLevel",
        session_timeout=30,
        permission_sets=(permission_set(state).id,),
        profiles=(profile(state, "Integration User").id,),
    )
    billing = app(state, "Billing Sync")
    key = billing.consumer_key
    actions.set_policy(state, billing.id, change, user(state))
    document = retrieved(state, "ConnectedApp", "Billing_Sync")
    config, oauth, session = (document.first(name) for name in ("oauthConfig", "oauthPolicy", "sessionPolicy"))
    assert config is not None
    assert oauth is not None
    assert session is not None
    assert config.value("isAdminApproved") == "true"
    assert config.value("consumerKey") == key
    assert (oauth.value("ipRelaxation"), oauth.value("refreshTokenPolicy")) == ("BYPASS", "specific_lifetime:7:DAYS")
    assert {child.name: child.text for child in session.children} == {
        "policyAction": "RaiseSessionLevel",
        "sessionLevel": "HIGH_ASSURANCE",
        "sessionTimeout": "30",
    }
    assert document.values("permissionSetName") == ["Data_Loaders"]
    assert document.values("profileName") == ["Integration User"]
    assert sorted(line[0] for line in trail(state)) == [
        "SetupEntityAccessAudit_PermissionSet_ConnectedApplication_Enabled",
        "SetupEntityAccessAudit_Profile_ConnectedApplication_EnabledCustom",
        "changeIpRelaxationPolicy",
        "changeRefreshTokenPolicy",
        "changeUserRuntimeAccessPolicy",
        "insertConnectedAppSessionPolicy",
    ]
    now = actions.policy_of(state, app(state, "Billing Sync"))
    assert now == actions.Policy(
        "admin_approved",
        "specific_lifetime:7:DAYS",
        "BYPASS",
        "RaiseSessionLevel",
        30,
        True,
        (permission_set(state).id,),
        (profile(state, "Integration User").id,),
    )
    # and back
    back = PolicyChange("everyone", "infinite", "ENFORCE", "", 0, None, (), ())
    actions.set_policy(state, billing.id, back, user(state))
    assert actions.policy_of(state, app(state, "Billing Sync")) == actions.Policy()
    document = retrieved(state, "ConnectedApp", "Billing_Sync")
    assert document.first("sessionPolicy") is None
    assert document.values("permissionSetName") == document.values("profileName") == []


def test_policies_of_an_installed_app_show_where_such_apps_are_components(state: State) -> None:
    state.change_org(assumptions={"installed_apps_are_components": True})
    change = PolicyChange("admin_approved", "zero", "BYPASS", session_timeout=30)
    actions.set_policy(state, app(state, "Dataloader.io").id, change, user(state))
    document = retrieved(state, "ConnectedApp", "Dataloader_io")
    config, oauth, session = (document.first(name) for name in ("oauthConfig", "oauthPolicy", "sessionPolicy"))
    assert config is not None
    assert oauth is not None
    assert session is not None
    assert config.flag("isAdminApproved")
    assert (oauth.value("ipRelaxation"), oauth.value("refreshTokenPolicy")) == ("BYPASS", "zero")
    assert session.value("sessionTimeout") == "30"
    changed = actions.policy_of(state, app(state, "Dataloader.io"))
    assert (changed.ip_relaxation, changed.session_timeout) == ("BYPASS", 30)
    assert app(state, "Dataloader.io").record["Ownership"] == "installed"
    assert [line[0] for line in trail(state)].count("changeUserRuntimeAccessPolicy") == 1


def test_the_component_says_who_edited_it(state: State) -> None:
    actions.set_policy(
        state, app(state, "Billing Sync").id, PolicyChange(permitted_users="admin_approved"), user(state)
    )
    stored = Components(state).get("ConnectedApp", "Billing_Sync")
    assert stored is not None
    assert stored.modified_by == user(state)


def test_policies_of_an_external_client_app_show_in_its_metadata(state: State) -> None:
    portal = app(state, "Partner Portal")
    change = PolicyChange(
        permitted_users="admin_approved",
        refresh_token="specific_inactivity:3:MONTHS",
        ip_relaxation="ENFORCE_RELAXREFRESH",
        session_timeout=60,
        permission_sets=(permission_set(state).id,),
    )
    actions.set_policy(state, portal.id, change, user(state))
    document = retrieved(state, "ExtlClntAppOauthConfigurablePolicies", "Partner_Portal_defaultPolicy")
    assert {name: document.value(name) for name in (
        "permittedUsersPolicyType",
        "refreshTokenPolicyType",
        "refreshTokenValidityPeriod",
        "refreshTokenValidityUnit",
        "ipRelaxationPolicyType",
        "sessionTimeoutInMinutes",
        "commaSeparatedPermissionSet",
    )} == {
        "permittedUsersPolicyType": "AdminApprovedPreAuthorized",
        "refreshTokenPolicyType": "SpecificInactivity",
        "refreshTokenValidityPeriod": "3",
        "refreshTokenValidityUnit": "Months",
        "ipRelaxationPolicyType": "Enforce_RelaxRefresh",
        "sessionTimeoutInMinutes": "60",
        "commaSeparatedPermissionSet": "Data_Loaders",
    }  # fmt: skip
    policy = actions.policy_of(state, app(state, "Partner Portal"))
    assert (policy.permitted_users, policy.refresh_token, policy.ip_relaxation, policy.session_timeout) == (
        "admin_approved",
        "specific_inactivity:3:MONTHS",
        "ENFORCE_RELAXREFRESH",
        60,
    )
    assert {line[0] for line in trail(state)} >= {"changeExternalClientAppPolicy"}


def test_admin_approved_shuts_out_who_is_not_attached(state: State) -> None:
    data_loader = app(state, "Dataloader.io")
    assert may_log_in(state, "Dataloader.io", SUPER)
    actions.set_policy(state, data_loader.id, PolicyChange(permitted_users="admin_approved"), user(state))
    assert not may_log_in(state, "Dataloader.io", SUPER)
    assert state.records.find("OauthToken", AppId=data_loader.id)
    given = permission_set(state)
    actions.set_policy(state, data_loader.id, PolicyChange(permission_sets=(given.id,)), user(state))
    assert not may_log_in(state, "Dataloader.io", SUPER)
    actions.assign(state, user(state, SUPER), given.id, user(state), state.clock.now() + timedelta(days=7))
    assert may_log_in(state, "Dataloader.io", SUPER)
    state.move_clock(timedelta(days=8))
    assert not may_log_in(state, "Dataloader.io", SUPER)
    assert trail(state)[:2] == [
        (
            "changeUserRuntimeAccessPolicy",
            "Application",
            "Changed connected app Dataloader.io Permitted Users setting from All users may self-authorize to "
            "Admin approved users are pre-authorized",
        ),
        (
            "SetupEntityAccessAudit_PermissionSet_ConnectedApplication_Enabled",
            "Manage Users",
            "Changed permission set Data Loaders: Dataloader.io connected app is enabled",
        ),
    ]


def test_admin_approval_may_end_authorisations_by_assumption(state: State) -> None:
    state.change_org(assumptions={"admin_approval_ends_authorizations": True})
    data_loader = app(state, "Dataloader.io")
    actions.set_policy(state, data_loader.id, PolicyChange(permitted_users="admin_approved"), user(state))
    assert state.records.find("OauthToken", AppId=data_loader.id) == []


@pytest.mark.parametrize(
    "change",
    [
        PolicyChange(permitted_users="some"),
        PolicyChange(refresh_token="specific_lifetime:0:DAYS"),
        PolicyChange(refresh_token="specific_lifetime:7:YEARS"),
        PolicyChange(ip_relaxation="Enforce"),
        PolicyChange(session_action="Open"),
        PolicyChange(session_timeout=-5),
        PolicyChange(session_timeout=100_000),
        PolicyChange(enabled=False),
        PolicyChange(permission_sets=("0PS000000000001",)),
        PolicyChange(permitted_users="admin_approved", profiles=("nonsense",)),
    ],
)
def test_a_wrong_policy_changes_nothing(state: State, change: PolicyChange) -> None:
    billing = app(state, "Billing Sync")
    before = actions.policy_of(state, billing)
    with pytest.raises(SetupRefused):
        actions.set_policy(state, billing.id, change, user(state))
    assert actions.policy_of(state, app(state, "Billing Sync")) == before
    assert trail(state) == []


def test_an_app_that_is_not_installed_has_no_policies(state: State) -> None:
    with pytest.raises(SetupRefused, match="has no policies here"):
        actions.set_policy(state, app(state, "Rogue Exporter").id, PolicyChange(enabled=True), user(state))


def test_saving_without_a_change_writes_nothing_down(state: State) -> None:
    actions.set_policy(state, app(state, "Billing Sync").id, PolicyChange(permitted_users="everyone"), user(state))
    assert trail(state) == []


def test_boxes_show_in_the_settings_and_bite(state: State) -> None:
    actions.set_boxes(state, {INTERNAL_BOX: True, VISUALFORCE_BOX: True}, user(state))
    settings = retrieved(state, "Settings", "ConnectedApp")
    assert settings.value(INTERNAL_BOX) == "true"
    assert settings.value(EXTERNAL_BOX) == "false"
    assert settings.first(VISUALFORCE_BOX) is None
    assert not may_log_in(state, "Rogue Exporter", FORMER)
    actions.set_boxes(state, {INTERNAL_BOX: False}, user(state))
    assert may_log_in(state, "Rogue Exporter", FORMER)
    assert [line[2] for line in trail(state)] == [
        "Changed For admin-approved users, limit API access to only allowlisted connected apps from off to on",
        "Changed Allow Visualforce pages to access APIs from off to on",
        "Changed For admin-approved users, limit API access to only allowlisted connected apps from on to off",
    ]


def test_without_the_feature_there_are_no_boxes(state: State) -> None:
    state.change_org(features=("SoapLogin",))
    with pytest.raises(SetupRefused, match="request API Access Control from Salesforce Customer Support"):
        actions.set_boxes(state, {INTERNAL_BOX: True}, user(state))
    assert not state.org.setting(INTERNAL_BOX)


def test_a_user_is_added_as_a_seed_would(state: State) -> None:
    standard = profile(state, "Standard User")
    new = NewUser(" New.One@Acme.Example ", standard.id, last_name="One", first_name="New", password="made-up-1")
    user_id = actions.add_user(state, new, user(state))
    record = state.records.get(user_id)
    seeded = state.records.get(user(state, SUPER))
    assert record is not None
    assert seeded is not None
    assert record["Username"] == "new.one@acme.example"
    assert set(seeded.fields) <= set(record.fields)
    assert has_permission(state, user_id, "ApiEnabled")
    assert len(state.records.find("PermissionSetAssignment", AssigneeId=user_id)) == 1
    assert trail(state) == [("createduser", "Manage Users", "Created new user New One")]


@pytest.mark.parametrize("username", ["", "nobody", "a b@acme.example", f"{'x' * 70}@acme.example", ADMIN.upper()])
def test_a_username_must_be_possible_and_free(state: State, username: str) -> None:
    with pytest.raises(SetupRefused, match="Username"):
        actions.add_user(state, NewUser(username, profile(state, "Standard User").id), user(state))


def test_a_user_needs_a_profile_and_a_type(state: State) -> None:
    with pytest.raises(SetupRefused, match="There is no profile"):
        actions.add_user(state, NewUser("x@acme.example", user(state)), user(state))
    robot = NewUser("x@acme.example", profile(state, "Standard User").id, user_type="Robot")
    with pytest.raises(SetupRefused, match="User Type: Robot is not possible"):
        actions.add_user(state, robot, user(state))


def test_deactivating_a_user_ends_sessions_and_activating_lets_in_again(state: State) -> None:
    former = user(state, FORMER)
    assert may_log_in(state, "Salesforce for Android", FORMER)
    actions.set_active(state, former, False, user(state))
    assert state.records.find("AuthSession", UsersId=former) == []
    assert not may_log_in(state, "Salesforce for Android", FORMER)
    actions.set_active(state, former, True, user(state))
    assert may_log_in(state, "Salesforce for Android", FORMER)
    assert [line[0] for line in trail(state)] == ["deactivateduser", "activateduser"]
    with pytest.raises(SetupRefused, match="You cannot deactivate yourself"):
        actions.set_active(state, user(state), False, user(state))


def test_assignments_are_given_once_for_a_time_and_taken(state: State) -> None:
    given, former = permission_set(state), user(state, FORMER)
    until = state.clock.now() + timedelta(days=1)
    row = actions.assign(state, former, given.id, user(state), until)
    with pytest.raises(SetupRefused, match="Duplicate PermissionSetAssignment"):
        actions.assign(state, former, given.id, user(state))
    actions.unassign(state, row, user(state))
    assert state.records.get(row) is None
    lines = trail(state)
    assert [line[0] for line in lines] == ["PermSetAssign_HasExpiration", "PermSetUnassign"]
    assert f"expiring on {until:%a %b %d}" in lines[0][2]
    with pytest.raises(SetupRefused, match="There is no assignment"):
        actions.unassign(state, row, user(state))


def test_an_expiration_date_must_lie_ahead_and_not_be_on_powerful_permission_sets(state: State) -> None:
    given, former = permission_set(state), user(state, FORMER)
    with pytest.raises(SetupRefused, match="must be in the future"):
        actions.assign(state, former, given.id, user(state), state.clock.now())
    state.records.update(given.id, PermissionsManageUsers=True)
    with pytest.raises(SetupRefused, match="Data Loaders can't have an expiration date: it gives Manage Users"):
        actions.assign(state, former, given.id, user(state), state.clock.now() + timedelta(days=1))


def test_what_a_profile_gives_is_neither_assigned_nor_taken(state: State) -> None:
    owned = state.records.first("PermissionSet", IsOwnedByProfile=True)
    assert owned is not None
    with pytest.raises(SetupRefused, match="belongs to a profile"):
        actions.assign(state, user(state, FORMER), owned.id, user(state))
    row = state.records.first("PermissionSetAssignment", AssigneeId=user(state, FORMER))
    assert row is not None
    with pytest.raises(SetupRefused, match="belongs to a profile"):
        actions.unassign(state, row.id, user(state))


def test_a_permission_set_group_is_assigned_through_its_aggregate(state: State) -> None:
    group = state.records.insert("PermissionSetGroup", {"DeveloperName": "Loaders", "MasterLabel": "Loaders"})
    aggregate = state.records.insert(
        "PermissionSet",
        {
            "Name": "Loaders",
            "Label": "Loaders",
            "Type": "Group",
            "PermissionSetGroupId": group,
            "IsOwnedByProfile": False,
            "IsCustom": False,
        },
    )
    row = state.records.get(actions.assign(state, user(state, FORMER), group, user(state)))
    assert row is not None
    assert (row["PermissionSetGroupId"], row["PermissionSetId"]) == (group, aggregate)
    assert trail(state)[0][0] == "PermSetGroupAssign"
    actions.unassign(state, row.id, user(state))
    assert trail(state)[1][0] == "PermSetGroupUnassign"


def test_revoking_ends_one_users_authorisation(state: State) -> None:
    android = app(state, "Salesforce for Android")
    row = state.records.first("OauthToken", AppId=android.id, UserId=user(state, FORMER))
    assert row is not None
    actions.revoke(state, row.id, user(state))
    assert state.records.get(row.id) is None
    assert len(state.records.find("OauthToken", AppId=android.id)) == 3


def _with(state: State, *permissions: str) -> str:
    """A user with exactly these permissions."""
    owned = {f"Permissions{name}": True for name in permissions}
    profile_id = state.records.insert("Profile", {"Name": "Odd", "FullName": "Odd"})
    state.records.insert("PermissionSet", {"ProfileId": profile_id, "IsOwnedByProfile": True, **owned})
    return state.records.insert("User", {"Username": "odd@acme.example", "ProfileId": profile_id, "IsActive": True})


Act = Callable[[State, str], object]
Groups = tuple[tuple[str, ...], ...]
APPS: Groups = (("CustomizeApplication", "ModifyAllData"), ("CustomizeApplication", "ManageRemoteAccess"))
GRANTS: Groups = (("CustomizeApplication", "ModifyAllData", "ManageProfilesPermissionsets"),)


def _policy(state: State, by: str, **changes: Any) -> None:
    actions.set_policy(state, app(state, "Dataloader.io").id, PolicyChange(**changes), by)


ACTS: dict[str, tuple[Act, Groups]] = {
    "install": (lambda s, by: actions.install(s, app(s, "Rogue Exporter").id, by), APPS),
    "uninstall": (lambda s, by: actions.uninstall(s, app(s, "Dataloader.io").id, by), APPS),
    "block": (lambda s, by: actions.block(s, app(s, "Dataloader.io").id, by), APPS),
    "boxes": (lambda s, by: actions.set_boxes(s, {INTERNAL_BOX: True}, by), APPS),
    "policy": (lambda s, by: _policy(s, by, ip_relaxation="BYPASS"), APPS),
    "grant": (lambda s, by: _policy(s, by, permission_sets=(permission_set(s).id,)), GRANTS),
    "assign": (
        lambda s, by: actions.assign(s, user(s, FORMER), permission_set(s).id, by),
        (("AssignPermissionSets",), ("ManageUsers",)),
    ),
    "add user": (
        lambda s, by: actions.add_user(s, NewUser("x@acme.example", profile(s, "Standard User").id), by),
        (("ManageUsers",),),
    ),
    "deactivate": (lambda s, by: actions.set_active(s, user(s, FORMER), False, by), (("ManageUsers",),)),
}
ENOUGH = [(name, group) for name, (_, groups) in ACTS.items() for group in groups]
TOO_FEW = [
    (name, tuple(one for one in group if one != missing)) for name, group in ENOUGH for missing in group
]  # fmt: skip


@pytest.mark.parametrize(("name", "held"), ENOUGH)
def test_each_action_is_done_with_its_permissions(state: State, name: str, held: tuple[str, ...]) -> None:
    by = _with(state, *held)
    ACTS[name][0](state, by)
    rows = state.records.find("SetupAuditTrail")
    assert rows
    assert {row["CreatedById"] for row in rows} == {by}


@pytest.mark.parametrize(("name", "held"), TOO_FEW)
def test_each_action_is_refused_without_one_of_them(state: State, name: str, held: tuple[str, ...]) -> None:
    by = _with(state, "ApiEnabled", "ViewSetup", *held)
    with pytest.raises(SetupRefused, match="Insufficient Privileges: you need ") as caught:
        ACTS[name][0](state, by)
    assert caught.value.rule in {rule.id for rule in SETUP_RULES}
    assert trail(state) == []


def test_every_refusal_has_its_words_and_every_rule_its_source() -> None:
    rules = {rule.id: rule for rule in SETUP_RULES}
    assert len(rules) == len(SETUP_RULES)
    assert all(rule.source and rule.grade in ("A", "B", "C", "emulator") for rule in SETUP_RULES)
    texts = [file.read_text() for file in Path(actions.__file__).parent.rglob("*.py") if file.name != "catalog.py"]
    refused = {rule for text in texts for rule in re.findall(r'SetupRefused\(\s*"([\w-]+)"', text)}
    assert len(refused) > 10
    assert all(rules[rule].message for rule in refused)


def test_an_installed_apps_key_is_found_as_installed(state: State) -> None:
    key = app(state, "Rogue Exporter").consumer_key
    actions.install(state, app(state, "Rogue Exporter").id, "")
    found = app_by_key(state, key)
    assert found is not None
    assert found.kind is Kind.CONNECTED
    assert grants.granted(state, found.record) == ([], [])
