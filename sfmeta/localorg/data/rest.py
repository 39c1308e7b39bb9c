"""The REST API below ``/services/data``: who may come in, and which resource answers."""

from __future__ import annotations

from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.data.api_events import note_call
from sfmeta.localorg.data.batches import Batches
from sfmeta.localorg.data.catalog import words
from sfmeta.localorg.data.composite import batch, composite
from sfmeta.localorg.data.many_records import collections, of_one_sobject
from sfmeta.localorg.data.oauth_usage import oauth_usage
from sfmeta.localorg.data.query_resource import query
from sfmeta.localorg.data.record_resource import sobjects
from sfmeta.localorg.data.record_tree import tree
from sfmeta.localorg.data.service import Service
from sfmeta.localorg.data.soql_values import SoqlError
from sfmeta.localorg.data.writes.refused import Refused
from sfmeta.localorg.doors.gate import resolve_session
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import NOT_FOUND, Reply, as_json, rest_error
from sfmeta.localorg.metadata import rest_deploy
from sfmeta.localorg.state import State
from sfmeta.localorg.usage import daily_requests
from sfmeta.localorg.versions import MAXIMUM, MINIMUM, season, version_number

_RESOURCES = ("composite", "limits", "metadata", "query", "queryAll", "recent", "sobjects", "tooling")
_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def handle(state: State, batches: Batches, call: Call, parts: tuple[str, ...]) -> Reply:
    """Answers a REST request.

    Args:
        state: the org.
        batches: what is left of long results.
        call: the request.
        parts: the path after ``/services/data``, cut at its slashes.
    """
    if call.method == "OPTIONS":
        # a browser's preflight carries no session; this org has no CORS allowlist, so it promises nothing
        return Reply(200, headers={"Allow": _METHODS})
    if not parts:
        return as_json([_version(number) for number in range(MINIMUM, MAXIMUM + 1)])
    version = version_number(parts[0])
    if version is None or version > MAXIMUM:
        return NOT_FOUND
    if version < MINIMUM:
        return rest_error(*words("rest-retired"), 410)
    if not call.bearer and "authorization" in call.headers:
        return rest_error(*words("rest-auth-header"), 401)
    caller = resolve_session(state, call.bearer, Door.REST, call.source_ip)
    if isinstance(caller, Fault):
        return rest_error(caller.code, caller.message, caller.http_status)
    reply = _answer(caller, batches, call, version, parts[1:])
    note_call(caller, call, reply.status)
    return reply


def _version(number: int) -> dict[str, str]:
    return {"label": season(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}


def _resources(service: Service) -> dict[str, str]:
    """What there is below a version, and who asks (REST guide, dome_discoveryresource; jsforce's identity() asks)."""
    caller = service.caller
    found = {name: f"{service.base}/{name}" for name in _RESOURCES}
    found["identity"] = f"{service.call.base_url}/id/{caller.state.org.id}/{caller.user_id}"
    return dict(sorted(found.items()))


def _answer(caller: Caller, batches: Batches, call: Call, version: int, parts: tuple[str, ...]) -> Reply:
    def again(inner: Call) -> Reply:
        match inner.parts:
            case ("services", "data", named, *rest) if (number := version_number(named)) and number <= MAXIMUM:
                return _answer(caller, batches, inner, number, tuple(rest))
            case _:
                return NOT_FOUND

    tooling = parts[:1] == ("tooling",)
    service = Service(caller, batches, call, version, tooling, again)
    try:
        return _route(service, parts[1:] if tooling else parts)
    except Refused as refused:
        return refused.reply
    except SoqlError as error:
        return rest_error(error.code, error.message)


def _route(service: Service, parts: tuple[str, ...]) -> Reply:
    match parts:
        case ():
            service.only("GET")
            return as_json(_resources(service))
        case ("query" | "queryAll", *locator) if len(locator) <= 1:
            return query(service, tuple(locator))
        case ("sobjects", *more):
            return sobjects(service, tuple(more))
        case ("composite", "sobjects", *more) if len(more) <= 1:
            return of_one_sobject(service, more[0]) if more else collections(service)
        case ("composite", "tree", name):
            return tree(service, name)
        case ("composite", "batch"):
            return batch(service)
        case ("composite",):
            return composite(service)
        case ("metadata", "deployRequest", *more) if not service.tooling:
            state = service.caller.state
            return rest_deploy.handle(state, service.caller, service.call, service.version, tuple(more))
        case ("apps", "oauth", "usage", *more) if not service.tooling:
            return oauth_usage(service, tuple(more))
        case ("limits",):
            service.only("GET")
            return as_json({"DailyApiRequests": daily_requests(service.caller.state)})
        case ("recent",):
            service.only("GET")
            # nobody looks at records here, as people do in a browser
            return as_json([])
        case _:
            return NOT_FOUND
