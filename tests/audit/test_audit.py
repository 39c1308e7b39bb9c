"""An audit of a local org finds what its seed says, over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sfmeta.codec.inventory_json import inventory_bytes, read_inventory
from sfmeta.errors import GuardRefused
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.model.inventory import App, Blocked, Inventory, IpRange, Source, Standing, Use, Visibility, Way
from sfmeta.model.policy import AccessClass, AppKind
from tests.audit.conftest import Start, audited, client, worker

SECRET = "canary-consumer-secret-6127"


def app_of(inventory: Inventory, label: str) -> App:
    (found,) = [app for app in inventory.apps.values() if app.label == label]
    return found


def uses_of(inventory: Inventory, name: str) -> dict[tuple[str, Way], Use]:
    """By the label of the app ("" for none) and the way."""
    (user,) = [user for user in inventory.users.values() if user.username == f"{name}@audit.example"]
    labels = {"": "", **{key: app.label for key, app in inventory.apps.items()}}
    return {(labels[use.app], use.way): use for use in inventory.uses if use.user_id == user.id}


def test_apps_of_every_kind(start: Start) -> None:
    inventory = audited(
        start(
            permission_sets=[{"name": "Allow_Owned", "label": "Allow Owned"}],
            apps=[
                {
                    "label": "Owned",
                    "consumer_key": "key.owned",
                    "consumer_secret": SECRET,
                    "permitted_users": "admin_approved",
                    "permission_sets": ["Allow_Owned"],
                    "profiles": ["Worker"],
                    "refresh_token": "specific_lifetime:7:DAYS",
                    "ip_relaxation": "BYPASS",
                    "ip_ranges": ["192.0.2.1-192.0.2.9"],
                    "options": ["isPkceRequired"],
                    "scopes": ["Api", "RefreshToken", "CustomApplications"],
                    "session_timeout": 15,
                },
                {"label": "Installed", "ownership": "installed", "consumer_key": "key.installed"},
                {"label": "Raised", "raise_session_level": True},
                {"label": "Shut", "blocked": "policy"},
                {"label": "Listed", "blocked": "block_list", "consumer_key": "key.listed"},
                {
                    "label": "External",
                    "kind": "external_client_app",
                    "consumer_key": "key.external",
                    "consumer_secret": SECRET,
                    "permitted_users": "admin_approved",
                    "permission_sets": ["Allow_Owned"],
                    "refresh_token": "specific_inactivity:2:HOURS",
                    "ip_relaxation": "ENFORCE_RELAXREFRESH",
                    "ip_ranges": ["198.51.100.7"],
                },
                {"label": "Off", "kind": "external_client_app", "enabled": False},
                {"label": "Stranger", "ownership": "uninstalled", "consumer_key": "key.stranger"},
            ],
            tokens=[{"user": "admin@audit.example", "app": "Stranger", "uses": 4}],
        )
    )
    sets = {one.name: one.id for one in inventory.permission_sets.values()}
    worker_set = next(one.permission_set_id for one in inventory.profiles.values() if one.name == "Worker")
    owned = app_of(inventory, "Owned")
    assert (owned.standing, owned.kind, owned.api_name) == (Standing.OWNED, AppKind.CONNECTED_APP, "Owned")
    assert owned.consumer_key == "key.owned"
    assert owned.admin_approved is True
    assert owned.grants == {sets["Allow_Owned"], worker_set}
    assert owned.refresh_policy == "specific_lifetime:7:DAYS"
    assert owned.ip_relaxation == "BYPASS"
    assert owned.ip_ranges == (IpRange("192.0.2.1", "192.0.2.9"),)
    assert owned.scopes == {"api", "refresh_token", "visualforce"}
    assert "isPkceRequired" in owned.options
    assert owned.session_minutes == 15
    installed = app_of(inventory, "Installed")
    assert (installed.standing, installed.admin_approved, installed.scopes) == (Standing.INSTALLED, False, None)
    assert app_of(inventory, "Raised").raises_session_level
    assert app_of(inventory, "Shut").blocked is Blocked.BY_POLICY
    assert app_of(inventory, "Listed").blocked is Blocked.BY_LIST
    external = app_of(inventory, "External")
    assert (external.kind, external.standing) == (AppKind.EXTERNAL_CLIENT_APP, Standing.OWNED)
    assert external.refresh_policy == "specific_inactivity:2:HOURS"
    assert external.ip_relaxation == "ENFORCE_RELAXREFRESH"
    assert external.ip_ranges == (IpRange("198.51.100.7", "198.51.100.7"),)
    assert external.grants == {sets["Allow_Owned"]}
    assert app_of(inventory, "Off").blocked is Blocked.DISABLED
    stranger = app_of(inventory, "Stranger")
    assert (stranger.key, stranger.standing, stranger.admin_approved) == ("used:Stranger", Standing.USED_ONLY, None)
    assert [gap.name for gap in inventory.gaps] == ["installed-apps"]
    assert "2 installed apps (Installed, sfmeta)" in inventory.gaps[0].message
    assert SECRET not in repr(inventory)


def test_people_and_what_they_hold(start: Start) -> None:
    soon = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
    inventory = audited(
        start(
            permission_sets=[
                {"name": "Power", "permissions": ["ModifyAllData", "UseAnyApiClient"]},
                {"name": "Session", "permissions": ["CustomizeApplication"], "session_based": True},
            ],
            permission_set_groups=[
                {"name": "Team", "label": "The Team", "permission_sets": ["Power"], "muted": ["ModifyAllData"]}
            ],
            profiles=[
                {
                    "name": "Limited",
                    "permissions": ["ApiEnabled", "ApiUserOnly"],
                    "login_ip_ranges": ["192.0.2.1-192.0.2.20"],
                    "login_hours": {"monday": "480-1080"},
                }
            ],
            users=[
                worker("limited", profile="Limited", permission_sets=[{"name": "Power", "until": soon.isoformat()}]),
                worker("grouped", permission_set_groups=["Team"]),
                worker("frozen", frozen=True),
                worker("gone", active=False),
                worker("partner", type="PowerPartner"),
            ],
        )
    )
    users = {user.username.partition("@")[0]: user for user in inventory.users.values()}
    assert users["frozen"].is_frozen
    assert not users["limited"].is_frozen
    assert not users["gone"].is_active
    assert users["partner"].is_external
    profile = inventory.profiles[users["limited"].profile_id]
    assert profile.ip_ranges == (IpRange("192.0.2.1", "192.0.2.20"),)
    assert profile.hours is not None
    assert profile.hours.days == ((480, 1080), *[None] * 6)
    sets = {one.name: one for one in inventory.permission_sets.values()}
    assert sets["Power"].permissions == {"ModifyAllData", "UseAnyApiClient"}
    assert sets["Session"].needs_activation
    (group,) = inventory.groups.values()
    assert (group.name, group.label, group.muted) == ("Team", "The Team", {"ModifyAllData"})
    assert group.members == {sets["Power"].id}
    assigned = {one.user_id: one for one in inventory.assignments}
    assert assigned[users["limited"].id].expires == soon
    aggregate = inventory.permission_sets[assigned[users["grouped"].id].permission_set_id]
    assert aggregate.group_id == group.id
    assert "UseAnyApiClient" in inventory.settings.known_permissions


def test_what_the_org_lacks_is_known_as_lacking(start: Start) -> None:
    org = start(org={"name": "Plain"})
    settings = audited(org).settings
    assert settings.internal_box is None
    assert settings.external_box is None
    assert "UseAnyApiClient" not in settings.known_permissions
    assert "ApiEnabled" in settings.known_permissions
    assert settings.password_flow_blocked is False


def test_the_boxes_and_flows(start: Start) -> None:
    org = start(
        org={
            "name": "Shut",
            "features": ["ApiAccessControl"],
            "settings": {"enableAdminApprovedAppsOnlyForExternalUser": True, "blockOAuthUnPwFlow": True},
        }
    )
    settings = audited(org).settings
    assert (settings.internal_box, settings.external_box) == (False, True)
    assert (settings.password_flow_blocked, settings.user_agent_flow_blocked) == (True, False)


def test_logins_tell_the_way(start: Start) -> None:
    inventory = audited(
        start(
            users=[worker(name) for name in ("soap", "pass", "web", "agent", "jwt", "plain", "failed", "old")],
            apps=[
                {"label": "Tool", "ownership": "installed", "consumer_key": "key.tool"},
                {"label": "Billing Sync", "consumer_key": "key.robot", "key_pair": True, "scopes": ["Api"]},
            ],
            tokens=[{"user": f"{name}@audit.example", "app": "Tool", "uses": 7} for name in ("web", "agent", "plain")],
            logins=[
                {"user": "soap@audit.example", "via": "soap", "count": 3, "days_ago": 0.5},
                {"user": "pass@audit.example", "via": "password", "app": "Tool", "count": 2},
                {"user": "web@audit.example", "via": "web", "app": "Tool"},
                {"user": "agent@audit.example", "via": "user_agent", "app": "Tool", "source_ip": "198.51.100.3"},
                {"user": "jwt@audit.example", "via": "jwt", "app": "Billing Sync", "count": 5},
                {"user": "plain@audit.example", "via": "oauth", "app": "Tool"},
                {"user": "failed@audit.example", "via": "soap", "status": "Invalid Password", "count": 4},
                {"user": "old@audit.example", "via": "soap", "days_ago": 200},
                {"user": "web@audit.example", "via": "browser"},
            ],
        )
    )
    (soap,) = uses_of(inventory, "soap").items()
    assert soap[0] == ("", Way.SOAP_LOGIN)
    assert (soap[1].count, soap[1].addresses, soap[1].sources) == (3, {"192.0.2.10"}, {Source.LOGIN_HISTORY})
    assert uses_of(inventory, "pass")["Tool", Way.OAUTH_PASSWORD].count == 2
    assert set(uses_of(inventory, "web")) == {("Tool", Way.REFRESH_TOKEN)}  # how the token came about
    agent = uses_of(inventory, "agent")
    assert set(agent) == {("Tool", Way.REFRESH_TOKEN), ("Tool", Way.USER_AGENT)}
    assert agent["Tool", Way.USER_AGENT].addresses == {"198.51.100.3"}
    assert uses_of(inventory, "jwt")["Billing Sync", Way.JWT_BEARER].count == 5
    plain = uses_of(inventory, "plain")["Tool", Way.REFRESH_TOKEN]
    assert (plain.count, plain.sources) == (7, {Source.OAUTH_TOKEN, Source.LOGIN_HISTORY})
    failed = uses_of(inventory, "failed")["", Way.SOAP_LOGIN]
    assert (failed.count, failed.failures, failed.last_used) == (0, 4, None)
    assert uses_of(inventory, "old") == {}
    web = next(user for user in inventory.users.values() if user.username.startswith("web@"))
    assert web.last_browser_login is not None


def test_a_token_of_an_app_without_refresh_tokens_is_another_way(start: Start) -> None:
    inventory = audited(
        start(
            users=[worker("robot"), worker("runner")],
            apps=[
                {"label": "Billing Sync", "consumer_key": "key.signed", "key_pair": True, "scopes": ["Api"]},
                {
                    "label": "Server",
                    "consumer_key": "key.server",
                    "scopes": ["Api"],
                    "client_credentials_user": "runner@audit.example",
                },
            ],
            tokens=[
                {"user": "robot@audit.example", "app": "Billing Sync"},
                {"user": "runner@audit.example", "app": "Server"},
            ],
        )
    )
    assert set(uses_of(inventory, "robot")) == {("Billing Sync", Way.JWT_BEARER)}
    runner = uses_of(inventory, "runner")
    assert Way.CLIENT_CREDENTIALS in {way for _, way in runner}


def test_calls_show_who_uses_a_session_without_an_app(start: Start) -> None:
    org = start(
        org={"name": "Watched", "features": ["ApiAccessControl", "SoapLogin", "EventLogObjects"]},
        users=[worker("soap")],
    )
    session = org.login("soap@audit.example").token
    other = client(org, session)
    list(other.query("SELECT Id FROM Organization"))
    other.close()
    inventory = audited(org)
    soap = uses_of(inventory, "soap")["", Way.SOAP_LOGIN]
    assert Source.API_EVENTS in soap.sources
    own = [use for use in inventory.uses if use.app and Source.API_EVENTS in use.sources]
    assert own  # the audit's own app is seen too
    browser = next(one for one in inventory.coverage if one.name == "browser_session")
    assert browser.visibility is Visibility.PARTLY


def test_without_customize_application_it_refuses(start: Start) -> None:
    org = start(users=[worker("weak")])
    token = org.login("weak@audit.example").token
    with pytest.raises(
        GuardRefused, match="weak@audit.example lacks the permission Customize".replace(".", r"\.")
    ) as refused:
        audited(org, token)
    assert refused.value.exit_code == 4


def test_without_the_right_to_watch_logins_the_classes_say_so(start: Start) -> None:
    org = start(
        profiles=[{"name": "Half", "permissions": ["ApiEnabled", "CustomizeApplication", "ModifyMetadata"]}],
        users=[worker("half", profile="Half"), worker("soap")],
        logins=[{"user": "soap@audit.example", "via": "soap"}],
    )
    inventory = audited(org, org.login("half@audit.example").token)
    told = {one.name: one for one in inventory.coverage}
    for name in ("soap_login", "oauth_password", "jwt_and_client_credentials"):
        assert told[name].visibility is Visibility.NOT_PERMITTED
        assert "Monitor Login History" in told[name].remedy
    assert told["oauth_tokens"].visibility is Visibility.SEEN
    assert {gap.name for gap in inventory.gaps} == {"not-permitted-setup", "frozen-users", "installed-apps"}
    assert uses_of(inventory, "soap") == {}


def test_the_story_of_the_demo(ready_keys: None) -> None:
    with LocalOrg.start("acme") as org:
        inventory = audited(org)
        again = audited(org)
    assert {app.label for app in inventory.apps.values()} == {
        "Billing Sync",
        "Dataloader.io",
        "Partner Portal",
        "Rogue Exporter",
        "Salesforce for Android",
        "sfmeta",
    }
    assert [one.name for one in inventory.coverage] == list(AccessClass), "what a policy may accept"
    assert all(one.why and (one.remedy or not one.is_blind_spot or one.found == 0) for one in inventory.coverage)
    assert read_inventory(inventory_bytes(inventory), "inventory.json") == inventory
    assert [(use.user_id, use.app, use.way) for use in inventory.uses] == [
        (use.user_id, use.app, use.way) for use in again.uses
    ]
