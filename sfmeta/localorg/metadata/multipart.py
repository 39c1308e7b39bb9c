"""multipart/form-data, read by the parser that starlette uses."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS = 10
"""A deployRequest has two parts; more of them only serve to exhaust a reader (emulator-defined)."""

_CHUNK = 1 << 20


class MultipartError(ValueError):
    """A body that is no multipart/form-data."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form.

    Attributes:
        name: of the field.
        file_name: "" where none is given.
        media_type: its Content-Type without parameters, in small letters.
        content: as sent.
    """

    name: str
    file_name: str
    media_type: str
    content: bytes


def read_parts(content_type: str, body: bytes) -> list[Part]:
    """The parts of a form in their order.

    Args:
        content_type: the request's header.
        body: the request's.

    Raises:
        MultipartError: it is no such form, is cut off, or has too many parts.
    """
    media_type, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if media_type != b"multipart/form-data" or not boundary:
        raise MultipartError("The request is no multipart/form-data with a boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        view = memoryview(body)
        for start in range(0, len(view), _CHUNK):
            parser.write(bytes(view[start : start + _CHUNK]))
        parser.finalize()
    except (FormParserError, UnicodeDecodeError) as error:
        raise MultipartError("The multipart body cannot be read") from error
    if not collector.ended:
        raise MultipartError("The multipart body is cut off")
    return collector.parts


class _Collector:
    """Puts together what the parser tells piece by piece."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._content = io.BytesIO()

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._part_begins,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_ends,
            "on_part_data": self._data,
            "on_part_end": self._part_ends,
            "on_end": self._end,
        }

    def _part_begins(self) -> None:
        if len(self.parts) >= MOST_PARTS:
            raise MultipartError(f"The multipart body has more than {MOST_PARTS} parts")
        self._headers, self._content = {}, io.BytesIO()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content.write(memoryview(data)[start:end])

    def _part_ends(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        media_type, _ = parse_options_header(self._headers.get(b"content-type"))
        self.parts.append(
            Part(
                options.get(b"name", b"").decode(),
                options.get(b"filename", b"").decode(),
                media_type.decode(),
                self._content.getvalue(),
            )
        )

    def _end(self) -> None:
        self.ended = True
