"""The words with which each door says no, as users quote them from real orgs; the source stands beside each.

Where nothing was found the nearest documented answer is given and said so beside it.
"""

from __future__ import annotations

from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.doors.attempt import Answer

# a public fixture: presto, TestSalesforceBasicAuthenticator
INVALID_LOGIN = Fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.", 500)
# public reports: postman-salesforce-apis#56 and IlluminatedCloud#601 for SOAP, many for REST
NO_SESSION_REST = Fault("INVALID_SESSION_ID", "Session expired or invalid", 401)
NO_SESSION_SOAP = Fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session", 500)
AUTHENTICATION_FAILURE = Fault("invalid_grant", "authentication failure")  # omniphx/forrest#274

# a comment in a public repository; its variant for REST, below: restforce#219
_API_OFF = Fault("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner", 500)

_SOAP_LOGIN = {
    Answer.INACTIVE_USER: INVALID_LOGIN,
    Answer.API_NOT_ENABLED: _API_OFF,
    # not found: an operation that a WSDL does not have; the text is remembered, not verified
    Answer.LOGIN_CALL_GONE: Fault(
        "soapenv:Client",
        "No operation available for request {urn:partner.soap.sforce.com}login, please check the WSDL for the service.",
        500,
    ),
    # remembered from the release notes, not verified
    Answer.LOGIN_CALL_OFF: Fault("INVALID_OPERATION", "SOAP API login() is disabled by default in this org.", 500),
    # Salesforce's documentation of login() names the code; the message is ours
    Answer.NEEDS_ANY_API_AUTH: Fault("INSUFFICIENT_ACCESS", "Use Any API Auth permission is required", 500),
    # the text is Help 000383352 (Data Loader); the code is remembered from the partner WSDL, not verified
    Answer.NO_APP: Fault(
        "CLIENT_NOT_ACCESSIBLE_FOR_USER",
        "Sorry, your administrator has blocked access to this client. Please contact your administrator.",
        500,
    ),
}

# a blog: infallibletechie.com, 2024/02
_APP_BLOCKED = Fault("app_blocked", "this app is blocked by admin")
_TOKEN_ENDPOINT = {
    # remembered from Salesforce's list of OAuth errors, not verified
    Answer.INACTIVE_USER: Fault("inactive_user", "user is inactive"),
    Answer.FLOW_BLOCKED: AUTHENTICATION_FAILURE,
    Answer.BLOCKED: _APP_BLOCKED,
    # Inspector's docs: under API Access Control an app that is not installed shows as blocked
    Answer.BLOCKED_BY_BOX: _APP_BLOCKED,
    # a vendor's page: docs.movedata.io (there in the URL of the redirect)
    Answer.NOT_INSTALLED: Fault("invalid_client", "app must be installed into org"),
    # forcedotcom/cli#3260, for both
    Answer.NOT_ADMIN_APPROVED: Fault("invalid_app_access", "user is not admin approved to access this app"),
    Answer.NOT_APPROVED_YET: Fault("invalid_grant", "user hasn't approved this consumer"),
}

_REST = {
    Answer.INACTIVE_USER: NO_SESSION_REST,
    Answer.API_NOT_ENABLED: Fault("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", 403),
    # "blocking an app ends all current user sessions" (guide): the session is simply gone
    Answer.BLOCKED: NO_SESSION_REST,
}
# Chrome-Salesforce-inspector#149, OrgCheck#621; "the API" in place of "the REST API" for SOAP
_REST_OTHERWISE = Fault("INVALID_SESSION_ID", "This session is not valid for use with the REST API", 401)

_SOAP = {
    Answer.INACTIVE_USER: NO_SESSION_SOAP,
    Answer.API_NOT_ENABLED: _API_OFF,
    Answer.BLOCKED: NO_SESSION_SOAP,
}
_SOAP_OTHERWISE = Fault("INVALID_SESSION_ID", "This session is not valid for use with the API", 500)

BAD_OAUTH_TOKEN = Fault("Bad_OAuth_Token", "Bad_OAuth_Token", 403)
"""The identity service's only answer to a token it does not like (plain text); remembered, not verified."""


def words(answer: Answer, door: Door, jwt_says_not_approved: bool = True) -> Fault:
    """What a door answers.

    Args:
        answer: why not; anything but ``ALLOW``.
        door: where.
        jwt_says_not_approved: the org's assumption ``jwt_without_grant_says_not_approved``.
    """
    if door is Door.SOAP_LOGIN:
        return _SOAP_LOGIN.get(answer, INVALID_LOGIN)
    if door is Door.REST:
        return _REST.get(answer, _REST_OTHERWISE)
    if door in (Door.METADATA_SOAP, Door.PARTNER_SOAP):
        return _SOAP.get(answer, _SOAP_OTHERWISE)
    if door is Door.OAUTH_IDENTITY:
        return BAD_OAUTH_TOKEN
    if answer is Answer.INACTIVE_USER and door is not Door.OAUTH_JWT:
        return AUTHENTICATION_FAILURE
    if answer is Answer.NOT_ADMIN_APPROVED and door is Door.OAUTH_JWT and jwt_says_not_approved:
        return _TOKEN_ENDPOINT[Answer.NOT_APPROVED_YET]
    return _TOKEN_ENDPOINT.get(answer, AUTHENTICATION_FAILURE)
