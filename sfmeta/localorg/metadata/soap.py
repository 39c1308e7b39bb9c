"""The door of the Metadata API: ``POST /services/Soap/m/{version}``, whatever follows in the path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.data.api_events import note_operation
from sfmeta.localorg.doors.gate import resolve_session
from sfmeta.localorg.metadata.deploy import NEWEST_API, OLDEST_API
from sfmeta.localorg.metadata.envelope import read_request
from sfmeta.localorg.metadata.faults import (
    SoapFault,
    client_fault,
    invalid_operation,
    render,
    unsupported_version,
)
from sfmeta.localorg.metadata.operations import OPERATIONS, Call
from sfmeta.localorg.metadata.queue import settle
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.submit import require_access
from sfmeta.localorg.metadata.xml import METADATA_NS
from sfmeta.localorg.metadata.zipfiles import MAX_MESSAGE_BYTES
from sfmeta.localorg.state import State

Response: TypeAlias = "tuple[int, bytes | Iterator[bytes]]"
# 50 MB of base64 and an envelope around it; the limit itself is documented, where it is measured is not
_ENVELOPE_BYTES = 4 * 1024 * 1024
CONTENT_TYPE = "text/xml;charset=UTF-8"


def handle(state: State, api_version: int, body: bytes, source_ip: str = "127.0.0.1") -> Response:
    """Answers one request.

    Args:
        state: the org.
        api_version: from the URL; 63 for ``63.0``.
        body: the SOAP envelope.
        source_ip: where the client is.

    Returns:
        The HTTP status, 200 or 500, and the response body: an iterator where it holds a zip.
    """
    try:
        return 200, _answer(state, api_version, body, source_ip)
    except SoapFault as fault:
        return 500, render(fault)


def _answer(state: State, api_version: int, body: bytes, source_ip: str) -> bytes | Iterator[bytes]:
    if not OLDEST_API <= api_version <= NEWEST_API:
        raise unsupported_version()
    if len(body) > MAX_MESSAGE_BYTES + _ENVELOPE_BYTES:
        raise invalid_operation(say("zip-too-large", size=MAX_MESSAGE_BYTES))
    request = read_request(body)
    caller = resolve_session(state, request.session_id, Door.METADATA_SOAP, source_ip)
    if isinstance(caller, Fault):
        raise SoapFault(caller.code, caller.message)
    require_access(caller)
    operation = OPERATIONS.get(request.operation)
    if operation is None:
        raise client_fault(say("operation-unknown", namespace=METADATA_NS, name=request.operation))
    settle(state)
    answer = operation(Call(state, caller, api_version, request))
    note_operation(caller, request.operation, source_ip)
    return answer
