"""Schema order: the one order in which a metadata file is written."""

from __future__ import annotations

from sfmeta.codec.schema import Schema
from sfmeta.codec.schema_shape import Shape, Shapes
from sfmeta.model.element import Element


def canonical(root: Element, schema: Schema) -> Element:
    """The same content with every element where the schema puts it.

    Args:
        root: a file's root; a type the schema does not know comes back as it is.
        schema: gives the order.

    Returns:
        Known elements in schema order, repeated ones in their own; unknown ones kept, at the end, in their order.
    """
    shape = schema.type(root.name)
    return root if shape is None else _ordered(root, shape, schema.shapes)


def _ordered(element: Element, shape: Shape, shapes: Shapes) -> Element:
    fields = shape.fields
    last = len(fields)
    placed = []
    for child in element.children:
        field = fields.get(child.name)
        if field is None:
            placed.append((last, child))
            continue
        inner = shapes.get(field.type) if child.children else None
        placed.append((field.position, child if inner is None else _ordered(child, inner, shapes)))
    placed.sort(key=lambda pair: pair[0])
    return element.with_children(tuple(child for _, child in placed))
