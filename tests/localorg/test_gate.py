"""The gate's decision table: one row per situation, the rule that decides it and the exact words at the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from sfmeta.localorg.apps import app_by_id
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.caller import Door
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX, PASSWORD_FLOW_BLOCKED, Answer, Attempt
from sfmeta.localorg.doors.gate import judge
from sfmeta.localorg.doors.rules import RULES
from sfmeta.localorg.features import API_ACCESS_CONTROL, SOAP_LOGIN
from sfmeta.localorg.state import State

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


@dataclass(frozen=True)
class Case:
    """A situation and what follows. ``says`` is None where the door opens."""

    rule: str
    says: tuple[str, str] | None = None
    door: Door = Door.OAUTH_REFRESH
    app: str = "installed"  # installed, external, foreign or "" for none
    admin_only: bool = False
    granted: str = ""  # "permission set", "profile" or "expired"
    approved: bool = False
    blocked: str = ""  # "list" or "policy" or "disabled"
    box: str = ""  # internal, external or both
    user: dict[str, Any] = field(default_factory=dict)
    permissions: tuple[str, ...] = ("ApiEnabled",)
    features: tuple[str, ...] = (API_ACCESS_CONTROL, SOAP_LOGIN)
    assumptions: dict[str, bool] = field(default_factory=dict)
    settings: dict[str, bool] = field(default_factory=dict)
    version: int = 59
    opened_at: Door | None = None


PARTNER = {"UserType": "PowerPartner"}
HOLDER = ("ApiEnabled", "UseAnyApiClient")
JWT, REST, SOAP, PASSWORD = Door.OAUTH_JWT, Door.REST, Door.METADATA_SOAP, Door.OAUTH_PASSWORD
LOGIN, CREDENTIALS = Door.SOAP_LOGIN, Door.OAUTH_CLIENT_CREDENTIALS

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
    "everyone, partner, boxed": Case(
        "self-authorize", box="both", user=PARTNER, assumptions={"self_authorize_survives_first_box": False}
    ),
    "external, everyone, JWT": Case("self-authorize-jwt", NEVER_APPROVED, JWT, "external"),
}


def situation(case: Case) -> Attempt:
    """An org in memory in which exactly the case holds."""
    state = State.open()
    records = state.records
    boxes = {
        INTERNAL_BOX: case.box in ("internal", "both"),
        EXTERNAL_BOX: case.box in ("external", "both"),
    }
    state.change_org(
        id=state.ids.new("Organization"),
        features=case.features,
        assumptions=case.assumptions,
        settings={**boxes, **case.settings},
    )
    profile = records.insert("Profile", {"Name": "Standard User"})
    flags = {f"Permissions{name}": True for name in case.permissions}
    owned = records.insert("PermissionSet", {"Name": "X", "IsOwnedByProfile": True, "ProfileId": profile, **flags})
    user = records.insert(
        "User", {"Username": "anna@acme.example", "ProfileId": profile, "IsActive": True, **case.user}
    )
    app_id = {"": lambda *_: "", "installed": installed, "external": external, "foreign": foreign}[case.app](
        state, case
    )
    if case.granted:
        parent = owned
        if case.granted != "profile":
            parent = records.insert("PermissionSet", {"Name": "Allow"})
            until = "2020-01-01T00:00:00.000+0000" if case.granted == "expired" else None
            fields = {"AssigneeId": user, "PermissionSetId": parent, "ExpirationDate": until}
            records.insert("PermissionSetAssignment", fields)
        records.insert("SetupEntityAccess", {"ParentId": parent, "SetupEntityId": app_id})
    if case.approved:
        records.insert("OauthToken", {"UserId": user, "AppId": app_id})
    if case.blocked == "list":
        records.insert("BlacklistedConsumer", {"ConsumerKey": "the-key"})
    found = records.get(user)
    assert found is not None
    return Attempt(state, found, app_by_id(state, app_id), case.door, case.version, case.opened_at)


def installed(state: State, case: Case) -> str:
    action = "Block" if case.blocked == "policy" else None
    only = case.admin_only
    fields = {"Name": "App", "ConsumerKey": "the-key", "OptionsAllowAdminApprovedUsersOnly": only}
    return state.records.insert("ConnectedApplication", {**fields, "SessionPolicyAction": action})


def external(state: State, case: Case) -> str:
    fields = {"MasterLabel": "App", "ConsumerKey": "the-key", "IsEnabled": case.blocked != "disabled"}
    app_id = state.records.insert("ExternalClientApplication", fields)
    policy = {
        "ExternalClientApplicationId": app_id,
        "PermittedUsersPolicyType": "AdminApprovedPreAuthorized" if case.admin_only else "AllSelfAuthorized",
        "PolicyAction": "Block" if case.blocked == "policy" else None,
    }
    state.records.insert("ExtlClntAppOauthPlcyCnfg", policy)
    return app_id


def foreign(state: State, case: Case) -> str:
    return state.records.insert("ForeignApp", {"Name": "App", "ConsumerKey": "the-key"})


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
