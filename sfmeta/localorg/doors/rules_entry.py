"""The rules that are asked before anything else: who the user is, where from, by which flow, and blocked apps."""

from __future__ import annotations

from sfmeta.localorg.apps import Kind
from sfmeta.localorg.caller import Door
from sfmeta.localorg.doors import scopes
from sfmeta.localorg.doors.attempt import PASSWORD_FLOW_BLOCKED, USER_AGENT_FLOW_BLOCKED, Answer, Attempt
from sfmeta.localorg.doors.rule import Rule
from sfmeta.localorg.features import SOAP_LOGIN
from sfmeta.localorg.versions import LOGIN_GONE_FROM


def _login_call(attempt: Attempt) -> bool:
    return attempt.door is Door.SOAP_LOGIN


def _blocked(attempt: Attempt) -> bool:
    return attempt.app is not None and attempt.app.blocked_by_policy


def _without_api_scope(attempt: Attempt) -> bool:
    if not attempt.is_api or attempt.scopes is None or scopes.opens_api(attempt.scopes):
        return False
    return attempt.door is Door.REST or attempt.assumes("api_scope_counts_for_soap")


ENTRY_RULES: tuple[Rule, ...] = (
    Rule(
        "soap-login-gone",
        "SOAP login() does not exist from API version 65.0 on.",
        "Help 005132110",
        "A",
        Answer.LOGIN_CALL_GONE,
        lambda a: _login_call(a) and a.api_version >= LOGIN_GONE_FROM,
    ),
    Rule(
        "user-inactive",
        "An inactive user gets no session and keeps none.",
        "object reference, User.IsActive",
        "A",
        Answer.INACTIVE_USER,
        lambda a: a.user["IsActive"] is False,
        ends_session=True,
    ),
    Rule(
        "user-frozen",
        "A frozen user cannot log in.",
        "Object Reference, UserLogin.IsFrozen; Help users_freeze",
        "A",
        Answer.FROZEN_USER,
        lambda a: a.is_login and a.is_frozen,
    ),
    Rule(
        "user-frozen-session",
        "A user who is frozen meanwhile is out of the sessions that were open.",
        "crmscience.com, 'kicked out of active sessions in the web browser and the Salesforce1 mobile app'; Help says "
        "it of logging in only",
        "C",
        Answer.FROZEN_USER,
        lambda a: a.is_frozen,
        ends_session=True,
    ),
    Rule(
        "login-ip-ranges",
        "Users whose profile has login IP ranges log in only from these, unless the app's policy relaxes that; where "
        "the org enforces the ranges on every request, sessions are used only from there, too.",
        "Help connected_app_continuous_ip; error texts: forceworkbench#772, MavensMate-SublimeText#797, "
        "sfdx-mass-action-scheduler#122",
        "A",
        Answer.RESTRICTED_ADDRESS,
        lambda a: not a.address_is_allowed,
    ),
    Rule(
        "login-hours",
        "Users whose profile has login hours log in only within them.",
        "Metadata API guide, ProfileLoginHours; error text: dataloadercliq#84",
        "A",
        Answer.RESTRICTED_HOUR,
        lambda a: not a.hour_is_allowed,
    ),
    Rule(
        "api-only-user",
        "A user with the permission API Only User has no session in the browser.",
        "release notes Spring '20, rn_lc_api_only_user_cruc_lo; Help security_frontdoorjsp; text: a public question",
        "A",
        Answer.API_ONLY,
        lambda a: a.door is Door.UI and a.has("ApiUserOnly"),
    ),
    Rule(
        "api-enabled",
        "Data and metadata APIs need the permission API Enabled.",
        "Help, profile permissions; Help API-Access-Change-for-Connected-Apps for mobile and Outlook apps",
        "A",
        Answer.API_NOT_ENABLED,
        lambda a: a.is_api and not a.has("ApiEnabled"),
    ),
    Rule(
        "api-scope",
        "A token opens data and metadata APIs only with the scope api or full.",
        "Help 005226515, of the REST API; for SOAP by the assumption",
        "A",
        Answer.API_SCOPE_MISSING,
        _without_api_scope,
        "api_scope_counts_for_soap",
    ),
    Rule(
        "soap-login-off",
        "SOAP login() is off in an org where nobody switched it on.",
        "Help 005132110",
        "A",
        Answer.LOGIN_CALL_OFF,
        lambda a: _login_call(a) and not a.org.has_feature(SOAP_LOGIN),
    ),
    Rule(
        "soap-login-any-api-auth",
        "Where the org enforces it, SOAP login() needs the permission Use Any API Auth.",
        "Help 005132110",
        "A",
        Answer.NEEDS_ANY_API_AUTH,
        lambda a: _login_call(a) and a.assumes("use_any_api_auth_required") and not a.has("UseAnyApiAuth"),
        "use_any_api_auth_required",
    ),
    Rule(
        "password-flow-blocked",
        "The OAuth username-password flow can be blocked for the whole org.",
        "Metadata API guide, OauthOidcSettings.blockOAuthUnPwFlow",
        "A",
        Answer.FLOW_BLOCKED,
        lambda a: a.door is Door.OAUTH_PASSWORD and a.org.setting(PASSWORD_FLOW_BLOCKED),
    ),
    Rule(
        "user-agent-flow-blocked",
        "The OAuth user-agent flow can be blocked for the whole org.",
        "Metadata API guide, OauthOidcSettings.blockOAuthUsrAgtFlow",
        "A",
        Answer.FLOW_BLOCKED,
        lambda a: a.door is Door.OAUTH_USER_AGENT and a.org.setting(USER_AGENT_FLOW_BLOCKED),
    ),
    Rule(
        "device-flow-uninstalled",
        "Since 28 August 2025 the device flow is closed to apps that are not installed, also for users who authorised "
        "them before.",
        "Help 005132365, forcedotcom/cli#3368; error text: forcedotcom/code-builder-feedback#263",
        "B",
        Answer.DEVICE_FLOW_OFF,
        lambda a: a.login_door is Door.OAUTH_DEVICE and a.is_kind(Kind.FOREIGN),
    ),
    Rule(
        "device-flow-off",
        "The device flow opens only for an app for which it is enabled.",
        "Metadata API WSDL, ExtlClntAppGlobalOauthSettings.isDeviceFlowEnabled; error text: as above",
        "A",
        Answer.DEVICE_FLOW_OFF,
        lambda a: a.door is Door.OAUTH_DEVICE and a.app is not None and not a.app.option("isDeviceFlowEnabled"),
    ),
    Rule(
        "session-level",
        "An app that raises the session level is closed to flows without an approval step, such as JWT bearer.",
        "Metadata API guide, ConnectedAppSessionPolicy.policyAction; no error text was found",
        "A",
        Answer.SESSION_LEVEL,
        lambda a: a.is_login and not a.has_page and a.app is not None and a.app.raises_session_level,
    ),
    Rule(
        "app-on-block-list",
        "An app that an administrator blocked is closed to everyone, and its sessions are over.",
        "Metadata API guide, BlacklistedConsumer",
        "A",
        Answer.BLOCKED,
        lambda a: a.is_on_block_list,
        ends_session=True,
    ),
    Rule(
        "app-policy-block",
        "An app whose session policy is Block, or an external client app that is not enabled, is closed to everyone.",
        "Metadata API guide, ConnectedAppSessionPolicy.policyAction, ExtlClntAppConfigurablePolicies.isEnabled",
        "A",
        Answer.BLOCKED,
        _blocked,
        ends_session=True,
    ),
)
"""In the order they are asked."""
