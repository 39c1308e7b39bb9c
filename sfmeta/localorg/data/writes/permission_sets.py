"""PermissionSet and the groups of them, each a record and a metadata component at once.

Source: Object Reference, PermissionSet, PermissionSetGroup and PermissionSetGroupComponent.
"""

from __future__ import annotations

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.writes.checks import Fields, developer_name, needs, referenced, required
from sfmeta.localorg.data.writes.refused import refuse
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

NEEDED = (("ManageProfilesPermissionsets",),)
_SET, _GROUP, _PART = "PermissionSet", "PermissionSetGroup", "PermissionSetGroupComponent"


def create_set(caller: Caller, fields: Fields) -> str:
    """Makes a permission set."""
    needs(caller, *NEEDED)
    required(fields, "Name", "Label")
    _free_name(caller.state, _SET, "Name", str(fields["Name"]))
    if fields.get("LicenseId"):
        referenced(caller, fields, "LicenseId", "UserLicense")
    fixed: dict[str, Value] = {"IsOwnedByProfile": False, "IsCustom": True}
    with effects.by_its_record(caller.state, _SET, str(fields["Name"]), caller.user_id):
        return caller.state.records.insert(_SET, {**_set(fields), **fixed, **_made(caller)})


def update_set(caller: Caller, record: Record, fields: Fields) -> None:
    """Changes a permission set."""
    needs(caller, *NEEDED)
    _its_own(record, "changed")
    _rename(caller, record, _SET, "Name", fields)
    with effects.by_its_record(caller.state, _SET, str(fields.get("Name") or record["Name"]), caller.user_id):
        caller.state.records.update(record.id, **{**_set(fields), **_changed(caller)})


def delete_set(caller: Caller, record: Record) -> None:
    """Deletes a permission set, unless somebody has it."""
    needs(caller, *NEEDED)
    _its_own(record, "deleted")
    _unassigned(caller.state, record)
    if not effects.delete(caller.state, _SET, record.text("Name"), author=caller.user_id):
        caller.state.records.delete(record.id)


def create_group(caller: Caller, fields: Fields) -> str:
    """Makes a group without members."""
    needs(caller, *NEEDED)
    required(fields, "DeveloperName", "MasterLabel")
    name = str(fields["DeveloperName"])
    _free_name(caller.state, _GROUP, "DeveloperName", name)
    texts = {"label": fields["MasterLabel"], "description": fields.get("Description")}
    leaves = [Node.of(key, text=str(text)) for key, text in texts.items() if text]
    active = Node.of("hasActivationRequired", text="true" if fields.get("HasActivationRequired") else "false")
    made = effects.put(caller.state, _GROUP, name, Node.of(_GROUP, *leaves, active), author=caller.user_id)
    caller.state.records.update(made.id, **_made(caller))
    return made.id


def update_group(caller: Caller, record: Record, fields: Fields) -> None:
    """Changes a group; its members are PermissionSetGroupComponents."""
    needs(caller, *NEEDED)
    _rename(caller, record, _GROUP, "DeveloperName", fields)
    caller.state.records.update(record.id, **{**fields, **_changed(caller)})
    effects.adopt(caller.state)


def delete_group(caller: Caller, record: Record) -> None:
    """Deletes a group, unless somebody has it."""
    needs(caller, *NEEDED)
    aggregate = caller.state.records.first(_SET, PermissionSetGroupId=record.id)
    for one in (record, aggregate):
        if one is not None:
            _unassigned(caller.state, one)
    effects.delete(caller.state, _GROUP, record.text("DeveloperName"), author=caller.user_id)


def create_part(caller: Caller, fields: Fields) -> str:
    """Puts a permission set, or what mutes some of its permissions, into a group."""
    needs(caller, *NEEDED)
    required(fields, "PermissionSetGroupId", "PermissionSetId")
    group = referenced(caller, fields, "PermissionSetGroupId", _GROUP)
    member = referenced(caller, fields, "PermissionSetId", _SET, "MutingPermissionSet")
    if member.flag("IsOwnedByProfile") or member.text("PermissionSetGroupId"):
        raise refuse("rest-group-member", ["PermissionSetId"])
    ids: dict[str, Value] = {"PermissionSetGroupId": group.id, "PermissionSetId": member.id}
    if caller.state.records.find(_PART, PermissionSetGroupId=group.id, PermissionSetId=member.id):
        raise refuse("rest-duplicate")
    with effects.by_its_record(caller.state, _GROUP, group.text("DeveloperName"), caller.user_id):
        return caller.state.records.insert(_PART, {**ids, **_made(caller)})


def delete_part(caller: Caller, record: Record) -> None:
    """Takes a member out of a group."""
    needs(caller, *NEEDED)
    group = caller.state.records.get(record.text("PermissionSetGroupId"))
    name = "" if group is None else group.text("DeveloperName")
    with effects.by_its_record(caller.state, _GROUP, name, caller.user_id):
        caller.state.records.delete(record.id)


def _set(fields: Fields) -> dict[str, Value]:
    """What a permission set keeps: a permission that it does not give is not kept."""
    return {
        name: None if name.startswith("Permissions") and value is not True else value for name, value in fields.items()
    }


def _made(caller: Caller) -> dict[str, Value]:
    return {"CreatedDate": caller.state.clock.stamp(), "CreatedById": caller.user_id}


def _changed(caller: Caller) -> dict[str, Value]:
    return {"LastModifiedDate": caller.state.clock.stamp(), "LastModifiedById": caller.user_id}


def _free_name(state: State, sobject: str, field: str, name: str, but: str = "") -> None:
    developer_name(name, field)
    for other in state.records.find(sobject):
        if other.id != but and other.text(field).casefold() == name.casefold():
            raise refuse("rest-name-taken", [field], name=name)


def _rename(caller: Caller, record: Record, sobject: str, field: str, fields: Fields) -> None:
    name = fields.get(field)
    if field not in fields or name == record.text(field):
        return
    required(fields, field)
    _free_name(caller.state, sobject, field, str(name), record.id)
    effects.rename(caller.state, sobject, record.text(field), str(name), author=caller.user_id)


def _its_own(record: Record, done: str) -> None:
    """Object Reference, PermissionSet: those that a profile owns are not modified; a group's is its sum."""
    if record.flag("IsOwnedByProfile") or record.text("PermissionSetGroupId"):
        raise refuse("rest-owned-set", done=done)


def _unassigned(state: State, record: Record) -> None:
    """Object Reference, PermissionSet: it can be deleted if it is not assigned to a user."""
    field = "PermissionSetGroupId" if record.sobject == _GROUP else "PermissionSetId"
    if state.records.find("PermissionSetAssignment", **{field: record.id}):
        raise refuse("rest-set-in-use", name=record.text("Name") or record.text("DeveloperName"))
