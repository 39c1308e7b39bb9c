"""The smallest component of every type, made from the schema: what each required element needs and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from sfmeta.localorg.metadata.kinds import (
    CHILDREN,
    FOLDERS,
    SETTINGS,
    abstract_types,
    is_settings_type,
    settings_name,
    type_of,
)
from sfmeta.localorg.metadata.layout import META, path_of
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.xml import METADATA_NS, XSI, Node, write
from sfmeta.model.registry import Shape

SCHEMA = salesforce_schema()
COMPONENT_TYPES = tuple(
    sorted(name for name in SCHEMA.types if SCHEMA.is_metadata(name) and name not in abstract_types())
)
"""Every type of the WSDL of which components can exist, by whatever kind."""
CONTENT = b"the content of a file"
_SIMPLE = {
    "xsd:boolean": "true",
    "xsd:int": "7",
    "xsd:double": "63.0",
    "xsd:date": "2026-11-23",
    "xsd:dateTime": "2026-11-23T12:00:00.000Z",
    "xsd:time": "12:00:00.000Z",
    "xsd:base64Binary": base64.b64encode(CONTENT).decode(),
}
# What must name something that is there; ``fixtures`` makes them.
_NAMES = {
    ("ConnectedApp", "contactEmail"): "a@acme.test",
    **{
        (name, "externalClientApplication"): "Portal"
        for name in (
            "ExtlClntAppConfigurablePolicies",
            "ExtlClntAppGlobalOauthSettings",
            "ExtlClntAppOauthConfigurablePolicies",
            "ExtlClntAppOauthSettings",
            "ExtlClntAppSamlConfigurablePolicies",
        )
    },
}
FULL_NAMES = {"CustomObject": "Thing__c", "DigitalExperienceBundle": "site/Thing", "Profile": "Thing"}


def content(type_name: str, owner: str = "", seen: tuple[str, ...] = ()) -> list[Node]:
    """The required elements of a type, one of each."""
    nodes = []
    for one in SCHEMA.types[type_name].values():
        if not one.required or one.name == "fullName" or one.type in seen:
            continue
        if one.type in SCHEMA.types:
            nodes.append(Node(one.name, "", content(one.type, one.name, (*seen, one.type))))
        else:
            values = sorted(SCHEMA.enums.get(one.type, ()))
            text = values[0] if values else _SIMPLE.get(one.type, f"some {one.name}")
            nodes.append(Node.of(one.name, text=_NAMES.get((type_name, one.name), text)))
    return nodes


@dataclass(frozen=True)
class Sample:
    """One component.

    Attributes:
        type: the WSDL's.
        member_type: by which packages name it.
        member: likewise.
        full_name: by which the synchronous operations and lists name it.
        document: without ``fullName``.
        files: below a package's root.
        is_file: its document stands in one file by itself.
    """

    type: str
    member_type: str
    member: str
    full_name: str
    document: Node
    files: Mapping[str, bytes] = field(default_factory=dict)
    is_file: bool = True


def sample(type_name: str) -> Sample:
    """The smallest component of a type."""
    document = Node(type_name, "", content(type_name))
    name = FULL_NAMES.get(type_name, "Thing")
    if type_name in CHILDREN:
        parent, element = CHILDREN[type_name]
        owner = "CustomLabels" if parent == "CustomLabels" else FULL_NAMES.get(parent, "Owner")
        full_name = name if parent == "CustomLabels" else f"{owner}.{name}"
        child = Node(element, "", [Node.of("fullName", text=name), *document.children])
        whole = Node(parent, "", [*(content(parent) if parent != "CustomLabels" else ()), child])
        files = {path_of(parent, owner): write(whole)}
        return Sample(type_name, type_name, full_name, full_name, document, files, is_file=False)
    if is_settings_type(type_name):
        member = settings_name(type_name)
        return Sample(type_name, SETTINGS, member, member, document, {path_of(SETTINGS, member): write(document)})
    if type_name in FOLDERS:
        held = FOLDERS[type_name]
        return Sample(type_name, held, name, name, document, {path_of(held, name): write(document)})
    entry = type_of(type_name)
    assert entry is not None
    if entry.in_folder:
        name = "Folder/Thing"
    path = path_of(type_name, name)
    if entry.shape in (Shape.FILE, Shape.DECOMPOSED):
        return Sample(type_name, type_name, name, name, document, {path: write(document)})
    meta = Node(type_name, "", [child for child in document.children if child.name != "content"])
    if entry.shape is Shape.BUNDLE or "content" not in SCHEMA.types[type_name]:
        own = name.rpartition("/")[2]
        ending = {"AuraDefinitionBundle": "cmp", "LightningComponentBundle": "js"}.get(type_name, "thing")
        files = {f"{path}/{own}.{ending}": CONTENT, f"{path}/{own}.{ending}{META}": write(meta)}
        return Sample(type_name, type_name, name, name, meta, files, is_file=False)
    held_content = Node.of("content", text=base64.b64encode(CONTENT).decode())
    document = Node(type_name, "", [held_content, *meta.children])
    return Sample(type_name, type_name, name, name, document, {path: CONTENT, path + META: write(meta)}, is_file=False)


def record(one: Sample) -> str:
    """The component as createMetadata takes it."""
    name = Node.of("fullName", text=one.full_name)
    xml = write(Node(one.type, "", [name, *one.document.children])).decode().partition("?>")[2].strip()
    inner = xml.partition(">")[2].rpartition("<")[0] if not xml.endswith("/>") else ""
    return f'<metadata xmlns="{METADATA_NS}" xmlns:xsi="{XSI}" xsi:type="{one.type}">{inner}</metadata>'
