"""The rules about the client: none, an uninstalled app, an installed or owned one, an external client app."""

from __future__ import annotations

from sfmeta.access.questions import PERMITTED_USERS_NOT_SEEN
from sfmeta.access.rules.case import Case, Granted
from sfmeta.access.rules.rule import Ask, RestsOn, lets_in, refuses
from sfmeta.model.inventory import Standing, Way
from sfmeta.model.policy import AppKind

_GUIDE_BOXES = "Metadata API guide, ConnectedAppSettings"
_GUIDE_APPROVED = "Metadata API guide, ConnectedAppOauthConfig.isAdminApproved, ExtlClntAppOauthConfigurablePolicies"
_SEPTEMBER_2025 = "Help 005132365 (September 2025)"
_ANY_CLIENT = "Help 005228838 ('unrestricted access to Salesforce APIs')"


def _no_app_boxed(case: Case) -> bool:
    return case.client is None and case.is_boxed


def _holds_any_client(case: Case, ask: Ask) -> bool:
    """Use Any API Client counts for this person."""
    if not case.has("UseAnyApiClient"):
        return False
    return not case.person.is_external or ask("use_any_api_client_exempts_external_users")


def _soap_needs_permission(case: Case, ask: Ask) -> bool:
    return case.way is Way.SOAP_LOGIN and not case.has("UseAnyApiAuth") and ask("use_any_api_auth_required")


def _holder_by_soap(case: Case, ask: Ask) -> bool:
    if not (_no_app_boxed(case) and case.way is Way.SOAP_LOGIN and _holds_any_client(case, ask)):
        return False
    # a login() that is let in gives a session that a holder may use
    return ask("use_any_api_client_covers_soap_login") or not ask("soap_login_refused_under_box")


def _holder_in_browser(case: Case, ask: Ask) -> bool:
    if not (_no_app_boxed(case) and case.way is Way.BROWSER_SESSION and _holds_any_client(case, ask)):
        return False
    return ask("use_any_api_client_covers_ui_sessions")


def _foreign(case: Case) -> bool:
    return case.client is not None and case.client.standing is Standing.USED_ONLY


def _may_approve_foreign(case: Case) -> bool:
    return _foreign(case) and case.has("CanApproveUninstalledApps")


def _approver_boxed(case: Case, ask: Ask) -> bool:
    if not (_may_approve_foreign(case) and case.is_boxed) or case.person.is_external:
        return False
    return ask("approve_uninstalled_passes_first_box")


def _is_kind(case: Case, kind: AppKind) -> bool:
    return case.client is not None and case.client.kind is kind


def _admin_approved(case: Case, ask: Ask) -> bool:
    client = case.client
    if client is None:
        return False
    if client.admin_approved:
        return True
    if client.standing is Standing.USED_ONLY:
        return False
    if client.admin_approved is None and not ask(PERMITTED_USERS_NOT_SEEN):
        return True
    is_connected = client.kind is AppKind.CONNECTED_APP
    return is_connected and case.org.ticks_internal_box and ask("flip_rewrites_app_policies")


def _is_granted(case: Case, ask: Ask) -> bool:
    if case.granted is Granted.BY_GROUP:
        return ask("group_members_preauthorize")
    return case.granted is Granted.DIRECTLY


def _holder_on_approved(case: Case, ask: Ask) -> bool:
    if not _is_kind(case, AppKind.CONNECTED_APP) or not case.has("UseAnyApiClient"):
        return False
    return (
        _admin_approved(case, ask)
        and _holds_any_client(case, ask)
        and ask("use_any_api_client_opens_admin_approved_apps")
    )


def _self_authorised_boxed(case: Case, ask: Ask) -> bool:
    if case.client is None or not case.is_boxed or case.person.is_external or case.has("UseAnyApiClient"):
        return False
    return not _is_granted(case, ask) and not ask("self_authorize_survives_first_box")


def _never_authorised(case: Case, ask: Ask) -> bool:
    """JWT bearer has no consent page; an authorisation may have ended with the change that is forecast."""
    client = case.client
    if client is None or case.way is not Way.JWT_BEARER:
        return False
    return not case.is_authorised or (client.becomes_installed and ask("install_ends_authorizations"))


CLIENT_RULES = (
    # without an app
    refuses(
        "soap-login-any-api-auth",
        "Where the org enforces it, SOAP login() needs the permission Use Any API Auth.",
        "Help 005132110",
        "A",
        _soap_needs_permission,
        "Move the client to OAuth, or give the user Use Any API Auth",
    ),
    lets_in(
        "soap-login-holder",
        "Under the box, a holder of Use Any API Client may use SOAP login().",
        f"{_ANY_CLIENT}; login() itself is not named",
        "C",
        _holder_by_soap,
    ),
    lets_in(
        "browser-session-holder",
        "Under the box, a holder of Use Any API Client may use the API with a session of the browser.",
        f"{_ANY_CLIENT}; sessions of the browser are not named",
        "C",
        _holder_in_browser,
    ),
    refuses(
        "no-app-under-box",
        "Under the box, the APIs open only through an allowlisted app.",
        f"{_GUIDE_BOXES}; error texts: OrgCheck#621, Help 000383352",
        "A",
        lambda case, _: _no_app_boxed(case),
        "Move the client to an app with OAuth, or list the user under any_api_client",
        RestsOn.ORG,
    ),
    lets_in(
        "no-app",
        "Without the box, a session needs no app.",
        _GUIDE_BOXES,
        "A",
        lambda case, _: case.client is None,
    ),
    # apps that are not installed
    lets_in(
        "uninstalled-approver-under-box",
        "Under the box, a holder of Approve Uninstalled Connected Apps may use an uninstalled app.",
        "nothing was found",
        "assumption",
        _approver_boxed,
    ),
    refuses(
        "uninstalled-under-box",
        "Under the box, an app that is not installed is closed, also to holders of Use Any API Client.",
        f"{_GUIDE_BOXES}; Help 005228838 (December 2025)",
        "A",
        lambda case, _: _foreign(case) and case.is_boxed,
        "Install and unblock the app",
        RestsOn.ORG,
    ),
    lets_in(
        "uninstalled-before",
        "Whoever authorised an uninstalled app before may go on using it.",
        _SEPTEMBER_2025,
        "A",
        lambda case, _: _foreign(case) and case.is_authorised,
    ),
    lets_in(
        "uninstalled-approver",
        "A holder of Approve Uninstalled Connected Apps may authorise an uninstalled app.",
        _SEPTEMBER_2025,
        "A",
        lambda case, _: _may_approve_foreign(case) and case.way is not Way.JWT_BEARER,
    ),
    refuses(
        "uninstalled",
        "Everyone else needs an administrator to install the app first.",
        _SEPTEMBER_2025,
        "A",
        lambda case, _: _foreign(case),
        "Install the app",
    ),
    # owned and installed apps, external client apps
    lets_in(
        "execution-user",
        "The execution user of the client credentials flow is not judged by Permitted Users.",
        "a vendor's page (help.qualitiasoft.com)",
        "C",
        lambda case, ask: case.way is Way.CLIENT_CREDENTIALS and ask("client_credentials_ignore_permitted_users"),
    ),
    lets_in(
        "external-client-app-holder",
        "A holder of Use Any API Client reaches any external client app.",
        "Help preauth_user_app_access_through_eca",
        "A",
        lambda case, ask: _is_kind(case, AppKind.EXTERNAL_CLIENT_APP) and _holds_any_client(case, ask),
    ),
    lets_in(
        "granted",
        "A user whose profile or permission set is attached to an admin-approved app may use it.",
        _GUIDE_APPROVED,
        "A",
        lambda case, ask: case.granted is not Granted.NO and _admin_approved(case, ask) and _is_granted(case, ask),
    ),
    lets_in(
        "admin-approved-holder",
        "A holder of Use Any API Client may use an admin-approved connected app without a grant.",
        "nothing was found for connected apps",
        "assumption",
        _holder_on_approved,
    ),
    refuses(
        "admin-approved-only",
        "An app with admin-approved users is closed to users without a grant, with and without the box.",
        f"{_GUIDE_APPROVED}; Help preauth_user_app_access_through_eca",
        "A",
        _admin_approved,
        "Grant the user the app: its permission set, or a profile or permission set that is attached to it",
        RestsOn.APP,
    ),
    refuses(
        "self-authorised-under-box",
        "Under the first box, an app that all users may self-authorize is closed to internal users without a grant.",
        "Help security_api_access_control_about says no; the Metadata API guide, 'approved or installed', reads as yes",
        "assumption",
        _self_authorised_boxed,
        "Make the app admin-approved and grant it to the user",
        RestsOn.ORG,
    ),
    refuses(
        "jwt-never-authorised",
        "JWT bearer shows no consent page: where users self-authorize, the user must have authorised the app before.",
        "Help remoteaccess_oauth_jwt_flow",
        "A",
        _never_authorised,
        "Make the app admin-approved and grant it to the user, or let the user authorise it once",
    ),
    lets_in(
        "self-authorised-holder",
        "Under the first box, a holder of Use Any API Client may authorise an installed app that all users may.",
        "Help 005228838",
        "A",
        lambda case, _: (
            case.client is not None and case.is_boxed and not case.person.is_external and case.has("UseAnyApiClient")
        ),
    ),
    lets_in(
        "self-authorised",
        "All users may self-authorize the app, and it is installed and not blocked.",
        f"{_GUIDE_APPROVED}; {_GUIDE_BOXES}",
        "A",
        lambda case, _: case.client is not None,
    ),
)
"""In the order they are asked; the last applies to every case that none before it decides."""
