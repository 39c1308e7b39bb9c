"""The REST API below ``/services/data``: versions, queries, records. Error bodies: as users quote them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sfmeta.localorg.call import Call
from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.data.batches import Batches
from sfmeta.localorg.data.query import Engine
from sfmeta.localorg.data.rows import Rows
from sfmeta.localorg.data.sobjects import SOBJECTS, SObject
from sfmeta.localorg.data.soql_values import Path, SoqlError
from sfmeta.localorg.data.writes import create, remove, update
from sfmeta.localorg.doors.gate import resolve_session
from sfmeta.localorg.metadata import rest_deploy
from sfmeta.localorg.reply import NOT_FOUND, Reply, as_json, rest_error
from sfmeta.localorg.state import State
from sfmeta.localorg.usage import daily_requests
from sfmeta.localorg.versions import MAXIMUM, MINIMUM, season, version_number


def handle(state: State, batches: Batches, call: Call, parts: tuple[str, ...]) -> Reply:
    """Answers a REST request.

    Args:
        state: the org.
        batches: what is left of long results.
        call: the request.
        parts: the path after ``/services/data``, cut at its slashes.
    """
    if not parts:
        return as_json([_version(number) for number in range(MINIMUM, MAXIMUM + 1)])
    version = version_number(parts[0])
    if version is None or version > MAXIMUM:
        return NOT_FOUND
    if version < MINIMUM:
        # Help 005132110: retired versions answer 410
        return rest_error("UNSUPPORTED_API_VERSION", "The requested API version is retired", 410)
    if not call.bearer and "authorization" in call.headers:
        return rest_error("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", 401)
    caller = resolve_session(state, call.bearer, Door.REST)
    if isinstance(caller, Fault):
        return rest_error(caller.code, caller.message, caller.http_status)
    tooling = parts[1:2] == ("tooling",)
    rest = parts[2:] if tooling else parts[1:]
    return _Service(caller, batches, call, version, tooling).answer(rest)


def _version(number: int) -> dict[str, str]:
    return {"label": season(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}


@dataclass(frozen=True, slots=True)
class _Service:
    """One request of a caller who was let in."""

    caller: Caller
    batches: Batches
    call: Call
    version: int
    tooling: bool

    @property
    def base(self) -> str:
        return f"/services/data/v{self.version}.0" + ("/tooling" if self.tooling else "")

    def answer(self, rest: tuple[str, ...]) -> Reply:
        match rest:
            case ():
                names = ("sobjects", "query", "queryAll", "limits", "tooling", "metadata")
                return as_json({name: f"{self.base}/{name}" for name in names})
            case ("query" | "queryAll", *locator):
                return self._get_only(lambda: self._next(locator[0]) if locator else self._query())
            case ("metadata", "deployRequest", *more) if not self.tooling:
                return rest_deploy.handle(self.caller.state, self.caller, self.call, self.version, tuple(more))
            case ("limits",):
                return self._get_only(lambda: as_json({"DailyApiRequests": daily_requests(self.caller.state)}))
            case ("sobjects",):
                return self._get_only(self._global_describe)
            case ("sobjects", name, *more) if name.lower() in SOBJECTS and len(more) <= 1:
                return self._sobject(SOBJECTS[name.lower()], more[0] if more else "")
            case _:
                return NOT_FOUND

    def _get_only(self, answer: Any) -> Reply:
        if self.call.method != "GET":
            return _not_allowed(self.call.method, "GET,HEAD")
        reply: Reply = answer()
        return reply

    def _query(self) -> Reply:
        text = self.call.query.get("q", "")
        engine = Engine(self.caller, self.version, tooling=self.tooling)
        try:
            with self.caller.state.lock:
                result = engine.run(text)
        except SoqlError as error:
            return rest_error(error.code, error.told(text))
        if self.call.query.get("columns") == "true":
            return as_json({"columnMetadata": result.columns, "entityName": "", "groupBy": False, "idSelected": False})
        size = self.batches.size(text, self.call.headers.get("sforce-query-options", ""))
        return as_json(self.batches.first(result, size, f"{self.base}/query", self.caller.user_id))

    def _next(self, locator: str) -> Reply:
        batch = self.batches.next(locator, f"{self.base}/query", self.caller.user_id)
        # remembered, not verified
        return rest_error("INVALID_QUERY_LOCATOR", "invalid query locator") if batch is None else as_json(batch)

    def _global_describe(self) -> Reply:
        tables = [_summary(table, self.base) for table in SOBJECTS.values()]
        return as_json({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": tables})

    def _sobject(self, table: SObject, id_: str) -> Reply:
        method = self.call.method
        if id_ == "describe":
            return self._get_only(lambda: self._describe(table))
        if not id_:
            if method == "GET":
                return as_json({"objectDescribe": _summary(table, self.base), "recentItems": []})
            if method == "POST" and table.createable:
                return self._with_body(lambda fields: create(self.caller, table, fields))
            return _not_allowed(method, "GET,HEAD,POST" if table.createable else "GET,HEAD")
        if method == "GET":
            return self._read(table, id_)
        if method == "PATCH" and table.updateable:
            return self._with_body(lambda fields: update(self.caller, table, id_, fields))
        if method == "DELETE" and table.deletable:
            return remove(self.caller, table, id_)
        return _not_allowed(method, "GET,HEAD")

    def _read(self, table: SObject, id_: str) -> Reply:
        with self.caller.state.lock:
            record = Rows(self.caller).one(table.name, id_)
            if record is None:
                return NOT_FOUND
            org = self.caller.state.org
            wanted = self.call.query.get("fields")
            names = wanted.split(",") if wanted else [one.name for one in table.visible(org, tooling=self.tooling)]
            paths = []
            for name in names:
                found = table.find(name.strip(), org, tooling=self.tooling)
                if found is None:
                    # remembered, not verified
                    message = f"No such column '{name}' on entity '{table.name}'"
                    return rest_error("INVALID_FIELD", message)
                paths.append(Path((found.name,)))
            return as_json(Engine(self.caller, self.version, tooling=self.tooling).show(table, record, paths))

    def _describe(self, table: SObject) -> Reply:
        fields = [
            {
                "name": one.name,
                "type": one.type,
                "filterable": one.filterable,
                "referenceTo": [one.reference_to] if one.reference_to else [],
                "relationshipName": one.relationship or None,
            }
            for one in table.visible(self.caller.state.org, tooling=self.tooling)
        ]
        return as_json({**_summary(table, self.base), "fields": fields})

    def _with_body(self, write: Any) -> Reply:
        try:
            fields = json.loads(self.call.body)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            # remembered, not verified
            return rest_error("JSON_PARSER_ERROR", "The request body is no JSON object")
        reply: Reply = write(fields)
        return reply


def _summary(table: SObject, base: str) -> dict[str, Any]:
    return {
        "name": table.name,
        "label": table.name,
        "keyPrefix": table.key_prefix or None,
        "queryable": True,
        "createable": table.createable,
        "updateable": table.updateable,
        "deletable": table.deletable,
        "custom": False,
        "urls": {"sobject": f"{base}/sobjects/{table.name}", "describe": f"{base}/sobjects/{table.name}/describe"},
    }


def _not_allowed(method: str, allowed: str) -> Reply:
    message = f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
    return rest_error("METHOD_NOT_ALLOWED", message, 405)
