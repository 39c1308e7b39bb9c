"""The two SOAP bodies that hold a whole zip, handled as streams: a zip is never held as an XML tree.

A package of 39 MB is 52 MB of base64. Going out, it is put between the two halves of an envelope as the socket takes
it; coming back, it is taken out of the envelope as it arrives, and the small rest goes to the SOAP library, so that
shapes are checked there like those of any other answer.
"""

from __future__ import annotations

import binascii
import os
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

_BLOCK = 3 * 2**16  # a multiple of 3, so that blocks of base64 join without padding
_WHITESPACE = b" \t\r\n"
_ZIP_PATH = ["Envelope", "Body", "checkRetrieveStatusResponse", "result", "zipFile"]


class EnvelopeError(ValueError):
    """The answer is no envelope that a Salesforce org would send. Holds no part of the answer."""


class ArchiveBody:
    """A request body: one half of an envelope, the base64 of a zip, the other half. Its length is known beforehand.

    Every iteration starts at the zip's first byte again, so that a refused call can be repeated.
    """

    def __init__(self, before: bytes, archive: BinaryIO, after: bytes) -> None:
        """Args:
        before: the envelope up to where the base64 begins.
        archive: a seekable zip; it is read from its current position to its end.
        after: the rest of the envelope.
        """
        self._before = before
        self._after = after
        self._archive = archive
        self._start = archive.tell()
        self._size = archive.seek(0, os.SEEK_END) - self._start
        archive.seek(self._start)

    def __len__(self) -> int:
        return len(self._before) + 4 * ((self._size + 2) // 3) + len(self._after)

    def __iter__(self) -> Iterator[bytes]:
        yield self._before
        self._archive.seek(self._start)
        left = self._size
        pending = b""
        while left:
            block = self._archive.read(min(_BLOCK - len(pending), left))
            if not block:
                raise EnvelopeError("the zip became shorter while it was being sent")
            left -= len(block)
            pending += block  # a raw file may give less than was asked for
            if len(pending) == _BLOCK or not left:
                yield binascii.b2a_base64(pending, newline=False)
                pending = b""
        yield self._after


class ZipAnswer:
    """Takes the zip out of the answer to ``checkRetrieveStatus`` while it arrives."""

    def __init__(self, sink: BinaryIO) -> None:
        """Args:
        sink: where the decoded zip goes. After an error it holds an unknown part of it.
        """
        self.zip_bytes = 0
        self.rest_size = 0  # characters of text beside the zip, for a limit
        self._sink = sink
        self._path: list[str] = []
        self._rest: list[str] = []
        self._undecoded = b""
        self._padded = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.buffer_size = 2**18
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self._parser.CharacterDataHandler = self._on_text
        self._parser.StartDoctypeDeclHandler = _refuse_dtd

    def feed(self, chunk: bytes) -> None:
        """The next piece of the answer.

        Raises:
            EnvelopeError: it is not well-formed, has a DTD, or its base64 is broken.
        """
        self._parse(chunk, final=False)

    def close(self) -> bytes:
        """No more will come.

        Returns:
            The envelope without the zip's text.

        Raises:
            EnvelopeError: the answer stopped before its end.
        """
        self._parse(b"", final=True)
        return "".join(self._rest).encode()

    def _parse(self, chunk: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as exc:
            raise EnvelopeError(f"not well-formed XML: {expat.ErrorString(exc.code)}") from exc

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(":")[2])
        written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        self._rest.append(f"<{name}{written}>")
        self.rest_size += len(name) + len(written)

    def _on_end(self, name: str) -> None:
        if self._path == _ZIP_PATH and self._undecoded:
            raise EnvelopeError("the zip's base64 is cut off")
        self._path.pop()
        self._rest.append(f"</{name}>")

    def _on_text(self, text: str) -> None:
        if self._path == _ZIP_PATH:
            self._decode(text)
        else:
            self._rest.append(escape(text))
            self.rest_size += len(text)

    def _decode(self, text: str) -> None:
        try:
            coded = self._undecoded + text.encode("ascii").translate(None, _WHITESPACE)
            if coded and self._padded:
                raise EnvelopeError("the zip's base64 goes on after its end")
            whole = len(coded) // 4 * 4
            data = binascii.a2b_base64(coded[:whole], strict_mode=True)
        except (UnicodeEncodeError, binascii.Error) as exc:
            # the context is dropped: an encoding error holds the text itself
            raise EnvelopeError("the zip's base64 is broken") from (exc if isinstance(exc, binascii.Error) else None)
        self._padded = coded[:whole].endswith(b"=")
        self._undecoded = coded[whole:]
        self._sink.write(data)
        self.zip_bytes += len(data)


def _refuse_dtd(*_: object) -> None:
    raise EnvelopeError("it has a DTD, which SOAP forbids")


class _Found(Exception):
    """Ends the look at an answer's beginning; never leaves this module."""


def answer_name(body: bytes) -> str:
    """Looks at the beginning of an answer, before anything builds a tree of it.

    What stands before the root element is looked at too: a DTD there could define entities that grow without bound.

    Args:
        body: a whole answer.

    Returns:
        The local name of the body's first element: ``deployResponse``, ``Fault``; "" where the body is empty.

    Raises:
        EnvelopeError: it has a DTD, or does not begin like a SOAP envelope.
    """
    path: list[str] = []

    def on_start(name: str, _: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])
        if path[0] != "Envelope":
            raise EnvelopeError("its root element is no SOAP envelope")
        if len(path) == 3 and path[1] == "Body":
            raise _Found

    def on_end(_: str) -> None:
        path.pop()

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    try:
        for start in range(0, len(body), 4096):
            parser.Parse(body[start : start + 4096], False)
        parser.Parse(b"", True)
    except _Found:
        return path[2]
    except expat.ExpatError as exc:
        raise EnvelopeError(f"not well-formed XML: {expat.ErrorString(exc.code)}") from exc
    return ""
