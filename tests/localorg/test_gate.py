"""The gate's decision table: one row per situation, the rule that decides it and the exact words at the door."""

from __future__ import annotations

import pytest

from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.caller import Door
from sfmeta.localorg.doors.attempt import PASSWORD_FLOW_BLOCKED, USER_AGENT_FLOW_BLOCKED, Answer
from sfmeta.localorg.doors.gate import judge
from sfmeta.localorg.doors.rules import RULES
from sfmeta.localorg.features import API_ACCESS_CONTROL
from tests.localorg.situations import Case, situation

BLOCKED = ("app_blocked", "this app is blocked by admin")
NOT_APPROVED = ("invalid_app_access", "user is not admin approved to access this app")
NEVER_APPROVED = ("invalid_grant", "user hasn't approved this consumer")
REST_NOT_VALID = ("INVALID_SESSION_ID", "This session is not valid for use with the REST API")
SOAP_NOT_VALID = ("INVALID_SESSION_ID", "This session is not valid for use with the API")
REST_GONE = ("INVALID_SESSION_ID", "Session expired or invalid")
SOAP_GONE = ("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
BLOCKED_CLIENT = (
    "CLIENT_NOT_ACCESSIBLE_FOR_USER",
    "Sorry, your administrator has blocked access to this client. Please contact your administrator.",
)
LOGIN_GONE = (
    "soapenv:Client",
    "No operation available for request {urn:partner.soap.sforce.com}login, please check the WSDL for the service.",
)


PARTNER = {"UserType": "PowerPartner"}
HOLDER = ("ApiEnabled", "UseAnyApiClient")
JWT, REST, SOAP, PASSWORD = Door.OAUTH_JWT, Door.REST, Door.METADATA_SOAP, Door.OAUTH_PASSWORD
LOGIN, CREDENTIALS = Door.SOAP_LOGIN, Door.OAUTH_CLIENT_CREDENTIALS

AUTHORIZE = Door.OAUTH_AUTHORIZE
RANGES = "<loginIpRanges><endAddress>10.1.2.9</endAddress><startAddress>10.1.2.1</startAddress></loginIpRanges>"
HOURS = "<loginHours><mondayEnd>600</mondayEnd><mondayStart>480</mondayStart></loginHours>"
RELAXED = {"IpRelaxation": "ENFORCE_RELAXREFRESH"}
DEVICE = {"IsDeviceFlowEnabled": True}
RAISED = {"SessionPolicyAction": "RaiseSessionLevel"}
IP_RESTRICTED = ("invalid_grant", "ip restricted")
DEVICE_OFF = ("invalid_grant", "device flow is not enabled for the app")
REFRESH_SCOPE = (
    "invalid_request",
    "refresh_token scope is required and the connected app should be installed and preauthorized",
)

CASES = {
    # users
    "inactive, password": Case(
        "user-inactive", ("invalid_grant", "authentication failure"), PASSWORD, user={"IsActive": False}
    ),
    "inactive, JWT": Case("user-inactive", ("inactive_user", "user is inactive"), JWT, user={"IsActive": False}),
    "inactive, SOAP login": Case(
        "user-inactive",
        ("INVALID_LOGIN", "Invalid username, password, security token; or user locked out."),
        LOGIN,
        "",
        user={"IsActive": False},
    ),
    "inactive, session": Case("user-inactive", REST_GONE, REST, user={"IsActive": False}),
    "inactive, metadata": Case("user-inactive", SOAP_GONE, SOAP, user={"IsActive": False}),
    "frozen, password": Case("user-frozen", ("invalid_grant", "authentication failure"), PASSWORD, frozen=True),
    "frozen, JWT": Case("user-frozen", ("invalid_grant", "authentication failure"), JWT, frozen=True),
    "frozen, SOAP login": Case(
        "user-frozen",
        ("INVALID_LOGIN", "Invalid username, password, security token; or user locked out."),
        LOGIN,
        "",
        frozen=True,
    ),
    "frozen, session": Case("user-frozen-session", REST_GONE, REST, frozen=True),
    "frozen, metadata": Case("user-frozen-session", SOAP_GONE, SOAP, frozen=True),
    "no API Enabled, REST": Case(
        "api-enabled",
        ("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."),
        REST,
        permissions=(),
    ),
    "no API Enabled, metadata": Case(
        "api-enabled",
        ("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner"),
        SOAP,
        permissions=(),
    ),
    "no API Enabled, identity": Case("self-authorize", None, Door.OAUTH_IDENTITY, permissions=()),
    # SOAP login()
    "SOAP login": Case("no-app-unboxed", None, LOGIN, ""),
    "SOAP login at 65.0": Case("soap-login-gone", LOGIN_GONE, LOGIN, "", version=65),
    "SOAP login switched off": Case(
        "soap-login-off",
        ("INVALID_OPERATION", "SOAP API login() is disabled by default in this org."),
        LOGIN,
        "",
        features=(API_ACCESS_CONTROL,),
    ),
    "SOAP login without Use Any API Auth": Case(
        "soap-login-any-api-auth",
        ("INSUFFICIENT_ACCESS", "Use Any API Auth permission is required"),
        LOGIN,
        "",
        assumptions={"use_any_api_auth_required": True},
    ),
    "SOAP login with Use Any API Auth": Case(
        "no-app-unboxed",
        None,
        LOGIN,
        "",
        permissions=("ApiEnabled", "UseAnyApiAuth"),
        assumptions={"use_any_api_auth_required": True},
    ),
    "SOAP login, boxed": Case("no-app", BLOCKED_CLIENT, LOGIN, "", box="internal"),
    "SOAP login, boxed, holder": Case("no-app-holder", None, LOGIN, "", box="internal", permissions=HOLDER),
    "SOAP login, boxed, holder, not covered": Case(
        "no-app",
        BLOCKED_CLIENT,
        LOGIN,
        "",
        box="internal",
        permissions=HOLDER,
        assumptions={"use_any_api_client_covers_soap_login": False},
    ),
    "SOAP login, boxed, session fails later": Case(
        "no-app-login-later",
        None,
        LOGIN,
        "",
        box="internal",
        assumptions={"soap_login_refused_under_box": False},
    ),
    "SOAP login, other box": Case("no-app-unboxed", None, LOGIN, "", box="external"),
    "SOAP login, partner, boxed": Case("no-app", BLOCKED_CLIENT, LOGIN, "", box="external", user=PARTNER),
    "SOAP login, partner, boxed, holder": Case(
        "no-app", BLOCKED_CLIENT, LOGIN, "", box="external", user=PARTNER, permissions=HOLDER
    ),
    "SOAP login, partner, boxed, holder, exempt": Case(
        "no-app-holder",
        None,
        LOGIN,
        "",
        box="external",
        user=PARTNER,
        permissions=HOLDER,
        assumptions={"use_any_api_client_exempts_external_users": True},
    ),
    "session of SOAP login, boxed, REST": Case("no-app", REST_NOT_VALID, REST, "", box="internal"),
    "session of SOAP login, boxed, metadata": Case("no-app", SOAP_NOT_VALID, SOAP, "", box="internal"),
    "session of SOAP login, boxed, holder": Case("no-app-holder", None, SOAP, "", box="internal", permissions=HOLDER),
    # blocked apps
    "block list": Case("app-on-block-list", BLOCKED, blocked="list"),
    "block list, JWT": Case("app-on-block-list", BLOCKED, JWT, blocked="list"),
    "block list, foreign app": Case("app-on-block-list", BLOCKED, app="foreign", blocked="list", approved=True),
    "block list, session": Case("app-on-block-list", REST_GONE, REST, blocked="list"),
    "block list, metadata session": Case("app-on-block-list", SOAP_GONE, SOAP, blocked="list"),
    "block list, identity": Case(
        "app-on-block-list", ("Bad_OAuth_Token", "Bad_OAuth_Token"), Door.OAUTH_IDENTITY, blocked="list"
    ),
    "block list, even for granted": Case(
        "app-on-block-list", BLOCKED, JWT, admin_only=True, granted="profile", blocked="list"
    ),
    "policy Block": Case("app-policy-block", BLOCKED, blocked="policy"),
    "policy Block, external": Case("app-policy-block", BLOCKED, app="external", blocked="policy"),
    "external app not enabled": Case("app-policy-block", BLOCKED, app="external", blocked="disabled"),
    "password flow blocked": Case(
        "password-flow-blocked",
        ("invalid_grant", "authentication failure"),
        PASSWORD,
        settings={PASSWORD_FLOW_BLOCKED: True},
    ),
    # uninstalled apps: September and December 2025
    "foreign, never approved": Case(
        "uninstalled", ("invalid_client", "app must be installed into org"), PASSWORD, "foreign"
    ),
    "foreign, approved before": Case("uninstalled-before", None, app="foreign", approved=True),
    "foreign, approver": Case(
        "uninstalled-approver",
        None,
        PASSWORD,
        "foreign",
        permissions=("ApiEnabled", "CanApproveUninstalledApps"),
    ),
    "foreign, boxed, approved before": Case(
        "uninstalled-under-box", BLOCKED, app="foreign", approved=True, box="internal"
    ),
    "foreign, boxed, holder": Case(
        "uninstalled-under-box", BLOCKED, app="foreign", approved=True, box="internal", permissions=HOLDER
    ),
    "foreign, boxed, session": Case(
        "uninstalled-under-box", REST_NOT_VALID, REST, "foreign", approved=True, box="internal"
    ),
    "foreign, boxed, without the feature": Case(
        "uninstalled-before", None, app="foreign", approved=True, box="both", features=()
    ),
    "foreign, other box": Case("uninstalled-before", None, app="foreign", approved=True, box="external"),
    "foreign, partner, boxed": Case(
        "uninstalled-under-box", BLOCKED, app="foreign", approved=True, box="external", user=PARTNER
    ),
    "foreign, boxed, approver": Case(
        "uninstalled-under-box",
        BLOCKED,
        app="foreign",
        box="internal",
        permissions=("ApiEnabled", "CanApproveUninstalledApps"),
    ),
    "foreign, boxed, approver passes": Case(
        "uninstalled-approver-under-box",
        None,
        app="foreign",
        box="internal",
        permissions=("ApiEnabled", "CanApproveUninstalledApps"),
        assumptions={"approve_uninstalled_passes_first_box": True},
    ),
    # apps with admin-approved users
    "admin only": Case("admin-approved-only", NOT_APPROVED, admin_only=True),
    "admin only, approved before": Case("admin-approved-only", NOT_APPROVED, admin_only=True, approved=True),
    "admin only, password": Case("admin-approved-only", NOT_APPROVED, PASSWORD, admin_only=True),
    "admin only, JWT": Case("admin-approved-only", NEVER_APPROVED, JWT, admin_only=True),
    "admin only, JWT, other reading": Case(
        "admin-approved-only",
        NOT_APPROVED,
        JWT,
        admin_only=True,
        assumptions={"jwt_without_grant_says_not_approved": False},
    ),
    "admin only, session": Case("admin-approved-only", REST_NOT_VALID, REST, admin_only=True),
    "admin only, metadata session": Case("admin-approved-only", SOAP_NOT_VALID, SOAP, admin_only=True),
    "admin only, permission set": Case("granted", None, JWT, admin_only=True, granted="permission set"),
    "admin only, profile": Case("granted", None, JWT, admin_only=True, granted="profile"),
    "admin only, profile, boxed": Case("granted", None, JWT, admin_only=True, granted="profile", box="both"),
    "admin only, assignment expired": Case(
        "admin-approved-only", NEVER_APPROVED, JWT, admin_only=True, granted="expired"
    ),
    "admin only, holder": Case(
        "admin-approved-only", NOT_APPROVED, admin_only=True, box="internal", permissions=HOLDER
    ),
    "admin only, holder opens": Case(
        "admin-approved-holder",
        None,
        admin_only=True,
        box="internal",
        permissions=HOLDER,
        assumptions={"use_any_api_client_opens_admin_approved_apps": True},
    ),
    "external, admin only": Case("admin-approved-only", NOT_APPROVED, app="external", admin_only=True),
    "external, admin only, granted": Case(
        "granted", None, JWT, "external", admin_only=True, granted="permission set", box="internal"
    ),
    "external, admin only, holder": Case(
        "external-app-holder", None, JWT, "external", admin_only=True, box="internal", permissions=HOLDER
    ),
    "external, admin only, holder without the feature": Case(
        "admin-approved-only", NOT_APPROVED, app="external", admin_only=True, permissions=HOLDER, features=()
    ),
    "client credentials, admin only": Case("execution-user", None, CREDENTIALS, admin_only=True),
    "client credentials, session": Case("execution-user", None, REST, admin_only=True, opened_at=CREDENTIALS),
    "client credentials, judged": Case(
        "admin-approved-only",
        NOT_APPROVED,
        CREDENTIALS,
        admin_only=True,
        assumptions={"client_credentials_ignore_permitted_users": False},
    ),
    # apps that all users may authorize
    "everyone": Case("self-authorize"),
    "everyone, JWT, approved": Case("self-authorize", None, JWT, approved=True),
    "everyone, JWT, never approved": Case("self-authorize-jwt", NEVER_APPROVED, JWT),
    "everyone, boxed": Case("self-authorize", box="internal"),
    "everyone, boxed, other reading": Case(
        "self-authorize-under-box",
        NOT_APPROVED,
        box="internal",
        assumptions={"self_authorize_survives_first_box": False},
    ),
    "everyone, boxed, other reading, session": Case(
        "self-authorize-under-box",
        REST_NOT_VALID,
        REST,
        box="internal",
        assumptions={"self_authorize_survives_first_box": False},
    ),
    "everyone, boxed, other reading, holder": Case(
        "self-authorize",
        box="internal",
        permissions=HOLDER,
        assumptions={"self_authorize_survives_first_box": False},
    ),
    "everyone, boxed, other reading, pre-authorised": Case(
        "self-authorize",
        box="internal",
        granted="permission set",
        assumptions={"self_authorize_survives_first_box": False},
    ),
    "everyone, partner, boxed": Case(
        "self-authorize", box="both", user=PARTNER, assumptions={"self_authorize_survives_first_box": False}
    ),
    "external, everyone, JWT": Case("self-authorize-jwt", NEVER_APPROVED, JWT, "external"),
    "everyone, JWT, app without refresh_token": Case(
        "self-authorize-jwt-scope", REFRESH_SCOPE, JWT, app_fields={"Scopes": "api"}
    ),
    "admin only, JWT, app without refresh_token": Case(
        "granted", None, JWT, admin_only=True, granted="profile", app_fields={"Scopes": "api"}
    ),
    # groups
    "admin only, through a group": Case("granted", None, JWT, admin_only=True, granted="group"),
    "admin only, through a group, other reading": Case(
        "admin-approved-only",
        NEVER_APPROVED,
        JWT,
        admin_only=True,
        granted="group",
        assumptions={"group_members_preauthorize": False},
    ),
    # networks and hours
    "elsewhere, password": Case("login-ip-ranges", IP_RESTRICTED, PASSWORD, profile=RANGES),
    "elsewhere, SOAP login": Case(
        "login-ip-ranges",
        ("LOGIN_DURING_RESTRICTED_DOMAIN", "cannot log in from current domain"),
        LOGIN,
        "",
        profile=RANGES,
    ),
    "at home": Case("self-authorize", None, PASSWORD, profile=RANGES, source_ip="10.1.2.3"),
    "elsewhere, web server flow": Case(
        "login-ip-ranges", ("OAUTH_APP_ACCESS_DENIED", "ip restricted"), AUTHORIZE, profile=RANGES
    ),
    "elsewhere, bypass": Case("self-authorize", None, PASSWORD, profile=RANGES, app_fields={"IpRelaxation": "BYPASS"}),
    "elsewhere, bypass, JWT": Case(
        "login-ip-ranges", IP_RESTRICTED, JWT, approved=True, profile=RANGES, app_fields={"IpRelaxation": "BYPASS"}
    ),
    "elsewhere, relaxed refresh": Case("self-authorize", None, profile=RANGES, app_fields=RELAXED),
    "elsewhere, relaxed refresh, password": Case(
        "login-ip-ranges", IP_RESTRICTED, PASSWORD, profile=RANGES, app_fields=RELAXED
    ),
    "elsewhere, second factor": Case(
        "self-authorize", None, AUTHORIZE, profile=RANGES, app_fields={"IpRelaxation": "BYPASS_2FACTOR"}
    ),
    "elsewhere, second factor, password": Case(
        "login-ip-ranges", IP_RESTRICTED, PASSWORD, profile=RANGES, app_fields={"IpRelaxation": "BYPASS_2FACTOR"}
    ),
    "elsewhere, second factor, app's ranges": Case(
        "login-ip-ranges",
        ("OAUTH_APP_ACCESS_DENIED", "ip restricted"),
        AUTHORIZE,
        profile=RANGES,
        app_fields={"IpRelaxation": "BYPASS_2FACTOR", "IpRanges": "10.9.0.0-10.9.0.9"},
    ),
    "in the app's ranges, second factor": Case(
        "self-authorize",
        None,
        AUTHORIZE,
        profile=RANGES,
        source_ip="10.9.0.4",
        app_fields={"IpRelaxation": "BYPASS_2FACTOR", "IpRanges": "10.9.0.0-10.9.0.9"},
    ),
    "elsewhere, second factor, refresh": Case(
        "login-ip-ranges", IP_RESTRICTED, profile=RANGES, app_fields={"IpRelaxation": "BYPASS_2FACTOR"}
    ),
    "elsewhere, second factor, refresh covered": Case(
        "self-authorize",
        None,
        profile=RANGES,
        app_fields={"IpRelaxation": "BYPASS_2FACTOR"},
        assumptions={"second_factor_covers_refresh": True},
    ),
    "elsewhere, second factor, app's ranges, refresh covered": Case(
        "login-ip-ranges",
        IP_RESTRICTED,
        profile=RANGES,
        app_fields={"IpRelaxation": "BYPASS_2FACTOR", "IpRanges": "10.9.0.0-10.9.0.9"},
        assumptions={"second_factor_covers_refresh": True},
    ),
    "in the app's ranges, second factor, refresh covered": Case(
        "self-authorize",
        None,
        profile=RANGES,
        source_ip="10.9.0.4",
        app_fields={"IpRelaxation": "BYPASS_2FACTOR", "IpRanges": "10.9.0.0-10.9.0.9"},
        assumptions={"second_factor_covers_refresh": True},
    ),
    "elsewhere, second factor covers refresh, password": Case(
        "login-ip-ranges",
        IP_RESTRICTED,
        PASSWORD,
        profile=RANGES,
        app_fields={"IpRelaxation": "BYPASS_2FACTOR"},
        assumptions={"second_factor_covers_refresh": True},
    ),
    "elsewhere, session": Case("self-authorize", None, REST, profile=RANGES),
    "elsewhere, session, every request": Case(
        "login-ip-ranges", REST_GONE, REST, profile=RANGES, every_request=True, opened_at=PASSWORD
    ),
    "elsewhere, session, every request, metadata": Case(
        "login-ip-ranges", SOAP_GONE, SOAP, profile=RANGES, every_request=True, opened_at=PASSWORD
    ),
    "at night": Case("login-hours", ("invalid_grant", "invalid login hours"), PASSWORD, profile=HOURS),
    "at night, SOAP login": Case(
        "login-hours",
        ("LOGIN_DURING_RESTRICTED_TIME", "cannot log in during restricted time"),
        LOGIN,
        "",
        profile=HOURS,
    ),
    "in the morning": Case("self-authorize", None, PASSWORD, profile=HOURS, moment="2026-11-23T09:30:00+00:00"),
    "on Tuesday": Case("self-authorize", None, PASSWORD, profile=HOURS, moment="2026-11-24T12:00:00+00:00"),
    "at night, session": Case("self-authorize", None, REST, profile=HOURS, opened_at=PASSWORD),
    # the browser
    "browser": Case("no-app-unboxed", None, Door.UI, ""),
    "browser, boxed": Case("no-app-unboxed", None, Door.UI, "", box="both"),
    "browser, API only": Case(
        "api-only-user",
        ("API_ONLY", "Access Restricted for API Only Users"),
        Door.UI,
        "",
        permissions=("ApiEnabled", "ApiUserOnly"),
    ),
    "session of the browser": Case("no-app-unboxed", None, REST, "", opened_at=Door.UI),
    "session of the browser, boxed": Case("no-app", REST_NOT_VALID, REST, "", box="internal", opened_at=Door.UI),
    "session of the browser, boxed, metadata": Case(
        "no-app", SOAP_NOT_VALID, SOAP, "", box="internal", opened_at=Door.UI
    ),
    "session of the browser, boxed, holder": Case(
        "ui-session-holder", None, REST, "", box="internal", permissions=HOLDER, opened_at=Door.UI
    ),
    "session of the browser, boxed, holder, other reading": Case(
        "no-app",
        REST_NOT_VALID,
        REST,
        "",
        box="internal",
        permissions=HOLDER,
        opened_at=Door.UI,
        assumptions={"use_any_api_client_covers_ui_sessions": False},
    ),
    # scopes
    "no scope api, REST": Case("api-scope", REST_NOT_VALID, REST, scopes=frozenset({"id", "web"})),
    "no scope api, metadata": Case("api-scope", SOAP_NOT_VALID, SOAP, scopes=frozenset({"id", "web"})),
    "no scope api, metadata, other reading": Case(
        "self-authorize",
        None,
        SOAP,
        scopes=frozenset({"id", "web"}),
        assumptions={"api_scope_counts_for_soap": False},
    ),
    "scope full": Case("self-authorize", None, REST, scopes=frozenset({"full"})),
    "no scope api, identity": Case("self-authorize", None, Door.OAUTH_IDENTITY, scopes=frozenset({"id"})),
    # flows
    "user-agent flow": Case("self-authorize", None, Door.OAUTH_USER_AGENT),
    "user-agent flow blocked": Case(
        "user-agent-flow-blocked",
        ("unsupported_response_type", "the user-agent flow is blocked in this org"),
        Door.OAUTH_USER_AGENT,
        settings={USER_AGENT_FLOW_BLOCKED: True},
    ),
    "device flow": Case("self-authorize", None, Door.OAUTH_DEVICE, app_fields=DEVICE),
    "device flow not enabled": Case("device-flow-off", DEVICE_OFF, Door.OAUTH_DEVICE),
    "device flow, foreign": Case(
        "device-flow-uninstalled", DEVICE_OFF, Door.OAUTH_DEVICE, "foreign", approved=True, app_fields=DEVICE
    ),
    "device flow, foreign, approver": Case(
        "device-flow-uninstalled",
        DEVICE_OFF,
        Door.OAUTH_DEVICE,
        "foreign",
        app_fields=DEVICE,
        permissions=("ApiEnabled", "CanApproveUninstalledApps"),
    ),
    "device flow, foreign, session": Case(
        "device-flow-uninstalled", REST_NOT_VALID, REST, "foreign", approved=True, opened_at=Door.OAUTH_DEVICE
    ),
    "foreign, approved by device only": Case(
        "uninstalled",
        ("invalid_client", "app must be installed into org"),
        app="foreign",
        approved=True,
        flow=Door.OAUTH_DEVICE,
    ),
    "high assurance, JWT": Case(
        "session-level", ("invalid_grant", "authentication failure"), JWT, approved=True, app_fields=RAISED
    ),
    "high assurance, web server flow": Case("self-authorize", None, AUTHORIZE, app_fields=RAISED),
    "high assurance, session": Case("self-authorize", None, REST, app_fields=RAISED, opened_at=Door.OAUTH_CODE),
    # the authorize endpoint
    "authorize, blocked": Case(
        "app-on-block-list", ("OAUTH_APP_BLOCKED", "this app is blocked by admin"), AUTHORIZE, blocked="list"
    ),
    "authorize, boxed, foreign": Case(
        "uninstalled-under-box",
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin"),
        AUTHORIZE,
        "foreign",
        box="internal",
    ),
    "authorize, foreign": Case(
        "uninstalled", ("invalid_client", "app must be installed into org"), AUTHORIZE, "foreign"
    ),
    "authorize, admin only": Case(
        "admin-approved-only",
        ("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app"),
        AUTHORIZE,
        admin_only=True,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_decision(case: Case) -> None:
    attempt = situation(case)
    rule, fault = judge(attempt)
    assert rule.id == case.rule
    assert (None if fault is None else (fault.code, fault.message)) == case.says
    if fault is not None:
        assert fault.rule == case.rule
    attempt.state.close()


def test_every_rule_decides_a_case() -> None:
    assert {case.rule for case in CASES.values()} == {rule.id for rule in RULES}


def test_every_assumption_that_a_rule_hangs_on_is_known_and_said_to_be_one() -> None:
    for rule in RULES:
        assert rule.grade in ("A", "B", "C", "assumption")
        assert rule.sentence.endswith(".")
        assert rule.source
        if rule.assumption:
            assert rule.assumption in ASSUMPTIONS
        if rule.grade == "assumption":
            assert rule.assumption, rule.id
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert {rule.answer for rule in RULES} == set(Answer)
