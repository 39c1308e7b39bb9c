"""What a token is good for: OAuth scopes, in metadata's spelling and in OAuth's.

Source: Help remoteaccess_oauth_tokens_scopes; the names in metadata are the WSDL's ConnectedAppOauthAccessScope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sfmeta.localorg.apps import App

_SPELLED: Mapping[str, str] = MappingProxyType(
    {
        "Basic": "id",
        "Api": "api",
        "Web": "web",
        "Full": "full",
        "Chatter": "chatter_api",
        "CustomApplications": "visualforce",
        "RefreshToken": "refresh_token",
        "OfflineAccess": "refresh_token",
        "OpenID": "openid",
        "Profile": "profile",
        "Email": "email",
        "Address": "address",
        "Phone": "phone",
        "CustomPermissions": "custom_permissions",
        "Wave": "wave_api",
        "Eclair": "eclair_api",
        "Pardot": "pardot_api",
        "Lightning": "lightning",
        "Content": "content",
        "CDP": "cdp_api",
        "CDPIngest": "cdp_ingest_api",
        "CDPProfile": "cdp_profile_api",
        "CDPQuery": "cdp_query_api",
        "CDPSegment": "cdp_segment_api",
        "CDPIdentityResolution": "cdp_identityresolution_api",
        "CDPCalculatedInsight": "cdp_calculated_insight_api",
        "Chatbot": "chatbot_api",
        "ForgotPassword": "forgot_password",
        "UserRegistration": "user_registration_api",
        "PwdlessLogin": "pwdless_login_api",
        "SFAP": "sfap_api",
        "Interaction": "interaction_api",
        "EinsteinGPT": "einstein_gpt_api",
        "MCP": "mcp_api",
        "SCRT": "scrt_api",
    }
)

NAMES_IN_METADATA: tuple[str, ...] = tuple(_SPELLED)
"""Every scope as ConnectedApp metadata spells it."""

SUPPORTED: tuple[str, ...] = tuple(dict.fromkeys(_SPELLED.values()))
"""Every scope that an org knows, in OAuth's spelling."""

# what "full" holds: all but the refresh token, which a client must ask for (Help, as above)
_NOT_IN_FULL = frozenset({"refresh_token"})
_SYNONYMS = {"offline_access": "refresh_token"}


def from_metadata(names: Iterable[str]) -> str:
    """The scopes of an app as its record holds them: OAuth's spelling, separated by blanks."""
    return " ".join(dict.fromkeys(_SPELLED.get(name, name) for name in names))


def asked(app: App, text: str) -> frozenset[str] | None:
    """The scopes a client gets that asks for some: all of its app's where it names none, None where it asks too much.

    Args:
        app: whose list is the limit.
        text: the parameter ``scope``, separated by blanks.
    """
    names = {_SYNONYMS.get(name, name) for name in text.split()}
    if not names:
        return app.scopes
    # the identity URL comes with every token, so everybody may ask for its scope
    allowed = app.scopes | {"id"}
    if "full" in app.scopes:
        allowed |= set(SUPPORTED) - _NOT_IN_FULL
    return frozenset(names) if names <= allowed else None


def opens_api(scopes: frozenset[str]) -> bool:
    """Whether a token with these may call data and metadata APIs.

    Source: Help 005226515: without the scope api the REST API answers that the session is not valid for it.
    """
    return not scopes.isdisjoint({"api", "full"})


def opens_pages(scopes: frozenset[str]) -> bool:
    """Whether a token with these may become a session of the browser (Help 000386254, frontdoor_singleaccess)."""
    return not scopes.isdisjoint({"web", "full"})


def shown(scopes: frozenset[str]) -> str:
    """The scopes as a token response lists them."""
    return " ".join(name for name in SUPPORTED if name in scopes)
