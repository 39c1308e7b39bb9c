"""What kinds of types there are: files, children in another's file, settings, folders, and mere parts of others.

The type registry knows where files of most types lie. This module adds what the WSDL has beside it, so that every
type that derives from ``Metadata`` has one place in the org.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.model.registry import CHILD_TYPES, Shape, types

SETTINGS = "Settings"
"""The one type by which packages name all settings; each has a root type of its own, such as SecuritySettings."""

CHILDREN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **CHILD_TYPES,
        # elements of the parents' types in the WSDL whose own types derive from Metadata too
        "BotVersion": ("Bot", "botVersions"),
        "ManagedTopic": ("ManagedTopics", "managedTopic"),
        "SharingCriteriaRule": ("SharingRules", "sharingCriteriaRules"),
        "SharingGuestRule": ("SharingRules", "sharingGuestRules"),
        "SharingOwnerRule": ("SharingRules", "sharingOwnerRules"),
        "SharingTerritoryRule": ("SharingRules", "sharingTerritoryRules"),
        "WorkflowFlowAction": ("Workflow", "flowActions"),
        "WorkflowKnowledgePublish": ("Workflow", "knowledgePublishes"),
        "WorkflowSend": ("Workflow", "send"),
    }
)
"""Types that live in another type's file: the parent and the element that holds them there."""

PARENTS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        parent: tuple((child, element) for child, (owner, element) in CHILDREN.items() if owner == parent)
        for parent, _ in CHILDREN.values()
    }
)
"""The same the other way round: (child type, element) by parent."""

FOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "DashboardFolder": "Dashboard",
        "DocumentFolder": "Document",
        "EmailFolder": "EmailTemplate",
        "ReportFolder": "Report",
    }
)
"""Folder types and what lies in such folders. A package names a folder as a member of the latter
(Metadata API guide, Report: "folders are named like the reports in them")."""

_LIGHTNING_EMAIL_FOLDER = "EmailTemplateFolder"


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files of a type lie in a package.

    Attributes:
        name: the metadata type.
        directory: below the package's root.
        suffix: the file name's ending without the dot, "" where there is none.
        shape: one document, content with a description, a folder of files.
        in_folder: full names are ``Folder/Name``.
    """

    name: str
    directory: str
    suffix: str
    shape: Shape = Shape.FILE
    in_folder: bool = False


@cache
def listed_types() -> Mapping[str, Files]:
    """The types of the registry."""
    return MappingProxyType(
        {
            str(name): Files(str(name), entry.directory, entry.suffix, entry.shape, entry.in_folder)
            for name, entry in types().items()
        }
    )


def is_settings_type(name: str) -> bool:
    """Whether a type is the root of a settings file."""
    return (
        name.endswith(SETTINGS)
        and name != SETTINGS
        and name not in listed_types()
        and salesforce_schema().is_metadata(name)
    )


def settings_name(type_name: str) -> str:
    """The member by which packages name settings: ``Security`` for SecuritySettings."""
    return type_name.removesuffix(SETTINGS)


@cache
def abstract_types() -> frozenset[str]:
    """Types that only others derive from, and the manifest: no component has one of these."""
    schema = salesforce_schema()
    bases = {base for base in schema.bases.values() if schema.is_metadata(base)}
    return frozenset({base for base in bases if base not in listed_types() and base not in CHILDREN} | {"Package"})


@cache
def unlisted_types() -> Mapping[str, Files]:
    """Types of the WSDL for which no source names a directory, each with one of its own name.

    The directories are this org's own choice (rule ``type-unlisted``), so that each type can be kept and asked for.
    """
    schema, known = salesforce_schema(), listed_types()
    found = {}
    for name in schema.types:
        if not schema.is_metadata(name) or name in known or name in CHILDREN or is_settings_type(name):
            continue
        if name in abstract_types():
            continue
        lower = name[:1].lower() + name[1:]
        # source-deploy-retrieve keeps the folders of Lightning email templates beside the templates
        directory = "email" if name == _LIGHTNING_EMAIL_FOLDER else name
        found[name] = Files(name, directory, lower)
    return MappingProxyType(found)


def type_of(name: str) -> Files | None:
    """Where the files of a type lie; None for children, settings by their own names, and unknown types."""
    return listed_types().get(name) or unlisted_types().get(name)


@cache
def by_directory() -> Mapping[str, tuple[Files, ...]]:
    """Types by their folder in a package. Folders as such are members of what lies in them."""
    table: dict[str, tuple[Files, ...]] = {}
    for entry in (*listed_types().values(), *unlisted_types().values()):
        if entry.name not in FOLDERS:
            table[entry.directory] = (*table.get(entry.directory, ()), entry)
    return MappingProxyType(table)
