"""What a call brings: components as documents, names, one type, not too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sfmeta.localorg.metadata.conformity import Conformity
from sfmeta.localorg.metadata.envelope import Request
from sfmeta.localorg.metadata.faults import SoapFault, client_fault
from sfmeta.localorg.metadata.keepers import keeper_of
from sfmeta.localorg.metadata.keepers.base import Keeper
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.rules.table import since
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.shown import is_available
from sfmeta.localorg.metadata.xml import XSI, Node

_LIMIT, _HIGHER_LIMIT = 10, 200
_MANY = frozenset({"CustomApplication", "CustomMetadata"})
# What the server cannot turn into a component at all; the other problems are a record's own.
_UNREADABLE = frozenset({"boolean-value", "element-duplicated", "element-unknown", "enum-value", "simple-value"})
_TYPE = f"{{{XSI}}}type"


@dataclass(frozen=True, slots=True)
class Sent:
    """One component of a call.

    Attributes:
        full_name: decoded, "" where none was given.
        document: named like its type, without ``fullName``.
        problems: of its shape.
    """

    full_name: str
    document: Node
    problems: tuple[Problem, ...]


def keeper(type_name: str, api_version: int) -> Keeper:
    """Who keeps a type.

    Raises:
        SoapFault: the org has no such type, or not for these operations.
    """
    found = keeper_of(type_name)
    if found is None or not is_available(type_name, api_version):
        raise SoapFault("INVALID_TYPE", say("crud-type-unavailable"))
    return found


def names_sent(request: Request, type_name: str) -> list[str]:
    """The ``fullNames`` of a call, decoded.

    Raises:
        SoapFault: there are too many.
    """
    nodes = list(request.arguments.all("fullNames"))
    check_count(len(nodes), type_name)
    return [unquote(node.text.strip()) for node in nodes]


def components_sent(request: Request, api_version: int) -> tuple[Keeper | None, list[Sent]]:
    """The ``metadata`` of a call and who keeps it, None where there is nothing.

    Raises:
        SoapFault: too many, of several types or of none, or not readable as what they say they are.
    """
    nodes = [node for node in request.arguments.all("metadata") if not node.is_nil]
    types = [_type_of(node) for node in nodes]
    if not types:
        return None, []
    other = next((name for name in types if name != types[0]), None)
    if other is not None:
        raise SoapFault("INVALID_TYPE", say("crud-one-type", first=types[0], other=other))
    check_count(len(nodes), types[0])
    found = keeper(types[0], api_version)
    return found, [_sent(node, types[0], api_version) for node in nodes]


def check_count(count: int, type_name: str) -> None:
    """Refuses more components than a call may have.

    Raises:
        SoapFault: there are more.
    """
    limit = _HIGHER_LIMIT if type_name in _MANY else _LIMIT
    if count > limit:
        raise SoapFault("EXCEEDED_ID_LIMIT", say("crud-limit", limit=limit))


def _type_of(node: Node) -> str:
    name = dict(node.attributes).get(_TYPE, "").strip().rpartition(":")[2]
    if not name:
        raise client_fault(say("crud-no-type"))
    return name


def _sent(node: Node, type_name: str, api_version: int) -> Sent:
    document = Node(type_name, "", _cleaned(node.children), (), node.line, node.column)
    schema = salesforce_schema()
    found: Sequence[Problem] = ()
    if schema.fields(type_name) is not None:
        found = list(Conformity(schema, since, empty_passes=False).problems(document, type_name, api_version))
    unreadable = next((one for one in found if one.rule in _UNREADABLE), None)
    if unreadable is not None:
        raise client_fault(unreadable.text.removeprefix("Error parsing file: "))
    name = unquote(document.value("fullName"))
    document.children = [child for child in document.children if child.name != "fullName"]
    return Sent(name, document, tuple(found))


def _cleaned(nodes: Sequence[Node]) -> list[Node]:
    """Without what is nil and without attributes; blanks around values are dropped (rule ``crud-trims``)."""
    return [
        Node(node.name, "" if node.children else node.text.strip(), _cleaned(node.children), (), node.line, node.column)
        for node in nodes
        if not node.is_nil
    ]
