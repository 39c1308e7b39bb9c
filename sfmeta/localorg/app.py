"""The doors on one web application: every request is routed here by its path's beginning, and answered elsewhere.

Leading slashes are collapsed, as the sf CLI sends two (observed with 2.146.3); what follows a SOAP version in the
path does not count, and neither does SOAPAction: every client fills them differently (observed).
"""

from __future__ import annotations

import logging
import re

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sfmeta.localorg.call import Call
from sfmeta.localorg.control import Control
from sfmeta.localorg.data import rest
from sfmeta.localorg.data.batches import Batches
from sfmeta.localorg.doors import identity, oauth, soap_login
from sfmeta.localorg.metadata import soap as metadata_soap
from sfmeta.localorg.reply import NOT_FOUND, XML, Reply, rest_error
from sfmeta.localorg.state import State
from sfmeta.localorg.versions import version_number

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_SOAP = re.compile(r"services/Soap/([mucMUC])/([^/]+)(?:/.*)?")
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

    def answer(self, call: Call) -> Reply:
        """Answers a call; a mistake of ours becomes a 500 and a line in the log."""
        try:
            return self._route(call)
        except Exception:
            _log.exception("the local org failed at %s /%s", call.method, call.path)
            return rest_error("UNKNOWN_EXCEPTION", "An unexpected error occurred in the local org", 500)

    def _route(self, call: Call) -> Reply:
        soap = _SOAP.fullmatch(call.path)
        if soap is not None:
            return self._soap(call, soap[1].lower(), version_number(soap[2]) or 0)
        match call.parts:
            case ("services", "oauth2", name):
                return oauth.handle(self._state, call, name)
            case ("services", "data", *more):
                return rest.handle(self._state, self._batches, call, tuple(more))
            case ("id", org_id, user_id):
                return identity.identity(self._state, call, org_id, user_id)
            case ("_local", *names):
                return self._control.handle(call.method, "/".join(names), call.bearer, call.query, call.body)
            case _:
                return NOT_FOUND

    def _soap(self, call: Call, kind: str, version: int) -> Reply:
        if call.method != "POST":
            return rest_error("METHOD_NOT_ALLOWED", "SOAP is spoken by POST", 405)
        if kind == "m":
            status, body = metadata_soap.handle(self._state, version, call.body)
            return Reply(status, body, XML)
        return soap_login.handle(self._state, call, version, kind)


def build(state: State, control: Control) -> Starlette:
    """The web application."""
    doors = Doors(state, control)

    async def endpoint(request: Request) -> Response:
        call = Call(
            method=request.method,
            path=request.path_params["path"].lstrip("/"),
            query=dict(request.query_params),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.body(),
            base_url=f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}",
            source_ip=request.client.host if request.client else "127.0.0.1",
        )
        reply = await run_in_threadpool(doors.answer, call)
        headers = dict(reply.headers)
        media_type = reply.media_type or None
        if isinstance(reply.body, bytes):
            return Response(reply.body, reply.status, headers, media_type)
        return StreamingResponse(reply.body, reply.status, headers, media_type)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=_METHODS)])
