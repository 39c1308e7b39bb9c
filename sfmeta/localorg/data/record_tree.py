"""``/composite/tree``: up to 200 records of one sobject at once, all or none.

Source: REST API guide, sObject Tree. Records below records are not taken: no sobject that can be created here is the
parent of another one under a name that is established.
"""

from __future__ import annotations

from typing import Any

from sfmeta.localorg.data.service import Service
from sfmeta.localorg.data.writes import table as writes
from sfmeta.localorg.data.writes.refused import Refused, refuse
from sfmeta.localorg.http.reply import Reply, as_json
from sfmeta.localorg.state import Undo

_MOST = 200


def tree(service: Service, name: str) -> Reply:
    """Answers a request."""
    service.only("POST")
    table, records = service.table(name), service.content().get("records")
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records) or not records:
        raise refuse("rest-body", problem="records is a list of objects")
    if len(records) > _MOST:
        raise refuse("rest-too-many-records", most=_MOST)
    made: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    with service.caller.state.undoable():
        for record in records:
            reference = _reference(record)
            try:
                id_ = writes.create(service.caller, table, record, service.engine.view)
            except Refused as refused:
                failed.append({"referenceId": reference, "errors": [refused.entry]})
            else:
                made.append({"referenceId": reference, "id": id_})
        if failed:
            # one was refused, and all go with it
            raise Undo
    if failed:
        return as_json({"hasErrors": True, "results": failed}, 400)
    return as_json({"hasErrors": False, "results": made}, 201)


def _reference(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    reference = attributes.get("referenceId") if isinstance(attributes, dict) else None
    if not isinstance(reference, str) or not reference:
        raise refuse("rest-tree-reference")
    return reference
