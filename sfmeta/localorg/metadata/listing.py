"""listMetadata and describeMetadata."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sfmeta.localorg.clock import from_stamp, to_soap_stamp
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.envelope import Fields
from sfmeta.localorg.metadata.faults import SoapFault, unknown_type
from sfmeta.localorg.metadata.kinds import CHILDREN, FOLDERS, PARENTS, listed_types
from sfmeta.localorg.metadata.layout import META, is_known_type, parent_of, path_of
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.shown import is_available
from sfmeta.localorg.metadata.store import Components, Stored
from sfmeta.localorg.state import State
from sfmeta.model.registry import Shape

MAX_QUERIES = 3


def file_properties(state: State, stored: Stored, path: str, type_name: str = "") -> Fields:
    """FileProperties of a component's file, in the WSDL's order."""
    return _properties(state, stored, path, stored.full_name, type_name or stored.type)


def _properties(state: State, stored: Stored, path: str, full_name: str, type_name: str) -> Fields:
    return (
        ("createdById", stored.created_by or state.org.id),
        ("createdByName", user_name(state, stored.created_by)),
        ("createdDate", soap_time(stored.created)),
        ("fileName", path),
        ("fullName", full_name),
        ("id", stored.id),
        ("lastModifiedById", stored.modified_by or state.org.id),
        ("lastModifiedByName", user_name(state, stored.modified_by)),
        ("lastModifiedDate", soap_time(stored.modified)),
        ("manageableState", "unmanaged"),
        ("type", type_name),
    )


def soap_time(stamp: str) -> str:
    """A record's stamp as SOAP spells it."""
    return to_soap_stamp(from_stamp(stamp))


def user_name(state: State, user_id: str) -> str:
    """A user's full name; what the org made itself is the Automated Process user's, as in real orgs."""
    user = state.records.get(user_id) if user_id else None
    if user is None:
        return "Automated Process"
    name = f"{user.text('FirstName')} {user.text('LastName')}".strip()
    return name or user.text("Username")


def list_metadata(state: State, queries: Iterable[tuple[str, str]], api_version: int) -> list[Fields]:
    """FileProperties of all components of some types.

    Args:
        state: the org.
        queries: (type, folder), at most three.
        api_version: of the call.

    Raises:
        SoapFault: a type is unknown.
    """
    wanted = list(queries)
    if len(wanted) > MAX_QUERIES:
        raise SoapFault("LIMIT_EXCEEDED", say("list-queries", limit=MAX_QUERIES))
    for type_name, _ in wanted:
        if not is_known_type(type_name):
            raise unknown_type(type_name)
    with state.lock:
        effects.adopt(state)
        return [
            found
            for type_name, folder in wanted
            if is_available(type_name, api_version)
            for found in (_children(state, type_name) if type_name in CHILDREN else _list(state, type_name, folder))
        ]


def _list(state: State, type_name: str, folder: str) -> Iterator[Fields]:
    """Components of a type, or folders of one: those are kept beside what lies in them."""
    kept_as = FOLDERS.get(type_name, type_name)
    has_folders = kept_as in FOLDERS.values()
    for stored in Components(state).list(kept_as):
        is_folder = has_folders and "/" not in stored.full_name
        if is_folder is (type_name in FOLDERS) and (not folder or stored.full_name.startswith(folder + "/")):
            path = path_of(kept_as, stored.full_name)
            yield file_properties(state, stored, path.removesuffix(META) if is_folder else path, type_name)


def _children(state: State, type_name: str) -> Iterator[Fields]:
    parent, element = CHILDREN[type_name]
    for stored in Components(state).list(parent):
        document = effects.current(state, parent, stored.full_name)
        for node in document.all(element) if document is not None else ():
            name = node.value("fullName")
            place = parent_of(type_name, name)
            full_name = name if place is not None and parent == "CustomLabels" else f"{stored.full_name}.{name}"
            yield _properties(state, stored, path_of(parent, stored.full_name), full_name, type_name)


def describe_metadata(api_version: int) -> Fields:
    """The types that the org knows, in the WSDL's order of DescribeMetadataResult."""
    schema = salesforce_schema()
    objects: list[tuple[str, Fields]] = [
        (
            "metadataObjects",
            (
                *(("childXmlNames", child) for child, _ in PARENTS.get(entry.name, ())),
                ("directoryName", entry.directory),
                ("inFolder", entry.in_folder),
                ("metaFile", entry.shape is Shape.CONTENT),
                ("suffix", entry.suffix or None),
                ("xmlName", entry.name),
            ),
        )
        for entry in listed_types().values()
        if (schema.is_metadata(entry.name) or entry.name == "Settings")
        and entry.name not in FOLDERS
        and is_available(entry.name, api_version)
    ]
    return (*objects, ("organizationNamespace", ""), ("partialSaveAllowed", True), ("testRequired", False))
