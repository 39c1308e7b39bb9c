"""Salesforce's own schema, read from the WSDL that the simple-salesforce package carries (API 63.0).

A second reader beside the client's on purpose: a mistake made in both would cancel out.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from lxml import etree

from sfmeta.errors import OperationFailed

_XSD = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True, slots=True)
class Field:
    """One element of a type.

    Attributes:
        name: the element.
        type: a type of the schema, or a built-in one as ``xsd:boolean``.
        required: at least one must be there.
        repeated: more than one may be there.
    """

    name: str
    type: str
    required: bool
    repeated: bool


@dataclass(frozen=True, slots=True)
class Schema:
    """Complex types by name (inherited elements first) and enumerations by name."""

    types: Mapping[str, Mapping[str, Field]]
    bases: Mapping[str, str]
    enums: Mapping[str, frozenset[str]]
    _orders: dict[str, Mapping[str, int]] = field(default_factory=dict, repr=False, compare=False)

    def order(self, type_name: str) -> Mapping[str, int]:
        """The place of each element of a complex type."""
        found = self._orders.get(type_name)
        if found is None:
            found = self._orders[type_name] = {name: place for place, name in enumerate(self.types[type_name])}
        return found

    def fields(self, type_name: str) -> Mapping[str, Field] | None:
        """The elements of a complex type in the schema's order, None for an unknown one."""
        return self.types.get(type_name)

    def is_metadata(self, type_name: str) -> bool:
        """Whether a type derives from ``Metadata``, so that a file may have it as root."""
        while base := self.bases.get(type_name):
            if base == "Metadata":
                return True
            type_name = base
        return False


def read(wsdl: bytes) -> Schema:
    """The schema in a Metadata API WSDL."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(wsdl, parser)
    own: dict[str, list[Field]] = {}
    bases: dict[str, str] = {}
    for complex_type in root.iter(f"{_XSD}complexType"):
        name = complex_type.get("name", "")
        extension = complex_type.find(f"{_XSD}complexContent/{_XSD}extension")
        if extension is not None:
            bases[name] = _local(extension.get("base", ""))
        own[name] = [_field(element) for element in complex_type.iter(f"{_XSD}element") if element.get("name")]
    enums = {
        simple.get("name", ""): frozenset(value.get("value", "") for value in simple.iter(f"{_XSD}enumeration"))
        for simple in root.iter(f"{_XSD}simpleType")
    }

    def whole(name: str) -> list[Field]:
        return [*(whole(bases[name]) if name in bases else []), *own.get(name, [])]

    types = {name: MappingProxyType({one.name: one for one in whole(name)}) for name in own if name}
    # the length-restricted ID is a simple type too, but no enumeration
    return Schema(types, bases, {name: values for name, values in enums.items() if values})


def _field(element: etree._Element) -> Field:
    return Field(
        str(element.get("name")),
        _local(str(element.get("type", "xsd:anyType"))),
        element.get("minOccurs", "1") != "0",
        element.get("maxOccurs", "1") != "1",
    )


def _local(qname: str) -> str:
    return qname.removeprefix("tns:")


def find_wsdl() -> Path:
    """The WSDL of the installed simple-salesforce, without importing that package.

    Raises:
        OperationFailed: it is not installed or carries no WSDL.
    """
    spec = importlib.util.find_spec("simple_salesforce")
    path = Path(spec.origin).parent / "metadata.wsdl" if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise OperationFailed("The Metadata API's WSDL was not found", "Install simple-salesforce")
    return path


@cache
def salesforce_schema() -> Schema:
    """The schema of the installed WSDL, read once."""
    return read(find_wsdl().read_bytes())
