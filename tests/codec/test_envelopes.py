"""The two big bodies: exact whatever the chunks, and closed to DTDs, broken base64 and answers that stop."""

from __future__ import annotations

import base64
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.codec.envelopes import ArchiveBody, EnvelopeError, ZipAnswer, answer_name

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><checkRetrieveStatusResponse><result>'
    "<messages><fileName>package.xml</fileName><problem>a &lt; b &amp; ü</problem></messages>"
)
TAIL = "</result></checkRetrieveStatusResponse></soapenv:Body></soapenv:Envelope>"


class Grudging(io.BytesIO):
    """Gives less than it is asked for, as a raw file may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size if size is None or size < 2 else max(1, size // 3))


@given(data=st.binary(max_size=300), skipped=st.binary(max_size=5))
def test_the_archive_is_between_the_halves_and_the_length_is_known(data: bytes, skipped: bytes) -> None:
    archive = Grudging(skipped + data)
    archive.seek(len(skipped))
    body = ArchiveBody(b"<a>", archive, b"</a>")
    sent = b"".join(body)
    assert sent == b"<a>" + base64.b64encode(data) + b"</a>"
    assert len(body) == len(sent)
    assert b"".join(body) == sent  # again, for a call that was refused


def test_a_large_archive_is_sent_in_blocks() -> None:
    data = random.Random(0).randbytes(1_000_001)
    pieces = list(ArchiveBody(b"", io.BytesIO(data), b""))
    assert b"".join(pieces) == base64.b64encode(data)
    assert max(map(len, pieces)) <= 4 * 2**16


def test_an_archive_that_shrinks_is_noticed() -> None:
    archive = io.BytesIO(b"x" * 1000)
    body = ArchiveBody(b"", archive, b"")
    archive.truncate(10)
    with pytest.raises(EnvelopeError, match="shorter"):
        list(body)


def read(answer: bytes, size: int) -> tuple[bytes, bytes]:
    sink = io.BytesIO()
    reader = ZipAnswer(sink)
    for start in range(0, len(answer), size):
        reader.feed(answer[start : start + size])
    rest = reader.close()
    assert reader.zip_bytes == len(sink.getvalue())
    return sink.getvalue(), rest


@given(data=st.binary(max_size=400), size=st.integers(1, 700), width=st.integers(1, 90))
def test_the_zip_comes_out_whatever_the_chunks_and_line_breaks(data: bytes, size: int, width: int) -> None:
    coded = base64.b64encode(data).decode()
    broken = "\r\n ".join(coded[start : start + width] for start in range(0, len(coded), width))
    found, rest = read(f"{HEAD}<zipFile>{broken}</zipFile>{TAIL}".encode(), size)
    assert found == data
    assert rest == read(f"{HEAD}<zipFile></zipFile>{TAIL}".encode(), 10_000)[1]
    assert "a &lt; b &amp; ü" in rest.decode()
    assert answer_name(rest) == "checkRetrieveStatusResponse"


def test_a_zip_elsewhere_is_left_in_place() -> None:
    found, rest = read(f"{HEAD}<messages><zipFile>QUJD</zipFile></messages>{TAIL}".encode(), 50)
    assert found == b""
    assert b"QUJD" in rest


def test_attributes_are_kept() -> None:
    found, rest = read(f'{HEAD}<zipFile xsi:nil="true"/>{TAIL}'.encode(), 50)
    assert found == b""
    assert b'<zipFile xsi:nil="true">' in rest


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("QUJ", "cut off"),
        ("QUJDQ", "cut off"),
        ("Q!JD", "broken"),
        ("QüJD", "broken"),
        ("QQ==QUJD", "broken|goes on"),
        ("=QUJ", "broken"),
    ],
)
@pytest.mark.parametrize("size", [3, 10_000])
def test_broken_base64(text: str, why: str, size: int) -> None:
    with pytest.raises(EnvelopeError, match=why) as error:
        read(f"{HEAD}<zipFile>{text}</zipFile>{TAIL}".encode(), size)
    assert text not in str(error.value)


@given(cut=st.integers(0, 400))
def test_an_answer_that_stops_is_an_error(cut: int) -> None:
    whole = f"{HEAD}<zipFile>QUJD</zipFile>{TAIL}".encode()
    with pytest.raises(EnvelopeError):
        read(whole[: min(cut, len(whole) - 1)], 64)


BOMB = (
    '<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<e:Envelope xmlns:e="x"><e:Body>&b;</e:Body></e:Envelope>'
)


def test_dtds_are_refused_before_anything_grows() -> None:
    with pytest.raises(EnvelopeError, match="DTD"):
        read(BOMB.encode(), 16)
    with pytest.raises(EnvelopeError, match="DTD"):
        answer_name(BOMB.encode())


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("<e:Envelope xmlns:e='x'><e:Header><z/></e:Header><e:Body><m:deployResponse xmlns:m='y'/>", "deployResponse"),
        ("<Envelope><Body><Fault>", "Fault"),
        ("<Envelope><Body/></Envelope>", ""),
        ("<Envelope><Header><Body><x/></Body></Header><Body></Body></Envelope>", ""),
    ],
)
def test_the_name_of_an_answer(answer: str, name: str) -> None:
    assert answer_name(answer.encode()) == name


@pytest.mark.parametrize("answer", ["", "x", "<html>", "<Envelope>", "<Envelope><Body>", "\x00", "<a><Body><x/>"])
def test_what_has_no_name(answer: str) -> None:
    with pytest.raises(EnvelopeError):
        answer_name(answer.encode())
