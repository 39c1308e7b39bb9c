"""Documents in the order in which an org gives them back."""

from __future__ import annotations

from sfmeta.localorg.metadata.schema import Schema
from sfmeta.localorg.metadata.xml import Node


def arranged(node: Node, schema: Schema, type_name: str | None = None) -> Node:
    """A copy in the schema's order, text of built-in types stripped, ``fullName`` of the root left out.

    Args:
        node: a document of a known type; of an unknown one the copy is as it is.
        schema: gives the order.
        type_name: the node's type; the root's name where it is not given.
    """
    fields = schema.fields(type_name or node.name)
    if fields is None or not node.children:
        return Node(node.name, node.text, list(node.children), node.attributes)
    order = schema.order(type_name or node.name)
    last = len(order)
    children = []
    for child in sorted(node.children, key=lambda child: order.get(child.name, last)):
        field = fields.get(child.name)
        if field is not None and field.type == "xsd:string" and type_name is not None:  # nearly every element
            children.append(Node(child.name, child.text, list(child.children), child.attributes))
            continue
        if type_name is None and child.name == "fullName":
            continue
        if field is not None and not field.type.startswith("xsd:") and field.type in schema.types:
            children.append(arranged(child, schema, field.type))
        else:
            # a string keeps its blanks in files; numbers, booleans and enumerations have none
            plain = field is not None and field.type not in ("xsd:string", "xsd:anyType") and not child.children
            text = child.text.strip() if plain else child.text
            children.append(Node(child.name, text, list(child.children), child.attributes))
    return Node(node.name, "", children, node.attributes)
