"""What the writers of all sobjects ask of the fields that they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.data.schema import Field, SObject, View
from sfmeta.localorg.data.writes.refused import Refused, refuse
from sfmeta.localorg.ids import is_id, to_18
from sfmeta.localorg.records import Record

Fields: TypeAlias = Mapping[str, Any]

_KINDS: Mapping[str, tuple[type, ...]] = {"boolean": (bool,), "int": (int,), "double": (int, float)}


def spelled(table: SObject, content: Fields, view: View, *, new: bool) -> dict[str, Any]:
    """The fields under Salesforce's own names, each of its type; an empty text is none.

    Raises:
        Refused: the sobject has no such field, it cannot be set, or the value is of another type.
    """
    clean: dict[str, Any] = {}
    closed = []
    for name, value in content.items():
        if name == "attributes":
            continue
        found = table.find(name, view)
        if found is None:
            raise refuse("rest-no-field", name=name, sobject=table.name)
        if not (found.createable if new else found.updateable):
            closed.append(found.name)
        clean[found.name] = _typed(found, value)
    if closed:
        raise refuse("rest-closed-field", closed, names=", ".join(closed))
    return clean


def _typed(field: Field, value: Any) -> Any:
    if value is None or value == "":
        return None
    if field.type == "datetime":
        return moment(value)
    kinds = _KINDS.get(field.type, (str,))
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        shown = {bool: "boolean", int: "int", float: "double", str: "string"}[kinds[-1]]
        raise refuse("rest-value-type", type=shown, found=_token(value), value=value)
    if isinstance(value, str):
        if len(value) > field.length:
            raise too_long(field, value, field.length)
        if field.values and value not in field.values:
            raise refuse("rest-picklist", [field.name], label=field.label, value=value)
    return value


def too_long(field: Field, value: str, length: int) -> Refused:
    """A text has too many characters for its field."""
    return refuse("rest-too-long", [field.name], label=field.label, value=value[:80], length=length)


def _token(value: object) -> str:
    if isinstance(value, bool):
        return f"VALUE_{str(value).upper()}"
    if isinstance(value, dict | list):
        return "START_OBJECT" if isinstance(value, dict) else "START_ARRAY"
    return {int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}.get(type(value), "VALUE_STRING")


def moment(text: object) -> str:
    """A moment as records keep it.

    Raises:
        Refused: it is none.
    """
    try:
        return to_stamp(from_stamp(str(text)))
    except ValueError as error:
        raise refuse("rest-value-type", type="datetime", found="VALUE_STRING", value=text) from error


def required(fields: Fields, *names: str) -> None:
    """Refuses what lacks a field."""
    missing = [name for name in names if not fields.get(name)]
    if missing:
        raise refuse("rest-required", missing, names=", ".join(missing))


def referenced(caller: Caller, fields: Fields, name: str, *sobjects: str) -> Record:
    """The record that a field names.

    Raises:
        Refused: it is no id, or there is no such record among these sobjects.
    """
    text = str(fields[name])
    if not is_id(text):
        raise refuse("rest-malformed-id", [name], label=Field(name).label, value=text)
    record = caller.state.records.get(to_18(text))
    if record is None:
        raise refuse("rest-cross-reference", [name])
    if record.sobject not in sobjects:
        raise refuse("rest-other-sobject", [name], label=Field(name).label, value=text)
    return record


def needs(caller: Caller, *groups: tuple[str, ...]) -> None:
    """Refuses a caller who holds no whole group of permissions."""
    if not any(all(caller.has(one) for one in group) for group in groups):
        raise refuse("rest-access")


def developer_name(text: str, field: str) -> None:
    """Refuses what is no API name (Object Reference, PermissionSet.Name)."""
    plain = text.isascii() and text.replace("_", "a").isalnum() and text[:1].isalpha()
    if not plain or text.endswith("_") or "__" in text or len(text) > 80:
        raise refuse("rest-developer-name", [field], field=field)
