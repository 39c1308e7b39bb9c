"""Whether a file says what its type may say, in the words of a deployment's messages.

The words and their sources are in ``rules.catalog``. The order of different elements is not checked: orgs take any,
as reports about "is duplicated at this location" show. That a wrong root is told as an unknown element is
emulator-defined.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import problem
from sfmeta.localorg.metadata.schema import Field, Schema
from sfmeta.localorg.metadata.xml import Node

SCHEMA_VERSION = 63
"""What the shipped WSDL describes. In a package of a later version an unknown element is kept unchecked."""

_PATTERNS = {
    "xsd:boolean": re.compile(r"true|false|1|0"),
    "xsd:int": re.compile(r"[+-]?\d{1,10}", re.ASCII),
    "xsd:double": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|INF|-INF|NaN", re.ASCII),
    "xsd:date": re.compile(r"-?\d{4,}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?", re.ASCII),
}
# Declared as text in the WSDL's own types, but free in real files: nothing below them is checked.
# targetConfigs of LightningComponentBundle is base64 in the WSDL and XML in files.
_FREE = frozenset({"xsd:anyType", "xsd:base64Binary"})


@dataclass(frozen=True, slots=True)
class Conformity:
    """Checks files against a schema.

    Attributes:
        schema: what types there are.
        since: the API version in which an element of a type appeared, where that is known.
        empty_passes: an empty boolean, number or date is taken for none, as orgs hand out such files. Calls are
            refused for one (certinia/apex-mdapi#146).
    """

    schema: Schema
    since: Callable[[str, str], int]
    empty_passes: bool = True

    def problems(self, root: Node, type_name: str, api_version: int) -> list[Problem]:
        """All problems of a file whose place in the package says that it holds a ``type_name``."""
        found: list[Problem] = []
        if not self._is_a(root.name, type_name):
            found.append(problem("element-unknown", root, element=root.name, type=type_name))
        elif self.schema.fields(root.name) is not None:
            self._element(root, root.name, api_version, found)
        return found

    def _is_a(self, name: str, base: str) -> bool:
        while name and name != base:
            name = self.schema.bases.get(name, "")
        return bool(name)

    def _element(self, node: Node, type_name: str, version: int, found: list[Problem]) -> None:
        fields = self.schema.types[type_name]
        ended: set[str] = set()
        last = ""
        for child in node.children:
            name = child.name
            field = fields.get(name)
            if field is None:
                if version <= SCHEMA_VERSION:
                    found.append(problem("element-unknown", child, element=name, type=type_name))
                continue
            if name != last:
                if name in ended:
                    found.append(problem("element-duplicated", child, element=name, type=type_name))
                ended.add(last)
                last = name
            elif not field.repeated:
                found.append(problem("element-duplicated", child, element=name, type=type_name))
            if version < self.since(type_name, name):
                found.append(problem("element-since", child, element=name, version=version))
            # nearly every element of a large package is a text, and any will do
            if field.type != "xsd:string" or child.children:
                self._value(child, field, version, found)
        present = {child.name for child in node.children}
        for field in self.schema.required(type_name):
            if field.name not in present and field.type not in _FREE:
                found.append(problem("element-missing", node, element=field.name))

    def _value(self, node: Node, field: Field, version: int, found: list[Problem]) -> None:
        built_in = field.type.startswith("xsd:")
        if not built_in and field.type in self.schema.types:
            # an empty element clears a section (loginHours, loginIpRanges): nothing in it is missing
            if node.children:
                self._element(node, field.type, version, found)
            return
        values = None if built_in else self.schema.enums.get(field.type)
        text = node.text.strip()
        if node.children and field.type not in _FREE:
            child = node.children[0]
            found.append(problem("element-unknown", child, element=child.name, type=field.type))
        elif values is not None:
            if text and text not in values:
                found.append(problem("enum-value", node, value=text, type=field.type))
        elif (pattern := _PATTERNS.get(field.type)) and not pattern.fullmatch(text):
            if field.type == "xsd:boolean" and (text or not self.empty_passes):
                found.append(problem("boolean-value", node, value=text))
            elif text or not self.empty_passes:
                found.append(problem("simple-value", node, value=text, type=field.type))
