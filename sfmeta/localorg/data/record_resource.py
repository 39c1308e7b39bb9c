"""``/sobjects``: what there is, descriptions, and one record."""

from __future__ import annotations

from sfmeta.localorg.data.describe import describe_all, describe_one, summary
from sfmeta.localorg.data.schema import Field, SObject
from sfmeta.localorg.data.service import Service, not_allowed
from sfmeta.localorg.data.soql_values import Comparison, Item, Path, Query
from sfmeta.localorg.data.writes import table as writes
from sfmeta.localorg.data.writes.refused import no_such_id, not_found, refuse
from sfmeta.localorg.http.reply import Reply, as_json
from sfmeta.localorg.ids import is_id, to_18

# fields with the property idLookup (Object Reference): a record is also found by them
_LOOKUPS = {("ConnectedApplication", "name"), ("User", "username")}


def sobjects(service: Service, parts: tuple[str, ...]) -> Reply:
    """Answers below ``/sobjects``."""
    if not parts:
        service.only("GET")
        return as_json(describe_all(service.engine.view, service.base))
    table, rest = service.table(parts[0]), parts[1:]
    match rest:
        case ():
            return _table(service, table)
        case ("describe",):
            service.only("GET")
            return as_json(describe_one(table, service.engine.view, service.base))
        case (id_,):
            return _record(service, table, id_)
        case (field, value):
            return _looked_up(service, table, field, value)
    raise not_found()


def _table(service: Service, table: SObject) -> Reply:
    methods = ("GET", "POST") if table.can("create") else ("GET",)
    service.only(*methods)
    if service.call.method == "GET":
        return as_json({"objectDescribe": summary(table, service.base), "recentItems": []})
    return created(service, table, writes.create(service.caller, table, service.content(), service.engine.view))


def _record(service: Service, table: SObject, id_: str) -> Reply:
    method = service.call.method
    if method == "GET":
        return as_json(read(service, table, id_, service.call.query.get("fields", "")))
    if method == "PATCH" and table.can("update"):
        writes.update(service.caller, table, id_, service.content(), service.engine.view)
        return Reply(204)
    if method == "DELETE" and table.can("delete"):
        writes.remove(service.caller, table, id_)
        return Reply(204)
    verbs = [("PATCH", "update"), ("DELETE", "delete")]
    raise not_allowed(method, "GET", *(name for name, verb in verbs if table.can(verb)))


def _looked_up(service: Service, table: SObject, field: str, value: str) -> Reply:
    """A record by a field that tells it from others. No sobject here has an external id but the id itself."""
    method = service.call.method
    if field.lower() == "id":
        if method == "PATCH" and table.can("update"):
            writes.update(service.caller, table, value, service.content(), service.engine.view)
            return Reply(204) if service.version < 46 else as_json(_saved(value, created=False))
        return _record(service, table, value)
    service.only("GET")
    found = table.find(field, service.engine.view)
    if found is None or (table.name, field.lower()) not in _LOOKUPS:
        raise no_such_id(field)
    query = Query(table.name, (Item(Path(("Id",))),), Comparison(Path((found.name,)), "=", (value,)))
    records = service.engine.answer(query).records()
    if not records:
        raise not_found()
    return as_json(read(service, table, records[0]["Id"], service.call.query.get("fields", "")))


def _saved(id_: str, *, created: bool) -> dict[str, object]:
    return {"id": to_18(id_), "success": True, "errors": [], "created": created}


def created(service: Service, table: SObject, id_: str) -> Reply:
    """The answer to a record that was made."""
    location = {"Location": f"{service.base}/sobjects/{table.name}/{id_}"}
    return as_json({"id": id_, "success": True, "errors": []}, 201, location)


def read(service: Service, table: SObject, id_: str, wanted: str) -> dict[str, object]:
    """A record.

    Args:
        service: the request.
        table: the record's.
        id_: the record's.
        wanted: the names of fields, separated by commas; "" for all of them.

    Raises:
        Refused: there is no such record, or no such field.
    """
    fields = _fields(service, table, wanted)
    if not is_id(id_) or (table.key_prefix and id_[:3] != table.key_prefix):
        raise no_such_id(id_)
    with service.caller.state.lock:
        record = service.engine.record(table, to_18(id_), fields)
    if record is None:
        raise not_found()
    return record


def _fields(service: Service, table: SObject, wanted: str) -> list[Field]:
    view = service.engine.view
    if not wanted:
        return table.seen(view)
    fields: dict[str, Field] = {}
    for name in wanted.split(","):
        found = table.find(name.strip(), view)
        if found is None:
            raise refuse("rest-no-field", name=name.strip(), sobject=table.name)
        fields[found.name] = found
    return list(fields.values())
