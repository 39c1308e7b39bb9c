"""What an audit reads of an org is there: settings that nobody ever set, profiles, blocks, credentials, groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.query import Engine
from sfmeta.localorg.doors.networks import security_of
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.xml import Node, parse
from sfmeta.localorg.seed import format as form
from sfmeta.localorg.seed.loader import plant
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import client_for

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FOUR_HOURS = (
    f"<SecuritySettings {NS}><sessionSettings><sessionTimeout>FourHours</sessionTimeout></sessionSettings>"
    "</SecuritySettings>"
)
CREDENTIAL = (
    f"<NamedCredential {NS}><authProvider>Own</authProvider><endpoint>https://acme.my.salesforce.com</endpoint>"
    "<label>Back</label><principalType>NamedUser</principalType><protocol>Oauth</protocol></NamedCredential>"
)
PROVIDER = (
    f"<AuthProvider {NS}><consumerKey>own-key-1</consumerKey><friendlyName>Own</friendlyName>"
    "<providerType>Salesforce</providerType></AuthProvider>"
)
EXTERNAL = (
    f"<ExternalCredential {NS}><authenticationProtocol>Oauth</authenticationProtocol><label>Ext</label>"
    "</ExternalCredential>"
)
ADMIN = "admin@acme.example"
SEED = form.Seed(
    org=form.Org(features=("ApiAccessControl",), trusted_ip_ranges=("10.0.0.1-10.0.0.9",)),
    profiles=(
        form.Profile(
            name="System Administrator",
            full_name="Admin",
            permissions=("ApiEnabled", "ModifyAllData", "ModifyMetadata", "CustomizeApplication", "ViewSetup"),
        ),
        form.Profile(
            name="Standard User",
            full_name="Standard",
            login_ip_ranges=("192.0.2.1-192.0.2.9",),
            login_hours={"monday": "480-1080"},
        ),
    ),
    permission_sets=(
        form.PermissionSet(name="Api", permissions=("ApiEnabled", "UseAnyApiClient")),
        form.PermissionSet(name="Approver", permissions=("CanApproveUninstalledApps",)),
    ),
    permission_set_groups=(
        form.PermissionSetGroup(name="Everything", permission_sets=("Api", "Approver"), muted=("UseAnyApiClient",)),
    ),
    users=(form.User(username=ADMIN, profile="System Administrator"),),
    apps=(
        form.App(label="Own", developer_name="Own", consumer_key="own-key-1"),
        form.App(label="Client", developer_name="Client", kind="external_client_app", consumer_key="client-key"),
        form.App(label="Rogue", ownership="uninstalled", consumer_key="rogue-key-1", blocked="block_list"),
    ),
    metadata={"NamedCredential:Back": CREDENTIAL, "AuthProvider:Own": PROVIDER, "ExternalCredential:Ext": EXTERNAL},
)


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State.open()
    plant(state, SEED, production=False, keys=tmp_path / "keys")
    return state


def test_all_that_an_audit_asks_for_is_retrieved(state: State) -> None:
    family = ("OauthSettings", "GlobalOauthSettings", "OauthConfigurablePolicies", "ConfigurablePolicies")
    shown = client_for(state, ADMIN).retrieve(
        {
            "Settings": ("ConnectedApp", "OauthOidc", "Security"),
            "Profile": ("Admin", "Standard"),
            "ExternalClientApplication": "*",
            **{f"ExtlClntApp{name}": "*" for name in family},
            **dict.fromkeys(("BlacklistedConsumer", "ConnectedApp", "NamedCredential", "AuthProvider"), "*"),
            "ExternalCredential": "*",
        }
    )
    texts = {path.removeprefix("unpackaged/"): text for path, text in shown.items()}
    assert "<enableAdminApprovedAppsOnly>false<" in texts["settings/ConnectedApp.settings"]
    for switch in ("blockOAuthUnPwFlow", "blockOAuthUsrAgtFlow", "isPkceRequired", "oAuthCdCrdtFlowEnable"):
        assert f"<{switch}>false<" in texts["settings/OauthOidc.settings"]
    assert "<sessionTimeout>TwoHours<" in texts["settings/Security.settings"]
    assert "<start>10.0.0.1<" in texts["settings/Security.settings"]
    assert "<mondayStart>480<" in texts["profiles/Standard.profile"]
    assert "<startAddress>192.0.2.1<" in texts["profiles/Standard.profile"]
    assert "<consumerKey>rogue-key-1<" in texts["blacklistedConsumers/Rogue.blacklistedConsumer"]
    assert "<consumerKey>own-key-1<" in texts["connectedApps/Own.connectedApp"]
    assert "<endpoint>https://acme.my.salesforce.com<" in texts["namedCredentials/Back.namedCredential"]
    assert len([path for path in texts if path.startswith(("externalClient", "extlClnt"))]) == 5
    assert {"authproviders/Own.authprovider", "externalCredentials/Ext.externalCredential"} <= set(texts)


def test_security_settings_say_what_counts_whatever_was_deployed(state: State) -> None:
    effects.put(state, "Settings", "Security", parse(FOUR_HOURS.encode()))
    assert security_of(state).session_minutes == 240
    shown = effects.current(state, "Settings", "Security")
    assert shown is not None
    session, network = shown.first("sessionSettings"), shown.first("networkAccess")
    assert session is not None
    assert (session.value("sessionTimeout"), session.value("enforceIpRangesEveryRequest")) == ("FourHours", "false")
    # a section that was not deployed stays as it was
    assert network is not None
    assert [one.value("start") for one in network.children] == ["10.0.0.1"]
    effects.put(state, "Settings", "Security", Node.of("SecuritySettings"))
    assert security_of(state).session_minutes == 240


def test_a_groups_permission_set_shows_what_it_gives_less_what_is_muted(state: State) -> None:
    user = state.records.first("User", Username=ADMIN)
    assert user is not None
    engine = Engine(Caller(state, user.id, ADMIN, ""), 63)
    soql = (
        "SELECT Name, PermissionsApiEnabled, PermissionsUseAnyApiClient, PermissionsCanApproveUninstalledApps "
        "FROM PermissionSet WHERE Type = 'Group'"
    )
    (row,) = engine.run(soql).records()
    assert (row["PermissionsApiEnabled"], row["PermissionsUseAnyApiClient"]) == (True, False)
    assert row["PermissionsCanApproveUninstalledApps"] is True
    held = engine.run("SELECT COUNT() FROM PermissionSet WHERE Type = 'Group' AND PermissionsUseAnyApiClient = true")
    assert held.total == 0
