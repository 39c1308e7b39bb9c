"""``/.well-known/openid-configuration``: where the OAuth endpoints are. Nobody needs a session to ask."""

from __future__ import annotations

from sfmeta.localorg.doors.scopes import SUPPORTED
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply, as_json
from sfmeta.localorg.state import State

_ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "revocation_endpoint": "revoke",
    "userinfo_endpoint": "userinfo",
    "introspection_endpoint": "introspect",
}


def configuration(_: State, call: Call) -> Reply:
    """Answers the discovery endpoint, for the endpoints that this org has.

    Source: Help remoteaccess_using_openid_discovery_endpoint.
    """
    return as_json(
        {
            "issuer": call.base_url,
            **{name: f"{call.base_url}/services/oauth2/{path}" for name, path in _ENDPOINTS.items()},
            "scopes_supported": list(SUPPORTED),
            "response_types_supported": ["code", "token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
            "subject_types_supported": ["public"],
            "display_values_supported": ["page", "popup", "touch"],
        }
    )
