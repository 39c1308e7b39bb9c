"""External client apps, blocked consumers and settings."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sfmeta.localorg.state import State

NS = "http://soap.sforce.com/2006/04/metadata"
FILES = {
    "externalClientApps/Portal.eca": "<ExternalClientApplication><distributionState>Local</distributionState>"
    "<label>Partner Portal</label></ExternalClientApplication>",
    "extlClntAppGlobalOauthSets/Portal_glbl.ecaGlblOauth": "<ExtlClntAppGlobalOauthSettings><callbackUrl>https://x.test"
    "</callbackUrl><externalClientApplication>Portal</externalClientApplication><label>g</label>"
    "</ExtlClntAppGlobalOauthSettings>",
    "extlClntAppOauthSettings/Portal_oauth.ecaOauth": "<ExtlClntAppOauthSettings><commaSeparatedOauthScopes>Api"
    "</commaSeparatedOauthScopes><externalClientApplication>Portal</externalClientApplication></ExtlClntAppOauthSettings>",
    "extlClntAppOauthPolicies/Portal_plcy.ecaOauthPlcy": "<ExtlClntAppOauthConfigurablePolicies>"
    "<commaSeparatedPermissionSet>Allow_P</commaSeparatedPermissionSet><commaSeparatedProfile>System Administrator, "
    "Standard User</commaSeparatedProfile><externalClientApplication>Portal</externalClientApplication>"
    "<permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType><refreshTokenPolicyType>"
    "SpecificLifetime</refreshTokenPolicyType><refreshTokenValidityPeriod>7</refreshTokenValidityPeriod>"
    "<refreshTokenValidityUnit>Days</refreshTokenValidityUnit></ExtlClntAppOauthConfigurablePolicies>",
    "extlClntAppPolicies/Portal_cfg.ecaPlcy": "<ExtlClntAppConfigurablePolicies><externalClientApplication>Portal"
    "</externalClientApplication><isEnabled>true</isEnabled></ExtlClntAppConfigurablePolicies>",
    "permissionsets/Allow_P.permissionset": "<PermissionSet><label>Allow P</label></PermissionSet>",
}
TYPES = {
    "ExternalClientApplication": "*",
    "ExtlClntAppConfigurablePolicies": "*",
    "ExtlClntAppGlobalOauthSettings": "*",
    "ExtlClntAppOauthConfigurablePolicies": "*",
    "ExtlClntAppOauthSettings": "*",
    "PermissionSet": "*",
}


def with_namespace(content: str) -> str:
    return re.sub("^<([A-Za-z]+)>", rf'<\1 xmlns="{NS}">', content)


def manifest(names: Any = TYPES) -> str:
    types = "".join(f"<types><members>{member}</members><name>{name}</name></types>" for name, member in names.items())
    return f'<Package xmlns="{NS}">{types}<version>63.0</version></Package>'


def family(**changes: str) -> dict[str, str]:
    files = {path: with_namespace(content) for path, content in {**FILES, **changes}.items()}
    return {"package.xml": manifest(), **files}


class TestExternalClientApps:
    def test_the_family_comes_in_any_order_and_becomes_records(self, api: Any, state: State) -> None:
        outcome = api.deploy(family())
        assert outcome["status"] == "Succeeded", outcome.problems
        app = state.records.first("ExternalClientApplication", DeveloperName="Portal")
        assert app is not None
        assert (app["MasterLabel"], app["IsEnabled"], app.text("ConsumerKey")[:5]) == ("Partner Portal", True, "3MVG9")
        policy = state.records.first("ExtlClntAppOauthPlcyCnfg", ExternalClientApplicationId=app.id)
        assert policy is not None
        assert policy["PermittedUsersPolicyType"] == "AdminApprovedPreAuthorized"
        assert (policy["RefreshTokenValidityPeriod"], policy["RefreshTokenValidityUnit"]) == (7, "Days")
        grants = state.records.find("SetupEntityAccess", SetupEntityId=app.id)
        assert len(grants) == 3
        assert {one["SetupEntityType"] for one in grants} == {"ExternalClientApplication"}

    def test_it_comes_back_without_its_secret(self, api: Any) -> None:
        api.deploy(family())
        shown = api.retrieve(TYPES)
        settings = shown["unpackaged/extlClntAppGlobalOauthSets/Portal_glbl.ecaGlblOauth"]
        assert "consumerSecret" not in settings
        assert "<consumerKey>3MVG9" in settings
        policies = shown["unpackaged/extlClntAppOauthPolicies/Portal_plcy.ecaOauthPlcy"]
        assert "<commaSeparatedPermissionSet>Allow_P</commaSeparatedPermissionSet>" in policies
        assert "<commaSeparatedProfile>Standard User,System Administrator</commaSeparatedProfile>" in policies
        assert "<refreshTokenPolicyType>SpecificLifetime</refreshTokenPolicyType>" in policies

    def test_the_key_stays_on_a_second_deployment(self, api: Any, state: State) -> None:
        api.deploy(family())
        before = state.records.first("ExternalClientApplication")
        api.deploy(family())
        assert state.records.first("ExternalClientApplication") == before

    @pytest.mark.parametrize(
        ("path", "old", "new", "problem"),
        [
            (
                "extlClntAppPolicies/Portal_cfg.ecaPlcy",
                "Portal<",
                "Prtal<",
                "In field: externalClientApplication - no ExternalClientApplication named Prtal found",
            ),
            (
                "extlClntAppOauthPolicies/Portal_plcy.ecaOauthPlcy",
                "Allow_P<",
                "Allow_P,Gone<",
                "In field: commaSeparatedPermissionSet - no PermissionSet named Gone found",
            ),
            (
                "extlClntAppOauthPolicies/Portal_plcy.ecaOauthPlcy",
                "Standard User",
                "Nobody",
                "In field: commaSeparatedProfile - no Profile named Nobody found",
            ),
            (
                "extlClntAppOauthPolicies/Portal_plcy.ecaOauthPlcy",
                "SpecificLifetime",
                "Sometimes",
                "'Sometimes' is not a valid value for the enum 'RefreshTokenPolicyType'",
            ),
            (
                "extlClntAppGlobalOauthSets/Portal_glbl.ecaGlblOauth",
                "<externalClient",
                "<consumerKey>3MVG9stolen.from.elsewhere</consumerKey><externalClient",
                "The consumer key is already taken",
            ),
        ],
    )
    def test_refusals(self, api: Any, path: str, old: str, new: str, problem: str) -> None:
        assert api.deploy(family(**{path: FILES[path].replace(old, new, 1)})).problems == [problem]

    def test_disabling_and_deleting(self, api: Any, state: State) -> None:
        api.deploy(family())
        path = "extlClntAppPolicies/Portal_cfg.ecaPlcy"
        off = FILES[path].replace("true", "false")
        api.deploy(family(**{path: off}))
        assert state.records.first("ExternalClientApplication", IsEnabled=False) is not None
        assert api.delete("ExternalClientApplication", "Portal")["status"] == "Succeeded"
        assert list(api.retrieve(TYPES)) == [
            "unpackaged/permissionsets/Allow_P.permissionset",
            "unpackaged/package.xml",
        ]
        assert state.records.find("SetupEntityAccess") == state.records.find("ExtlClntAppOauthPlcyCnfg") == []

    def test_old_versions_do_not_know_them(self, api: Any) -> None:
        result = api.retrieve_result({"ExternalClientApplication": "*"}, "58.0")
        text = "Entity type 'ExternalClientApplication' is not available in this api version"
        assert result["messages"][0]["problem"] == [text]


class TestBlockedConsumers:
    CONTENT = (
        "<BlacklistedConsumer><blockedByApiWhitelisting>false</blockedByApiWhitelisting><consumerKey>rogueKey1</consumerKey>"
        "<consumerName>Rogue</consumerName><masterLabel>Rogue</masterLabel></BlacklistedConsumer>"
    )

    def deploy(self, api: Any, content: str) -> Any:
        path = "blacklistedConsumers/Rogue.blacklistedConsumer"
        return api.deploy_one("BlacklistedConsumer", "Rogue", path, with_namespace(content))

    def test_block_and_unblock(self, api: Any, state: State) -> None:
        assert self.deploy(api, self.CONTENT)["status"] == "Succeeded"
        assert state.records.first("BlacklistedConsumer", ConsumerKey="rogueKey1") is not None
        assert api.delete("BlacklistedConsumer", "Rogue")["status"] == "Succeeded"
        assert state.records.find("BlacklistedConsumer") == []

    def test_the_key_is_fixed_and_the_flag_required(self, api: Any) -> None:
        self.deploy(api, self.CONTENT)
        changed = self.deploy(api, self.CONTENT.replace("rogueKey1", "rogueKey2"))
        assert changed.problems == ["You cannot change the consumer key of a blocked consumer"]
        bare = re.sub("<blocked.*?</blockedByApiWhitelisting>", "", self.CONTENT)
        assert self.deploy(api, bare).problems == ["Required field is missing: blockedByApiWhitelisting"]

    def test_a_block_made_in_setup_comes_back(self, api: Any, state: State) -> None:
        state.records.insert(
            "BlacklistedConsumer", {"ConsumerKey": "k1234567", "ConsumerName": "Some App", "MasterLabel": "Some App"}
        )
        shown = api.retrieve({"BlacklistedConsumer": "*"})
        assert (
            "<consumerKey>k1234567</consumerKey>"
            in shown["unpackaged/blacklistedConsumers/Some_App.blacklistedConsumer"]
        )


class TestSettings:
    BOX = "enableAdminApprovedAppsOnly"
    PATH = "settings/ConnectedApp.settings"

    def deploy(self, api: Any, inner: str, root: str = "ConnectedAppSettings") -> Any:
        return api.deploy_one("Settings", "ConnectedApp", self.PATH, f'<{root} xmlns="{NS}">{inner}</{root}>')

    def test_the_boxes_are_the_switches_of_the_org(self, api: Any, state: State) -> None:
        outcome = self.deploy(api, f"<{self.BOX}>true</{self.BOX}>")
        assert outcome["status"] == "Succeeded"
        assert outcome.success("ConnectedApp")["componentType"] == "ConnectedAppSettings"
        assert state.org.setting(self.BOX)
        state.set_setting(f"{self.BOX}ForExternalUser", True)
        shown = api.retrieve({"Settings": "*"})["unpackaged/" + self.PATH]
        assert re.findall("<(enable\\w+)>(\\w+)<", shown) == [
            (self.BOX, "true"),
            (f"{self.BOX}ForExternalUser", "true"),
            ("enableSkipUserProvisioningWizardWelcomePage", "false"),
        ]

    def test_what_a_file_leaves_out_stays(self, api: Any, state: State) -> None:
        self.deploy(api, f"<{self.BOX}>true</{self.BOX}>")
        self.deploy(
            api, "<enableSkipUserProvisioningWizardWelcomePage>true</enableSkipUserProvisioningWizardWelcomePage>"
        )
        assert state.org.setting(self.BOX)

    def test_without_the_feature_they_are_not_there(self, api: Any, state: State) -> None:
        state.change_org(features=())
        shown = api.retrieve({"Settings": "ConnectedApp"})["unpackaged/" + self.PATH]
        assert self.BOX not in shown
        assert "enableSkipUserProvisioningWizardWelcomePage" in shown

    def test_deploying_them_without_the_feature_is_an_assumption(self, api: Any, state: State) -> None:
        state.change_org(features=())
        inner = f"<{self.BOX}>true</{self.BOX}>"
        [text] = self.deploy(api, inner).problems
        assert text.endswith("API Access Control is not enabled for this organization")
        state.change_org(assumptions={"boxes_without_feature_are_ignored": True})
        assert self.deploy(api, inner)["status"] == "Succeeded"
        assert not state.org.setting(self.BOX)

    def test_the_root_belongs_to_the_name(self, api: Any) -> None:
        [text] = self.deploy(api, "", "SecuritySettings").problems
        assert text.endswith("SecuritySettings invalid at this location in type ConnectedAppSettings")

    def test_other_settings_are_kept(self, api: Any) -> None:
        inner = "<enableScimUserCreate>true</enableScimUserCreate>"
        path = "settings/UserManagement.settings"
        content = f'<UserManagementSettings xmlns="{NS}">{inner}</UserManagementSettings>'
        outcome = api.deploy_one("Settings", "UserManagement", path, content, "64.0")
        assert outcome["status"] == "Succeeded"
        assert inner in api.retrieve({"Settings": "UserManagement"})["unpackaged/" + path]


RANGES = {
    "Profile": (
        "profiles/Clerk.profile",
        "<Profile><custom>true</custom><loginIpRanges><endAddress>{}</endAddress><startAddress>{}</startAddress>"
        "</loginIpRanges></Profile>",
    ),
    "ConnectedApp": (
        "connectedApps/A.connectedApp",
        "<ConnectedApp><contactEmail>a@b.test</contactEmail><ipRanges><end>{}</end><start>{}</start></ipRanges>"
        "<label>A</label></ConnectedApp>",
    ),
    "Settings": (
        "settings/Security.settings",
        "<SecuritySettings><networkAccess><ipRanges><end>{}</end><start>{}</start></ipRanges></networkAccess>"
        "</SecuritySettings>",
    ),
}


@pytest.mark.parametrize("type_name", RANGES)
@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [("10.0.0.1", "10.0.0.9", True), ("::1", "::2", True), ("10.0.0.9", "10.0.0.1", False), ("10.0.0.1", "x", False)],
)
def test_a_range_of_addresses_runs_from_one_to_another(
    api: Any, type_name: str, first: str, last: str, fits: bool
) -> None:
    path, text = RANGES[type_name]
    name = path.partition("/")[2].partition(".")[0]
    outcome = api.deploy_one(type_name, name, path, text.format(last, first))
    assert outcome.problems == ([] if fits else [f"Invalid IP address range: {first} - {last}"])
