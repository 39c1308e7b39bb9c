"""The doors: every request is routed here by its path's beginning, and answered elsewhere.

Leading slashes are collapsed, as the sf CLI sends two (observed with 2.146.3); what follows a SOAP version in the
path does not count, and neither does SOAPAction: every client fills them differently (observed).

What stands behind a door is imported when somebody first knocks there: an org is ready long before all of it is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sfmeta.localorg import usage
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.peek import SOAP_PATH
from sfmeta.localorg.http.reply import NOT_FOUND, XML, Reply, rest_error
from sfmeta.localorg.state import State
from sfmeta.localorg.versions import version_number

if TYPE_CHECKING:
    from sfmeta.localorg.backdoor.control import Control
    from sfmeta.localorg.data.batches import Batches

_log = logging.getLogger(__name__)


class Doors:
    """Routes calls.

    Args:
        state: the org.
        control: makes its back door.
    """

    def __init__(self, state: State, control: Callable[[], Control]) -> None:
        self._state = state
        self._make_control = control
        self._control: Control | None = None
        self._batches: Batches | None = None
        self._lock = threading.Lock()
        usage.prepare(state)

    def answer(self, call: Call) -> Reply:
        """Answers a call; a mistake of ours becomes a 500 and a line in the log."""
        try:
            return self._counted(call)
        except Exception:
            from sfmeta.localorg.http.refusal import refuse

            _log.exception("the local org failed at %s /%s", call.method, call.path)
            return refuse(call.path, "UNKNOWN_EXCEPTION", "An unexpected error occurred in the local org", 500)

    def _counted(self, call: Call) -> Reply:
        if not usage.admit(self._state, call):
            from sfmeta.localorg.faults.fault import Kind
            from sfmeta.localorg.faults.words import answer

            return answer(Kind.REQUEST_LIMIT, call.path) or NOT_FOUND
        reply = self._route(call)
        if call.path.startswith("services/data/") and usage.counts(call):
            return replace(reply, headers={**reply.headers, "Sforce-Limit-Info": usage.limit_info(self._state)})
        return reply

    def _route(self, call: Call) -> Reply:
        soap = SOAP_PATH.fullmatch(call.path)
        if soap is not None:
            return self._soap(call, soap[1].lower(), version_number(soap[2]) or 0)
        match call.parts:
            case ("services", "oauth2", name):
                from sfmeta.localorg.doors.oauth import endpoints

                return endpoints.handle(self._state, call, name)
            case ("services", "data", *more):
                return self._rest(call, tuple(more))
            case ("id", org_id, user_id):
                from sfmeta.localorg.doors import identity

                return identity.identity(self._state, call, org_id, user_id)
            case ("_local", *names):
                return self._back_door(call, "/".join(names))
            case _:
                return self._page(call)

    def _rest(self, call: Call, parts: tuple[str, ...]) -> Reply:
        from sfmeta.localorg.data import batches, rest

        with self._lock:
            self._batches = self._batches or batches.Batches()
        return rest.handle(self._state, self._batches, call, parts)

    def _back_door(self, call: Call, name: str) -> Reply:
        with self._lock:
            self._control = self._control or self._make_control()
        return self._control.handle(call.method, name, call.bearer, call.query, call.body)

    def _page(self, call: Call) -> Reply:
        from sfmeta.localorg.doors import web

        page = web.answer(self._state, call)
        if page is None and call.parts[:1] == ("setup",):
            from sfmeta.localorg.setup import site

            return site.handle(self._state, call, call.parts[1:])
        return page or NOT_FOUND

    def _soap(self, call: Call, kind: str, version: int) -> Reply:
        if call.method != "POST":
            return rest_error("METHOD_NOT_ALLOWED", "SOAP is spoken by POST", 405)
        if kind == "m":
            from sfmeta.localorg.metadata import soap

            status, body = soap.handle(self._state, version, call.body, call.source_ip)
            return Reply(status, body, XML)
        from sfmeta.localorg.doors import soap_login

        return soap_login.handle(self._state, call, version, kind)
