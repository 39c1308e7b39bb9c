"""The sobjects of the org: access, apps, logins and what is around them.

Fields and what may be done with them: Object Reference, API 67.0 (the page of each); for the Tooling API's own fields
@salesforce/types 1.7.1; for external client apps, which have no page, public code that queries them. What only the org
itself knows is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.data.schema import Field, SObject, table
from sfmeta.localorg.data.tooling_tables import TOOLING
from sfmeta.localorg.features import EVENT_LOG_OBJECTS
from sfmeta.localorg.metadata.permissions import USER_PERMISSIONS

_SETUP = "ViewSetup"
_TOOLS = "public tools that query it; it has no page in the Object Reference"
# Object Reference, PermissionSet: Create, Filter, Update; neither grouped nor sorted
_PERMISSIONS = " ".join(f"Permissions{name}:bool!cugs" for name in sorted(USER_PERMISSIONS))
_ACCESS_TYPES = (
    "ApexClass|ApexPage|BotDefinition|ConnectedApplication|CustomEntityDefinition|CustomPermission|"
    "EmailRoutingAddress|ExternalClientApplication|ExternalCredentialParameter|FlowDefinition|MessagingChannel|"
    "OrgWideEmailAddress|ServiceProvider|StandardInvocableActionType|TabSet"
)
_USER_TYPES = "Standard|PowerPartner|PowerCustomerSuccess|CustomerSuccess|Guest|CspLitePortal|CsnOnly|SelfService"
# as the page lists them, without those that it calls internal
_LOGIN_SUBTYPES = (
    "OauthClientCredentials|OauthHybridRefreshToken|OauthHybridTokenExchange|OauthHybridUserAgent|OauthHybridWebServer|"
    "OauthOtpLogin|OauthRefreshToken|OauthTokenExchange|OauthUserAgent|OauthUserAgentIdToken|OauthUsernamePassword|"
    "OauthWebServer|UiPasswordReset|UsernamePasswordUiLogin"
)
_TIMEOUTS = "1|5|10|15|30|60|90|120|240|480|720"

_PEOPLE = (
    table(
        "Organization",
        "Name!ru InstanceName!g IsSandbox:bool OrganizationType:pick NamespacePrefix TrialExpirationDate:time "
        "LanguageLocaleKey:pick=en_US!r DefaultLocaleSidKey:pick=en_US!r TimeZoneSidKey:pick=GMT!r IsReadOnly:bool "
        "FiscalYearStartMonth:int=1 AUDIT",
    ),
    table(
        "User",
        "Username!rcu FirstName!cu LastName!rcu Name!r Email:email!rcu Alias!rcu CommunityNickname!rcu "
        f"IsActive:bool=true!cu UserType:pick[{_USER_TYPES}]=Standard TimeZoneSidKey:pick=GMT!rcu "
        "LocaleSidKey:pick=en_US!rcu "
        "EmailEncodingKey:pick=UTF-8!rcu LanguageLocaleKey:pick=en_US!rcu ProfileId>Profile.Profile/Users!rcu "
        "ManagerId>User.Manager/ManagedUsers!cu FederationIdentifier!cu EmployeeNumber!cu Title!cu Department!cu "
        "CompanyName!cu LastLoginDate:time LastPasswordChangeDate:time AUDIT",
        verbs="create update",
    ),
    table(
        "UserLogin",
        "UserId>User.User!r IsFrozen:bool!u IsPasswordLocked:bool!u LastModifiedDate:time!r "
        "LastModifiedById>User.LastModifiedBy!r",
        verbs="update",
        since=29,
        permission="ManageUsers",
    ),
    table(
        "Profile",
        "Name!ru Description!cu UserLicenseId>UserLicense.UserLicense!r "
        f"UserType:pick[{_USER_TYPES}]=Standard AUDIT " + _PERMISSIONS,
    ),
    table(
        "UserLicense",
        "Name!r MasterLabel!r LicenseDefinitionKey!r Status:pick[Active|Disabled]=Active TotalLicenses:int=0!r "
        "UsedLicenses:int=0!r CreatedDate:time!r LastModifiedDate:time!r SystemModstamp:time!r",
    ),
)

_PERMISSION_SETS = (
    table(
        "PermissionSet",
        "Name!rcu Label!rcu Description!cu IsOwnedByProfile:bool IsCustom:bool=true HasActivationRequired:bool!cu "
        "Type:pick[Regular|Standard|Session|Profile|Group]=Regular@46 NamespacePrefix "
        "ProfileId>Profile.Profile LicenseId>UserLicense.License!c "
        "PermissionSetGroupId>PermissionSetGroup.PermissionSetGroup@45 AUDIT " + _PERMISSIONS,
        verbs="create update delete",
    ),
    table(
        "PermissionSetAssignment",
        "AssigneeId>User.Assignee/PermissionSetAssignments!rc "
        "PermissionSetId>PermissionSet.PermissionSet/Assignments!c "
        "PermissionSetGroupId>PermissionSetGroup.PermissionSetGroup/Assignments@45!c ExpirationDate:time@52!cu "
        "IsActive:bool@52 SystemModstamp:time!r",
        verbs="create update delete",
    ),
    table(
        "PermissionSetGroup",
        "DeveloperName!rcu MasterLabel!rcu Description!cu Language:pick=en_US!cu NamespacePrefix "
        "Status:pick[Updated|Outdated|Updating|Failed]=Updated HasActivationRequired:bool@53!cu AUDIT",
        verbs="create update delete",
        since=45,
    ),
    table(
        "PermissionSetGroupComponent",
        "PermissionSetGroupId>PermissionSetGroup.PermissionSetGroup/PermissionSetGroupComponents!rc "
        "PermissionSetId>PermissionSet.PermissionSet/PermissionSetGroupComponents!rc AUDIT",
        verbs="create delete",
        since=45,
    ),
    table(
        "MutingPermissionSet",
        "DeveloperName!rcu MasterLabel!rcu Description!cu Language:pick=en_US NamespacePrefix AUDIT " + _PERMISSIONS,
        since=46,
    ),
    table(
        "SetupEntityAccess",
        "ParentId>PermissionSet.Parent/SetupEntityAccessItems!rc SetupEntityId:reference!rc "
        f"SetupEntityType:pick[{_ACCESS_TYPES}] SystemModstamp:time!r",
        verbs="create delete",
    ),
)

_APPS = (
    table(
        "ConnectedApplication",
        "Name!r OptionsAllowAdminApprovedUsersOnly:bool!gs OptionsHasSessionLevelPolicy:bool!gs "
        "OptionsIsInternal:bool!gs OptionsRefreshTokenValidityMetric:bool!gs "
        "OptionsFullContentPushNotifications:bool!gs OptionsTokenExchangeManageBitEnabled:bool@59!gs "
        "OptionsAppIssueJwtTokenEnabled:bool@59!gs RefreshTokenValidityPeriod:int StartUrl:url!g MobileStartUrl:url!g "
        f"MobileSessionTimeout:pick PinLength:pick[4|5|6|7|8] NamedUserUvidTimeout:pick[{_TIMEOUTS}]@59 AUDIT",
        tooling_words="ApplicationOrg DeveloperName ContactEmail:email ContactPhone Description ExecutionUserId:id "
        "IconUrl:url InfoUrl:url LogoUrl:url IsDeleted:bool SamlLoginInformation "
        "SessionPolicyAction:pick[Block|RaiseSessionLevel] SessionTimeout Version",
    ),
    table(
        "ExternalClientApplication",
        "MasterLabel!r DeveloperName!r NamespacePrefix DistributionState:pick[Local|Packaged]=Local ContactEmail:email "
        "Description Language:pick=en_US AUDIT",
        since=59,
        source=_TOOLS,
        grade="B",
    ),
    table(
        "ExtlClntAppOauthPlcyCnfg",
        "ExternalClientApplicationId>ExternalClientApplication.ExternalClientApplication!r "
        "PermittedUsersPolicyType:pick[AllSelfAuthorized|AdminApprovedPreAuthorized] "
        "RefreshTokenPolicyType:pick[Infinite|Zero|SpecificLifetime|SpecificInactivity] "
        "RefreshTokenValidityPeriod:int RefreshTokenValidityUnit:pick[Hours|Days|Months] SessionTimeoutInMinutes:int "
        "AUDIT",
        since=59,
        source=_TOOLS,
        grade="B",
    ),
    table(
        "AppMenuItem",
        "ApplicationId:reference Label Name NamespacePrefix Description StartUrl:url MobileStartUrl:url "
        "IsUsingAdminAuthorization:bool IsVisible:bool=true IsAccessible:bool SortOrder:int!r "
        "Type:pick[ConnectedApplication|ExternalClientApplication|Network|ServiceProvider|TabSet] AUDIT",
    ),
    table(
        "OauthToken",
        "AccessToken RequestToken AppName DeleteToken CreatedDate:time LastUsedDate:time UseCount:int=0 "
        "UserId>User.User AppMenuItemId>AppMenuItem.AppMenuItem",
        since=32,
    ),
)

_EVENTS = (
    table(
        "LoginHistory",
        # the page's table says of these Group and Sort, and of no Filter; it lets SourceIp be filtered, which the
        # list at its end leaves out
        "ApiType!f ApiVersion!f Application!f Browser!f ClientVersion!f Platform!f Status!f SourceIp LoginTime:time!r "
        f"LoginType:pick!r LoginSubType:pick[{_LOGIN_SUBTYPES}] LoginUrl AuthMethodReference@51 "
        "AuthenticationServiceId:reference@34 "
        "CipherSuite:pick@37 CountryIso@37 TlsProtocol:pick@37 ForwardedForIp@61 LoginGeoId:reference@34 "
        "NetworkId:reference@31 OptionsIsGet:bool!gs OptionsIsPost:bool!gs UserId:reference",
    ),
    table(
        "AuthSession",
        "UsersId>User.Users CreatedDate:time!r LastModifiedDate:time!r NumSecondsValid:int=7200!r "
        "UserType:pick=Standard!r "
        "SourceIp!r LoginType:pick SessionType:pick[UI|API|Oauth2] "
        "SessionSecurityLevel:pick[STANDARD|HIGH_ASSURANCE|LOW]=STANDARD LogoutUrl!g ParentId:reference "
        "LoginHistoryId>LoginHistory.LoginHistory@33 IsCurrent:bool@37",
        verbs="delete",
        since=29,
    ),
    table(
        "SetupAuditTrail",
        # the page lets neither Display nor Section be filtered
        "Action!rg Section!fg Display!fg CreatedDate:time!r CreatedById>User.CreatedBy!rg DelegateUser@35!g "
        "ResponsibleNamespacePrefix!g CreatedByContext@48 CreatedByIssuer@48",
        permission=_SETUP,
    ),
    table(
        "ApiTotalUsageEventLog",
        "ApiFamily ApiResource ClientIp ClientName ConnectedAppIdentifier HttpMethod IsApiLimitCounted:bool ObjectName "
        "RequestIdentifier StatusCode:int Timestamp:time UserIdentifier BotIdentifier BotSessionIdentifier "
        "PlannerIdentifier",
        since=61,
        feature=EVENT_LOG_OBJECTS,
    ),
)

_CODE = (
    table(
        "ApexClass",
        "Name!r NamespacePrefix ApiVersion:double!r Status:pick[Active|Inactive|Deleted]=Active IsValid:bool=true "
        "BodyCrc:double Body:text LengthWithoutComments:int!r AUDIT",
    ),
    table(
        "ApexPage",
        "Name!r NamespacePrefix ApiVersion:double!r MasterLabel!r Description ControllerType:pick ControllerKey "
        "IsAvailableInTouch:bool IsConfirmationTokenRequired:bool Markup:text AUDIT",
    ),
    table(
        "CustomPermission",
        "DeveloperName!r MasterLabel!r Language:pick=en_US NamespacePrefix IsProtected:bool Description IsDeleted:bool "
        "AUDIT",
    ),
)

SOBJECTS: Mapping[str, SObject] = MappingProxyType(
    {one.name.lower(): one for one in (*_PEOPLE, *_PERMISSION_SETS, *_APPS, *_EVENTS, *_CODE, *TOOLING)}
)
"""Every table by its name in lower case."""

_CHILDREN = MappingProxyType(
    {
        (field.reference_to, field.children.lower()): (one, field)
        for one in SOBJECTS.values()
        for field in one.fields.values()
        if field.children
    }
)
# what SetupEntityId may lead to has its SetupEntityAccess records as children (Object Reference, SetupEntityAccess)
_ENTITIES = ("ApexClass", "ApexPage", "ConnectedApplication", "CustomPermission", "ExternalClientApplication")
_ITEMS = "SetupEntityAccessItems"


def child(parent: SObject, relationship: str) -> tuple[SObject, Field, str] | None:
    """The way down from a table.

    Args:
        parent: where from.
        relationship: the name of the way, in any case.

    Returns:
        The children's table, its field that points up, and the way's name as Salesforce spells it; None where there
        is no such way.
    """
    found = _CHILDREN.get((parent.name, relationship.lower()))
    if found is not None:
        return found[0], found[1], found[1].children
    if parent.name in _ENTITIES and relationship.lower() == _ITEMS.lower():
        items = SOBJECTS["setupentityaccess"]
        return items, items.fields["setupentityid"], _ITEMS
    return None


def children(parent: SObject) -> list[tuple[SObject, Field, str]]:
    """Every way down from a table; see ``child``."""
    names = [name for owner, name in _CHILDREN if owner == parent.name]
    names += [_ITEMS] if parent.name in _ENTITIES else []
    return [found for name in names if (found := child(parent, name))]
