"""What of a component a retrieve shows: by API version, and for a profile by what else the manifest names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.metadata.manifest import Manifest
from sfmeta.localorg.metadata.rules.table import since
from sfmeta.localorg.metadata.xml import Node

_SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "applicationVisibilities": ("CustomApplication",),
        "classAccesses": ("ApexClass",),
        "customMetadataTypeAccesses": ("CustomObject", "CustomMetadata"),
        "customPermissions": ("CustomPermission",),
        "customSettingAccesses": ("CustomObject",),
        "externalDataSourceAccesses": ("ExternalDataSource",),
        "fieldPermissions": ("CustomObject", "CustomField"),
        "flowAccesses": ("FlowDefinition", "Flow"),
        "layoutAssignments": ("Layout",),
        "objectPermissions": ("CustomObject",),
        "pageAccesses": ("ApexPage",),
        "recordTypeVisibilities": ("CustomObject", "RecordType"),
        "tabSettings": ("CustomTab",),
        "tabVisibilities": ("CustomTab",),
    }
)
"""A section of a profile, and the types of which one must be in the same manifest.

Source: Metadata API guide, Profile; Help 000395615; Gearset and Copado. customMetadataTypeAccesses,
customSettingAccesses and tabSettings are by analogy.
"""

_AVAILABLE: Mapping[str, int] = MappingProxyType(
    {
        "BlacklistedConsumer": 49,
        "ExternalClientApplication": 59,
        "ExtlClntAppConfigurablePolicies": 59,
        "ExtlClntAppGlobalOauthSettings": 59,
        "ExtlClntAppOauthConfigurablePolicies": 59,
        "ExtlClntAppOauthSettings": 59,
    }
)
"""The first API version of a type, where it is known (Metadata API guide)."""


def is_available(type_name: str, api_version: int) -> bool:
    """Whether an API version knows a type."""
    return api_version >= _AVAILABLE.get(type_name, 0)


def shown(type_name: str, document: Node, manifest: Manifest, api_version: int) -> Node:
    """The document as this retrieve gives it."""
    whole = type_name != "Profile" and (type_name != "PermissionSet" or api_version >= 40)
    children = []
    for child in document.children:
        needed = _SECTIONS.get(child.name)
        if not whole and needed is not None and not any(manifest.members.get(name) for name in needed):
            continue
        if api_version < since(document.name, child.name):
            continue
        children.append(_of_version(child, api_version) if child.name == "oauthConfig" else child)
    return Node(document.name, document.text, children, document.attributes)


def _of_version(config: Node, api_version: int) -> Node:
    kept = [child for child in config.children if api_version >= since("ConnectedAppOauthConfig", child.name)]
    return Node(config.name, config.text, kept, config.attributes)
