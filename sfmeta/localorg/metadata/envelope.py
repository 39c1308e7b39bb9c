"""SOAP envelopes: a request read without a tree of its zip, a response written in the shape that all clients take.

Requests come with any prefix, elements without a namespace and stray text (simple-salesforce 1.12.10, messages.py;
CumulusCI 4.10.1), so only local names count. A response has a prefixed envelope, a Body without attributes and the
payload in the default namespace; jsforce, CumulusCI, simple-salesforce and zeep each depend on one of these (their
sources; observed).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sfmeta.localorg.metadata.faults import client_fault
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.xml import METADATA_NS, Node, XmlError, escape_text, parse

Value: TypeAlias = "str | int | float | bool | bytes | Node | Sequence[tuple[str, Value]] | None"
Fields: TypeAlias = Sequence[tuple[str, Value]]
"""Name and value, in the WSDL's order. None is left out; ``NIL`` says xsi:nil; bytes become base64; a node is a
component, written with its own name as ``xsi:type``."""

NIL = "\x00nil"
"""The value of an element that is there and has none."""

_ZIP_START = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?ZipFile(?:\s[^<>]*[^/])?>")
_CHUNK = 3 * 64 * 1024
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    f'xmlns="{METADATA_NS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
)
_TAIL = "</soapenv:Body></soapenv:Envelope>"


@dataclass(frozen=True, slots=True)
class Request:
    """One call.

    Attributes:
        operation: the local name of the Body's first child.
        arguments: that child; its ZipFile is emptied.
        session_id: from SessionHeader, "" without one.
        zip_file: the base64 of the ZipFile, None where there is none.
        header: the envelope's Header, empty where there is none.
    """

    operation: str
    arguments: Node
    session_id: str = ""
    zip_file: memoryview | None = None
    header: Node = field(default_factory=lambda: Node.of("Header"))

    def zip_bytes(self) -> bytes:
        """The decoded ZipFile.

        Raises:
            SoapFault: it is missing or no base64.
        """
        if self.zip_file is None:
            raise client_fault(say("zip-file-missing"))
        try:
            return binascii.a2b_base64(self.zip_file)
        except binascii.Error as error:
            raise client_fault(say("zip-file-encoding")) from error


def read_request(body: bytes) -> Request:
    """The call in a request body. The zip, which may be 50 MB, is cut out before XML is parsed.

    Raises:
        SoapFault: it is no SOAP envelope.
    """
    zip_file, rest = _cut_zip(body)
    try:
        envelope = parse(rest)
    except XmlError as error:
        wrong = say("envelope-malformed", problem=error.problem, line=error.line, column=error.column)
        raise client_fault(wrong) from error
    soap_body = envelope.first("Body")
    if envelope.name != "Envelope" or soap_body is None or not soap_body.children:
        raise client_fault(say("envelope-missing"))
    call = soap_body.children[0]
    header = envelope.first("Header") or Node.of("Header")
    session = header.first("SessionHeader")
    in_tree = call.first("ZipFile")
    if zip_file is None and in_tree is not None and in_tree.text.strip():
        # another encoding than UTF-8, where the cut finds nothing
        zip_file = memoryview(in_tree.text.encode())
    return Request(call.name, call, session.value("sessionId") if session is not None else "", zip_file, header)


def _cut_zip(body: bytes) -> tuple[memoryview | None, bytes]:
    start = _ZIP_START.search(body, 0, 64 * 1024)
    if start is None:
        return None, body
    end = body.find(b"<", start.end())
    if end < 0 or not body.startswith(b"</", end) or body.find(b"&", start.end(), end) >= 0:
        return None, body  # a CDATA section, or lines that end in references: the parser reads those
    return memoryview(body)[start.end() : end], body[: start.end()] + body[end:]


def response(operation: str, results: Iterable[Value]) -> bytes:
    """A response with one ``result`` for each value."""
    out: list[str] = [_HEAD, f"<{operation}Response>"]
    for value in results:
        _write("result", value, out)
    out += [f"</{operation}Response>", _TAIL]
    return "".join(out).encode()


def zip_response(operation: str, fields: Fields, zip_name: str, content: bytes) -> Iterator[bytes]:
    """A response whose last field is a zip, encoded piece by piece."""
    out: list[str] = [_HEAD, f"<{operation}Response><result>"]
    for name, value in fields:
        _write(name, value, out)
    out.append(f"<{zip_name}>")
    yield "".join(out).encode()
    view = memoryview(content)
    for start in range(0, len(view), _CHUNK):
        yield base64.b64encode(view[start : start + _CHUNK])
    yield f"</{zip_name}></result></{operation}Response>{_TAIL}".encode()


def _write(name: str, value: Value, out: list[str]) -> None:
    if value is None:
        return
    if value == NIL:  # not "is": a job's result comes back from the org's file
        out.append(f'<{name} xsi:nil="true"/>')
    elif isinstance(value, bool):
        out.append(f"<{name}>{'true' if value else 'false'}</{name}>")
    elif isinstance(value, str | int | float):
        out.append(f"<{name}>{escape_text(str(value))}</{name}>")
    elif isinstance(value, bytes):
        out.append(f"<{name}>{base64.b64encode(value).decode()}</{name}>")
    elif isinstance(value, Node):
        # zeep 4.3.3 cannot read a component without its type (observed)
        _write_node(name, value, out, f' xsi:type="{value.name}"')
    else:
        out.append(f"<{name}>")
        for child, child_value in value:
            _write(child, child_value, out)
        out.append(f"</{name}>")


def _write_node(name: str, node: Node, out: list[str], attributes: str = "") -> None:
    if node.is_nil:
        out.append(f'<{name} xsi:nil="true"/>')
        return
    out.append(f"<{name}{attributes}>")
    if node.children:
        for child in node.children:
            _write_node(child.name, child, out)
    else:
        out.append(escape_text(node.text))
    out.append(f"</{name}>")
