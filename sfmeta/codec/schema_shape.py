"""What each type may hold, unpacked from the table when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sfmeta.codec.schema_table import Table

FREE_CONTENT = frozenset({"anyType", "base64Binary"})
"""Types that real files fill with elements (``targetConfigs``) or with a value of any type: nothing to check."""


@dataclass(frozen=True, slots=True)
class Field:
    """One element that a type may hold.

    Attributes:
        name: as Salesforce spells it.
        type: of its content: a complex type, an enumeration or an XSD simple type (``boolean``).
        position: in the schema's order, from 0.
        required: whether the schema asks for it.
        repeated: whether it may stand more than once.
        nillable: whether it may be ``xsi:nil``.
    """

    name: str
    type: str
    position: int
    required: bool = False
    repeated: bool = False
    nillable: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A complex type: its elements by name, in the schema's order.

    Attributes:
        name: of the type (``ConnectedAppOauthConfig``).
        fields: by element name, in order.
        required: the names the schema asks for.
    """

    name: str
    fields: Mapping[str, Field]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shapes:
    """All types of one schema. Types are unpacked once and kept."""

    table: Table
    _unpacked: dict[str, Shape] = field(default_factory=dict, repr=False, compare=False)

    def get(self, type_name: str) -> Shape | None:
        """A complex type by its name; None for simple types and unknown ones."""
        known = self._unpacked.get(type_name)
        if known is None:
            packed = self.table.types.get(type_name)
            if packed is None:
                return None
            known = self._unpacked[type_name] = _unpack(type_name, packed)
        return known

    def enum(self, type_name: str) -> tuple[str, ...]:
        """The values of an enumeration; empty for anything else."""
        return self.table.enums.get(type_name, ())

    @property
    def roots(self) -> frozenset[str]:
        """The types that derive from ``Metadata``."""
        return self.table.roots


def _unpack(name: str, packed: str) -> Shape:
    fields = {}
    for position, text in enumerate(packed.split(";") if packed else ()):
        element, type_name, flags = text.split(" ")
        fields[element] = Field(element, type_name, position, "r" in flags, "m" in flags, "n" in flags)
    return Shape(name, fields, frozenset(entry.name for entry in fields.values() if entry.required))
