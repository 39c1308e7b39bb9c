"""``/query``, ``/queryAll`` and the batches that follow. There is no recycle bin here, so both find the same."""

from __future__ import annotations

from sfmeta.localorg.data.catalog import words
from sfmeta.localorg.data.service import Service
from sfmeta.localorg.data.soql_values import SoqlError
from sfmeta.localorg.http.reply import Reply, as_json, rest_error


def query(service: Service, locator: tuple[str, ...]) -> Reply:
    """Answers a query, or the next batch of one."""
    service.only("GET")
    return _next(service, locator[0]) if locator else _query(service)


def _query(service: Service) -> Reply:
    asked = service.call.query
    if "q" not in asked:
        if "explain" in asked:
            return rest_error(*words("soql-no-plan"), 404)
        return rest_error(*words("soql-no-query"))
    state = service.caller.state
    try:
        with state.lock:
            result = service.engine.run(asked["q"])
            if asked.get("columns") == "true":
                return as_json(result.columns)
            options = service.call.headers.get("sforce-query-options", "")
            return as_json(service.batches.first(result, options, f"{service.base}/query", service.caller.user_id))
    except SoqlError as error:
        return rest_error(error.code, error.told(asked["q"]))


def _next(service: Service, locator: str) -> Reply:
    with service.caller.state.lock:
        batch = service.batches.next(locator, f"{service.base}/query", service.caller.user_id)
    return rest_error(*words("soql-locator")) if batch is None else as_json(batch)
