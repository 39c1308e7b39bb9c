"""Facts about metadata types, as frozen data. Code differs by type only where this table cannot say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from sfmeta.model.names import TypeName
from sfmeta.model.type_table import TYPE_TABLE


class Shape(StrEnum):
    """How a component lies on disk and in a zip."""

    FILE = "file"
    CONTENT = "content"
    BUNDLE = "bundle"
    MIXED = "mixed"
    DECOMPOSED = "decomposed"


class Merge(StrEnum):
    """What a deploy does with what the file does not mention."""

    REPLACE = "replace"
    """The file becomes the whole truth; absent means removed."""
    ADD = "add"
    """Absent means left alone; taking something away needs an explicit ``false`` or empty element."""


@dataclass(frozen=True, slots=True)
class MetadataType:
    """Where a type's files lie and how a deploy treats them.

    Attributes:
        name: as Salesforce spells it.
        directory: the folder in a package and in a package directory.
        suffix: the file name's ending without the dot, "" where there is none (bundles).
        shape: see ``Shape``.
        in_folder: full names are ``Folder/Name``.
        merge: see ``Merge``.
        never_deleted: a rollback must not delete it, because it cannot be made again as it was.
        secret_paths: elements that hold a secret; stripped before anything is kept.
        unreturned_paths: elements that an org never gives back on retrieve.
        username_paths: elements that hold the username of a user of the org, who has another one in a sandbox.
    """

    name: TypeName
    directory: str
    suffix: str
    shape: Shape = Shape.FILE
    in_folder: bool = False
    merge: Merge = Merge.REPLACE
    never_deleted: bool = False
    secret_paths: tuple[str, ...] = ()
    unreturned_paths: tuple[str, ...] = ()
    username_paths: tuple[str, ...] = ()


# Profile deploys are additive (Copado's documentation; no sentence of Salesforce's own was found).
_MERGE = {"Profile": Merge.ADD}

# An app's key cannot be made again and its tokens die with it; creation may be impossible since Spring '26
# (Salesforce help 005228017). A profile or a setting has no counterpart that a deploy could create as it was.
_NEVER_DELETED = frozenset(
    {
        "ConnectedApp",
        "ExternalClientApplication",
        "ExtlClntAppConfigurablePolicies",
        "ExtlClntAppGlobalOauthSettings",
        "ExtlClntAppOauthConfigurablePolicies",
        "ExtlClntAppOauthSettings",
        "Profile",
        "Settings",
    }
)

# Metadata API guide, ConnectedApp and ExtlClntAppGlobalOauthSettings: "must not be added to source control".
# The others are the WSDL's own credential fields; an org returns them empty or masked.
_SECRETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AuthProvider": ("consumerSecret",),
        "ConnectedApp": ("oauthConfig/consumerSecret",),
        "ExternalDataSource": ("password", "oauthToken", "oauthRefreshToken"),
        "ExtlClntAppGlobalOauthSettings": ("consumerSecret",),
        "InstalledPackage": ("password",),
        "NamedCredential": ("password", "oauthToken", "oauthRefreshToken", "awsAccessKey", "awsAccessSecret"),
    }
)

# Metadata API guide, ConnectedApp (pluginExecutionUser, ConnectedAppOauthConfig.oauthClientCredentialUser), and the
# WSDL's ExtlClntAppOauthConfigurablePolicies. What executeHandlerAs holds is not established, so it is not here.
_USERNAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ConnectedApp": ("pluginExecutionUser", "oauthConfig/oauthClientCredentialUser"),
        "ExtlClntAppOauthConfigurablePolicies": ("clientCredentialsFlowUser",),
    }
)

CONSUMER_KEY_PATHS = ("oauthConfig/consumerKey", "consumerKey")
"""Where an app's file holds its consumer key: given once, at creation, and one org's own (forcedotcom/cli#336)."""

ACCESS_TYPES: tuple[TypeName, ...] = tuple(
    TypeName(name)
    for name in (
        "PermissionSet",
        "PermissionSetGroup",
        "MutingPermissionSet",
        "Profile",
        "ConnectedApp",
        "ExternalClientApplication",
        "ExtlClntAppGlobalOauthSettings",
        "ExtlClntAppOauthSettings",
        "ExtlClntAppOauthConfigurablePolicies",
        "ExtlClntAppConfigurablePolicies",
        "BlacklistedConsumer",
        "Settings",
    )
)
"""The types that decide who may use the API; for these an invalid file is an error, elsewhere a warning."""

CHILD_TYPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # type: (parent type, element that holds it in the parent's file)
        "CustomField": ("CustomObject", "fields"),
        "RecordType": ("CustomObject", "recordTypes"),
        "ValidationRule": ("CustomObject", "validationRules"),
        "ListView": ("CustomObject", "listViews"),
        "WebLink": ("CustomObject", "webLinks"),
        "CompactLayout": ("CustomObject", "compactLayouts"),
        "FieldSet": ("CustomObject", "fieldSets"),
        "BusinessProcess": ("CustomObject", "businessProcesses"),
        "SharingReason": ("CustomObject", "sharingReasons"),
        "Index": ("CustomObject", "indexes"),
        "CustomLabel": ("CustomLabels", "labels"),
        "AssignmentRule": ("AssignmentRules", "assignmentRule"),
        "AutoResponseRule": ("AutoResponseRules", "autoResponseRule"),
        "EscalationRule": ("EscalationRules", "escalationRule"),
        "MatchingRule": ("MatchingRules", "matchingRules"),
        "WorkflowAlert": ("Workflow", "alerts"),
        "WorkflowFieldUpdate": ("Workflow", "fieldUpdates"),
        "WorkflowOutboundMessage": ("Workflow", "outboundMessages"),
        "WorkflowRule": ("Workflow", "rules"),
        "WorkflowTask": ("Workflow", "tasks"),
    }
)


@cache
def types() -> Mapping[TypeName, MetadataType]:
    """Every known type by its name."""
    table: dict[TypeName, MetadataType] = {}
    for line in TYPE_TABLE.splitlines():
        name, directory, suffix, *flags = line.split()
        shapes = [Shape(flag) for flag in flags if flag != "folder"]
        secrets = _SECRETS.get(name, ())
        table[TypeName(name)] = MetadataType(
            name=TypeName(name),
            directory=directory,
            suffix="" if suffix == "-" else suffix,
            shape=shapes[0] if shapes else Shape.FILE,
            in_folder="folder" in flags,
            merge=_MERGE.get(name, Merge.REPLACE),
            never_deleted=name in _NEVER_DELETED,
            secret_paths=secrets,
            unreturned_paths=secrets,
            username_paths=_USERNAMES.get(name, ()),
        )
    return MappingProxyType(table)


def is_document(type_name: str) -> bool:
    """Whether a component of the type is one XML file, in either format."""
    kind = types().get(TypeName(type_name))
    return kind is not None and kind.shape is Shape.FILE


@cache
def by_suffix() -> Mapping[str, tuple[MetadataType, ...]]:
    """Types by the ending of their files; a few endings are shared (``site``, ``rule``)."""
    table: dict[str, tuple[MetadataType, ...]] = {}
    for entry in types().values():
        if entry.suffix:
            table[entry.suffix] = (*table.get(entry.suffix, ()), entry)
    return MappingProxyType(table)


@cache
def by_directory() -> Mapping[str, tuple[MetadataType, ...]]:
    """Types by their folder; a few folders are shared (``wave``, ``reports``)."""
    table: dict[str, tuple[MetadataType, ...]] = {}
    for entry in types().values():
        table[entry.directory] = (*table.get(entry.directory, ()), entry)
    return MappingProxyType(table)
