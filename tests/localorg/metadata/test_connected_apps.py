"""ConnectedApp: creation, keys, grants, policies, and what comes back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sfmeta.localorg.state import State

NS = "http://soap.sforce.com/2006/04/metadata"
PATH = "connectedApps/Sync.connectedApp"


def app(config: str = "", rest: str = "", label: str = "Billing Sync") -> str:
    return (
        f'<ConnectedApp xmlns="{NS}"><contactEmail>a@b.test</contactEmail><label>{label}</label><oauthConfig>'
        f"<callbackUrl>https://x.test</callbackUrl>{config}</oauthConfig>{rest}</ConnectedApp>"
    )


def deploy(api: Any, content: str, **options: object) -> Any:
    return api.deploy_one("ConnectedApp", "Sync", PATH, content, **options)


def back(api: Any, version: str = "63.0") -> str:
    return str(api.retrieve({"ConnectedApp": "Sync"}, version)["unpackaged/" + PATH])


@pytest.fixture
def sets(api: Any) -> None:
    for name, label in (("Allow_A", "Allow A"), ("Allow_B", "Allow B")):
        content = f'<PermissionSet xmlns="{NS}"><label>{label}</label></PermissionSet>'
        outcome = api.deploy_one("PermissionSet", name, f"permissionsets/{name}.permissionset", content)
        assert outcome["status"] == "Succeeded"


APPROVED = "<isAdminApproved>true</isAdminApproved>"


def test_a_new_app_needs_the_feature(api: Any, state: State) -> None:
    state.change_org(features=("ApiAccessControl",))
    [text] = deploy(api, app()).problems
    assert text.startswith("You can't create a connected app.")
    state.change_org(features=("ConnectedAppCreation",))
    assert deploy(api, app())["status"] == "Succeeded"
    state.change_org(features=())
    assert deploy(api, app(label="Renamed"))["status"] == "Succeeded"
    assert state.records.first("ConnectedApplication", Name="Renamed") is not None


def test_keys(api: Any, state: State) -> None:
    assert (
        deploy(api, app("<consumerKey>myOwnKey1</consumerKey><consumerSecret>s3cretS3cret</consumerSecret>"))["status"]
        == "Succeeded"
    )
    record = state.records.first("ConnectedApplication", DeveloperName="Sync")
    assert record is not None
    assert (record["ConsumerKey"], record["ConsumerSecret"]) == ("myOwnKey1", "s3cretS3cret")
    assert "<consumerKey>myOwnKey1</consumerKey>" in back(api)
    assert "consumerSecret" not in back(api)
    assert deploy(api, app())["status"] == "Succeeded"
    assert deploy(api, app("<consumerKey>myOwnKey1</consumerKey>"))["status"] == "Succeeded"
    assert deploy(api, app("<consumerKey>anotherKey</consumerKey>")).problems == ["You cannot provide a Consumer Key"]
    deploy(api, app("<consumerSecret>changedSecret</consumerSecret>"))
    kept = state.records.first("ConnectedApplication", DeveloperName="Sync")
    assert kept is not None
    assert (kept["ConsumerKey"], kept["ConsumerSecret"]) == ("myOwnKey1", "s3cretS3cret")


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("3MVG9abcdefghijklmnopqrstuvwxyz", "The consumer key is already taken"),
        ("foreignKey", "The consumer key is already taken"),
        ("short", "Invalid consumer key: it must have 8 to 256 alphanumeric characters"),
    ],
)
def test_a_new_app_cannot_have_that_key(api: Any, state: State, key: str, problem: str) -> None:
    state.records.insert("ForeignApp", {"Name": "Rogue", "ConsumerKey": "foreignKey"})
    assert deploy(api, app(f"<consumerKey>{key}</consumerKey>")).problems == [problem]


def test_a_generated_key(api: Any) -> None:
    deploy(api, app())
    found = re.search("<consumerKey>(.*?)</consumerKey>", back(api))
    assert found is not None
    assert found[1].startswith("3MVG9")
    assert len(found[1]) == 85


@pytest.mark.usefixtures("sets")
class TestGrants:
    def grants(self, api: Any) -> list[str]:
        return re.findall("<(?:permissionSetName|profileName)>(.*?)</", back(api))

    def test_by_name_and_by_label(self, api: Any) -> None:
        rest = "<permissionSetName>Allow B</permissionSetName><permissionSetName>allow_a</permissionSetName>"
        rest += "<profileName>Admin</profileName><profileName>Standard User</profileName>"
        assert deploy(api, app(APPROVED, rest))["status"] == "Succeeded"
        assert self.grants(api) == ["Allow_A", "Allow_B", "Standard User", "System Administrator"]

    def test_an_app_and_its_permission_set_come_together(self, api: Any) -> None:
        files = {
            "package.xml": f'<Package xmlns="{NS}"><types><members>*</members><name>ConnectedApp</name></types><types>'
            "<members>*</members><name>PermissionSet</name></types><version>63.0</version></Package>",
            PATH: app(APPROVED, "<permissionSetName>New</permissionSetName>"),
            "permissionsets/New.permissionset": f'<PermissionSet xmlns="{NS}"><label>N</label></PermissionSet>',
        }
        assert api.deploy(files, checkOnly=True)["status"] == "Succeeded"
        assert api.deploy(files)["status"] == "Succeeded"
        assert self.grants(api) == ["New"]

    def test_a_list_is_the_whole_list(self, api: Any) -> None:
        both = "<permissionSetName>Allow_A</permissionSetName><permissionSetName>Allow_B</permissionSetName>"
        deploy(api, app(APPROVED, both))
        deploy(api, app(APPROVED, "<permissionSetName>Allow_B</permissionSetName>"))
        assert self.grants(api) == ["Allow_B"]

    def test_an_empty_element_removes_all_of_its_kind(self, api: Any) -> None:
        rest = "<permissionSetName>Allow_A</permissionSetName><profileName>Admin</profileName>"
        deploy(api, app(APPROVED, rest))
        deploy(api, app(APPROVED, "<permissionSetName></permissionSetName>"))
        assert self.grants(api) == ["System Administrator"]
        deploy(api, app(APPROVED, "<profileName/>"))
        assert self.grants(api) == []

    def test_changing_them_needs_more_than_the_api(self, api: Any, state: State, log_in: Any) -> None:
        rest = "<permissionSetName>Allow_A</permissionSetName>"
        deploy(api, app(APPROVED, rest))
        standard = state.records.first("PermissionSet", PermissionsCustomizeApplication=None, IsOwnedByProfile=True)
        assert standard is not None
        state.records.update(standard.id, PermissionsModifyMetadata=True)
        deployer = log_in(state, "reader@acme.test")
        assert deploy(deployer, app(APPROVED, rest, "Renamed"))["status"] == "Succeeded"
        outcome = deploy(deployer, app(APPROVED, "<permissionSetName>Allow_B</permissionSetName>"))
        assert outcome.problems == ["insufficient access rights on cross-reference id"]

    @pytest.mark.parametrize(("stays", "left"), [(True, ["Allow_A"]), (False, [])])
    def test_leaving_it_out_is_an_assumption(self, api: Any, state: State, stays: bool, left: list[str]) -> None:
        state.change_org(assumptions={"omitted_app_grants_stay": stays})
        deploy(api, app(APPROVED, "<permissionSetName>Allow_A</permissionSetName>"))
        deploy(api, app(APPROVED))
        assert self.grants(api) == left

    def test_rows_made_by_the_data_api_show(self, api: Any, state: State) -> None:
        deploy(api, app(APPROVED))
        record = state.records.first("ConnectedApplication", DeveloperName="Sync")
        parent = state.records.first("PermissionSet", Name="Allow_B")
        assert record is not None
        assert parent is not None
        row = {"ParentId": parent.id, "SetupEntityId": record.id, "SetupEntityType": "ConnectedApplication"}
        state.records.insert("SetupEntityAccess", row)
        assert self.grants(api) == ["Allow_B"]

    def test_a_deleted_permission_set_takes_its_grants_along(self, api: Any, state: State) -> None:
        deploy(api, app(APPROVED, "<permissionSetName>Allow_A</permissionSetName>"))
        api.delete("PermissionSet", "Allow_A")
        assert self.grants(api) == []
        assert state.records.find("SetupEntityAccess") == []

    @pytest.mark.parametrize(
        ("config", "rest", "problem"),
        [
            (
                APPROVED,
                "<permissionSetName>Gone</permissionSetName>",
                "In field: permissionSetName - no PermissionSet named Gone found",
            ),
            (APPROVED, "<profileName>Gone</profileName>", "In field: profileName - no Profile named Gone found"),
            (
                "",
                "<permissionSetName>Allow_A</permissionSetName>",
                "In field: permissionSetName - isAdminApproved must be true",
            ),
            (
                APPROVED,
                "<permissionSetName>Allow_A</permissionSetName><permissionSetName>Allow A</permissionSetName>",
                "duplicate value found: permissionSetName duplicates value Allow A",
            ),
            (
                "<oauthClientCredentialUser>x@y.test</oauthClientCredentialUser>",
                "",
                "In field: oauthClientCredentialUser - no User named x@y.test found",
            ),
            (
                "",
                "<oauthPolicy><refreshTokenPolicy>zero</refreshTokenPolicy></oauthPolicy>",
                "Required field is missing: ipRelaxation",
            ),
            (
                "",
                "<oauthPolicy><ipRelaxation>ENFORCE</ipRelaxation><refreshTokenPolicy>immediately</refreshTokenPolicy>"
                "</oauthPolicy>",
                "'immediately' is not a valid value for refreshTokenPolicy",
            ),
        ],
    )
    def test_refusals(self, api: Any, config: str, rest: str, problem: str) -> None:
        assert deploy(api, app(config, rest)).problems == [problem]


def test_scopes_certificate_and_plugin_user_come_back_as_orgs_give_them(api: Any) -> None:
    pem = "-----BEGIN CERTIFICATE-----\nTUlJ\nRGVt\n-----END CERTIFICATE-----"
    config = f"<certificate>{pem}</certificate>" + "".join(
        f"<scopes>{scope}</scopes>" for scope in ("Api", "Email", "Profile", "OfflineAccess")
    )
    rest = "<pluginExecutionUser>nobody@acme.test</pluginExecutionUser>"
    assert deploy(api, app(config, rest))["status"] == "Succeeded"
    shown = back(api)
    assert re.findall("<scopes>(.*?)</scopes>", shown) == ["Api", "Basic", "RefreshToken"]
    assert "<certificate>TUlJRGVt</certificate>" in shown
    assert "pluginExecutionUser" not in shown


def test_policies_are_records_and_an_edit_in_setup_shows(api: Any, state: State) -> None:
    rest = (
        "<oauthPolicy><ipRelaxation>BYPASS</ipRelaxation><refreshTokenPolicy>specific_lifetime:7:DAYS</refreshTokenPolicy>"
        "</oauthPolicy><sessionPolicy><policyAction>Block</policyAction><sessionTimeout>30</sessionTimeout></sessionPolicy>"
    )
    deploy(api, app(APPROVED, rest))
    record = state.records.first("ConnectedApplication", DeveloperName="Sync")
    assert record is not None
    held = [
        record[name] for name in ("OptionsAllowAdminApprovedUsersOnly", "RefreshTokenPolicy", "SessionPolicyAction")
    ]
    assert held == [True, "specific_lifetime:7:DAYS", "Block"]
    state.records.update(
        record.id, RefreshTokenPolicy="zero", SessionPolicyAction=None, OptionsAllowAdminApprovedUsersOnly=False
    )
    shown = back(api)
    assert "<refreshTokenPolicy>zero</refreshTokenPolicy>" in shown
    assert "<ipRelaxation>BYPASS</ipRelaxation>" in shown
    assert "policyAction" not in shown
    assert "<isAdminApproved>false</isAdminApproved>" in shown


def test_an_older_version_shows_less(api: Any) -> None:
    rest = (
        "<oauthPolicy><ipRelaxation>ENFORCE</ipRelaxation><refreshTokenPolicy>zero</refreshTokenPolicy></oauthPolicy>"
    )
    deploy(api, app(APPROVED, rest))
    assert "oauthPolicy" in back(api, "49.0")
    assert "oauthPolicy" not in back(api, "48.0")
    assert "isAdminApproved" not in back(api, "45.0")


def test_an_installed_app_is_no_metadata(api: Any, state: State) -> None:
    state.records.insert("ConnectedApplication", {"Name": "Dataloader.io", "Ownership": "installed"})
    assert list(api.retrieve({"ConnectedApp": "*"})) == ["unpackaged/package.xml"]


def test_deleting_an_app_ends_its_tokens(api: Any, state: State) -> None:
    deploy(api, app(APPROVED, "<profileName>Admin</profileName>"))
    record = state.records.first("ConnectedApplication", DeveloperName="Sync")
    assert record is not None
    state.records.insert("OauthToken", {"AppId": record.id, "UserId": api.user_id})
    assert api.delete("ConnectedApp", "Sync")["status"] == "Succeeded"
    assert state.records.get(record.id) is None
    assert state.records.find("OauthToken") == state.records.find("SetupEntityAccess") == []
