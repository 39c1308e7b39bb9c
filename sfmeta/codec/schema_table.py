"""From the WSDL to a flat table: what each type may hold, in one marshalled value that loads in milliseconds.

The text of the WSDL is 1.5 MB and takes tens of milliseconds to read; the table is made once and kept in a cache by
whoever calls. It is bound to the Python version that wrote it (``marshal``), so a cache keys on that too.
"""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field

from lxml import etree

from sfmeta.errors import SourceError
from sfmeta.model.names import ApiVersion

FORMAT = 1
"""Raised whenever the table's layout changes: an older cached table is then refused and made anew."""

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_ROOT_BASES = ("Metadata", "MetadataWithContent")


@dataclass(frozen=True, slots=True)
class Table:
    """The unpacked table.

    Attributes:
        api_version: of the WSDL.
        types: complex types by name; the elements are packed in one text and unpacked when a type is first used.
        enums: the values of each enumeration, in the WSDL's order.
        roots: the types that derive from ``Metadata``.
    """

    api_version: ApiVersion
    types: dict[str, str] = field(repr=False)
    enums: dict[str, tuple[str, ...]] = field(repr=False)
    roots: frozenset[str] = field(repr=False)


def compile_table(wsdl: bytes) -> bytes:
    """The table of one WSDL.

    Args:
        wsdl: Salesforce's ``metadata.wsdl``, of any API version.

    Returns:
        Bytes for ``load_table``, under the same Python version.

    Raises:
        SourceError: it is no Metadata API WSDL.
    """
    if b"<!DOCTYPE" in wsdl:
        raise _no_wsdl()
    try:
        document = etree.fromstring(wsdl, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError:
        raise _no_wsdl() from None
    schema = document.find(f".//{_XSD}schema")
    version = _api_version(document)
    if schema is None or version is None:
        raise _no_wsdl()

    own: dict[str, list[str]] = {}
    bases: dict[str, str] = {}
    for node in schema.findall(f"{_XSD}complexType"):
        name = node.get("name", "")
        own[name] = [_packed(element) for element in node.iter(f"{_XSD}element")]
        extension = node.find(f"{_XSD}complexContent/{_XSD}extension")
        if extension is not None:
            bases[name] = _local(extension.get("base", ""))
    enums = {}
    for node in schema.findall(f"{_XSD}simpleType"):
        values = tuple(value.get("value", "") for value in node.iter(f"{_XSD}enumeration"))
        if values:
            enums[node.get("name", "")] = values
    roots = [name for name in own if _derives(name, bases)]
    types = {name: ";".join(_flattened(name, own, bases)) for name in own}
    return marshal.dumps((FORMAT, version, types, enums, roots))


def load_table(table: bytes) -> Table:
    """The table back from its bytes.

    Args:
        table: what ``compile_table`` made. Trusted: it comes from the user's own cache.

    Raises:
        SourceError: another version of sfmeta or Python wrote it, or it is damaged; compile it anew.
    """
    try:
        layout, version, types, enums, roots = marshal.loads(table)  # noqa: S302 - the user's own cache, never a download
        if layout != FORMAT:
            raise ValueError(layout)
        return Table(ApiVersion(version), types, enums, frozenset(roots))
    except (ValueError, TypeError, EOFError) as error:
        raise SourceError.at("the cached schema table cannot be read", "", hint="Delete it; it is made anew") from error


def _no_wsdl() -> SourceError:
    return SourceError.at("this is no Metadata API WSDL", "", hint="Setup > API > Generate Metadata WSDL gives one")


def _api_version(document: etree._Element) -> int | None:
    for address in document.iter("{http://schemas.xmlsoap.org/wsdl/soap/}address"):
        tail = address.get("location", "").rpartition("/Soap/m/")[2]
        major = tail.partition(".")[0]
        if major.isdigit():
            return int(major)
    return None


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _packed(element: etree._Element) -> str:
    """``name type flags``: r = required, m = may repeat, n = may be nil."""
    flags = "" if element.get("minOccurs") == "0" else "r"
    flags += "m" if element.get("maxOccurs") == "unbounded" else ""
    flags += "n" if element.get("nillable") == "true" else ""
    return f"{element.get('name')} {_local(element.get('type', 'anyType'))} {flags}"


def _derives(name: str, bases: dict[str, str]) -> bool:
    while name in bases:
        name = bases[name]
        if name in _ROOT_BASES:
            return True
    return False


def _flattened(name: str, own: dict[str, list[str]], bases: dict[str, str]) -> list[str]:
    """The elements of a type, those of its bases first, as the schema orders them.

    A type may declare an element of its base once more (``MutingPermissionSet`` does so with ``label``): real files
    hold it once, in the place of the base.
    """
    inherited = _flattened(bases[name], own, bases) if name in bases else []
    known = {packed.partition(" ")[0] for packed in inherited}
    return inherited + [packed for packed in own.get(name, ()) if packed.partition(" ")[0] not in known]
