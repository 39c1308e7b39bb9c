"""Salesforce's own schema, ready to ask and to check with: order, required elements, enumerations, simple types."""

from __future__ import annotations

from dataclasses import dataclass, field

from sfmeta.codec import schema_check
from sfmeta.codec.schema_shape import Field, Shape, Shapes
from sfmeta.codec.schema_table import FORMAT, compile_table, load_table
from sfmeta.errors import Problem
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion

__all__ = ["FORMAT", "Field", "Schema", "Shape", "compile_table"]


@dataclass(frozen=True, slots=True)
class Schema:
    """The types of one API version.

    Source: the ``metadata.wsdl`` that Salesforce publishes and simple-salesforce ships.
    """

    shapes: Shapes = field(repr=False)  # half a megabyte

    @classmethod
    def load(cls, table: bytes) -> Schema:
        """From what ``compile_table`` made.

        Raises:
            SourceError: another version of sfmeta or Python wrote it; compile it anew.
        """
        return cls(Shapes(load_table(table)))

    @property
    def api_version(self) -> ApiVersion:
        """The version the schema describes."""
        return self.shapes.table.api_version

    def type(self, name: str) -> Shape | None:
        """A complex type by name; a root element's type has the root's own name."""
        return self.shapes.get(name)

    def enum(self, name: str) -> tuple[str, ...]:
        """The values of an enumeration, in the schema's order; empty where it is none."""
        return self.shapes.enum(name)

    def is_root(self, name: str) -> bool:
        """Whether a file may have this root by the schema: it derives from ``Metadata``."""
        return name in self.shapes.roots

    def check(self, root: Element, file: str, project_version: ApiVersion | None = None) -> list[Problem]:
        """All that is wrong with one file; see ``codec.schema_check``."""
        return schema_check.check(self.shapes, root, file, project_version)
