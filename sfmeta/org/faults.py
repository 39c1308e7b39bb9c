"""The one border where refusals and foreign exceptions become errors of ours.

What crosses it is cut to one short line and holds no token: an org's text may quote what it was sent, and the
exceptions of the SOAP library carry whole bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from sfmeta.errors import LoginRefused, OrgRefused, OrgUnreachable, SessionExpired, SfmetaError
from sfmeta.model.secret import Secret

_MAX_TEXT = 600
_SESSION_ID = re.compile(r"00D\w{12,15}![\w.]+")  # how a session id looks (the sf CLI: `(00D\w{12,15})![.\w]*`)

# "This session is not valid for use with the REST API" (OrgCheck#621, Chrome-Salesforce-inspector#149), or "the API"
_CLOSED_TO_US = re.compile(r"not valid for use with the .*API", re.IGNORECASE)

_ACCESS_CONTROL_HINT = (
    "API Access Control is on and this login does not come through an allowlisted app: install or approve the app "
    "in Setup, assign its permission set to the user, then log in again"
)

REFUSED_LOGINS: Mapping[str, str] = MappingProxyType(
    {
        # Texts as users quote them, among them forcedotcom/cli#3260 and #3482, omniphx/forrest#184 and #278, n8n#21589.
        # Keys are matched on code and description.
        "user hasn't approved this consumer": "Pre-authorise the app: set its Permitted Users to 'Admin approved users "
        "are pre-authorized' and assign the user a permission set or profile of the app; see that the username is "
        "spelt right, too",
        "audience is invalid": "The audience must be https://test.salesforce.com for a sandbox and "
        "https://login.salesforce.com for production: give --login-url or --audience",
        "invalid assertion": "The signature or the client id does not fit: check the private key, its certificate in "
        "the app, the client id and this machine's clock",
        "invalid_client_id": "Check the client id (the app's consumer key)",
        "invalid_client": "Check the client id and secret, and that the app is installed in this org",
        "unsupported_grant_type": "The app or the org does not allow this OAuth flow",
        "app_not_found": "Log in at the org's own My Domain URL, and check the client id",
        "app_blocked": "An administrator has blocked this app: unblock it in Setup, Connected Apps OAuth Usage",
        "OAUTH_APP_BLOCKED": "An administrator has blocked this app: unblock it in Setup, Connected Apps OAuth Usage",
        "not admin approved": "Assign the user a permission set or profile of this app",
        "External client app is not installed": "Install the external client app in this org",
        "INVALID_LOGIN": "Check user name, password and security token, and the login URL (https://test.salesforce.com "
        "for a sandbox)",
        "INSUFFICIENT_ACCESS": "Logging in by SOAP needs the permission 'Use Any API Auth' in newer orgs; prefer JWT",
        "UNSUPPORTED_API_VERSION": "SOAP login does not exist from API 65 on; prefer JWT",
    }
)

_REFUSAL_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "INSUFFICIENT_ACCESS": "The user needs Modify All Data, or Modify Metadata Through Metadata API Functions",
        "REQUEST_LIMIT_EXCEEDED": "The org's daily API requests are used up: wait, or ask for more",
        "API_DISABLED_FOR_ORG": "The org's edition or the user's profile has no API access (permission API Enabled)",
    }
)

# one code, two limits: the words of a public capture (gist ndabAP/2ae90f3b871403d822ec2de0bcffb5b0)
_CONCURRENT_HINT = "Too many long requests run in the org at this moment: run this again in a while"


def one_line(text: object, secrets: Iterable[Secret] = ()) -> str:
    """An org's text made fit to show: one line, not long, without tokens.

    Args:
        text: what the org said.
        secrets: what it must not quote back.
    """
    line = " ".join(str(text or "").split())
    for secret in secrets:
        if secret:
            line = line.replace(secret.reveal(), "***")
    line = _SESSION_ID.sub("***", line)
    return line if len(line) <= _MAX_TEXT else line[: _MAX_TEXT - 1] + "…"


def refused(code: str, message: str, secrets: Iterable[Secret] = ()) -> SfmetaError:
    """What an org's refusal of a call means, by its code and its words.

    Args:
        code: ``INVALID_SESSION_ID``, with or without a prefix.
        message: the org's words; a leading ``CODE:`` is taken off.
        secrets: what the org must not quote back.

    Returns:
        ``SessionExpired`` when logging in again may help, ``LoginRefused`` when API Access Control shut the door,
        else ``OrgRefused``.
    """
    code = one_line(code, secrets).rpartition(":")[2] or "UNKNOWN_EXCEPTION"
    text = one_line(message, secrets).removeprefix(f"{code}:").strip() or "the org gave no reason"
    if _CLOSED_TO_US.search(text):
        return LoginRefused(f"the org refused this session: {text}", _ACCESS_CONTROL_HINT, code)
    if code == "INVALID_SESSION_ID":
        return SessionExpired("the session has ended", "Log in again: sfmeta org add", code)
    hint = _CONCURRENT_HINT if "ConcurrentRequests" in text else _REFUSAL_HINTS.get(code, "")
    return OrgRefused(f"the org refused: {code}: {text.removesuffix('.')}", hint, code)


def login_refused(code: str, message: str, secrets: Iterable[Secret] = ()) -> LoginRefused:
    """What a refused login means, and what to do about it.

    Args:
        code: OAuth ``error`` or SOAP ``exceptionCode``.
        message: OAuth ``error_description`` or SOAP ``exceptionMessage``.
        secrets: what was sent and must not be quoted back.
    """
    code = one_line(code, secrets).rpartition(":")[2] or "unknown_error"
    text = one_line(message, secrets).removeprefix(f"{code}:").strip()
    words = f"{text}\n{code}".lower()
    hint = next((hint for key, hint in REFUSED_LOGINS.items() if key.lower() in words), "")
    return LoginRefused(f"the org refused the login: {code}" + (f": {text}" if text else ""), hint, code)


def host_of(url: str) -> str:
    """The host and port of a URL, for messages; user information and path are left out."""
    parts = urlsplit(url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # a port that is no number
        port = ""
    return f"{parts.hostname or '(no host)'}{port}"


def no_salesforce(url: str, why: str) -> OrgUnreachable:
    """Something answered, but no Salesforce API."""
    return OrgUnreachable(
        f"no Salesforce API answers at {host_of(url)}: {why}", "Check the instance URL (the org's My Domain)"
    )


# Every exception of requests and what it means to the user. `tests/org/test_foreign_errors.py` fails when requests
# grows one that is not here.
NETWORK: Mapping[str, str] = MappingProxyType(
    {
        "ChunkedEncodingError": "the connection broke off in the middle of the answer",
        "ConnectTimeout": "it did not answer in time",
        "ConnectionError": "there is no connection",
        "ContentDecodingError": "the answer could not be decompressed",
        "HTTPError": "it answered with an error",
        "InvalidHeader": "a header could not be sent",
        "InvalidJSONError": "the answer is no JSON",
        "InvalidProxyURL": "the proxy's URL is wrong",
        "InvalidSchema": "the URL's scheme is neither https nor http",
        "InvalidURL": "the URL is wrong",
        "JSONDecodeError": "the answer is no JSON",
        "MissingSchema": "the URL has no scheme",
        "ProxyError": "the proxy could not be reached",
        "ReadTimeout": "it took too long to answer",
        "RequestException": "the request failed",
        "RetryError": "it failed again and again",
        "SSLError": "its TLS certificate is not trusted",
        "StreamConsumedError": "the answer was read twice",
        "Timeout": "it took too long to answer",
        "TooManyRedirects": "it redirects in a circle",
        "UnrewindableBodyError": "the request could not be repeated",
        "URLRequired": "there is no URL",
    }
)

# The same for zeep; its texts may hold bodies and are never shown.
SOAP_LIBRARY: Mapping[str, str] = MappingProxyType(
    {
        "DTDForbidden": "the answer has a DTD",
        "EntitiesForbidden": "the answer defines entities",
        "Error": "the answer could not be understood",
        "ExternalReferenceForbidden": "the answer refers to another document",
        "Fault": "the org refused",
        "IncompleteMessage": "the WSDL lacks a message",
        "IncompleteOperation": "the WSDL lacks an operation",
        "LookupError": "the answer names a type that the WSDL does not know",
        "NamespaceError": "the answer uses an unknown namespace",
        "SignatureVerificationFailed": "the answer's signature is wrong",
        "TransportError": "the answer is no XML",
        "UnexpectedElementError": "the answer holds an element that the WSDL does not know",
        "ValidationError": "a value does not fit the WSDL",
        "WsdlSyntaxError": "the WSDL is broken",
        "XMLParseError": "the answer does not have the shape that the WSDL describes",
        "XMLSyntaxError": "the answer is no well-formed XML",
    }
)


def meaning(exc: Exception, table: Mapping[str, str]) -> str:
    """The words for a foreign exception: those of its class, or of the nearest class above it that has any."""
    return next((table[cls.__name__] for cls in type(exc).__mro__ if cls.__name__ in table), "it failed")
