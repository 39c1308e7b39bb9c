"""Permission set groups and what they are made of."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.metadata import references
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, TypeRules, missing_reference, problem
from sfmeta.localorg.metadata.rules.lengths import length_problems
from sfmeta.localorg.metadata.xml import Node


class PermissionSetGroupRules(TypeRules):
    """Every member must be there; the file is the whole list of them."""

    order = 35

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from length_problems("PermissionSetGroup", document)
        members = list(document.all("permissionSets"))
        unknown = [node for node in members if node.text.strip() and not _is_permission_set(node, context)]
        if unknown:
            names = ", ".join(node.text.strip() for node in unknown)
            yield problem("group-members-unknown", unknown[0], names=names)
        for node in document.all("mutingPermissionSets"):
            name = node.text.strip()
            record = references.muting_permission_set(context.state, name)
            if record is None:
                yield missing_reference(node.name, "MutingPermissionSet", node)
            elif self._mutes_elsewhere(record.id, full_name, context):
                yield problem("muting-elsewhere", node, name=name)

    @staticmethod
    def _mutes_elsewhere(muting_id: str, full_name: str, context: Context) -> bool:
        group = references.permission_set_group(context.state, full_name)
        rows = context.state.records.find("PermissionSetGroupComponent", PermissionSetId=muting_id)
        return any(group is None or row["PermissionSetGroupId"] != group.id for row in rows)

    def deletion_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        group, records = references.permission_set_group(context.state, full_name), context.state.records
        if group is None:
            return
        aggregate = references.group_aggregate(context.state, group.id)
        assigned = records.first("PermissionSetAssignment", PermissionSetGroupId=group.id) or (
            aggregate and records.first("PermissionSetAssignment", PermissionSetId=aggregate.id)
        )
        if assigned:
            yield problem("group-assigned", name=full_name)


def _is_permission_set(node: Node, context: Context) -> bool:
    # what packages bring has a namespace and is there without being in the store (forcedotcom/cli#1803)
    name = node.text.strip()
    return "__" in name or references.permission_set_named(context.state, name) is not None
