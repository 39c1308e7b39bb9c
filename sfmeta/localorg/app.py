"""The doors: every request is routed here by its path's beginning, and answered elsewhere.

Leading slashes are collapsed, as the sf CLI sends two (observed with 2.146.3); what follows a SOAP version in the
path does not count, and neither does SOAPAction: every client fills them differently (observed).
"""

from __future__ import annotations

import logging
from dataclasses import replace

from sfmeta.localorg import usage
from sfmeta.localorg.call import Call
from sfmeta.localorg.control import Control
from sfmeta.localorg.data import rest
from sfmeta.localorg.data.batches import Batches
from sfmeta.localorg.doors import identity, oauth, soap_login, web
from sfmeta.localorg.faults.words import REQUEST_LIMIT
from sfmeta.localorg.metadata import soap as metadata_soap
from sfmeta.localorg.peek import SOAP_PATH
from sfmeta.localorg.refusal import refuse
from sfmeta.localorg.reply import NOT_FOUND, XML, Reply, rest_error
from sfmeta.localorg.setup import site as setup
from sfmeta.localorg.state import State
from sfmeta.localorg.versions import version_number

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
