"""Profile: a row, and the permission set that it owns, which holds its permissions and its access to apps."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.localorg.metadata import references
from sfmeta.localorg.metadata.effects.base import Effect, leaf, without
from sfmeta.localorg.metadata.effects.permission_set import enabled_permissions, permission_flags, permission_nodes
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State


class ProfileEffect(Effect):
    """User permissions are the owned permission set's. What a document does not mention stays (additive)."""

    watched = ("Profile",)

    def apply(self, state: State, full_name: str, document: Node) -> str:
        record = references.profile(state, full_name)
        if record is None:
            name = references.STANDARD_PROFILES.get(full_name, full_name)
            fields = {"Name": name, "FullName": full_name, "UserType": "Standard"}
            record = state.records.get(state.records.insert("Profile", fields))
        if record is None:
            raise LookupError(full_name)
        if document.first("description") is not None:
            state.records.update(record.id, Description=document.value("description") or None)
        state.records.update(references.profile_permissions(state, record).id, **permission_flags(document))
        return record.id

    def kept(self, document: Node) -> Node:
        return without(document, "userPermissions", "description")

    def remove(self, state: State, full_name: str) -> None:
        record = references.profile(state, full_name)
        if record is not None:
            owned = references.profile_permissions(state, record)
            state.records.delete_all(state.records.find("SetupEntityAccess", ParentId=owned.id))
            state.records.delete(owned.id)
            state.records.delete(record.id)

    def renamed(self, state: State, old: str, new: str) -> None:
        record = references.profile(state, old)
        if record is not None:
            # a custom profile has one name for files and Setup
            name = new if record.text("Name").casefold() == old.casefold() else record.text("Name")
            state.records.update(record.id, FullName=new, Name=name)

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        record = references.profile(state, full_name)
        if record is None:
            return document
        node = without(document, "userPermissions", "description")
        if record.text("Description"):
            node.children.append(leaf("description", record.text("Description")))
        owned = references.profile_permissions(state, record)
        node.children += permission_nodes(enabled_permissions(owned))
        return node

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        for record in state.records.find("Profile"):
            yield self.file_name(record), Node.of("Profile", leaf("custom", self._is_custom(record))), record.id

    @staticmethod
    def file_name(record: Record) -> str:
        """The name a profile has in metadata."""
        by_label = {label: name for name, label in references.STANDARD_PROFILES.items()}
        return record.text("FullName") or by_label.get(record.text("Name"), record.text("Name"))

    @classmethod
    def _is_custom(cls, record: Record) -> bool:
        return cls.file_name(record) not in references.STANDARD_PROFILES
