"""What the doors do without a word of their own: how long tokens live, what revokes them, what is listed."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

BEHAVIOUR: tuple[Sourced, ...] = (
    Sourced(
        "five-approvals",
        "A user approves an app five times; the next approval revokes the oldest.",
        "Help remoteaccess_request_approve",
        "A",
    ),
    Sourced(
        "refresh-scope",
        "A flow with a page gives a refresh token only where the client asks for refresh_token or offline_access, or "
        "the app has it and the client asks for nothing; full does not hold it.",
        "Help remoteaccess_oauth_tokens_scopes",
        "A",
    ),
    Sourced(
        "refresh-rotation",
        "With rotation each refresh gives a new refresh token and ends the old one; using an old one ends the current "
        "one and its sessions.",
        "Help 005316711, remoteaccess_oauth_refresh_token_flow_ca",
        "A",
    ),
    Sourced(
        "refresh-policy",
        "A refresh token's policy is evaluated when it is used; sessions there are go on.",
        "Metadata API guide, ConnectedAppOauthPolicy.refreshTokenPolicy",
        "A",
        assumption="refresh_policy_hits_issued_tokens",
    ),
    Sourced(
        "second-factor-relaxation",
        "IP relaxation for activated devices spares flows with a page; with ranges of its own the app must be called "
        "from there.",
        "Help connected_app_continuous_ip",
        "A",
        assumption="second_factor_covers_refresh",
    ),
    Sourced(
        "password-flow-unlisted",
        "The username-password flow leaves no row in OauthToken and gives no refresh token.",
        "Help remoteaccess_oauth_username_password_flow",
        "A",
    ),
    Sourced(
        "client-secrets",
        "The web server flow needs the client secret unless isConsumerSecretOptional; refreshing needs it where "
        "isSecretRequiredForRefreshToken.",
        "Metadata API guide, ConnectedAppOauthConfig",
        "A",
    ),
    Sourced(
        "jwt-audience",
        "The audience of an assertion is the org's own address, or test. or login.salesforce.com by the kind of org.",
        "Help remoteaccess_oauth_jwt_flow; forrest#184",
        "A",
    ),
    Sourced(
        "introspection",
        "An app may ask about its own tokens; about others only with isIntrospectAllTokens, else they are inactive.",
        "Help remoteaccess_oidc_token_introspection_endpoint; Metadata API guide, isIntrospectAllTokens",
        "A",
    ),
    Sourced(
        "identity-of-others",
        "Another user's identity URL opens for an internal user with API Enabled and the scope api or full.",
        "Help remoteaccess_using_openid",
        "A",
    ),
    Sourced(
        "frontdoor",
        "A token with web or full becomes a browser session by a URL that opens once.",
        "Help frontdoor_singleaccess, 000386254",
        "A",
    ),
    Sourced(
        "session-timeout",
        "A session lives unused for the app's timeout, else the org's, two hours by default.",
        "Metadata API guide, ConnectedAppSessionPolicy.sessionTimeout, SessionSettings.sessionTimeout",
        "A",
    ),
    Sourced(
        "unknown-user-unlisted",
        "A login with a name that nobody has is not in LoginHistory.",
        "a published handbook (Salesforce CRM Admin Cookbook)",
        "C",
    ),
    Sourced(
        "no-second-question",
        "Who is pre-authorised, or approved the app before with a token that lives, sees no approval page.",
        "Metadata API guide, isAdminApproved, for the first; the second is this org's choice",
        "emulator",
    ),
)
"""Sentences without a text."""
