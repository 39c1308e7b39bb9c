"""describeValueType: what a type's components are made of, read from the WSDL.

Source for the meaning of each field: Metadata API guide, DescribeValueTypeResult. Which elements are foreign keys is
known for the access family only (``links``); elsewhere nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.metadata.envelope import Fields, Value
from sfmeta.localorg.metadata.faults import SoapFault
from sfmeta.localorg.metadata.keepers import keeper_of
from sfmeta.localorg.metadata.kinds import CHILDREN, FOLDERS, is_settings_type, type_of
from sfmeta.localorg.metadata.links import LINKS
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.schema import Field, salesforce_schema
from sfmeta.localorg.metadata.xml import METADATA_NS

_NAME = "fullName"
_FOLDER_OF = {held: folder for folder, held in FOLDERS.items()}


def describe_value_type(name: str) -> Fields:
    """A DescribeValueTypeResult.

    Args:
        name: ``{http://soap.sforce.com/2006/04/metadata}PermissionSet``, or without the namespace.

    Raises:
        SoapFault: the WSDL has no such type.
    """
    namespace, _, type_name = name.strip().rpartition("}")
    if namespace not in ("", "{" + METADATA_NS) or salesforce_schema().fields(type_name) is None:
        raise SoapFault("INVALID_TYPE", say("value-type-unknown", name=type_name[:80]))
    return _described(type_name)


def _described(type_name: str) -> Fields:
    is_component = salesforce_schema().is_metadata(type_name) and keeper_of(type_name) is not None
    made = is_component and not is_settings_type(type_name)
    parent = _parent(type_name)
    return (
        ("apiCreatable", made),
        ("apiDeletable", made),
        ("apiReadable", is_component),
        ("apiUpdatable", is_component),
        *((("parentField", parent),) if parent is not None else ()),
        *_value_fields(type_name, (type_name,), type_name, ()),
    )


def _parent(type_name: str) -> Fields | None:
    """Of types whose full names begin with another component's: fields, rules, what lies in folders."""
    found = CHILDREN.get(type_name)
    entry = type_of(type_name)
    if found is not None and found[0] != "CustomLabels":
        domain = found[0]
    elif entry is not None and entry.in_folder and type_name in _FOLDER_OF:
        domain = _FOLDER_OF[type_name]
    else:
        return None
    return _value_field(Field(domain, "xsd:string", required=True, repeated=False), (), (domain,))


def _value_fields(
    type_name: str, inside: tuple[str, ...], root: str, path: tuple[str, ...], name: str = "valueTypeFields"
) -> Iterator[tuple[str, Fields]]:
    for field in (salesforce_schema().fields(type_name) or {}).values():
        here = (*path, field.name)
        below = field.type in salesforce_schema().types and field.type not in inside
        nested = tuple(_value_fields(field.type, (*inside, field.type), root, here, "fields")) if below else ()
        yield name, _value_field(field, nested, _targets(root, here))


def _value_field(field: Field, nested: tuple[tuple[str, Value], ...], targets: tuple[str, ...]) -> Fields:
    values = sorted(salesforce_schema().enums.get(field.type, ()))
    return (
        *nested,
        *(("foreignKeyDomain", target) for target in targets),
        ("isForeignKey", bool(targets)),
        ("isNameField", field.name == _NAME),
        ("minOccurs", int(field.required)),
        ("name", field.name),
        *(("picklistValues", _picklist_value(value)) for value in values),
        ("soapType", field.type.removeprefix("xsd:")),
        ("valueRequired", field.required),
    )


def _picklist_value(value: str) -> Fields:
    return (("active", True), ("defaultValue", False), ("label", value), ("value", value))


_GRANTS = {
    ("ConnectedApp", "permissionSetName"): "PermissionSet",
    ("ConnectedApp", "profileName"): "Profile",
    ("PermissionSetGroup", "mutingPermissionSets"): "MutingPermissionSet",
    ("PermissionSetGroup", "permissionSets"): "PermissionSet",
}
"""Elements that name components which records hold by id."""


def _targets(root: str, path: tuple[str, ...]) -> tuple[str, ...]:
    linked = [link.target for link in LINKS if link.holder == root and link.path == path]
    granted = _GRANTS.get((root, path[0])) if len(path) == 1 else None
    return (*linked, *((granted,) if granted else ()))
