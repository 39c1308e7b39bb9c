"""Metadata files as trees, read and written without the client's codec.

Orgs parse with Xerces; its words are used for the errors where they are known (``PROBLEMS``). Of these texts only
"Content is not allowed in prolog." is confirmed by a public report (sfdx-hardis#352); the others are Xerces'
own, and that an org passes them on is emulator-defined.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.parsers.expat import errors

METADATA_NS = "http://soap.sforce.com/2006/04/metadata"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"

MAX_DEPTH = 100
"""No metadata type comes near it; deeper trees only serve to exhaust a reader's stack (emulator-defined)."""

_PROLOG = "Content is not allowed in prolog."
_DOCTYPE = 'DOCTYPE is disallowed when the feature "http://apache.org/xml/features/disallow-doctype-decl" set to true.'
PROBLEMS = {
    errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: (
        "The markup in the document following the root element must be well-formed."
    ),
    errors.XML_ERROR_DUPLICATE_ATTRIBUTE: "An attribute was already specified for this element.",
    errors.XML_ERROR_UNCLOSED_TOKEN: "XML document structures must start and end within the same entity.",
    errors.XML_ERROR_UNDEFINED_ENTITY: "The entity was referenced, but not declared.",
    errors.XML_ERROR_UNBOUND_PREFIX: "The prefix is not bound.",
    errors.XML_ERROR_INVALID_TOKEN: "The content of elements must consist of well-formed character data or markup.",
}
_PREFIXES = {"{" + XSI: "xsi:", "{http://www.w3.org/XML/1998/namespace": "xml:"}
_IN_TEXT = (
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ("\r", "&#13;"),
    ('"', "&quot;"),
    ("'", "&apos;"),
)
_IN_ATTRIBUTE = (*_IN_TEXT[:5], ("\n", "&#10;"), ("\t", "&#9;"))
# beside control characters what is no character at all: JSON can spell one half of a pair
_NOT_XML = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_UNSAFE = re.compile(f"[{_NOT_XML}]")
_SPECIAL = re.compile(f"[{_NOT_XML}\r&<>\"']")


class XmlError(Exception):
    """A text that is no acceptable XML document."""

    def __init__(self, problem: str, line: int = 1, column: int = 1) -> None:
        super().__init__(problem)
        self.problem, self.line, self.column = problem, line, column


@dataclass(slots=True)
class Node:
    """One element. Mixed content is not metadata: text beside children is dropped.

    Attributes:
        name: the local name; namespaces are not looked at, as orgs themselves hand out files without one.
        text: of a leaf, exactly.
        attributes: (Clark or plain name, value).
        line: where it starts, 1-based; 0 where it was made.
        column: likewise.
    """

    name: str
    text: str = ""
    children: list[Node] = field(default_factory=list)
    attributes: tuple[tuple[str, str], ...] = ()
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)

    @classmethod
    def of(cls, name: str, *children: Node, text: str = "") -> Node:
        """A new element."""
        return cls(name, text, list(children))

    def all(self, name: str) -> Iterator[Node]:
        """The children of that name, in order."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Node | None:
        """The first child of that name, or None."""
        for child in self.children:  # asked a quarter of a million times by a full package
            if child.name == name:
                return child
        return None

    def value(self, name: str) -> str:
        """The stripped text of the first child of that name, "" where there is none."""
        child = self.first(name)
        return "" if child is None else child.text.strip()

    def values(self, name: str) -> list[str]:
        """The stripped texts of all children of that name that are not empty."""
        return [text for child in self.all(name) if (text := child.text.strip())]

    def flag(self, name: str) -> bool:
        """A boolean child; absent is False."""
        return is_true(self.value(name))

    @property
    def is_nil(self) -> bool:
        """Whether the element says ``xsi:nil="true"``."""
        return dict(self.attributes).get(f"{{{XSI}}}nil", "") in ("true", "1")


def is_true(text: str) -> bool:
    """A boolean as clients write it: simple-salesforce 1.12.10 sends ``True`` (messages.py)."""
    return text.strip().lower() in ("true", "1")


def parse(data: bytes | memoryview) -> Node:
    """The root element of a document.

    Raises:
        XmlError: it is malformed, or has a document type declaration (no entities, so no expansion attack).
    """
    builder = _Builder()
    try:
        builder.parser.Parse(bytes(data), True)
    except expat.ExpatError as error:
        raise _in_words(error, builder, bytes(data[:512])) from error
    except (LookupError, ValueError) as error:
        # an encoding that the declaration names and nobody knows, or that expat cannot use
        raise XmlError("The encoding of the document is not supported.") from error
    finally:
        builder.let_go()
    if builder.root is None:
        raise XmlError("Premature end of file.")
    return builder.root


@contextmanager
def many_nodes() -> Iterator[None]:
    """Pauses the cycle collector: trees hold no cycles, and walking a large one again and again triples the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Builder:
    """Collects expat's events into nodes."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.text: list[str] = []
        self.parser = parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text.append
        parser.StartDoctypeDeclHandler = self._doctype

    def let_go(self) -> None:
        """Ends the circle of parser and builder, which would keep every tree until the next full collection."""
        self.parser.StartElementHandler = None
        self.parser.EndElementHandler = None
        self.parser.CharacterDataHandler = None
        self.parser.StartDoctypeDeclHandler = None

    def _doctype(self, *_: object) -> None:
        raise XmlError(_DOCTYPE, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def _start(self, name: str, attributes: list[str]) -> None:
        parser = self.parser
        node = Node(name.rpartition("}")[2], "", [], (), parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        if attributes:
            pairs = zip(attributes[::2], attributes[1::2], strict=True)
            node.attributes = tuple(("{" + key if "}" in key else key, value) for key, value in pairs)
        if len(self.stack) > MAX_DEPTH:
            raise XmlError(f"Elements are nested more than {MAX_DEPTH} deep.", node.line, node.column)
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node
        self.stack.append(node)
        self.text.clear()

    def _end(self, _: str) -> None:
        node = self.stack.pop()
        if not node.children:
            node.text = "".join(self.text)
        self.text.clear()


def _in_words(error: expat.ExpatError, builder: _Builder, head: bytes) -> XmlError:
    reason, line, column = errors.messages[error.code], error.lineno, error.offset + 1
    if builder.root is None and not head.strip():
        return XmlError("Premature end of file.", line, column)
    if builder.root is None and not head.lstrip(b"\xef\xbb\xbf").startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return XmlError(_PROLOG, 1, 1)
    if reason == errors.XML_ERROR_MISPLACED_XML_PI:
        return XmlError('The processing instruction target matching "[xX][mM][lL]" is not allowed.', line, column)
    if reason == errors.XML_ERROR_TAG_MISMATCH and builder.stack:
        name = builder.stack[-1].name
        problem = f'The element type "{name}" must be terminated by the matching end-tag "</{name}>".'
        return XmlError(problem, line, column)
    if reason == errors.XML_ERROR_NO_ELEMENTS:
        return XmlError("XML document structures must start and end within the same entity.", line, column)
    return XmlError(PROBLEMS.get(reason, f"{reason}."), line, column)


def write(root: Node) -> bytes:
    """A document as an org writes it: UTF-8 declaration, four spaces, the Metadata namespace, one final newline."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    names = f' xmlns:xsi="{XSI}" xmlns:xsd="{XSD}"' if _uses(root, XSI) else ""
    _write(root, "", f' xmlns="{METADATA_NS}"{names}', out)
    return "".join(out).encode()


def _write(node: Node, indent: str, names: str, out: list[str]) -> None:
    tag = node.name + names
    for key, value in node.attributes:
        uri, _, local = key.rpartition("}")
        tag += f' {_PREFIXES.get(uri, "")}{local}="{_escaped(value, _IN_ATTRIBUTE)}"'
    if node.children:
        out.append(f"{indent}<{tag}>\n")
        for child in node.children:
            _write(child, indent + "    ", "", out)
        out.append(f"{indent}</{node.name}>\n")
    elif node.text:
        out.append(f"{indent}<{tag}>{escape_text(node.text)}</{node.name}>\n")
    elif indent:
        out.append(f"{indent}<{tag}></{node.name}>\n")
    else:
        out.append(f"<{tag}/>\n")


def _uses(node: Node, uri: str) -> bool:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.attributes and any(key.startswith("{" + uri) for key, _ in one.attributes):
            return True
        waiting += one.children
    return False


def escape_text(text: str) -> str:
    """Text as element content; characters that XML cannot hold become U+FFFD, a carriage return a reference."""
    if not _SPECIAL.search(text):  # nearly every text
        return text
    return _UNSAFE.sub("\ufffd", _escaped(text, _IN_TEXT))


def _escaped(text: str, entities: tuple[tuple[str, str], ...]) -> str:
    # the standard library's function for this imports an HTTP client
    for plain, entity in entities:
        text = text.replace(plain, entity)
    return text
