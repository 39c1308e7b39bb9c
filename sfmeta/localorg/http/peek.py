"""What can be told of a request before anybody reads it in full: enough to choose a shape for an answer, or a fault."""

from __future__ import annotations

import re

from sfmeta.localorg.http.call import Call

SOAP_PATH = re.compile(r"services/Soap/([mucMUC])/([^/]+)(?:/.*)?", re.DOTALL)
"""The API (m, u or c) and the version of a SOAP path; what follows does not count."""

_HEAD_BYTES = 64 * 1024
_OPERATION = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?Body(?:\s[^<>]*)?>\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)",
    re.DOTALL,
)
_SESSION = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?sessionId(?:\s[^<>]*)?>\s*([^<\s]*)\s*<")


def soap_api(path: str) -> str:
    """``m``, ``u`` or ``c``; "" for a path that is no SOAP API's."""
    found = SOAP_PATH.fullmatch(path)
    return found[1].lower() if found else ""


def soap_operation(call: Call) -> str:
    """The local name of the Body's first child, "" for anything but a SOAP request in UTF-8."""
    found = _OPERATION.search(call.body, 0, _HEAD_BYTES) if soap_api(call.path) else None
    return found[1].decode() if found else ""


def session_id(call: Call) -> str:
    """The session a request comes with: in SOAP's header, as a bearer or as a parameter; "" without one."""
    if soap_api(call.path):
        found = _SESSION.search(call.body, 0, _HEAD_BYTES)
        return found[1].decode("utf-8", "replace") if found else ""
    return call.bearer or call.query.get("oauth_token", "")
