"""XML to ``Element`` and back: strict about what is dangerous, lenient about what orgs really give out.

Parsing refuses DTDs (and with them entities and external references) before libxml2 sees them, because the parser
runs without libxml2's own limits: a static resource or a long formula may be one text node of many megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NoReturn, cast

from lxml import etree

from sfmeta.errors import Problem, SourceError
from sfmeta.model.element import Element

METADATA_NS = "http://soap.sforce.com/2006/04/metadata"
"""The namespace of every metadata file."""

TOOLING_NS = "urn:metadata.tooling.soap.sforce.com"
"""Some orgs and tools write a few roots (``ApexClass``, LWC) in the Tooling API's namespace; it means the same."""

XSI_NS = "http://www.w3.org/2001/XMLSchema-instance"
XSD_NS = "http://www.w3.org/2001/XMLSchema"
XSI_TYPE = f"{{{XSI_NS}}}type"
XSI_NIL = f"{{{XSI_NS}}}nil"

MAX_DEPTH = 100
"""Real metadata stays below 20 levels; a document nested for ever is an attack on whoever walks it."""

_OURS = (f"{{{METADATA_NS}}}", f"{{{TOOLING_NS}}}")
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF8_NAMES = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00", b"\x00\x00")
_BOM = b"\xef\xbb\xbf"

# Not a Char of XML 1.0, section 2.2. Said by what is forbidden: the long ranges of what is not take 3 ms to compile.
_NO_CHAR = "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
_FORBIDDEN = re.compile(_NO_CHAR)
# Orgs write all five predefined entities in text; doing the same keeps a retrieved file's lines untouched. A bare
# carriage return would be read back as a line feed (XML 1.0, section 2.11).
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})
_SPECIAL = re.compile(f"[&<>\"'\r]|{_NO_CHAR}")
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def parse(data: bytes, file: str = "") -> Element:
    """One metadata file as a value.

    Comments and processing instructions are dropped; the namespaces that mean "metadata" (none, the Metadata API's,
    the Tooling API's) are taken off; anything in another namespace keeps its Clark name.

    Args:
        data: the whole file, UTF-8 with or without a byte order mark.
        file: its path, for messages.

    Returns:
        The root element, every element with its line.

    Raises:
        SourceError: it is empty, not UTF-8, not well formed, has a DTD, text beside elements, or is nested too deep.
    """
    refuse_unsafe(data, file)
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise _syntax_error(error, data, file) from None  # the parser's own text may quote the file
    if root is None:
        raise SourceError.at("the file holds no XML element", file, 1)
    return _element(root, file, 1)


def refuse_unsafe(data: bytes, file: str = "") -> None:
    """Refuse what no parser of ours may see: nothing at all, another encoding than UTF-8, a DTD.

    Raises:
        SourceError: with the line where there is one.
    """
    if not data or data.isspace():
        raise _refused("the file is empty", file, 0, "Delete it, or restore its content", "xml-empty")
    if data.startswith(_WIDE_MARKS):
        raise _refused("the file is not UTF-8", file, 1, "Save it as UTF-8", "xml-encoding")
    declared = _DECLARED.match(data.removeprefix(_BOM)[:200])
    if declared and declared[1].lower() not in _UTF8_NAMES:
        encoding = declared[1].decode("ascii")
        raise _refused(f"the file declares the encoding {encoding}", file, 1, "Save it as UTF-8", "xml-encoding")
    if b"<!DOCTYPE" in data:
        start = _BOM if data.startswith(_BOM) else b""
        prolog = _PROLOG.match(data, len(start))
        end = prolog.end() if prolog else 0
        # anywhere else it stands in a comment or in character data, or the parser refuses it
        if data.startswith(b"<!DOCTYPE", end):
            line = data.count(b"\n", 0, end) + 1
            raise _refused("the file has a DTD, which is refused", file, line, "Remove <!DOCTYPE ...>", "xml-dtd")


def write(root: Element) -> bytes:
    """A metadata file in the canonical form of source format: four spaces, UTF-8, a line feed at the end.

    Args:
        root: children stand in the order in which they are written; see ``codec.canonical`` for the schema's order.

    Returns:
        The bytes; parsing them gives ``root`` back.

    Raises:
        SourceError: a text holds a character that XML cannot carry.
    """
    prefixes = _prefixes(root)
    lines: list[str] = []
    declarations = f' xmlns="{METADATA_NS}"'
    for uri, prefix in prefixes.items():
        declarations += f' xmlns:{prefix}="{uri.translate(_ATTRIBUTE)}"'
    _write(root, "", declarations, prefixes, lines)
    return (_DECLARATION + "".join(lines)).encode()


@cache
def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",  # whatever is declared or guessed: what was looked for in the bytes is what is parsed
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def _refused(message: str, file: str, line: int, hint: str, rule: str) -> SourceError:
    return SourceError.of([Problem(message, rule, file, line, hint=hint)])


def _syntax_error(error: etree.XMLSyntaxError, data: bytes, file: str) -> SourceError:
    """What the parser said, without its position suffix; a wrong encoding is named as such."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        return _refused("the file is not UTF-8", file, line, "Save it as UTF-8", "xml-encoding")
    line, column = error.position
    message = re.sub(r"(, line \d+, column \d+)?( \(.*?, line \d+\))?$", "", str(error.msg).splitlines()[0])
    if "depth" in message:
        _too_deep(file, line)
    problem = Problem(f"not well-formed XML: {message}", "xml-syntax", file, max(line, 0), max(column, 0))
    return SourceError.of([problem])


def _too_deep(file: str, line: int) -> NoReturn:
    raise _refused(f"elements are nested more than {MAX_DEPTH} deep", file, line, "", "xml-depth")


def _name(tag: str) -> str:
    if tag[0] == "{":
        for prefix in _OURS:
            if tag.startswith(prefix):
                return tag[len(prefix) :]
    return tag


def _element(node: etree._Element, file: str, depth: int) -> Element:
    line = cast("int", node.sourceline)
    if depth > MAX_DEPTH:
        _too_deep(file, line)
    attributes = tuple(sorted(_attributes(node))) if node.attrib else ()
    if not len(node):
        return Element(_name(node.tag), node.text or "", (), attributes, line)
    _refuse_mixed(node.text, line, file)
    children = []
    for child in node:
        element = _element(child, file, depth + 1)
        children.append(element)
        _refuse_mixed(child.tail, element.line, file)
    return Element(_name(node.tag), "", tuple(children), attributes, line)


def _refuse_mixed(text: str | None, line: int, file: str) -> None:
    # no metadata type has mixed content; keeping only half of it would lose data without a word
    if text and not text.isspace():
        raise _refused("text stands beside elements", file, line, "Remove one of them", "xml-mixed")


def _attributes(node: etree._Element) -> Iterator[tuple[str, str]]:
    prefixes = node.nsmap
    for name, value in cast("Iterable[tuple[str, str]]", node.attrib.items()):
        if name == XSI_TYPE and ":" in value:
            prefix, _, local = value.partition(":")
            uri = prefixes.get(prefix)
            if uri == XSD_NS:
                value = f"xsd:{local}"
            elif uri == METADATA_NS:
                value = local
            elif uri:
                value = f"{{{uri}}}{local}"
        yield name, value


def _prefixes(root: Element) -> dict[str, str]:
    """The foreign namespaces of a document, each with the prefix it is written with."""
    found: set[str] = set()
    elements = [root]
    while elements:
        element = elements.pop()
        elements.extend(element.children)
        if element.name[0] == "{":
            found.add(element.name[1:].partition("}")[0])
        for name, value in element.attributes:
            if name[0] == "{":
                found.add(name[1:].partition("}")[0])
            if name == XSI_TYPE and value.startswith("xsd:"):
                found.add(XSD_NS)
            elif name == XSI_TYPE and value.startswith("{"):
                found.add(value[1:].partition("}")[0])
    prefixes = {}
    for uri, prefix in ((XSD_NS, "xsd"), (XSI_NS, "xsi")):
        if uri in found:
            prefixes[uri] = prefix
    for number, uri in enumerate(sorted(found - {XSD_NS, XSI_NS, "http://www.w3.org/XML/1998/namespace"}), start=1):
        prefixes[uri] = f"ns{number}"
    return prefixes


def _qualified(name: str, prefixes: dict[str, str]) -> str:
    if name[0] != "{":
        return name
    uri, _, local = name[1:].partition("}")
    return f"{prefixes.get(uri, 'xml')}:{local}"


def _escaped(text: str, element: Element, table: dict[int, str] = _TEXT) -> str:
    if wrong := _FORBIDDEN.search(text):
        raise SourceError.of(
            [Problem(f"<{element.name}> holds U+{ord(wrong[0]):04X}, a character XML cannot carry", "xml-character")]
        )
    return text.translate(table)


def _write(element: Element, indent: str, declarations: str, prefixes: dict[str, str], out: list[str]) -> None:
    tag = _qualified(element.name, prefixes)
    opening = tag + declarations
    for name, value in element.attributes:
        if name == XSI_TYPE:
            value = _qualified(value, prefixes)
        opening += f' {_qualified(name, prefixes)}="{_escaped(value, element, _ATTRIBUTE)}"'
    if element.children:
        out.append(f"{indent}<{opening}>\n")
        deeper = indent + "    "
        for child in element.children:
            _write(child, deeper, "", prefixes, out)
        out.append(f"{indent}</{tag}>\n")
    elif element.text:
        text = element.text
        if _SPECIAL.search(text):
            text = _escaped(text, element)
        out.append(f"{indent}<{opening}>{text}</{tag}>\n")
    else:
        out.append(f"{indent}<{opening}/>\n")
