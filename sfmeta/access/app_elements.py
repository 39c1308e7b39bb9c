"""What elements of an app's files mean, in the words of an inventory: an audit and a forecast read them alike."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.model.element import Element
from sfmeta.model.inventory import IpRange

# Metadata API guide, ConnectedAppOauthConfig.scopes, beside the names that OAuth uses (Help, OAuth Tokens and Scopes)
_SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "Address": "address",
        "Api": "api",
        "Basic": "id",
        "CDP": "cdp_api",
        "CDPCalculatedInsight": "cdp_calculated_insight_api",
        "CDPIdentityResolution": "cdp_identityresolution_api",
        "CDPIngest": "cdp_ingest_api",
        "CDPProfile": "cdp_profile_api",
        "CDPQuery": "cdp_query_api",
        "CDPSegment": "cdp_segment_api",
        "Chatbot": "chatbot_api",
        "Chatter": "chatter_api",
        "Content": "content",
        "CustomApplications": "visualforce",
        "CustomPermissions": "custom_permissions",
        "Eclair": "eclair_api",
        "EinsteinGPT": "einstein_gpt_api",
        "Email": "email",
        "ForgotPassword": "forgot_password",
        "Full": "full",
        "Interaction": "interaction_api",
        "Lightning": "lightning",
        "MCP": "mcp_api",
        "OfflineAccess": "refresh_token",
        "OpenID": "openid",
        "Pardot": "pardot_api",
        "Phone": "phone",
        "Profile": "profile",
        "PwdlessLogin": "pwdless_login_api",
        "RefreshToken": "refresh_token",
        "SFAP": "sfap_api",
        "UserRegistration": "user_registration_api",
        "Wave": "wave_api",
        "Web": "web",
    }
)
_NO_OPTION = "isAdminApproved"
_ARMOUR = re.compile(r"-----(BEGIN|END) [A-Z ]+-----|\s+")


def scopes(names: list[str]) -> frozenset[str]:
    """Scopes in OAuth's spelling."""
    return frozenset(_SCOPES.get(name, name.lower()) for name in names if name)


def refresh_policy(kind: str, amount: str, unit: str) -> str:
    """A refresh token policy of an external client app, spelled as ConnectedApp metadata does."""
    words = {"SpecificLifetime": "specific_lifetime", "SpecificInactivity": "specific_inactivity"}
    if kind in words:
        return f"{words[kind]}:{amount}:{unit.upper()}" if amount and unit else ""
    return {"Infinite": "infinite", "Zero": "zero"}.get(kind, "")


def certificate_print(text: str | None) -> str:
    """sha256 of a certificate as a file has it, in PEM armour or bare as an org gives it back; "" for none."""
    bare = _ARMOUR.sub("", text or "")
    return hashlib.sha256(bare.encode()).hexdigest() if bare else ""


def ip_ranges(root: Element, element: str, start: str, end: str) -> tuple[IpRange, ...]:
    """Address ranges as a file lists them."""
    return tuple(IpRange(one.value(start) or "", one.value(end) or "") for one in root.all(element))


def options(root: Element) -> frozenset[str]:
    """The switches of an app's OAuth settings that are on, as metadata names them."""
    on = (one.name for one in root.children if one.name.startswith("is") and one.text.strip() == "true")
    return frozenset(name for name in on if name != _NO_OPTION)


def ip_range(text: str) -> IpRange:
    """A range as external client apps write it: ``10.0.0.0-10.255.255.255``."""
    start, _, end = text.strip().partition("-")
    return IpRange(start.strip(), end.strip() or start.strip())
