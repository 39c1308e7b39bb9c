"""Whether the components under a seed's ``metadata`` are ones that the org can take: their keys and their XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from sfmeta.localorg.metadata.conformity import SCHEMA_VERSION, Conformity
from sfmeta.localorg.metadata.kinds import (
    FOLDERS,
    SETTINGS,
    abstract_types,
    is_settings_type,
    listed_types,
    settings_name,
    type_of,
    unlisted_types,
)
from sfmeta.localorg.metadata.rules.table import rules_of, since
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.xml import XmlError, parse
from sfmeta.model.registry import Shape


def component_problems(metadata: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the components of a seed; what they refer to is not looked at.

    Args:
        metadata: XML by ``Type:FullName``.

    Returns:
        The key, what is wrong, what to do ("" for nothing known).
    """
    for key, text in metadata.items():
        type_name, _, full_name = key.partition(":")
        wrong = _key_problem(type_name, full_name)
        if wrong is not None:
            yield key, *wrong
        else:
            yield from ((key, told, "") for told in _xml_problems(type_name, full_name, text))


def _key_problem(type_name: str, full_name: str) -> tuple[str, str] | None:
    if not type_name or not full_name:
        return f"{type_name or full_name or 'this'} is no Type:FullName", "Write it as CustomPermission:Approver"
    if is_settings_type(type_name):
        return f"{type_name} are one component", f"Write it as {SETTINGS}:{settings_name(type_name)}"
    files = None if type_name in abstract_types() else type_of(type_name)
    if files is None:
        near = get_close_matches(type_name, [*listed_types(), *unlisted_types()], 1)
        return f"there is no metadata type {type_name}", f"Did you mean {near[0]}?" if near else ""
    if files.shape is not Shape.FILE or type_name in FOLDERS:
        return f"a component of {type_name} is not one XML document", "Deploy it once the org runs"
    return None


def _xml_problems(type_name: str, full_name: str, text: str) -> Iterator[str]:
    try:
        document = parse(text.encode())
    except XmlError as error:
        yield f"line {error.line}, column {error.column} of the XML: {error.problem}"
        return
    root = rules_of(type_name).root(full_name) or type_name
    schema = salesforce_schema()
    if schema.fields(root) is None:
        if document.name != root:
            yield f"line {document.line}, column {document.column} of the XML: the root is not {root}"
        return
    for one in Conformity(schema, since).problems(document, root, SCHEMA_VERSION):
        # a seed says what matters to it: what a deployment would miss is not missed here
        if one.rule != "element-missing":
            yield f"line {one.line}, column {one.column} of the XML: {one.text}"
