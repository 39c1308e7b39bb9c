"""Two big files compared block by block: what is the same in both never becomes a value.

Profiles and permission sets grow to tens of megabytes, nearly all of it the same on both sides. Their blocks are found
in the raw bytes, paired by name and key, and compared as bytes; only the blocks that differ are parsed. This rests on
the documents being well formed (checked first, by expat, which keeps nothing) and plain: anything unusual (comments,
CDATA, prefixes, attributes on a block, a key twice) is left to the ordinary comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from sfmeta.codec import xml
from sfmeta.codec.compare_rules import Rules, rules_for
from sfmeta.errors import Problem, SourceError

_ROOT = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<([A-Za-z_][\w.-]*)((?:\s+[\w:.-]+\s*=\s*"[^"<]*")*)\s*>"""
)
_NEXT = re.compile(rb"\s*<(/?)([A-Za-z_][\w.-]*)(\s*/?)>")
_UNUSUAL = (b"<!--", b"<![CDATA[")
_BETWEEN = re.compile(rb">\s+<")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Remainder:
    """The two documents without what is the same in both; lines stay those of the files."""

    old: bytes
    new: bytes


def remainder(type_name: str, old: bytes, new: bytes, files: tuple[str, str]) -> Remainder | None:
    """What is left when equal blocks are taken out.

    Args:
        type_name: the metadata type.
        old: a file.
        new: another of the type.
        files: their paths, for messages.

    Returns:
        Two small documents with the same differences; None where the ordinary comparison has to do it.

    Raises:
        SourceError: one of them is not well formed or has a DTD.
    """
    for data, file in zip((old, new), files, strict=True):
        xml.refuse_unsafe(data, file)
        _check_well_formed(data, file)
    rules = rules_for(type_name)
    if not rules.grants:
        return None
    try:
        before, after = _Document.of(old), _Document.of(new)
        if before.root != after.root:
            return None
        held = _indexed(before, rules)
        left = _cancelled(before, held, after, rules)
    except _NotPlainError:
        return None
    return Remainder(before.rest(held.values()), after.rest(left.values()))


class _NotPlainError(Exception):
    """The document is well formed, but not of the plain kind that can be cut into blocks."""


def _check_well_formed(data: bytes, file: str) -> None:
    parser = expat.ParserCreate("utf-8", namespace_separator="}")
    view = memoryview(data)
    try:
        for start in range(0, len(data), _CHUNK_BYTES):
            parser.Parse(view[start : start + _CHUNK_BYTES], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        message = f"not well-formed XML: {expat.ErrorString(error.code)}"
        raise SourceError.of([Problem(message, "xml-syntax", file, error.lineno, error.offset + 1)]) from None


@dataclass(frozen=True, slots=True)
class _Document:
    """One plain document.

    Attributes:
        data: the whole of it.
        root: the root's start tag, without the white space around it.
        body: where the root's content starts.
        unkeyed: where blocks without a key start, filled while the others are looked at.
    """

    data: bytes
    root: bytes
    body: int
    unkeyed: list[int]

    @classmethod
    def of(cls, data: bytes) -> _Document:
        opening = _ROOT.match(data)
        if opening is None or any(mark in data for mark in _UNUSUAL) or data.count(b"<?") > 1:
            raise _NotPlainError
        return cls(data, data[opening.start(1) - 1 : opening.end()], opening.end(), [])

    def block(self, start: int) -> bytes:
        """The block that starts here."""
        inside = self.data.index(b">", start)
        if self.data[inside - 1 : inside] == b"/":
            return self.data[start : inside + 1]
        name = self.data[start + 1 : inside]
        return self.data[start : self.data.index(b"</" + name + b">", inside) + len(name) + 3]

    def rest(self, keyed: Iterable[int]) -> bytes:
        """A document of some blocks; line feeds stand for what was taken out, so that lines stay true."""
        pieces = [self.root]
        position = 0
        skipped = -self.root.count(b"\n")
        for start in sorted((*keyed, *self.unkeyed)):
            skipped += self.data.count(b"\n", position, start)
            block = self.block(start)
            pieces += (b"\n" * max(skipped, 0), block)
            position, skipped = start + len(block), 0
        name = self.root[1:].split(None, 1)[0].rstrip(b">")
        return b"".join((*pieces, b"</", name, b">"))


def _blocks(document: _Document, rules: Rules) -> Iterator[tuple[bytes, int, int]]:
    """Name and key, start and end of each block that has a key; the others are noted in the document."""
    data, position, note = document.data, document.body, document.unkeyed.append
    patterns = {name.encode(): tuple(b"<" + key.encode() + b">" for key in keys) for name, keys in rules.keys.items()}
    match, find, startswith = _NEXT.match, data.find, data.startswith
    lead, start_offset, name, keys = b"\0", 0, b"", patterns.get(b"")
    while True:
        # mostly the same white space and tag as before the last block: no need to look closer
        if startswith(lead, position):
            start, inside = position + start_offset, position + len(lead)
        else:
            tag = match(data, position)
            if tag is None:
                raise _NotPlainError  # attributes, a prefix, text beside elements
            closing, name, empty = tag.groups()
            keys = patterns.get(name)
            if closing:
                return  # well formed: it is the root's own end
            start, inside = tag.start(1) - 1, tag.end()
            if empty:
                if empty != b"/" or keys is not None:
                    raise _NotPlainError  # an empty block clears a whole list
                note(start)
                position, lead = inside, b"\0"
                continue
            lead, start_offset = data[position:inside], start - position
        end = find(b"</" + name + b">", inside)
        if end <= inside or find(b"<" + name, inside, end) >= 0:
            raise _NotPlainError
        position = end + len(name) + 3
        if keys is None:
            note(start)
            continue
        label = name
        for key in keys:
            value = find(key, inside, end) + len(key)
            label += b"\0" + (data[value : find(b"<", value, end)].strip() if value >= len(key) else b"")
        yield (_unescaped(label) if b"&" in label else label), start, position


def _unescaped(label: bytes) -> bytes:
    """One key may be spelled in several ways."""
    if b"&#" in label:
        raise _NotPlainError
    for entity, char in ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&apos;", b"'"), (b"&amp;", b"&")):
        label = label.replace(entity, char)
    return label


def _indexed(document: _Document, rules: Rules) -> dict[int, int]:
    """Where each keyed block starts, by the hash of its label: the labels themselves would take half a file's size.

    Two labels with one hash look like a key twice, which leaves the document to the ordinary comparison.
    """
    index: dict[int, int] = {}
    count = 0
    for label, start, _ in _blocks(document, rules):
        index[hash(label)] = start
        count += 1
    if len(index) != count:
        raise _NotPlainError
    return index


def _cancelled(before: _Document, held: dict[int, int], after: _Document, rules: Rules) -> dict[int, int]:
    """Take out of ``held`` what stands in ``after`` too: byte for byte, or but for white space between tags.

    Returns:
        Where the blocks start that only ``after`` holds.
    """
    old, new = before.data, after.data
    left: dict[int, int] = {}
    for label, start, end in _blocks(after, rules):
        key = hash(label)
        other = held.get(key)
        if other is not None:
            block = new[start:end]
            same = old.startswith(block, other)
            if same or _BETWEEN.sub(b"><", before.block(other)) == _BETWEEN.sub(b"><", block):
                del held[key]
                continue
        if key in left:
            raise _NotPlainError
        left[key] = start
    return left
