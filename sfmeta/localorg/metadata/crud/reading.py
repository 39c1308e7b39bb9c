"""readMetadata."""

from __future__ import annotations

from sfmeta.localorg.metadata.arrange import arranged
from sfmeta.localorg.metadata.conformity import SCHEMA_VERSION
from sfmeta.localorg.metadata.crud.records import keeper, names_sent
from sfmeta.localorg.metadata.envelope import NIL, Request, Value
from sfmeta.localorg.metadata.rules.base import Context
from sfmeta.localorg.metadata.rules.table import since
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.xml import Node


def read(request: Request, context: Context) -> list[Value]:
    """One ReadResult; a component that is not there is nil in its place."""
    type_name = request.arguments.value("type")
    kept_by = keeper(type_name, context.api_version)
    records: list[tuple[str, Value]] = []
    for name in names_sent(request, type_name):
        document = kept_by.read(name, context)
        if document is None:
            records.append(("records", NIL))
            continue
        spelled = Node.of("fullName", text=kept_by.spelled(name, context))
        shown = _of_version(arranged(document, salesforce_schema()), type_name, context.api_version)
        records.append(("records", Node(type_name, "", [spelled, *shown.children])))
    return [records]


def _of_version(node: Node, type_name: str, api_version: int) -> Node:
    """What an API version knows of a component: strict clients stumble over any other element."""
    schema = salesforce_schema()
    fields = schema.fields(type_name)
    if fields is None:
        return Node(node.name, node.text, list(node.children))
    children = []
    for child in node.children:
        field = fields.get(child.name)
        if field is None:
            if api_version > SCHEMA_VERSION:
                children.append(child)
        elif api_version >= since(type_name, child.name):
            children.append(_of_version(child, field.type, api_version))
    return Node(node.name, node.text, children)
