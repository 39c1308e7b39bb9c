"""The words with which each door says no, by the answer of a rule; where they come from stands in the catalog."""

from __future__ import annotations

from collections.abc import Mapping

from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.doors.attempt import Answer
from sfmeta.localorg.doors.catalog import fault, text_of

INVALID_LOGIN = fault("login-invalid", 500)
NO_SESSION_REST = fault("session-gone-rest", 401)
NO_SESSION_SOAP = fault("session-gone-soap", 500)
AUTHENTICATION_FAILURE = fault("credentials")
INVALID_CLIENT_ID = fault("client-unknown")
BAD_OAUTH_TOKEN = fault("identity-token", 403)

_API_OFF = fault("api-off-soap", 500)

_SOAP_LOGIN = {
    Answer.API_NOT_ENABLED: _API_OFF,
    Answer.RESTRICTED_ADDRESS: fault("login-domain", 500),
    Answer.RESTRICTED_HOUR: fault("login-time", 500),
    Answer.LOGIN_CALL_GONE: fault("no-operation", 500, operation="login"),
    Answer.LOGIN_CALL_OFF: fault("login-off", 500),
    Answer.NEEDS_ANY_API_AUTH: fault("login-any-api-auth", 500),
    Answer.NO_APP: fault("login-client-blocked", 500),
}

_TOKEN_ENDPOINT = {
    Answer.FLOW_BLOCKED: AUTHENTICATION_FAILURE,
    Answer.BLOCKED: fault("app-blocked"),
    # Inspector's docs: under API Access Control an app that is not installed shows as blocked
    Answer.BLOCKED_BY_BOX: fault("app-blocked"),
    Answer.NOT_INSTALLED: fault("app-not-installed"),
    Answer.NOT_ADMIN_APPROVED: fault("not-admin-approved"),
    Answer.NOT_APPROVED_YET: fault("never-approved"),
    Answer.RESTRICTED_ADDRESS: fault("ip-restricted"),
    Answer.RESTRICTED_HOUR: fault("hours-restricted"),
    Answer.SESSION_LEVEL: fault("session-level"),
    Answer.REFRESH_SCOPE_MISSING: fault("refresh-scope-missing"),
    Answer.DEVICE_FLOW_OFF: fault("device-flow-off"),
}

_AUTHORIZE = {
    Answer.BLOCKED: fault("authorize-blocked"),
    Answer.BLOCKED_BY_BOX: fault("authorize-blocked"),
    Answer.NOT_ADMIN_APPROVED: fault("authorize-not-approved"),
    Answer.NOT_INSTALLED: fault("app-not-installed"),
    Answer.FLOW_BLOCKED: fault("user-agent-blocked"),
    Answer.RESTRICTED_ADDRESS: fault("authorize-address"),
    Answer.RESTRICTED_HOUR: fault("authorize-hour"),
}

_PAGE = {Answer.API_ONLY: fault("page-api-only", 403)}

_REST = {
    Answer.INACTIVE_USER: NO_SESSION_REST,
    Answer.FROZEN_USER: NO_SESSION_REST,
    Answer.API_NOT_ENABLED: fault("api-off-rest", 403),
    # "blocking an app ends all current user sessions" (guide): the session is simply gone
    Answer.BLOCKED: NO_SESSION_REST,
    Answer.RESTRICTED_ADDRESS: NO_SESSION_REST,
}
_REST_OTHERWISE = fault("session-unfit-rest", 401)

_SOAP = {
    Answer.INACTIVE_USER: NO_SESSION_SOAP,
    Answer.FROZEN_USER: NO_SESSION_SOAP,
    Answer.API_NOT_ENABLED: _API_OFF,
    Answer.BLOCKED: NO_SESSION_SOAP,
    Answer.RESTRICTED_ADDRESS: NO_SESSION_SOAP,
}
_SOAP_OTHERWISE = fault("session-unfit-soap", 500)

_STATUSES: Mapping[Answer, str] = {
    Answer.ALLOW: text_of("status-success"),
    Answer.INACTIVE_USER: text_of("status-inactive"),
    Answer.FROZEN_USER: text_of("status-frozen"),
    Answer.RESTRICTED_ADDRESS: text_of("status-address"),
    Answer.RESTRICTED_HOUR: text_of("status-hour"),
    Answer.API_NOT_ENABLED: text_of("status-api-off"),
    Answer.API_ONLY: text_of("status-api-only"),
}


def words(answer: Answer, door: Door, jwt_says_not_approved: bool = True) -> Fault:
    """What a door answers.

    Args:
        answer: why not; anything but ``ALLOW``.
        door: where.
        jwt_says_not_approved: the org's assumption ``jwt_without_grant_says_not_approved``.
    """
    match door:
        case Door.SOAP_LOGIN:
            return _SOAP_LOGIN.get(answer, INVALID_LOGIN)
        case Door.REST:
            return _REST.get(answer, _REST_OTHERWISE)
        case Door.METADATA_SOAP | Door.PARTNER_SOAP:
            return _SOAP.get(answer, _SOAP_OTHERWISE)
        case Door.OAUTH_IDENTITY:
            return BAD_OAUTH_TOKEN
        case Door.OAUTH_AUTHORIZE | Door.OAUTH_USER_AGENT:
            return _AUTHORIZE.get(answer, AUTHENTICATION_FAILURE)
        case Door.UI:
            return _PAGE.get(answer, fault("page-login", 403))
        case _:
            return _at_token_endpoint(answer, door, jwt_says_not_approved)


def _at_token_endpoint(answer: Answer, door: Door, jwt_says_not_approved: bool) -> Fault:
    if door is Door.OAUTH_JWT and answer is Answer.INACTIVE_USER:
        return fault("user-inactive-jwt")
    if door is Door.OAUTH_JWT and answer is Answer.NOT_ADMIN_APPROVED and jwt_says_not_approved:
        return _TOKEN_ENDPOINT[Answer.NOT_APPROVED_YET]
    return _TOKEN_ENDPOINT.get(answer, AUTHENTICATION_FAILURE)


def status_of(answer: Answer) -> str:
    """``LoginHistory.Status`` of a login that a rule decided."""
    return _STATUSES.get(answer, text_of("status-not-approved"))
