"""The texts of SOAP login(), of sessions at REST and SOAP doors, of the login page, and LoginHistory's."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_LOGIN_NAMES = "salesforce.stackexchange.com 146422"
_LOGIN_STATUS = "Object Reference, EventLogFile, LOGIN_STATUS values"

SESSION_TEXTS: tuple[Sourced, ...] = (
    # SOAP login()
    Sourced(
        "login-invalid",
        "Name and password must be right and the user active.",
        "presto, TestSalesforceBasicAuthenticator",
        "B",
        "INVALID_LOGIN: Invalid username, password, security token; or user locked out.",
    ),
    Sourced(
        "login-frozen",
        "A frozen user reads what a wrong password is answered with, at every door.",
        "salesforcedictionary.com, of login(); of the other doors nothing was found",
        "C",
    ),
    Sourced(
        "login-token-needed",
        "From outside trusted networks a user with a security token appends it to the password.",
        "jsforce#487, EMP-Connector#70",
        "B",
        "LOGIN_MUST_USE_SECURITY_TOKEN: Invalid username, password, security token; or user locked out. Are you at a "
        "new location? When accessing Salesforce--either via a desktop client or the API--from outside of your "
        "company\u2019s trusted networks, you must add a security token to your password to log in. To get your new "
        "security token, log in to Salesforce. From your personal settings, enter Reset My Security Token in the Quick "
        "Find box, then select Reset My Security Token.",
    ),
    Sourced(
        "login-domain",
        "login() from outside the login IP ranges.",
        "MavensMate-SublimeText#797",
        "B",
        "LOGIN_DURING_RESTRICTED_DOMAIN: cannot log in from current domain",
    ),
    Sourced(
        "login-time",
        "login() outside the login hours.",
        "dataloadercliq#84",
        "B",
        "LOGIN_DURING_RESTRICTED_TIME: cannot log in during restricted time",
    ),
    Sourced(
        "no-operation",
        "An operation that the WSDL does not have; login() from 65.0 on, whoever calls it.",
        "recorded faults in tests of public clients, for other operations that are not there",
        "B",
        "soapenv:Client: No operation available for request {{urn:partner.soap.sforce.com}}{operation}, please check "
        "the WSDL for the service.",
    ),
    Sourced(
        "soap-logout",
        "logout() ends the session that it is called with.",
        "SOAP API guide, sforce_api_calls_logout",
        "A",
    ),
    Sourced(
        "login-off",
        "login() where nobody switched it on.",
        "Help 005132110 for the rule; for the words logs of many public projects",
        "B",
        "INVALID_OPERATION: SOAP API login() is disabled by default in this org.",
    ),
    Sourced(
        "login-any-api-auth",
        "login() without the permission Use Any API Auth where it is needed.",
        "the documentation of login() for the code; the words are ours",
        "A",
        "INSUFFICIENT_ACCESS: Use Any API Auth permission is required",
    ),
    Sourced(
        "login-client-blocked",
        "login() under the box.",
        "Help 000383352 (Data Loader) for the words; the code is one of the partner WSDL's, and our choice",
        "A",
        "CLIENT_NOT_ACCESSIBLE_FOR_USER: Sorry, your administrator has blocked access to this client. Please contact "
        "your administrator.",
    ),
    # sessions
    Sourced(
        "session-gone-rest",
        "A session that is over, or that an app's block ended, at REST.",
        "public reports, many",
        "B",
        "INVALID_SESSION_ID: Session expired or invalid",
    ),
    Sourced(
        "session-gone-soap",
        "The same at SOAP.",
        "postman-salesforce-apis#56, IlluminatedCloud#601",
        "B",
        "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session",
    ),
    Sourced(
        "session-unfit-rest",
        "A session that the REST API does not take: under the box, or without the scope api.",
        "Chrome-Salesforce-inspector#149, OrgCheck#621; Help 005226515",
        "A",
        "INVALID_SESSION_ID: This session is not valid for use with the REST API",
    ),
    Sourced(
        "session-unfit-soap",
        "The same at SOAP.",
        "OrgCheck#621",
        "B",
        "INVALID_SESSION_ID: This session is not valid for use with the API",
    ),
    Sourced(
        "api-off-rest",
        "REST without API Enabled.",
        "restforce#219",
        "B",
        "API_DISABLED_FOR_ORG: The REST API is not enabled for this Organization.",
    ),
    Sourced(
        "api-off-soap",
        "SOAP without API Enabled.",
        "a comment in a public repository",
        "B",
        "API_DISABLED_FOR_ORG: API is not enabled for this Organization or Partner",
    ),
    # the login page
    Sourced(
        "page-login",
        "A login page after a wrong password.",
        "remembered, not verified",
        "emulator",
        "LOGIN_FAILED: Please check your username and password. If you still can't log in, contact your Salesforce "
        "administrator.",
    ),
    Sourced(
        "page-api-only",
        "A login page for an API Only User.",
        "salesforce.stackexchange.com 315767, improveit360's help",
        "C",
        "API_ONLY: Access Restricted for API Only Users",
    ),
    # LoginHistory.Status
    Sourced("status-success", "LoginHistory of a login.", _LOGIN_NAMES, "B", "Success"),
    Sourced("status-password", "LoginHistory: wrong password.", _LOGIN_NAMES, "B", "Invalid Password"),
    Sourced("status-inactive", "LoginHistory: inactive user.", _LOGIN_NAMES, "B", "User is Inactive"),
    Sourced(
        "status-frozen",
        "LoginHistory: a frozen user.",
        f"{_LOGIN_STATUS}, LOGIN_ERROR_USER_FROZEN",
        "A",
        "User is frozen",
    ),
    Sourced(
        "status-token",
        "LoginHistory: security token needed.",
        f"{_LOGIN_STATUS}; forcedotcom/dataloader#141",
        "A",
        "Failed: API security token required",
    ),
    Sourced(
        "status-address",
        "LoginHistory: outside the login IP ranges.",
        f"{_LOGIN_STATUS}; forceworkbench#772",
        "A",
        "Restricted IP",
    ),
    Sourced(
        "status-hour",
        "LoginHistory: outside the login hours.",
        f"livesalesforcetraining.com; {_LOGIN_STATUS}, as Restricted time",
        "C",
        "Restricted Time",
    ),
    Sourced(
        "status-api-only",
        "LoginHistory: an API Only User at a login page.",
        _LOGIN_STATUS,
        "A",
        "Failed: API-only user",
    ),
    Sourced(
        "status-not-approved",
        "LoginHistory: the app or API Access Control refuses the user.",
        "Help 000383352, 000212208",
        "A",
        "Failed: Not approved for access",
    ),
    Sourced(
        "status-api-off",
        "LoginHistory: an API login without API Enabled.",
        f"{_LOGIN_STATUS}, and Help remoteaccess_errorcodes for OAuth 1.0.A, list it; that it is this one here is ours",
        "emulator",
        "Failed: OAuth Api Access Disabled",
    ),
    Sourced(
        "status-consumer",
        "LoginHistory: no such app.",
        f"{_LOGIN_STATUS}, and Help remoteaccess_errorcodes for OAuth 1.0.A, list it; that it is this one here is ours",
        "emulator",
        "Failed: Consumer Deleted",
    ),
    Sourced(
        "status-code",
        "LoginHistory: an authorization code that is used again or too old.",
        f"Gravity-Forms-Salesforce#272; {_LOGIN_STATUS} for the words",
        "B",
        "Failed: Invalid Nonce",
    ),
    Sourced(
        "status-verifier",
        "LoginHistory: a code verifier that does not fit.",
        _LOGIN_STATUS,
        "A",
        "Failed: Invalid Code Verifier",
    ),
    Sourced(
        "status-assertion",
        "LoginHistory: an assertion for a user that is not signed, fresh or made for this org.",
        "nothing found",
        "emulator",
        "Failed: Invalid Assertion",
    ),
    Sourced(
        "status-refresh",
        "LoginHistory: a refresh token that is too old or rotated out.",
        "Help remoteaccess_errorcodes lists it for OAuth 1.0.A; that it is this one here is ours",
        "emulator",
        "Failed: Invalid Access Token",
    ),
)
"""In the order of the doors."""
