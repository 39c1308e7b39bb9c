"""Which rules a type has, and since when its elements exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.metadata.kinds import PARENTS
from sfmeta.localorg.metadata.rules.access import MutingPermissionSetRules, PermissionSetRules, ProfileRules
from sfmeta.localorg.metadata.rules.base import TypeRules
from sfmeta.localorg.metadata.rules.connected_app import ConnectedAppRules
from sfmeta.localorg.metadata.rules.external_client_app import (
    ExternalClientApplicationRules,
    GlobalOauthSettingsRules,
    OauthPoliciesRules,
    PoliciesRules,
    SatelliteRules,
)
from sfmeta.localorg.metadata.rules.groups import PermissionSetGroupRules
from sfmeta.localorg.metadata.rules.linked import LinkedRules
from sfmeta.localorg.metadata.rules.org_wide import BlacklistedConsumerRules, SettingsRules
from sfmeta.localorg.metadata.rules.parents import ParentRules


class _Early(TypeRules):
    """What permission sets refer to."""

    order = 10


RULES: Mapping[str, TypeRules] = MappingProxyType(
    {
        "ApexClass": _Early(),
        "ApexPage": _Early(),
        "CustomApplication": _Early(),
        "CustomPermission": LinkedRules("CustomPermission", 10),
        "MutingPermissionSet": MutingPermissionSetRules(),
        "NamedCredential": LinkedRules("NamedCredential", 50),
        "PermissionSetGroup": PermissionSetGroupRules(),
        "BlacklistedConsumer": BlacklistedConsumerRules(),
        "ConnectedApp": ConnectedAppRules(),
        "ExternalClientApplication": ExternalClientApplicationRules(),
        "ExtlClntAppConfigurablePolicies": SatelliteRules(),
        "ExtlClntAppGlobalOauthSettings": GlobalOauthSettingsRules(),
        "ExtlClntAppOauthConfigurablePolicies": OauthPoliciesRules(),
        "ExtlClntAppOauthSettings": SatelliteRules(),
        "ExtlClntAppSamlConfigurablePolicies": PoliciesRules(),
        "PermissionSet": PermissionSetRules(),
        "Profile": ProfileRules(),
        "Settings": SettingsRules(),
        **{parent: ParentRules(parent) for parent in PARENTS},
    }
)
"""Every type with rules of its own."""

_GENERIC = TypeRules()

# Metadata API guide v67, ConnectedApp; an element for which it names no version is not here.
_SINCE: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "ConnectedApp": {
            "oauthPolicy": 49,
            "permissionSetName": 46,
            "pluginExecutionUser": 46,
            "profileName": 46,
            "sessionPolicy": 49,
        },
        "ConnectedAppIpRange": {"description": 31},
        "ConnectedAppOauthConfig": {
            "assetTokenConfig": 49,
            "consumerSecret": 32,
            "idTokenConfig": 43,
            "isAdminApproved": 46,
            "isClientCredentialEnabled": 56,
            "isCodeCredentialEnabled": 57,
            "isCodeCredentialPostOnly": 57,
            "isConsumerSecretOptional": 49,
            "isIntrospectAllTokens": 49,
            "isNamedUserJwtEnabled": 59,
            "isPkceRequired": 59,
            "isRefreshTokenRotationEnabled": 60,
            "isSecretRequiredForRefreshToken": 51,
            "isSecretRequiredForTokenExchange": 60,
            "isTokenExchangeEnabled": 60,
            "oauthClientCredentialUser": 56,
        },
    }
)


def rules_of(type_name: str) -> TypeRules:
    """The rules of a type."""
    return RULES.get(type_name, _GENERIC)


def since(type_name: str, element: str) -> int:
    """The API version in which an element of a type appeared, 0 where that is not known."""
    return _SINCE.get(type_name, {}).get(element, 0)
