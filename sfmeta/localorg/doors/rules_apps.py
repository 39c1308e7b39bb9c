"""The rules about apps: none, uninstalled, installed or owned, external client apps; and the boxes."""

from __future__ import annotations

from sfmeta.localorg.apps import Kind
from sfmeta.localorg.caller import Door
from sfmeta.localorg.doors.attempt import Answer, Attempt
from sfmeta.localorg.doors.rule import Rule


def _no_app_under_box(attempt: Attempt) -> bool:
    # the org's own pages are no API client: Setup stays reachable (inference; nothing says otherwise)
    return attempt.app is None and attempt.boxed and attempt.door is not Door.UI


def _internal_holder(attempt: Attempt) -> bool:
    return attempt.has("UseAnyApiClient") and (
        not attempt.is_external or attempt.assumes("use_any_api_client_exempts_external_users")
    )


def _admin_only(attempt: Attempt, kind: Kind) -> bool:
    return attempt.is_kind(kind) and attempt.app is not None and attempt.app.admin_approved_only


APP_RULES: tuple[Rule, ...] = (
    # without an app: SOAP login() and the sessions it gave
    Rule(
        "no-app-holder",
        "Under the box, a holder of Use Any API Client may use the API without a connected app.",
        "Help 005228838, 'unrestricted access to Salesforce APIs'; login() itself is not named",
        "assumption",
        Answer.ALLOW,
        lambda a: (
            _no_app_under_box(a)
            and _internal_holder(a)
            and a.login_door is not Door.UI
            and (a.door is not Door.SOAP_LOGIN or a.assumes("use_any_api_client_covers_soap_login"))
        ),
        "use_any_api_client_covers_soap_login",
    ),
    Rule(
        "ui-session-holder",
        "Under the box, whether a holder of Use Any API Client may use the API with a session of the browser.",
        "Help 005228838, 'unrestricted access to Salesforce APIs'; sessions of the browser are not named",
        "assumption",
        Answer.ALLOW,
        lambda a: (
            _no_app_under_box(a)
            and _internal_holder(a)
            and a.login_door is Door.UI
            and a.assumes("use_any_api_client_covers_ui_sessions")
        ),
        "use_any_api_client_covers_ui_sessions",
    ),
    Rule(
        "no-app-login-later",
        "Under the box, SOAP login() may still give a session that then opens nothing.",
        "nothing found; the other reading of no-app",
        "assumption",
        Answer.ALLOW,
        lambda a: _no_app_under_box(a) and a.door is Door.SOAP_LOGIN and not a.assumes("soap_login_refused_under_box"),
        "soap_login_refused_under_box",
    ),
    Rule(
        "no-app",
        "Under the box, the API opens only through an allowlisted app.",
        "Metadata API guide, ConnectedAppSettings; error texts: OrgCheck#621, Help 000383352",
        "A",
        Answer.NO_APP,
        _no_app_under_box,
    ),
    Rule(
        "no-app-unboxed",
        "Without the box, a session needs no app.",
        "Metadata API guide, ConnectedAppSettings",
        "A",
        Answer.ALLOW,
        lambda a: a.app is None,
    ),
    # uninstalled apps
    Rule(
        "uninstalled-approver-under-box",
        "Whether Approve Uninstalled Connected Apps opens an uninstalled app under the box for internal users.",
        "nothing found",
        "assumption",
        Answer.ALLOW,
        lambda a: (
            a.is_kind(Kind.FOREIGN)
            and a.boxed
            and not a.is_external
            and a.has("CanApproveUninstalledApps")
            and a.assumes("approve_uninstalled_passes_first_box")
        ),
        "approve_uninstalled_passes_first_box",
    ),
    Rule(
        "uninstalled-under-box",
        "Under the box that counts for the user, an app that is not installed is blocked; since December 2025 also for "
        "holders of Use Any API Client.",
        "Metadata API guide, ConnectedAppSettings; Help 005228838; error text: Inspector docs, n8n#21589",
        "A",
        Answer.BLOCKED_BY_BOX,
        lambda a: a.is_kind(Kind.FOREIGN) and a.boxed,
    ),
    Rule(
        "uninstalled-before",
        "Users who authorised an uninstalled app before may go on using it, unless by the device flow.",
        "Help 005132365 (September 2025)",
        "A",
        Answer.ALLOW,
        lambda a: a.is_kind(Kind.FOREIGN) and a.has_approved_on_a_page,
    ),
    Rule(
        "uninstalled-approver",
        "A holder of Approve Uninstalled Connected Apps may authorise an uninstalled app.",
        "Help 005132365 (September 2025)",
        "A",
        Answer.ALLOW,
        lambda a: a.is_kind(Kind.FOREIGN) and a.has("CanApproveUninstalledApps") and a.door is not Door.OAUTH_JWT,
    ),
    Rule(
        "uninstalled",
        "Everyone else needs an administrator to install the app first.",
        "Help 005132365 (September 2025); error text: docs.movedata.io",
        "A",
        Answer.NOT_INSTALLED,
        lambda a: a.is_kind(Kind.FOREIGN),
    ),
    # external client apps and installed or owned connected apps
    Rule(
        "execution-user",
        "The execution user of the client credentials flow is not judged by Permitted Users.",
        "a vendor's page (help.qualitiasoft.com)",
        "assumption",
        Answer.ALLOW,
        lambda a: (
            a.login_door is Door.OAUTH_CLIENT_CREDENTIALS and a.assumes("client_credentials_ignore_permitted_users")
        ),
        "client_credentials_ignore_permitted_users",
    ),
    Rule(
        "external-app-holder",
        "A holder of Use Any API Client reaches any external client app, also an admin-approved one.",
        "Help preauth_user_app_access_through_eca",
        "A",
        Answer.ALLOW,
        lambda a: a.is_kind(Kind.EXTERNAL) and _internal_holder(a),
    ),
    Rule(
        "granted",
        "A user whose profile or permission set is attached to the app may use it, without ever approving it.",
        "Metadata API guide, ConnectedAppOauthConfig.isAdminApproved, ExtlClntAppOauthConfigurablePolicies",
        "A",
        Answer.ALLOW,
        lambda a: a.app is not None and a.app.admin_approved_only and a.is_granted,
    ),
    Rule(
        "admin-approved-holder",
        "Whether Use Any API Client opens an admin-approved connected app without a grant.",
        "nothing found for connected apps",
        "assumption",
        Answer.ALLOW,
        lambda a: (
            _admin_only(a, Kind.CONNECTED)
            and _internal_holder(a)
            and a.assumes("use_any_api_client_opens_admin_approved_apps")
        ),
        "use_any_api_client_opens_admin_approved_apps",
    ),
    Rule(
        "admin-approved-only",
        "An app with admin-approved users is closed to users without a grant, with and without the box.",
        "Metadata API guide, ConnectedAppOauthConfig.isAdminApproved; Help preauth_user_app_access_through_eca",
        "A",
        Answer.NOT_ADMIN_APPROVED,
        lambda a: a.app is not None and a.app.admin_approved_only,
    ),
    Rule(
        "self-authorize-under-box",
        "Under the box for internal users, whether an app that all users may self-authorize still opens to users whose "
        "profile or permission set is not attached to it.",
        "Help security_api_access_control_about says no; the Metadata API guide, 'approved or installed', reads as yes",
        "assumption",
        Answer.NOT_ADMIN_APPROVED,
        lambda a: (
            a.boxed
            and not a.is_external
            and not a.has("UseAnyApiClient")
            and not a.assumes("self_authorize_survives_first_box")
            and not a.is_granted
        ),
        "self_authorize_survives_first_box",
    ),
    Rule(
        "self-authorize-jwt-scope",
        "JWT bearer wants an app with the scope refresh_token where the user is not pre-authorised.",
        "error text: node-salesforce-jwt#3",
        "B",
        Answer.REFRESH_SCOPE_MISSING,
        lambda a: (
            a.door is Door.OAUTH_JWT
            and not a.has_approved_before
            and a.app is not None
            and "refresh_token" not in a.app.scopes
        ),
    ),
    Rule(
        "self-authorize-jwt",
        "JWT bearer shows no consent page: where users self-authorize, the user must have approved the app before.",
        "Help remoteaccess_oauth_jwt_flow; error text: forrest#278",
        "A",
        Answer.NOT_APPROVED_YET,
        lambda a: a.door is Door.OAUTH_JWT and not a.has_approved_before,
    ),
    Rule(
        "self-authorize",
        "All users may self-authorize the app; for customers and partners under their box it must be installed and "
        "unblocked, which it is.",
        "Metadata API guide, ConnectedAppOauthConfig.isAdminApproved and ConnectedAppSettings",
        "A",
        Answer.ALLOW,
        lambda a: a.app is not None,
    ),
)
"""In the order they are asked; the last applies to every attempt with an app that none before it decides."""
