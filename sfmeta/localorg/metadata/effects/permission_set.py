"""PermissionSet: a row with its permissions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sfmeta.localorg.metadata import grants, references
from sfmeta.localorg.metadata.effects.base import Effect, leaf, without
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

_PREFIX = "Permissions"


def enabled_permissions(record: Record) -> list[str]:
    """The names of the user permissions that a permission set gives, sorted."""
    return sorted(
        name.removeprefix(_PREFIX)
        for name, value in record.fields.items()
        if name.startswith(_PREFIX) and value is True
    )


def permission_nodes(names: Iterable[str]) -> list[Node]:
    """``userPermissions`` elements that enable the given names."""
    return [Node.of("userPermissions", leaf("enabled", True), leaf("name", name)) for name in names]


def permission_flags(document: Node) -> Mapping[str, Value]:
    """``Permissions<Name>`` for what a document mentions; None for what it takes away."""
    return {
        _PREFIX + node.value("name"): True if node.flag("enabled") else None
        for node in document.all("userPermissions")
        if node.value("name")
    }


class PermissionSetEffect(Effect):
    """The row is the truth for label, description and user permissions; the file for all else."""

    watched = ("PermissionSet",)

    def apply(self, state: State, full_name: str, document: Node) -> str:
        record = references.permission_set_named(state, full_name)
        fields: dict[str, Value] = {
            "Name": full_name,
            "Label": document.value("label"),
            "Description": document.value("description") or None,
            "HasActivationRequired": document.flag("hasActivationRequired"),
            "IsOwnedByProfile": False,
            "IsCustom": True,
        }
        if record is None:
            return state.records.insert("PermissionSet", {**fields, **permission_flags(document)})
        fields["Name"] = record.text("Name")
        gone = {_PREFIX + name: None for name in enabled_permissions(record)}
        state.records.update(record.id, **{**gone, **fields, **permission_flags(document)})
        return record.id

    def kept(self, document: Node) -> Node:
        return without(document, "userPermissions")

    def remove(self, state: State, full_name: str) -> None:
        record = references.permission_set_named(state, full_name)
        if record is not None:
            grants.remove_grants(state, parent_id=record.id)
            for sobject in ("PermissionSetAssignment", "PermissionSetGroupComponent"):
                state.records.delete_all(state.records.find(sobject, PermissionSetId=record.id))
            state.records.delete(record.id)

    def renamed(self, state: State, old: str, new: str) -> None:
        record = references.permission_set_named(state, old)
        if record is not None:
            state.records.update(record.id, Name=new)

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        record = references.permission_set_named(state, full_name)
        if record is None:
            return document
        node = without(document, "label", "description", "userPermissions")
        node.children.append(leaf("label", record.text("Label")))
        if record.text("Description"):
            node.children.append(leaf("description", record.text("Description")))
        node.children += permission_nodes(enabled_permissions(record))
        return node

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        for record in state.records.find("PermissionSet"):
            is_own = not record.flag("IsOwnedByProfile") and record["Type"] != "Group"
            if is_own and record["IsCustom"] is not False:
                active = leaf("hasActivationRequired", record.flag("HasActivationRequired"))
                yield record.text("Name"), Node.of("PermissionSet", active), record.id
