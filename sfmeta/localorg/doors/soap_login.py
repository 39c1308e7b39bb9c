"""SOAP login() and logout(), the partner API's front door.

Response and fault as a public fixture records them (presto, TestSalesforceBasicAuthenticator).
"""

from __future__ import annotations

from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.doors.catalog import fault as words_of
from sfmeta.localorg.doors.catalog import text_of
from sfmeta.localorg.doors.gate import log_in
from sfmeta.localorg.doors.logins import record_login
from sfmeta.localorg.doors.passwords import Check, check_password, user_by_name
from sfmeta.localorg.doors.sessions import find_session
from sfmeta.localorg.doors.words import INVALID_LOGIN, NO_SESSION_SOAP
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import XML, Reply
from sfmeta.localorg.metadata.envelope import read_request
from sfmeta.localorg.metadata.faults import SoapFault
from sfmeta.localorg.metadata.xml import escape_text
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State
from sfmeta.localorg.versions import LOGIN_GONE_FROM, MAXIMUM, MINIMUM

_PARTNER = "urn:partner.soap.sforce.com"
_ENTERPRISE = "urn:enterprise.soap.sforce.com"
_FAULT = "urn:fault.partner.soap.sforce.com"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{ns}" {more}'
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
)


def handle(state: State, call: Call, api_version: int, kind: str) -> Reply:
    """Answers a POST to ``/services/Soap/u/{v}`` or ``/services/Soap/c/{v}``.

    Args:
        state: the org.
        call: the request.
        api_version: from the path.
        kind: ``u``, the partner API, or ``c``, the enterprise API.
    """
    source_ip = call.source_ip
    if not MINIMUM <= api_version <= MAXIMUM:
        return fault_reply(Fault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL", 500))
    try:
        request = read_request(call.body)
    except SoapFault as error:
        return fault_reply(Fault(f"{error.prefix}:{error.code}", error.message, 500))
    namespace = _ENTERPRISE if kind == "c" else _PARTNER
    if request.operation == "logout":
        return _goodbye(state, request.session_id, namespace)
    if request.operation != "login" or api_version >= LOGIN_GONE_FROM:
        # there is no such operation, whoever calls it (rule ``soap-login-gone``)
        return fault_reply(words_of("no-operation", 500, operation=request.operation))
    username, password = request.arguments.value("username"), request.arguments.value("password")
    user = user_by_name(state, username)
    if user is None:
        return fault_reply(INVALID_LOGIN)
    check = check_password(state, user, password, source_ip)
    if check is not Check.RIGHT:
        needs_token = check is Check.TOKEN_NEEDED
        status = text_of("status-token" if needs_token else "status-password")
        record_login(state, user, Door.SOAP_LOGIN, status, app=None, source_ip=source_ip, api_version=api_version)
        return fault_reply(words_of("login-token-needed", 500) if needs_token else INVALID_LOGIN)
    outcome = log_in(state, user, None, Door.SOAP_LOGIN, source_ip=source_ip, api_version=api_version)
    if isinstance(outcome, Fault):
        return fault_reply(outcome)
    return _welcome(state, user, outcome.token, api_version, call.base_url, namespace)


def _goodbye(state: State, session_id: str, namespace: str) -> Reply:
    """Ends the session that the call came with, whatever opened it (rule ``soap-logout``)."""
    with state.transaction():
        session = find_session(state, session_id)
        if session is None:
            return fault_reply(NO_SESSION_SOAP, "UnexpectedErrorFault")
        state.records.delete(session.record.id)
    return Reply(200, (_HEAD + _ENVELOPE.format(ns=namespace, more="", body="<logoutResponse/>")).encode(), XML)


def fault_reply(fault: Fault, kind: str = "LoginFault") -> Reply:
    """A fault of the partner or enterprise API as a response; ``kind`` is the type of its detail."""
    if fault.code.startswith("soapenv:"):
        body = (
            f"<soapenv:Fault><faultcode>{fault.code}</faultcode>"
            f"<faultstring>{escape_text(fault.message)}</faultstring></soapenv:Fault>"
        )
    else:
        # simple-salesforce and jsforce read these tags by their literal names, prefix included
        body = (
            f"<soapenv:Fault><faultcode>sf:{fault.code}</faultcode>"
            f"<faultstring>{fault.code}: {escape_text(fault.message)}</faultstring>"
            f'<detail><sf:{kind} xsi:type="sf:{kind}">'
            f"<sf:exceptionCode>{fault.code}</sf:exceptionCode>"
            f"<sf:exceptionMessage>{escape_text(fault.message)}</sf:exceptionMessage>"
            f"</sf:{kind}></detail></soapenv:Fault>"
        )
    envelope = _ENVELOPE.format(ns=_PARTNER, more=f'xmlns:sf="{_FAULT}" ', body=body)
    return Reply(fault.http_status, (_HEAD + envelope).encode(), XML)


def _welcome(state: State, user: Record, token: str, version: int, base_url: str, namespace: str) -> Reply:
    org = state.org
    short = org.id[:15]
    soap = "c" if namespace != _PARTNER else "u"
    user_info = (
        ("accessibilityMode", "false"),
        ("chatterExternal", "false"),
        ("currencySymbol", "$"),
        ("orgAttachmentFileSizeLimit", "5242880"),
        ("orgDefaultCurrencyIsoCode", "USD"),
        ("orgDefaultCurrencyLocale", "en_US"),
        ("orgDisallowHtmlAttachments", "false"),
        ("orgHasPersonAccounts", "false"),
        ("organizationId", org.id),
        ("organizationMultiCurrency", "false"),
        ("organizationName", org.name),
        ("profileId", user.text("ProfileId")),
        ("roleId", None),
        ("sessionSecondsValid", "7200"),
        ("userDefaultCurrencyIsoCode", None),
        ("userEmail", user.text("Email")),
        ("userFullName", f"{user.text('FirstName')} {user.text('LastName')}".strip()),
        ("userId", user.id),
        ("userLanguage", "en_US"),
        ("userLocale", "en_US"),
        ("userName", user.text("Username")),
        ("userTimeZone", "GMT"),
        ("userType", user.text("UserType") or "Standard"),
        ("userUiSkin", "Theme3"),
    )
    result = (
        ("metadataServerUrl", f"{base_url}/services/Soap/m/{version}.0/{short}"),
        ("passwordExpired", "false"),
        ("sandbox", "true" if org.is_sandbox else "false"),
        ("serverUrl", f"{base_url}/services/Soap/{soap}/{version}.0/{short}"),
        ("sessionId", token),
        ("userId", user.id),
    )
    body = (
        f"<loginResponse><result>{_elements(result)}"
        f"<userInfo>{_elements(user_info)}</userInfo></result></loginResponse>"
    )
    return Reply(200, (_HEAD + _ENVELOPE.format(ns=namespace, more="", body=body)).encode(), XML)


def _elements(pairs: tuple[tuple[str, str | None], ...]) -> str:
    return "".join(
        f'<{name} xsi:nil="true"/>' if text is None else f"<{name}>{escape_text(text)}</{name}>" for name, text in pairs
    )
