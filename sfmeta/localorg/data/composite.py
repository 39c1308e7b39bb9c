"""Requests in a request: ``/composite``, whose parts may use each other's answers, and ``/composite/batch``.

Source: REST API guide, Composite and Batch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from sfmeta.localorg.data.catalog import words
from sfmeta.localorg.data.service import Service
from sfmeta.localorg.data.writes.refused import Refused, refuse
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply, as_json
from sfmeta.localorg.state import Undo

_MOST = 25
_MOST_QUERIES = 5
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_REFERENCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_REFERENCE = re.compile(r"@\{([^{}]+)\}")
_STEP = re.compile(r"\.?([A-Za-z0-9_]+)|\[(\d{1,6})\]")


class _NoValue(Exception):
    """A reference leads nowhere."""


def composite(service: Service) -> Reply:
    """Answers ``/composite``."""
    if service.call.method == "GET":
        names = ("batch", "sobjects", "tree")
        return as_json({name: f"{service.base}/composite/{name}" for name in names})
    service.only("GET", "POST")
    content = service.content()
    parts = _parts(content.get("compositeRequest"), "compositeRequest")
    ids = [part.get("referenceId") for part in parts]
    _check_references(ids)
    if sum(_is_query(part["url"]) for part in parts) > _MOST_QUERIES:
        raise refuse("rest-too-many-requests", most=_MOST_QUERIES, what="queries")
    all_or_none = content.get("allOrNone") is True
    answers: list[dict[str, Any]] = []
    with service.caller.state.undoable():
        bodies: dict[str, Any] = {}
        for failed, part in enumerate(parts):
            answers.append(_answer(service, part, bodies))
            if all_or_none and answers[-1]["httpStatusCode"] >= 400:
                answers = [
                    answers[place] if place == failed else _halted(str(id_), refuse("rest-halted"))
                    for place, id_ in enumerate(ids)
                ]
                raise Undo
    return as_json({"compositeResponse": answers})


def batch(service: Service) -> Reply:
    """Answers ``/composite/batch``: its parts know nothing of each other, and none undoes another."""
    service.only("POST")
    content = service.content()
    parts = _parts(content.get("batchRequests"), "batchRequests")
    halt = content.get("haltOnError") is True
    results: list[dict[str, Any]] = []
    for part in parts:
        if halt and results and results[-1]["statusCode"] >= 400:
            code, message = words("rest-batch-halted")
            results.append({"statusCode": 412, "result": [{"errorCode": code, "message": message}]})
            continue
        reply = service.again(_call(service, part, str(part.get("url", "")), part.get("richInput"), within=""))
        results.append({"statusCode": reply.status, "result": _body(reply)})
    return as_json({"hasErrors": any(one["statusCode"] >= 400 for one in results), "results": results})


def _parts(value: object, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise refuse("rest-body", problem=f"{name} is a list of requests")
    if len(value) > _MOST:
        raise refuse("rest-too-many-requests", most=_MOST, what="requests")
    for part in value:
        if part.get("method") not in _METHODS or not isinstance(part.get("url"), str):
            raise refuse("rest-body", problem=f"Each of {name} has a method and a url")
    return list(value)


def _is_query(url: str) -> bool:
    return bool({"query", "queryAll"} & set(unquote(_address(url).path).split("/")))


def _address(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise refuse("rest-not-in-request", url=url) from error


def _check_references(ids: list[object]) -> None:
    for place, one in enumerate(ids):
        if not isinstance(one, str) or not _REFERENCE_ID.fullmatch(one):
            raise refuse("rest-reference-id", id=one)
        if one in ids[:place]:
            raise refuse("rest-reference-twice", id=one)


def _answer(service: Service, part: Mapping[str, Any], bodies: dict[str, Any]) -> dict[str, Any]:
    reference = str(part["referenceId"])
    try:
        url = _filled_text(part["url"], bodies)
        body = _filled(part.get("body"), bodies)
    except _NoValue as error:
        name = re.split(r"[.\[]", str(error))[0]
        return _halted(reference, refuse("rest-no-reference", path=error, name=name))
    reply = service.again(_call(service, part, url, body, within="composite"))
    found = _body(reply)
    if reply.status < 400:
        bodies[reference] = found
    return {
        "body": found,
        "httpHeaders": {name: value for name, value in reply.headers.items() if name == "Location"},
        "httpStatusCode": reply.status,
        "referenceId": reference,
    }


def _halted(reference: str, why: Refused) -> dict[str, Any]:
    body = [{"errorCode": why.code, "message": why.message}]
    return {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": reference}


def _call(service: Service, part: Mapping[str, Any], url: str, body: object, *, within: str) -> Call:
    """A part as a request of its own.

    Raises:
        Refused: requests are not held in requests that are held in requests.
    """
    address = _address(url)
    path = unquote(address.path).lstrip("/")
    if not path.startswith("services/data/"):
        # a batch names its parts from the version on
        path = f"services/data/{path}"
    steps = path.split("/")[3:]
    if steps[:1] == ["composite"] and not (within and steps[1:2] in (["sobjects"], ["tree"])):
        raise refuse("rest-not-in-request", url=url)
    own = part.get("httpHeaders")
    headers = {str(name).lower(): str(value) for name, value in own.items()} if isinstance(own, dict) else {}
    headers["authorization"] = service.call.headers.get("authorization", "")
    content = b"" if body is None else json.dumps(body).encode()
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    return replace(service.call, method=part["method"], path=path, query=query, headers=headers, body=content)


def _body(reply: Reply) -> Any:
    return json.loads(reply.body) if isinstance(reply.body, bytes) and reply.body else None


def _filled(value: Any, bodies: Mapping[str, Any]) -> Any:
    """A body with every reference replaced by what it leads to."""
    if isinstance(value, dict):
        return {name: _filled(one, bodies) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, bodies) for one in value]
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        return _found(whole[1], bodies) if whole else _filled_text(value, bodies)
    return value


def _filled_text(text: str, bodies: Mapping[str, Any]) -> str:
    return _REFERENCE.sub(lambda read: str(_found(read[1], bodies)), text)


def _found(path: str, bodies: Mapping[str, Any]) -> Any:
    """What ``refAccount.id`` or ``refQuery.records[0].Id`` leads to.

    Raises:
        _NoValue: nothing.
    """
    value: Any = bodies
    place = 0
    while place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            raise _NoValue(path)
        key: str | int = step[1] if step[1] is not None else int(step[2])
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError) as error:
            raise _NoValue(path) from error
        place = step.end()
    if value is None or isinstance(value, dict | list):
        raise _NoValue(path)
    return value
