"""The rules that are asked first: who the person is, where from, by which flow, and blocked apps."""

from __future__ import annotations

from sfmeta.access.questions import (
    ADDRESS_NOT_SEEN,
    FLOWS_NOT_SEEN,
    NEW_KEY_NOT_SEEN,
    RELAXATION_NOT_SEEN,
    RHYTHM_NOT_SEEN,
    SCOPES_NOT_SEEN,
)
from sfmeta.access.rules.case import Case, Key, Place, TokenAge
from sfmeta.access.rules.rule import Ask, RestsOn, refuses
from sfmeta.model.inventory import Blocked, Standing, Way

_PAGES = (Way.WEB, Way.USER_AGENT)


def _outside_ranges(case: Case, ask: Ask) -> bool:
    if case.place is Place.ANYWHERE or not _keeps_out(case, ask):
        return False
    return case.place is not Place.UNSEEN or ask(ADDRESS_NOT_SEEN)


def _keeps_out(case: Case, ask: Ask) -> bool:
    """Whether an address outside the profile's ranges is turned away, with this app and by this way."""
    if case.client is None or case.way is Way.JWT_BEARER:
        return True
    match case.client.ip_relaxation:
        case "BYPASS":
            return False
        case "ENFORCE_RELAXREFRESH":
            return case.way is not Way.REFRESH_TOKEN
        case "BYPASS_2FACTOR":
            return not _confirmed(case, ask) or case.place is Place.OUTSIDE
        case "":
            return ask(RELAXATION_NOT_SEEN)
        case _:
            return True


def _confirmed(case: Case, ask: Ask) -> bool:
    """The person confirmed who they are when the session, or the token that renews it, came to be."""
    if case.way is Way.REFRESH_TOKEN:
        return ask("second_factor_covers_refresh")
    return case.way in _PAGES


def _cannot_use_api(case: Case, ask: Ask) -> bool:
    if case.has("ApiEnabled"):
        return False
    opens_api = True if case.client is None else case.client.opens_api
    return ask(SCOPES_NOT_SEEN) if opens_api is None else opens_api


def _flow_blocked(case: Case, ask: Ask, way: Way, blocked: bool | None) -> bool:
    if case.way is not way:
        return False
    return not ask(FLOWS_NOT_SEEN) if blocked is None else blocked


def _blocked_by_list(case: Case, ask: Ask) -> bool:
    client = case.client
    if client is None:
        return False
    if client.blocked in (Blocked.BY_LIST, Blocked.BY_BOX):
        return True
    return case.org.ticks_a_box and client.standing is Standing.USED_ONLY and ask("flip_writes_blocks")


def _wrong_key(case: Case, ask: Ask) -> bool:
    """Whoever runs the client may have the new key already: no audit sees that."""
    if case.client is None or case.way is not Way.JWT_BEARER or case.client.key is Key.SAME:
        return False
    return case.client.key is Key.GONE or not ask(NEW_KEY_NOT_SEEN)


def _authorisation_ends(case: Case, ask: Ask) -> bool:
    client = case.client
    if case.way is not Way.REFRESH_TOKEN or client is None:
        return False
    return (client.becomes_restricted and ask("admin_approval_ends_authorizations")) or (
        client.becomes_installed and ask("install_ends_authorizations")
    )


def _token_too_old(case: Case, ask: Ask) -> bool:
    if case.way is not Way.REFRESH_TOKEN:
        return False
    match case.token:
        case TokenAge.TOO_OLD:
            return True
        case TokenAge.TOO_OLD_BY_NEW_POLICY:
            return ask("refresh_policy_hits_issued_tokens")
        case TokenAge.GOOD_BY_NEW_POLICY:
            return not ask("refresh_policy_hits_issued_tokens")
        case TokenAge.UNSURE:
            return not ask(RHYTHM_NOT_SEEN)
        case _:
            return False


ENTRY_RULES = (
    refuses(
        "user-inactive",
        "An inactive user gets no session.",
        "Object Reference, User.IsActive",
        "A",
        lambda case, _: not case.person.is_active,
        "Nothing: the user is inactive",
        RestsOn.USER,
    ),
    refuses(
        "user-frozen",
        "A frozen user cannot log in.",
        "Help users_freeze; Object Reference, UserLogin.IsFrozen",
        "A",
        lambda case, _: case.person.is_frozen,
        "Unfreeze the user, if that is meant",
        RestsOn.USER,
    ),
    refuses(
        "login-ip-ranges",
        "A profile with login IP ranges lets its users in only from there, unless the app's IP relaxation spares them.",
        "Help connected_app_continuous_ip",
        "A",
        _outside_ranges,
        "Add the address to the profile's login IP ranges, or relax IP for the app",
        RestsOn.ORG,
    ),
    refuses(
        "login-hours",
        "A profile with login hours lets its users in only within them.",
        "Metadata API guide, ProfileLoginHours",
        "A",
        lambda case, _: not case.person.in_hours,
        "Extend the profile's login hours",
    ),
    refuses(
        "api-only-user",
        "A user with API Only User has no session in the browser.",
        "Release notes Spring '20, rn_lc_api_only_user_cruc_lo",
        "A",
        lambda case, _: case.way is Way.BROWSER_SESSION and case.has("ApiUserOnly"),
        "Use an app and OAuth instead of a browser's session",
        RestsOn.ORG,
    ),
    refuses(
        "api-enabled",
        "The APIs need the permission API Enabled.",
        "Help API-Access-Change-for-Connected-Apps; Help, profile permissions",
        "A",
        _cannot_use_api,
        "Give the user API Enabled by a permission set",
        RestsOn.ORG,
    ),
    refuses(
        "password-flow-blocked",
        "The OAuth username-password flow is blocked for the whole org.",
        "Metadata API guide, OauthOidcSettings.blockOAuthUnPwFlow",
        "A",
        lambda case, ask: _flow_blocked(case, ask, Way.OAUTH_PASSWORD, case.org.password_flow_blocked),
        "Let the client use another flow (JWT bearer, client credentials)",
        RestsOn.ORG,
    ),
    refuses(
        "user-agent-flow-blocked",
        "The OAuth user-agent flow is blocked for the whole org.",
        "Metadata API guide, OauthOidcSettings.blockOAuthUsrAgtFlow",
        "A",
        lambda case, ask: _flow_blocked(case, ask, Way.USER_AGENT, case.org.user_agent_flow_blocked),
        "Let the client use the web server flow",
        RestsOn.ORG,
    ),
    refuses(
        "device-flow-uninstalled",
        "Since 28 August 2025 the device flow is closed to apps that are not installed.",
        "Help 005132365; forcedotcom/cli#3368",
        "B",
        lambda case, _: (
            case.way is Way.DEVICE and case.client is not None and case.client.standing is Standing.USED_ONLY
        ),
        "Install the app",
    ),
    refuses(
        "device-flow-off",
        "The device flow opens only for an app for which it is enabled.",
        "Metadata API WSDL, ExtlClntAppGlobalOauthSettings.isDeviceFlowEnabled",
        "A",
        lambda case, _: case.way is Way.DEVICE and case.client is not None and not case.client.device_flow,
        "Enable the device flow for the app",
        RestsOn.APP,
    ),
    refuses(
        "session-level",
        "An app that raises the session level is closed to flows without an approval step.",
        "Metadata API guide, ConnectedAppSessionPolicy.policyAction",
        "A",
        lambda case, _: case.without_page and case.client is not None and case.client.raises_session_level,
        "Take the session level policy off the app, or use a flow with a page",
        RestsOn.APP,
    ),
    refuses(
        "app-deleted",
        "An app that is deleted lets nobody in: its key and its tokens end with it.",
        "packaging guide, of uninstalling an app; Help 005228017 (an app cannot be made again everywhere)",
        "B",
        lambda case, _: case.client is not None and case.client.is_deleted,
        "Keep the app, and block it if nobody may use it",
        RestsOn.APP,
    ),
    refuses(
        "jwt-certificate",
        "JWT bearer is signed with the key of the app's certificate: another certificate refuses the old key.",
        "Help remoteaccess_oauth_jwt_flow; Metadata API guide, ConnectedAppOauthConfig.certificate",
        "A",
        _wrong_key,
        "Give the client the key of the new certificate at the same moment, or keep the certificate",
        RestsOn.APP,
    ),
    refuses(
        "client-credentials-user",
        "The client credentials flow runs as the user whom the app names, and only while the app has it on.",
        "Metadata API guide, ConnectedAppOauthConfig.oauthClientCredentialUser, isClientCredentialEnabled",
        "A",
        lambda case, _: case.way is Way.CLIENT_CREDENTIALS and case.client is not None and case.client.runs_as_another,
        "Name the user in the app again, or give the new one what the client needs",
        RestsOn.APP,
    ),
    refuses(
        "app-on-block-list",
        "A blocked app is closed to everyone.",
        "Metadata API guide, BlacklistedConsumer",
        "A",
        _blocked_by_list,
        "Unblock the app in Connected Apps OAuth Usage",
        RestsOn.APP,
    ),
    refuses(
        "app-blocked-by-policy",
        "An app whose session policy is Block, or an external client app that is not enabled, is closed to everyone.",
        "Metadata API guide, ConnectedAppSessionPolicy.policyAction, ExtlClntAppConfigurablePolicies.isEnabled",
        "A",
        lambda case, _: case.client is not None and case.client.blocked in (Blocked.BY_POLICY, Blocked.DISABLED),
        "Take the block off the app's policy",
        RestsOn.APP,
    ),
    refuses(
        "authorisation-ended",
        "An authorisation that the user gave before ends when the app is restricted or installed.",
        "cirrusinsight.com and docs.movedata.io (vendors) say so; Help does not",
        "C",
        _authorisation_ends,
        "Let the user authorise the app again after the change, unless it comes by JWT bearer",
    ),
    refuses(
        "refresh-token-too-old",
        "A refresh token is good only as long as the app's refresh token policy says.",
        "Metadata API guide, ConnectedAppOauthPolicy.refreshTokenPolicy",
        "A",
        _token_too_old,
        "Let the user authorise the app again, or choose a longer policy",
    ),
)
"""In the order they are asked."""
