"""sObject collections: up to 200 records in one request.

Source: REST API guide, sObject Collections.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sfmeta.localorg.data.record_resource import read
from sfmeta.localorg.data.schema import SObject
from sfmeta.localorg.data.service import Service
from sfmeta.localorg.data.writes import table as writes
from sfmeta.localorg.data.writes.refused import Refused, not_found, refuse
from sfmeta.localorg.http.reply import Reply, as_json
from sfmeta.localorg.ids import KEY_PREFIXES, is_id, to_18
from sfmeta.localorg.state import Undo

Outcome: TypeAlias = dict[str, Any]

_MOST = 200
_MOST_READ = 2000


def collections(service: Service) -> Reply:
    """Answers ``/composite/sobjects``: create, update, delete."""
    service.only("POST", "PATCH", "DELETE")
    if service.call.method == "DELETE":
        asked = service.call.query
        ids = _limited([one.strip() for one in asked.get("ids", "").split(",") if one.strip()])
        # texts of a URL: "True" is as good as "true"
        return _saved(service, ids, lambda id_: _delete(service, id_), asked.get("allOrNone", "").lower() == "true")
    content = service.content()
    records = _records(content.get("records"))
    save = _create if service.call.method == "POST" else _update
    return _saved(service, records, lambda record: save(service, record), content.get("allOrNone") is True)


def of_one_sobject(service: Service, name: str) -> Reply:
    """Answers ``/composite/sobjects/{name}``: several records of one sobject, null for what is not there."""
    service.only("GET", "POST")
    table = service.table(name)
    if service.call.method == "GET":
        ids: object = [one for one in service.call.query.get("ids", "").split(",") if one]
        names: object = [one for one in service.call.query.get("fields", "").split(",") if one]
    else:
        content = service.content()
        ids, names = content.get("ids"), content.get("fields")
    fields = ",".join(_texts(names))
    return as_json([_read(service, table, id_, fields) for id_ in _limited(_texts(ids), _MOST_READ)])


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise refuse("rest-body", problem="ids and fields are lists of texts, and there is at least one of each")
    return list(value)


def _read(service: Service, table: SObject, id_: str, fields: str) -> Outcome | None:
    try:
        return read(service, table, id_, fields)
    except Refused as refused:
        if refused.code == "NOT_FOUND":
            return None
        raise


def _records(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise refuse("rest-body", problem="records is a list of objects")
    return _limited(value)


def _limited(values: Sequence[Any], most: int = _MOST) -> list[Any]:
    if len(values) > most:
        raise refuse("rest-too-many-records", most=most)
    return list(values)


def _saved(service: Service, records: Sequence[Any], save: Callable[[Any], str], all_or_none: bool) -> Reply:
    """Saves each; with ``all_or_none`` all of them or none."""
    with service.caller.state.undoable():
        outcomes = [_outcome(record, save) for record in records]
        if all_or_none and not all(one["success"] for one in outcomes):
            outcomes = [
                one if not one["success"] else {"success": False, "errors": [refuse("rest-rolled-back").entry]}
                for one in outcomes
            ]
            raise Undo
    return as_json(outcomes)


def _outcome(record: Any, save: Callable[[Any], str]) -> Outcome:
    try:
        return {"id": save(record), "success": True, "errors": []}
    except Refused as refused:
        named = record if isinstance(record, str) else record.get("id") or record.get("Id")
        known = {"id": named} if isinstance(named, str) else {}
        return {**known, "success": False, "errors": [refused.entry]}


def _create(service: Service, record: Mapping[str, Any]) -> str:
    table = _table(service, record)
    return writes.create(service.caller, table, record, service.engine.view)


def _update(service: Service, record: Mapping[str, Any]) -> str:
    table, id_ = _table(service, record), record.get("id") or record.get("Id")
    if not isinstance(id_, str) or not is_id(id_):
        raise refuse("rest-no-record-id")
    fields = {name: value for name, value in record.items() if name.lower() != "id"}
    writes.update(service.caller, table, id_, fields, service.engine.view)
    return to_18(id_)


def _delete(service: Service, id_: str) -> str:
    record = service.caller.state.records.get(id_)
    name = record.sobject if record else next((one for one, key in KEY_PREFIXES.items() if id_[:3] == key), "")
    if not is_id(id_) or not name:
        raise refuse("rest-malformed-id-alone", id=id_)
    writes.remove(service.caller, service.table(name), id_)
    return to_18(id_)


def _table(service: Service, record: Mapping[str, Any]) -> SObject:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise refuse("rest-no-record-type", name="")
    try:
        return service.table(name)
    except Refused as refused:
        if refused.code != not_found().code:
            raise
        raise refuse("rest-no-record-type", name=name) from refused
