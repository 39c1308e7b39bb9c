"""PermissionSet and Profile: user permissions, references, replacing and adding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.metadata import references
from sfmeta.localorg.metadata.links import ACCESS_SECTIONS
from sfmeta.localorg.metadata.permissions import is_known
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.addresses import range_problems
from sfmeta.localorg.metadata.rules.base import Context, TypeRules, missing_reference, problem
from sfmeta.localorg.metadata.rules.lengths import length_problems
from sfmeta.localorg.metadata.xml import Node

_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "applicationVisibilities": ("application",),
        "categoryGroupVisibilities": ("dataCategoryGroup",),
        "classAccesses": ("apexClass",),
        "customMetadataTypeAccesses": ("name",),
        "customPermissions": ("name",),
        "customSettingAccesses": ("name",),
        "emailRoutingAddressAccesses": ("name",),
        "externalCredentialPrincipalAccesses": ("externalCredentialPrincipal",),
        "externalDataSourceAccesses": ("externalDataSource",),
        "fieldPermissions": ("field",),
        "flowAccesses": ("flow",),
        "layoutAssignments": ("layout", "recordType"),
        "loginFlows": ("uiLoginFlowType",),
        "objectPermissions": ("object",),
        "pageAccesses": ("apexPage",),
        "profileActionOverrides": ("actionName", "formFactor", "pageOrSobjectType", "recordType"),
        "recordTypeVisibilities": ("recordType",),
        "tabSettings": ("tab",),
        "tabVisibilities": ("tab",),
        "userPermissions": ("name",),
    }
)
"""What makes two entries of a section the same entry."""

_NEED_READ = (("allowCreate", "Create"), ("allowEdit", "Edit"), ("allowDelete", "Delete"))


def added(old: Node, new: Node) -> Node:
    """The old document with what the new one says: entries by their key, single elements as they are."""
    result = Node(old.name, "", list(old.children))
    for name in dict.fromkeys(child.name for child in new.children):
        incoming, keys = list(new.all(name)), _KEYS.get(name)
        if keys is None:
            result.children = [child for child in result.children if child.name != name]
            # an empty loginHours or loginIpRanges clears what there was
            result.children += [child for child in incoming if child.children or child.text.strip()]
            continue
        entries = {tuple(entry.value(key) for key in keys): entry for entry in result.all(name)}
        entries |= {tuple(entry.value(key) for key in keys): entry for entry in incoming}
        result.children = [child for child in result.children if child.name != name]
        result.children += [entries[key] for key in sorted(entries)]
    return result


def _access_problems(document: Node, context: Context) -> Iterator[Problem]:
    org = context.org
    for entry in document.all("userPermissions"):
        name = entry.value("name")
        if name and not is_known(org, name):
            yield problem("permission-unknown", entry, name=name)
    for section, element, type_name in ACCESS_SECTIONS:
        for entry in document.all(section):
            node = entry.first(element)
            if node is not None and not _exists(type_name, node.text.strip(), context):
                yield missing_reference(element, type_name, node)
    for entry in document.all("objectPermissions"):
        name = entry.value("object")
        for element, word in _NEED_READ:
            if entry.flag(element) and not entry.flag("allowRead"):
                yield problem("object-permission-dependency", entry, permission=word, object=name)


def _exists(type_name: str, name: str, context: Context) -> bool:
    # standard apps and what packages bring (with a namespace) are there without being in the store
    return name.startswith("standard__") or "__" in name or context.holds(type_name, name)


class PermissionSetRules(TypeRules):
    """Replaces from API 40 on, adds before."""

    order = 20

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from length_problems("PermissionSet", document)
        yield from _access_problems(document, context)

    def merged(self, full_name: str, document: Node, context: Context) -> Node:
        before = context.current("PermissionSet", full_name) if context.api_version < 40 else None
        return document if before is None else added(before, document)

    def deletion_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        record = references.permission_set(context.state, full_name)
        if record is None or assumed(context.org, "assigned_permission_set_can_be_deleted"):
            return
        if context.state.records.first("PermissionSetAssignment", PermissionSetId=record.id) is not None:
            yield problem("permission-set-assigned", name=full_name)


class MutingPermissionSetRules(TypeRules):
    """Mutes permissions that exist."""

    order = 30

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from length_problems("MutingPermissionSet", document)
        yield from _access_problems(document, context)


class ProfileRules(TypeRules):
    """Adds; an unknown profile is created."""

    order = 25

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from length_problems("Profile", document)
        yield from range_problems(document, "loginIpRanges", "startAddress", "endAddress")
        yield from _access_problems(document, context)

    def merged(self, full_name: str, document: Node, context: Context) -> Node:
        before = context.current("Profile", full_name)
        if before is not None:
            return added(before, document)
        if document.first("custom") is None:
            document.children.append(Node.of("custom", text="true"))
        return document

    def deletion_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        record = references.profile(context.state, full_name)
        if record is not None and context.state.records.first("User", ProfileId=record.id) is not None:
            yield problem("profile-in-use")
