"""Salesforce's ``metadata.wsdl`` cut down to what a conversation needs.

The whole file defines 2,023 types; the calls that sfmeta makes reach about 50 of them. A SOAP library reads the cut
file in a tenth of the time, with the very same shapes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml import etree

from sfmeta.errors import SourceError
from sfmeta.model.names import ApiVersion

WIRE_OPERATIONS = frozenset(
    {
        "cancelDeploy",
        "checkDeployStatus",
        "checkRetrieveStatus",
        "deploy",
        "deployRecentValidation",
        "describeMetadata",
        "listMetadata",
        "retrieve",
    }
)
"""The operations of the Metadata API that ``org`` calls."""

_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_HEADER_MESSAGE = "Header"


def wsdl_version(wsdl: bytes) -> ApiVersion:
    """The API version a WSDL describes: the one in its service's address.

    Raises:
        SourceError: it is no WSDL of the Metadata API.
    """
    match = re.search(rb'soap:address\s+location="[^"]*/services/Soap/m/(\d+)\.0', wsdl)
    if match is None:
        raise _no_wsdl("it names no service address")
    return ApiVersion(int(match[1]))


def prune_wsdl(wsdl: bytes, operations: Collection[str] = WIRE_OPERATIONS) -> bytes:
    """The same WSDL with only these operations and the types reachable from them.

    Args:
        wsdl: the text of ``metadata.wsdl``.
        operations: names of operations to keep.

    Returns:
        A smaller WSDL; every type in it is word for word what it was.

    Raises:
        SourceError: it is no WSDL, or lacks one of the operations.
    """
    root = _parse(wsdl)
    kept_messages = {_HEADER_MESSAGE}
    found: set[str] = set()
    for port in (*root.iterchildren(f"{_WSDL}portType"), *root.iterchildren(f"{_WSDL}binding")):
        for operation in list(port.iterchildren(f"{_WSDL}operation")):
            if operation.get("name") not in operations:
                port.remove(operation)
                continue
            found.add(operation.get("name", ""))
            kept_messages |= {_local(end.get("message", "")) for end in operation.iterchildren() if end.get("message")}
    if missing := sorted(set(operations) - found):
        raise _no_wsdl(f"it has no operation {', '.join(missing)}")

    start: set[str] = set()
    for message in list(root.iterchildren(f"{_WSDL}message")):
        if message.get("name") not in kept_messages:
            root.remove(message)
            continue
        start |= {_local(part.get("element", "")) for part in message.iterchildren(f"{_WSDL}part")}
    _prune_schemas(root, start)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _prune_schemas(root: etree._Element, start: set[str]) -> None:
    """Removes every definition that the elements named in ``start`` do not reach."""
    definitions: dict[str, list[etree._Element]] = {}
    schemas = [schema for types in root.iterchildren(f"{_WSDL}types") for schema in types.iterchildren(f"{_XSD}schema")]
    for schema in schemas:
        for node in schema.iterchildren(tag=etree.Element):
            if name := node.get("name"):
                # an element and a type may share a name: both are kept then, which is harmless
                definitions.setdefault(name, []).append(node)
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name in reached or name not in definitions:
            continue
        reached.add(name)
        for node in definitions[name]:
            waiting.extend(_references(node))
    for name, nodes in definitions.items():
        if name not in reached:
            for node in nodes:
                if (parent := node.getparent()) is not None:
                    parent.remove(node)


def _references(node: etree._Element) -> Iterator[str]:
    """Local names of everything a definition mentions."""
    for inner in node.iter(tag=etree.Element):
        for attribute in ("type", "base", "ref", "itemType"):
            if value := inner.get(attribute):
                yield _local(value)
        if members := inner.get("memberTypes"):
            yield from (_local(member) for member in members.split())


def _local(qname: str) -> str:
    return qname.rpartition(":")[2]


def _parse(wsdl: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(wsdl, parser)
    except etree.XMLSyntaxError as exc:
        raise _no_wsdl(str(exc.msg)) from exc
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise _no_wsdl("it has a DTD")
    if root.tag != f"{_WSDL}definitions":
        raise _no_wsdl(f"its root element is {etree.QName(root).localname}")
    return root


def _no_wsdl(why: str) -> SourceError:
    return SourceError.at(f"this is no WSDL of the Metadata API: {why}", "metadata.wsdl")
