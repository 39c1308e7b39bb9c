"""What Salesforce Support, a licence or the age of an org makes available, by the name a seed uses."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

API_ACCESS_CONTROL = "ApiAccessControl"
CONNECTED_APP_CREATION = "ConnectedAppCreation"
EVENT_LOG_OBJECTS = "EventLogObjects"
SOAP_LOGIN = "SoapLogin"

FEATURES: Mapping[str, str] = MappingProxyType(
    {
        API_ACCESS_CONTROL: "The two boxes of API Access Control exist, and with them the permission Use Any API "
        "Client. Support enables it (Metadata API guide, ConnectedAppSettings).",
        CONNECTED_APP_CREATION: "New connected apps can be created through the Metadata API. Since Spring '26 only "
        "where Support re-enabled it (Help 005228017).",
        EVENT_LOG_OBJECTS: "Every API call leaves a row in ApiTotalUsageEventLog (object reference; Salesforce "
        "licenses it with event monitoring, the name of this switch is the local org's).",
        SOAP_LOGIN: "SOAP login() is switched on, up to API 64. Off by default in new orgs (Help 005132110).",
    }
)
"""Every feature, with what it makes available."""
