"""What REST and SOQL may see: the sobjects of the org, their fields and relationships, and what may be done to them.

Fields are those of the Object Reference, for the Tooling API of @salesforce/types 1.7.1, for external client apps of
public code that queries them. What only the org knows is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sfmeta.localorg.ids import KEY_PREFIXES
from sfmeta.localorg.metadata.permissions import USER_PERMISSIONS, is_known
from sfmeta.localorg.state import OrgFacts


@dataclass(frozen=True, slots=True)
class Field:
    """A field.

    Attributes:
        name: as Salesforce spells it.
        type: as a describe names it.
        default: what a record shows that does not hold it.
        filterable: whether a WHERE may name it.
        reference_to: the sobject it points to, "" for none.
        relationship: the name of the way there, "" for none.
    """

    name: str
    type: str = "string"
    default: str | int | bool | None = None
    filterable: bool = True
    reference_to: str = ""
    relationship: str = ""


@dataclass(frozen=True, slots=True)
class SObject:
    """A table.

    Attributes:
        name: as Salesforce spells it.
        fields: by name in lower case.
        createable: whether REST may add records, likewise below.
        tooling_only: field names that only the Tooling API shows, in lower case.
    """

    name: str
    fields: Mapping[str, Field]
    createable: bool = False
    updateable: bool = False
    deletable: bool = False
    tooling_only: frozenset[str] = field(default_factory=frozenset)

    @property
    def key_prefix(self) -> str:
        """The first three characters of its ids, "" where it has none."""
        return KEY_PREFIXES.get(self.name, "")

    def find(self, name: str, org: OrgFacts, *, tooling: bool = False) -> Field | None:
        """A field by its name in any case; None where this org has none of that name."""
        lowered = name.lower()
        found = self.fields.get(lowered)
        if found is None or (lowered in self.tooling_only and not tooling):
            return None
        if found.name.startswith("Permissions") and not is_known(org, found.name.removeprefix("Permissions")):
            return None
        return found

    def relationship(self, name: str) -> Field | None:
        """The reference field behind a relationship's name in any case."""
        lowered = name.lower()
        return next((one for one in self.fields.values() if one.relationship.lower() == lowered and lowered), None)

    def visible(self, org: OrgFacts, *, tooling: bool = False) -> list[Field]:
        """All fields that this org has."""
        return [one for one in self.fields.values() if self.find(one.name, org, tooling=tooling)]


_SPELLED = {"bool": "boolean", "time": "datetime"}


def _table(
    name: str, text: str, *, references: str = "", tooling: str = "", not_filterable: str = "", can: str = ""
) -> SObject:
    """Builds a table from words: ``Name``, ``Name:bool``, ``Name:bool=true``; ``Field>SObject.Relation``."""
    closed = set(not_filterable.split())
    fields = [Field("Id", "id")]
    for word in (text + " " + tooling).split():
        label, _, default = word.partition("=")
        label, _, kind = label.partition(":")
        value: bool | str | None = {"true": True, "false": False}.get(default, default or None)
        if kind == "bool" and value is None:
            value = False
        fields.append(Field(label, _SPELLED.get(kind, kind or "string"), value, label not in closed))
    for word in references.split():
        label, _, target = word.partition(">")
        sobject, _, relationship = target.partition(".")
        fields.append(Field(label, "reference", reference_to=sobject, relationship=relationship))
    return SObject(
        name,
        MappingProxyType({one.name.lower(): one for one in fields}),
        createable="create" in can,
        updateable="update" in can,
        deletable="delete" in can,
        tooling_only=frozenset(word.partition(":")[0].lower() for word in tooling.split()),
    )


_ALL = (
    _table(
        "Organization",
        "Name InstanceName IsSandbox:bool OrganizationType NamespacePrefix TrialExpirationDate:time LanguageLocaleKey "
        "CreatedDate:time",
    ),
    _table(
        "User",
        "Username FirstName LastName Name Email IsActive:bool=true UserType=Standard Alias CreatedDate:time "
        "LastLoginDate:time",
        references="ProfileId>Profile.Profile",
    ),
    _table("Profile", "Name UserType=Standard CreatedDate:time", references="UserLicenseId>UserLicense.UserLicense"),
    _table("UserLicense", "Name MasterLabel LicenseDefinitionKey Status=Active"),
    _table(
        "PermissionSet",
        "Name Label Description IsOwnedByProfile:bool IsCustom:bool=true Type=Regular NamespacePrefix CreatedDate:time "
        "HasActivationRequired:bool " + " ".join(f"Permissions{name}:bool" for name in sorted(USER_PERMISSIONS)),
        references="ProfileId>Profile.Profile LicenseId>UserLicense.License",
    ),
    _table(
        "PermissionSetAssignment",
        "ExpirationDate:time IsActive:bool=true IsRevoked:bool SystemModstamp:time",
        references="AssigneeId>User.Assignee PermissionSetId>PermissionSet.PermissionSet",
        can="create update delete",
    ),
    _table(
        "SetupEntityAccess",
        "SetupEntityId:id SetupEntityType SystemModstamp:time",
        references="ParentId>PermissionSet.Parent",
        can="create delete",
    ),
    _table(
        "ConnectedApplication",
        "Name CreatedDate:time LastModifiedDate:time OptionsAllowAdminApprovedUsersOnly:bool "
        "OptionsHasSessionLevelPolicy:bool OptionsIsInternal:bool OptionsRefreshTokenValidityMetric:bool "
        "OptionsFullContentPushNotifications:bool RefreshTokenValidityPeriod:int StartUrl MobileStartUrl "
        "MobileSessionTimeout PinLength",
        tooling="DeveloperName SessionPolicyAction SessionTimeout:int",
    ),
    _table(
        "ExternalClientApplication",
        "MasterLabel DeveloperName NamespacePrefix DistributionState=Local CreatedDate:time",
    ),
    _table(
        "ExtlClntAppOauthPlcyCnfg",
        "PermittedUsersPolicyType RefreshTokenPolicyType RefreshTokenValidityPeriod:int RefreshTokenValidityUnit "
        "SessionTimeoutInMinutes:int",
        references="ExternalClientApplicationId>ExternalClientApplication.ExternalClientApplication",
    ),
    _table("AppMenuItem", "ApplicationId:id Label Name IsUsingAdminAuthorization:bool Type=ConnectedApplication"),
    _table(
        "OauthToken",
        "AccessToken RequestToken AppName CreatedDate:time DeleteToken LastUsedDate:time UseCount:int=0",
        references="UserId>User.User AppMenuItemId>AppMenuItem.AppMenuItem",
    ),
    _table(
        "LoginHistory",
        "LoginTime:time LoginType LoginUrl ApiType ApiVersion Application Browser ClientVersion Platform Status "
        "SourceIp AuthenticationServiceId CipherSuite CountryIso TlsProtocol",
        # the reference: these can be grouped, not filtered
        not_filterable="ApiType ApiVersion Application Browser ClientVersion Platform Status SourceIp",
        references="UserId>User.",
    ),
)

SOBJECTS: Mapping[str, SObject] = MappingProxyType({one.name.lower(): one for one in _ALL})
"""Every table by its name in lower case."""
