"""Salesforce's own schema, read from the WSDL that the simple-salesforce package carries (API 63.0).

A second reader beside the client's on purpose: a mistake made in both would cancel out. It keeps the text and where in
it each type stands, and reads a type when somebody asks for it: an org that starts needs a few of fourteen hundred.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from sfmeta.errors import OperationFailed

# Salesforce generates these files: one spelling of each tag, no comments inside, no types within types that have names
_TYPE = re.compile(rb'<xsd:(complex|simple)Type\s[^<>]*?name="([^"]+)"[^<>]*>')
_BASE = re.compile(rb'\s*<xsd:complexContent>\s*<xsd:extension\s[^<>]*?base="(?:tns:)?([^"]+)"')
_ELEMENT = re.compile(rb"<xsd:element\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb'([A-Za-z]+)="([^"]*)"')
_VALUE = re.compile(rb'<xsd:enumeration\s[^<>]*?value="([^"]*)"')
_ENTITY = re.compile(r"&(lt|gt|quot|apos|amp);")
_ENTITIES = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
_ENDS = {b"complex": b"</xsd:complexType>", b"simple": b"</xsd:simpleType>"}

T = TypeVar("T")


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


class _OnDemand(Mapping[str, T]):
    """Named values, each read from its piece of the text when it is first asked for.

    Args:
        pieces: by name, in the text's order.
        read: makes the value of a name.
    """

    def __init__(self, pieces: Mapping[str, tuple[int, int]], read: Callable[[str], T]) -> None:
        self._pieces = pieces
        self._read = read
        self._known: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        found = self._known.get(name)
        if found is None:
            if name not in self._pieces:
                raise KeyError(name)
            found = self._known[name] = self._read(name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._pieces

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)


@dataclass(frozen=True, slots=True)
class Schema:
    """Complex types by name (inherited elements first) and enumerations by name."""

    types: Mapping[str, Mapping[str, Field]]
    bases: Mapping[str, str]
    enums: Mapping[str, frozenset[str]]
    _orders: dict[str, Mapping[str, int]] = field(default_factory=dict, repr=False, compare=False)
    _required: dict[str, tuple[Field, ...]] = field(default_factory=dict, repr=False, compare=False)

    def required(self, type_name: str) -> tuple[Field, ...]:
        """The elements that a complex type must have."""
        found = self._required.get(type_name)
        if found is None:
            found = self._required[type_name] = tuple(one for one in self.types[type_name].values() if one.required)
        return found

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
    complex_types: dict[str, tuple[int, int]] = {}
    enumerations: dict[str, tuple[int, int]] = {}
    bases: dict[str, str] = {}
    for found in _TYPE.finditer(wsdl):
        kind, name = found[1], found[2].decode()
        # a type without anything inside ends in its own tag
        end = found.end() if found[0].endswith(b"/>") else wsdl.index(_ENDS[kind], found.end())
        if kind == b"simple":
            # the length-restricted ID is a simple type too, but no enumeration
            if _VALUE.search(wsdl, found.end(), end):
                enumerations[name] = found.end(), end
            continue
        complex_types[name] = found.end(), end
        base = _BASE.match(wsdl, found.end(), end)
        if base:
            bases[name] = base[1].decode()

    def own(name: str) -> Iterator[Field]:
        for element in _ELEMENT.finditer(wsdl, *complex_types[name]):
            attributes = {key.decode(): value.decode() for key, value in _ATTRIBUTE.findall(element[1])}
            if "name" in attributes:
                yield _field(attributes)

    def whole(name: str) -> Iterator[Field]:
        if name in bases:
            yield from whole(bases[name])
        if name in complex_types:
            yield from own(name)

    def values(name: str) -> frozenset[str]:
        found = _VALUE.findall(wsdl, *enumerations[name])
        return frozenset(_ENTITY.sub(lambda one: _ENTITIES[one[1]], value.decode()) for value in found)

    types = _OnDemand(complex_types, lambda name: MappingProxyType({one.name: one for one in whole(name)}))
    return Schema(types, bases, _OnDemand(enumerations, values))


def _field(attributes: Mapping[str, str]) -> Field:
    return Field(
        attributes["name"],
        attributes.get("type", "xsd:anyType").removeprefix("tns:"),
        attributes.get("minOccurs", "1") != "0",
        attributes.get("maxOccurs", "1") != "1",
    )


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
    """The schema of the installed WSDL."""
    return read(find_wsdl().read_bytes())
