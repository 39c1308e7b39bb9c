"""What an app's files say about its OAuth flows, as the doors read it from the app's row."""

from __future__ import annotations

from sfmeta.localorg.doors import scopes
from sfmeta.localorg.doors.networks import ranges_of_app
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Value

# a ConnectedApp's file cannot say whether the device flow is enabled (WSDL)
_OF_EXTERNAL_APPS = "isDeviceFlowEnabled"
_SWITCHES = (
    "isConsumerSecretOptional",
    "isIntrospectAllTokens",
    "isPkceRequired",
    "isRefreshTokenRotationEnabled",
    "isSecretRequiredForRefreshToken",
)


def of_connected_app(document: Node) -> dict[str, Value]:
    """The fields of a ConnectedApp's row that its ``oauthConfig``, ``oauthPolicy`` and ``ipRanges`` set.

    An app without ``oauthConfig`` is no OAuth client; its row says nothing of scopes then.
    """
    config, policy = document.first("oauthConfig"), document.first("oauthPolicy")
    fields: dict[str, Value] = {"IpRanges": str(ranges_of_app(document)) or None}
    if policy is not None and policy.value("ipRelaxation"):
        fields["IpRelaxation"] = policy.value("ipRelaxation")
    if config is not None:
        fields |= {**_switches(config), "CallbackUrl": config.value("callbackUrl") or None}
        fields["Scopes"] = scopes.from_metadata(config.values("scopes")) or None
    return fields


def of_global_settings(document: Node) -> dict[str, Value]:
    """The fields of an external client app's row that ExtlClntAppGlobalOauthSettings sets."""
    device = {"IsDeviceFlowEnabled": document.flag(_OF_EXTERNAL_APPS)}
    return {**_switches(document), **device, "CallbackUrl": document.value("callbackUrl") or None}


def of_oauth_settings(document: Node) -> dict[str, Value]:
    """The fields of an external client app's row that ExtlClntAppOauthSettings sets."""
    names = [part.strip() for part in document.value("commaSeparatedOauthScopes").split(",") if part.strip()]
    ranges = ",".join(document.value("trustedIpRanges").replace(";", ",").split())
    return {"Scopes": scopes.from_metadata(names) or None, "IpRanges": ranges or None}


def _switches(node: Node) -> dict[str, Value]:
    return {name[0].upper() + name[1:]: node.flag(name) for name in _SWITCHES}
