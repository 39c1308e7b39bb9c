"""The doors on one web application: every request is routed here by its path's beginning, and answered elsewhere.

Leading slashes are collapsed, as the sf CLI sends two (observed with 2.146.3); what follows a SOAP version in the
path does not count, and neither does SOAPAction: every client fills them differently (observed).
"""

from __future__ import annotations

import logging
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from sfmeta.localorg import usage
from sfmeta.localorg.call import Call
from sfmeta.localorg.control import Control
from sfmeta.localorg.data import rest
from sfmeta.localorg.data.batches import Batches
from sfmeta.localorg.doors import identity, oauth, soap_login, web
from sfmeta.localorg.faults.doing import DROPPED, carry_out
from sfmeta.localorg.faults.fault import Asked
from sfmeta.localorg.faults.table import UNHARMED, Faults, Plan
from sfmeta.localorg.faults.words import REQUEST_LIMIT
from sfmeta.localorg.metadata import soap as metadata_soap
from sfmeta.localorg.peek import SOAP_PATH, soap_operation
from sfmeta.localorg.reading import Gone, read_call
from sfmeta.localorg.refusal import refuse
from sfmeta.localorg.reply import NOT_FOUND, XML, Reply, rest_error
from sfmeta.localorg.setup import site as setup
from sfmeta.localorg.state import State
from sfmeta.localorg.versions import version_number
from sfmeta.localorg.wire import transport_of

_log = logging.getLogger(__name__)


class Doors:
    """Routes calls.

    Args:
        state: the org.
        control: its back door.
    """

    def __init__(self, state: State, control: Control) -> None:
        self._state = state
        self._control = control
        self._batches = Batches()
        usage.prepare(state)

    def answer(self, call: Call) -> Reply:
        """Answers a call; a mistake of ours becomes a 500 and a line in the log."""
        try:
            return self._counted(call)
        except Exception:
            _log.exception("the local org failed at %s /%s", call.method, call.path)
            message = "An unexpected error occurred in the local org"
            return refuse(call.path, "UNKNOWN_EXCEPTION", message, 500)

    def _counted(self, call: Call) -> Reply:
        if not usage.admit(self._state, call):
            return refuse(call.path, "REQUEST_LIMIT_EXCEEDED", REQUEST_LIMIT.message, 403)
        reply = self._route(call)
        if call.path.startswith("services/data/") and usage.counts(call):
            return replace(reply, headers={**reply.headers, "Sforce-Limit-Info": usage.limit_info(self._state)})
        return reply

    def _route(self, call: Call) -> Reply:
        soap = SOAP_PATH.fullmatch(call.path)
        if soap is not None:
            return self._soap(call, soap[1].lower(), version_number(soap[2]) or 0)
        page = web.answer(self._state, call)
        if page is not None:
            return page
        match call.parts:
            case ("services", "oauth2", name):
                return oauth.handle(self._state, call, name)
            case ("services", "data", *more):
                return rest.handle(self._state, self._batches, call, tuple(more))
            case ("id", org_id, user_id):
                return identity.identity(self._state, call, org_id, user_id)
            case ("setup", *more):
                return setup.handle(self._state, call, tuple(more))
            case ("_local", *names):
                return self._control.handle(call.method, "/".join(names), call.bearer, call.query, call.body)
            case _:
                return NOT_FOUND

    def _soap(self, call: Call, kind: str, version: int) -> Reply:
        if call.method != "POST":
            return rest_error("METHOD_NOT_ALLOWED", "SOAP is spoken by POST", 405)
        if kind == "m":
            status, body = metadata_soap.handle(self._state, version, call.body, call.source_ip)
            return Reply(status, body, XML)
        return soap_login.handle(self._state, call, version, kind)


class Application:
    """The web application (ASGI).

    Args:
        state: the org.
        control: its back door.
        faults: what goes wrong on demand; never at the back door.
    """

    def __init__(self, state: State, control: Control, faults: Faults) -> None:
        self._state = state
        self._doors = Doors(state, control)
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        try:
            read = await read_call(scope, receive)
        except Gone:
            return
        sent: int | None = None
        if isinstance(read, Reply):
            # what is left of the request is not worth waiting for
            reply = replace(read, headers={**read.headers, "Connection": "close"})
        else:
            reply, sent = await carry_out(self._plan(read), read, self._state, self._answered)
        if reply is DROPPED:
            await _end(scope, receive, abort=True)
        elif sent is not None and isinstance(reply.body, bytes):
            await _send_some(reply, reply.body, sent, send)
            await _end(scope, receive)
        else:
            await _response(reply)(scope, receive, send)

    def _plan(self, call: Call) -> Plan:
        if not self._faults or call.parts[:1] == ("_local",):
            return UNHARMED
        return self._faults.plan(Asked(call.method, f"/{call.path}", soap_operation(call)))

    async def _answered(self, call: Call) -> Reply:
        return await run_in_threadpool(self._doors.answer, call)


def _response(reply: Reply) -> Response:
    headers, media_type = dict(reply.headers), reply.media_type or None
    if isinstance(reply.body, bytes):
        return Response(reply.body, reply.status, headers, media_type)
    return StreamingResponse(reply.body, reply.status, headers, media_type)


async def _send_some(reply: Reply, body: bytes, sent: int, send: Send) -> None:
    """The head of a whole answer, and the beginning of its body."""
    head = [(b"content-length", str(len(body)).encode())]
    if reply.media_type:
        head.append((b"content-type", reply.media_type.encode("latin-1")))
    head += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": head})
    await send({"type": "http.response.body", "body": body[:sent], "more_body": True})


async def _end(scope: Scope, receive: Receive, *, abort: bool = False) -> None:
    """Ends the connection, and returns when it is gone."""
    transport = transport_of(scope)
    if transport is None:
        raise RuntimeError("only the org's own server can end a connection")
    if abort:
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
