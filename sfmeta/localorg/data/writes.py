"""What REST may write: assignments of permission sets, and who may use an app.

Source: Object Reference, PermissionSetAssignment and SetupEntityAccess; what it leaves open is in ``assumptions``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Caller
from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.data.sobjects import SObject
from sfmeta.localorg.ids import to_18
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.reply import NOT_FOUND, Reply, as_json, rest_error

_APPS = ("ConnectedApplication", "ExternalClientApplication")


class Refused(Exception):
    """A write that the org does not take. ``reply`` is its answer."""

    def __init__(self, code: str, message: str, fields: list[str] | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.reply = rest_error(code, message, status, fields or [])


def create(caller: Caller, table: SObject, fields: Mapping[str, Any]) -> Reply:
    """Answers ``POST /sobjects/{table}``."""
    try:
        with caller.state.transaction():
            _may_write(caller, table)
            clean = _spelled(table, fields)
            id_ = caller.state.records.insert(table.name, _PREPARE[table.name](caller, clean, None))
    except Refused as refused:
        return refused.reply
    return as_json({"id": id_, "success": True, "errors": []}, 201)


def update(caller: Caller, table: SObject, id_: str, fields: Mapping[str, Any]) -> Reply:
    """Answers ``PATCH /sobjects/{table}/{id}``."""
    try:
        with caller.state.transaction():
            _may_write(caller, table)
            record = _existing(caller, table, id_)
            caller.state.records.update(record.id, **_PREPARE[table.name](caller, _spelled(table, fields), record))
    except Refused as refused:
        return refused.reply
    return Reply(204)


def remove(caller: Caller, table: SObject, id_: str) -> Reply:
    """Answers ``DELETE /sobjects/{table}/{id}``."""
    try:
        with caller.state.transaction():
            _may_write(caller, table)
            record = _existing(caller, table, id_)
            owner = caller.state.records.get(record.text("PermissionSetId"))
            if owner is not None and owner.flag("IsOwnedByProfile"):
                # the message is ours
                raise Refused("INVALID_OPERATION", "The assignment of a profile's own permission set stays")
            caller.state.records.delete(record.id)
    except Refused as refused:
        return refused.reply
    return Reply(204)


def _may_write(caller: Caller, table: SObject) -> None:
    needed = _NEEDED[table.name]
    if not any(all(caller.has(one) for one in group) for group in needed):
        # the code is Salesforce's usual one; for these two sobjects it was not found
        raise Refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def _existing(caller: Caller, table: SObject, id_: str) -> Record:
    record = caller.state.records.get(id_)
    if record is None or record.sobject != table.name:
        refused = Refused("NOT_FOUND", "")
        refused.reply = NOT_FOUND
        raise refused
    return record


def _spelled(table: SObject, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields under Salesforce's own names.

    Raises:
        Refused: INVALID_FIELD for one that the sobject does not have.
    """
    clean: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "attributes":
            continue
        found = table.fields.get(name.lower())
        if found is None:
            raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {table.name}")
        clean[found.name] = value
    return clean


def _required(fields: Mapping[str, Any], *names: str) -> None:
    missing = [name for name in names if not isinstance(fields.get(name), str) or not fields[name]]
    if missing:
        listed = ", ".join(missing)
        raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{listed}]", missing)


def _referenced(caller: Caller, fields: Mapping[str, Any], name: str, *sobjects: str) -> Record:
    try:
        record = caller.state.records.get(to_18(fields[name]))
    except ValueError as error:
        raise Refused("MALFORMED_ID", f"{name}: id value of incorrect type: {fields[name]}", [name]) from error
    if record is None or record.sobject not in sobjects:
        raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [name])
    return record


def _only(fields: Mapping[str, Any], *allowed: str) -> None:
    closed = [name for name in fields if name not in allowed]
    if closed:
        listed = ", ".join(closed)
        message = f"Unable to create/update fields: {listed}. Please check the security settings of this field."
        raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, closed)


def _assignment(caller: Caller, fields: Mapping[str, Any], record: Record | None) -> dict[str, Value]:
    if record is not None:
        _only(fields, "ExpirationDate")
        return {"ExpirationDate": _expiration(caller, fields.get("ExpirationDate"))}
    _only(fields, "AssigneeId", "PermissionSetId", "ExpirationDate")
    _required(fields, "AssigneeId", "PermissionSetId")
    user = _referenced(caller, fields, "AssigneeId", "User")
    permission_set = _referenced(caller, fields, "PermissionSetId", "PermissionSet")
    if permission_set.flag("IsOwnedByProfile"):
        # the message is ours
        message = "A permission set that a profile owns cannot be assigned"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, ["PermissionSetId"])
    if caller.state.records.find("PermissionSetAssignment", AssigneeId=user.id, PermissionSetId=permission_set.id):
        message = f"Duplicate PermissionSetAssignment. Assignee: {user.id}; Permission Set: {permission_set.id}"
        raise Refused("DUPLICATE_VALUE", message)
    return {
        "AssigneeId": user.id,
        "PermissionSetId": permission_set.id,
        "ExpirationDate": _expiration(caller, fields.get("ExpirationDate")),
        "SystemModstamp": caller.state.clock.stamp(),
    }


def _expiration(caller: Caller, text: object) -> str | None:
    if text is None:
        return None
    try:
        moment = from_stamp(str(text))
    except ValueError as error:
        message = f"Cannot deserialize instance of datetime from VALUE_STRING value {text}"
        raise Refused("JSON_PARSER_ERROR", message) from error
    if moment <= caller.state.clock.now() and assumed(caller.state.org, "past_expiration_is_refused"):
        # the message is ours: what a real org does with a past date was not found
        raise Refused("FIELD_INTEGRITY_EXCEPTION", "The expiration date must be in the future", ["ExpirationDate"])
    return to_stamp(moment)


def _access(caller: Caller, fields: Mapping[str, Any], _: Record | None) -> dict[str, Value]:
    _only(fields, "ParentId", "SetupEntityId", "SetupEntityType")
    _required(fields, "ParentId", "SetupEntityId")
    parent = _referenced(caller, fields, "ParentId", "PermissionSet")
    app = _referenced(caller, fields, "SetupEntityId", *_APPS)
    if not assumed(caller.state.org, "setup_entity_access_takes_apps"):
        # the message is ours
        raise Refused("INVALID_TYPE_FOR_OPERATION", f"SetupEntityAccess cannot be created for {app.sobject}")
    if caller.state.records.find("SetupEntityAccess", ParentId=parent.id, SetupEntityId=app.id):
        message = "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
        raise Refused("DUPLICATE_VALUE", message)
    return {
        "ParentId": parent.id,
        "SetupEntityId": app.id,
        "SetupEntityType": app.sobject,
        "SystemModstamp": caller.state.clock.stamp(),
    }


_PREPARE: Mapping[str, Callable[[Caller, Mapping[str, Any], Record | None], dict[str, Value]]] = {
    "PermissionSetAssignment": _assignment,
    "SetupEntityAccess": _access,
}
# one of the groups, and of it every permission; object reference, and Help connected_app_manage_additional_settings
_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "PermissionSetAssignment": (("ViewSetup", "AssignPermissionSets"), ("ManageUsers",)),
    "SetupEntityAccess": (("CustomizeApplication", "ModifyAllData", "ManageProfilesPermissionsets"),),
}
