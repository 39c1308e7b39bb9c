"""What a file asserts about an org, type by type."""

from __future__ import annotations

import pytest

from sfmeta.codec import xml
from sfmeta.codec.compare import unmet
from sfmeta.model.element import Element


def found(type_name: str, asserted: str, actual: str, aliases: dict[str, dict[str, str]] | None = None) -> list[str]:
    root = type_name if type_name != "Settings" else "ConnectedAppSettings"
    changes = unmet(type_name, _root(root, asserted), _root(root, actual), aliases)
    return [f"{' > '.join(change.path)}: {_text(change.old)} -> {_text(change.new)}" for change in changes]


def _root(name: str, content: str) -> Element:
    return xml.parse(f"<{name}>{content}</{name}>".encode())


def _text(element: Element | None) -> str:
    return "nothing" if element is None else element.text or "<" + ",".join(c.name for c in element.children) + ">"


def permission(name: str, enabled: str = "true") -> str:
    return f"<userPermissions><enabled>{enabled}</enabled><name>{name}</name></userPermissions>"


MET = {
    "a profile adds: what else the org holds is not its business": (
        "Profile",
        permission("ApiEnabled"),
        permission("ApiEnabled") + permission("ViewSetup") + "<custom>true</custom>",
    ),
    "an explicit false is met by absence": ("Profile", permission("UseAnyApiClient", "false"), ""),
    "a false entry of any section is met by absence": (
        "Profile",
        "<fieldPermissions><editable>false</editable><field>A.B</field><readable>false</readable></fieldPermissions>",
        "",
    ),
    "empty login hours are met by none": ("Profile", "<loginHours/>", ""),
    "a permission set without entries that grant nothing": (
        "PermissionSet",
        "<label>x</label>" + permission("A", "false"),
        "<label>x</label><hasActivationRequired>false</hasActivationRequired>",
    ),
    "an app says nothing of what it leaves out": (
        "ConnectedApp",
        "<label>x</label><oauthConfig><callbackUrl>a</callbackUrl></oauthConfig>",
        "<label>x</label><oauthConfig><callbackUrl>a</callbackUrl><consumerKey>k</consumerKey>"
        "<isAdminApproved>false</isAdminApproved></oauthConfig><oauthPolicy><ipRelaxation>ENFORCE</ipRelaxation>"
        "<refreshTokenPolicy>infinite</refreshTokenPolicy></oauthPolicy><permissionSetName>P</permissionSetName>",
    ),
    "a false that the org leaves out": (
        "ConnectedApp",
        "<oauthConfig><isConsumerSecretOptional>false</isConsumerSecretOptional></oauthConfig>",
        "<oauthConfig><callbackUrl>a</callbackUrl></oauthConfig>",
    ),
    "a secret never comes back": (
        "ConnectedApp",
        "<oauthConfig><consumerSecret>s</consumerSecret><callbackUrl>a</callbackUrl></oauthConfig>",
        "<oauthConfig><callbackUrl>a</callbackUrl></oauthConfig>",
    ),
    "scopes come back under another name": (
        "ConnectedApp",
        "<oauthConfig><scopes>Profile</scopes><scopes>Email</scopes><scopes>OfflineAccess</scopes></oauthConfig>",
        "<oauthConfig><scopes>RefreshToken</scopes><scopes>Basic</scopes></oauthConfig>",
    ),
    "an emptied grant list is met by none": ("ConnectedApp", "<permissionSetName></permissionSetName>", ""),
    "a comma list is a set": (
        "ExtlClntAppOauthConfigurablePolicies",
        "<commaSeparatedPermissionSet>B, A</commaSeparatedPermissionSet>",
        "<commaSeparatedPermissionSet>A,B</commaSeparatedPermissionSet>",
    ),
    "settings assert what they say": (
        "Settings",
        "<enableAdminApprovedAppsOnly>false</enableAdminApprovedAppsOnly>",
        "<enableSkipUserProvisioningWizardWelcomePage>true</enableSkipUserProvisioningWizardWelcomePage>",
    ),
    "fields of an object are components of their own": (
        "CustomObject",
        "<fields><fullName>A__c</fullName><label>a</label></fields>",
        "<fields><fullName>A__c</fullName><label>a</label></fields><fields><fullName>B__c</fullName></fields>",
    ),
}


@pytest.mark.parametrize("case", MET)
def test_met(case: str) -> None:
    assert found(*MET[case]) == []


UNMET = {
    "a profile permission that is not there": (
        "Profile",
        permission("A"),
        "",
        ["userPermissions[A]: nothing -> <enabled,name>"],
    ),
    "a profile permission that should be gone": (
        "Profile",
        permission("A", "false"),
        permission("A"),
        ["userPermissions[A] > enabled: true -> false"],
    ),
    "login hours that should be cleared": (
        "Profile",
        "<loginHours/>",
        "<loginHours><mondayStart>480</mondayStart></loginHours>",
        ["loginHours > mondayStart: 480 -> nothing"],
    ),
    "login ranges that should be cleared": (
        "Profile",
        "<loginIpRanges/>",
        "<loginIpRanges><endAddress>2</endAddress><startAddress>1</startAddress></loginIpRanges>",
        ["loginIpRanges[1, 2]: <endAddress,startAddress> -> nothing"],
    ),
    "more in a permission set than it says": (
        "PermissionSet",
        "<label>x</label>",
        "<label>x</label>" + permission("ModifyAllData"),
        ["userPermissions[ModifyAllData]: <enabled,name> -> nothing"],
    ),
    "a grant that is not there": (
        "ConnectedApp",
        "<permissionSetName>P</permissionSetName>",
        "",
        ["permissionSetName[P]: nothing -> P"],
    ),
    "a grant too many": (
        "ConnectedApp",
        "<permissionSetName>P</permissionSetName>",
        "<permissionSetName>P</permissionSetName><permissionSetName>Q</permissionSetName>",
        ["permissionSetName[Q]: Q -> nothing"],
    ),
    "grants that an empty element should have taken off": (
        "ConnectedApp",
        "<profileName/>",
        "<profileName>Admin</profileName>",
        ["profileName[Admin]: Admin -> nothing"],
    ),
    "a scope too many": (
        "ConnectedApp",
        "<oauthConfig><scopes>Api</scopes></oauthConfig>",
        "<oauthConfig><scopes>Api</scopes><scopes>Full</scopes></oauthConfig>",
        ["oauthConfig > scopes[Full]: Full -> nothing"],
    ),
    "an app that everyone may still use": (
        "ConnectedApp",
        "<oauthConfig><isAdminApproved>true</isAdminApproved></oauthConfig>",
        "<oauthConfig><callbackUrl>a</callbackUrl></oauthConfig>",
        ["oauthConfig > isAdminApproved: nothing -> true"],
    ),
    "an external client app without its permission set": (
        "ExtlClntAppOauthConfigurablePolicies",
        "<commaSeparatedPermissionSet>A,B</commaSeparatedPermissionSet>",
        "<commaSeparatedPermissionSet>A</commaSeparatedPermissionSet>",
        ["commaSeparatedPermissionSet: A -> A,B"],
    ),
    "a switch that is off": (
        "Settings",
        "<enableAdminApprovedAppsOnly>true</enableAdminApprovedAppsOnly>",
        "",
        ["enableAdminApprovedAppsOnly: nothing -> true"],
    ),
}


@pytest.mark.parametrize("case", UNMET)
def test_unmet(case: str) -> None:
    type_name, asserted, actual, expected = UNMET[case]
    assert found(type_name, asserted, actual) == expected


def test_a_label_may_stand_for_the_name() -> None:
    aliases = {
        "permissionSetName": {"Allow Billing": "Allow_Billing"},
        "commaSeparatedPermissionSet": {"Allow Billing": "Allow_Billing"},
    }
    asserted, actual = "Allow_Billing", "Allow Billing"
    case = (
        "ConnectedApp",
        f"<permissionSetName>{asserted}</permissionSetName>",
        f"<permissionSetName>{actual}</permissionSetName>",
    )
    assert len(found(*case)) == 2
    assert found(*case, aliases) == []
    tag = "commaSeparatedPermissionSet"
    lists = ("ExtlClntAppOauthConfigurablePolicies", f"<{tag}>X,{asserted}</{tag}>", f"<{tag}>{actual}, X</{tag}>")
    assert found(*lists, aliases) == []
