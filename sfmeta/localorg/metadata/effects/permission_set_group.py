"""PermissionSetGroup and MutingPermissionSet: rows, their members, and the permission set that a group adds up to."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.localorg.metadata import grants, references
from sfmeta.localorg.metadata.effects.base import Effect, leaf, without
from sfmeta.localorg.metadata.effects.permission_set import enabled_permissions, permission_flags, permission_nodes
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

_MEMBERS, _MUTING = "permissionSets", "mutingPermissionSets"
UPDATED = "Updated"
"""The status of a group whose sum is calculated; here it always is (object reference, PermissionSetGroup.Status)."""


class PermissionSetGroupEffect(Effect):
    """The rows are the truth. Members are PermissionSetGroupComponent rows (object reference)."""

    watched = ("PermissionSetGroup", "PermissionSet")

    def apply(self, state: State, full_name: str, document: Node) -> str:
        fields: dict[str, Value] = {
            "MasterLabel": document.value("label"),
            "Description": document.value("description") or None,
            "HasActivationRequired": document.flag("hasActivationRequired"),
            "Status": UPDATED,
        }
        record = references.permission_set_group(state, full_name)
        if record is None:
            group_id = state.records.insert("PermissionSetGroup", {**fields, "DeveloperName": full_name})
        else:
            group_id = record.id
            state.records.update(group_id, **fields)
        found = [references.permission_set_named(state, name) for name in document.values(_MEMBERS)]
        found += [references.muting_permission_set(state, name) for name in document.values(_MUTING)]
        _set_members(state, group_id, [member.id for member in found if member is not None])
        self._aggregate(state, group_id)
        return group_id

    @staticmethod
    def _aggregate(state: State, group_id: str) -> None:
        """The permission set of type Group under which assignments and queries see a group (aer-dist#450)."""
        group = state.records.get(group_id)
        if group is None:
            return
        fields: dict[str, Value] = {
            "Name": group.text("DeveloperName"),
            "Label": group.text("MasterLabel"),
            "HasActivationRequired": group.flag("HasActivationRequired"),
        }
        aggregate = references.group_aggregate(state, group_id)
        if aggregate is None:
            fixed: dict[str, Value] = {
                "Type": "Group",
                "PermissionSetGroupId": group_id,
                "IsOwnedByProfile": False,
                "IsCustom": True,
            }
            state.records.insert("PermissionSet", {**fields, **fixed})
        elif any(aggregate[name] != value for name, value in fields.items()):
            state.records.update(aggregate.id, **fields)

    def kept(self, document: Node) -> Node:
        return without(document, "label", "description", "hasActivationRequired", "status", _MEMBERS, _MUTING)

    def remove(self, state: State, full_name: str) -> None:
        record = references.permission_set_group(state, full_name)
        if record is None:
            return
        records = state.records
        records.delete_all(records.find("PermissionSetGroupComponent", PermissionSetGroupId=record.id))
        records.delete_all(records.find("PermissionSetAssignment", PermissionSetGroupId=record.id))
        aggregate = references.group_aggregate(state, record.id)
        if aggregate is not None:
            grants.remove_grants(state, parent_id=aggregate.id)
            records.delete_all(records.find("PermissionSetAssignment", PermissionSetId=aggregate.id))
            records.delete(aggregate.id)
        records.delete(record.id)

    def renamed(self, state: State, old: str, new: str) -> None:
        record = references.permission_set_group(state, old)
        if record is not None:
            state.records.update(record.id, DeveloperName=new)
            self._aggregate(state, record.id)

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        record = references.permission_set_group(state, full_name)
        if record is None:
            return document
        node = self.kept(document)
        if record.text("Description"):
            node.children.append(leaf("description", record.text("Description")))
        node.children += [
            leaf("hasActivationRequired", record.flag("HasActivationRequired")),
            leaf("label", record.text("MasterLabel")),
        ]
        members = _members(state, record.id)
        muting = sorted(one.text("DeveloperName") for one in members if one.sobject == "MutingPermissionSet")
        names = sorted(one.text("Name") for one in members if one.sobject == "PermissionSet")
        node.children += [leaf(_MUTING, name) for name in muting]
        node.children += [leaf(_MEMBERS, name) for name in names]
        node.children.append(leaf("status", record.text("Status") or UPDATED))
        return node

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        for record in state.records.find("PermissionSetGroup"):
            self._aggregate(state, record.id)
            yield record.text("DeveloperName"), Node.of("PermissionSetGroup"), record.id


class MutingPermissionSetEffect(Effect):
    """The row is the truth for label, description and what is muted; the file for all else."""

    watched = ("MutingPermissionSet",)

    def apply(self, state: State, full_name: str, document: Node) -> str:
        fields: dict[str, Value] = {
            "MasterLabel": document.value("label"),
            "Description": document.value("description") or None,
        }
        record = references.muting_permission_set(state, full_name)
        if record is None:
            made = {**fields, "DeveloperName": full_name, **permission_flags(document)}
            return state.records.insert("MutingPermissionSet", made)
        gone: dict[str, Value] = {f"Permissions{name}": None for name in enabled_permissions(record)}
        state.records.update(record.id, **{**gone, **fields, **permission_flags(document)})
        return record.id

    def kept(self, document: Node) -> Node:
        return without(document, "label", "description", "userPermissions")

    def remove(self, state: State, full_name: str) -> None:
        record = references.muting_permission_set(state, full_name)
        if record is not None:
            members = state.records.find("PermissionSetGroupComponent", PermissionSetId=record.id)
            state.records.delete_all(members)
            state.records.delete(record.id)

    def renamed(self, state: State, old: str, new: str) -> None:
        record = references.muting_permission_set(state, old)
        if record is not None:
            state.records.update(record.id, DeveloperName=new)

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        record = references.muting_permission_set(state, full_name)
        if record is None:
            return document
        node = self.kept(document)
        node.children.append(leaf("label", record.text("MasterLabel")))
        if record.text("Description"):
            node.children.append(leaf("description", record.text("Description")))
        node.children += permission_nodes(enabled_permissions(record))
        return node

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        for record in state.records.find("MutingPermissionSet"):
            yield record.text("DeveloperName"), Node.of("MutingPermissionSet"), record.id


def _set_members(state: State, group_id: str, wanted: list[str]) -> None:
    missing = dict.fromkeys(wanted)
    for row in state.records.find("PermissionSetGroupComponent", PermissionSetGroupId=group_id):
        if row.text("PermissionSetId") in missing:
            del missing[row.text("PermissionSetId")]
        else:
            state.records.delete(row.id)
    for member_id in missing:
        fields: dict[str, Value] = {"PermissionSetGroupId": group_id, "PermissionSetId": member_id}
        state.records.insert("PermissionSetGroupComponent", fields)


def _members(state: State, group_id: str) -> list[Record]:
    rows = state.records.find("PermissionSetGroupComponent", PermissionSetGroupId=group_id)
    found = (state.records.get(row.text("PermissionSetId")) for row in rows)
    return [record for record in found if record is not None]
