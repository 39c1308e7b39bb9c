"""Parsing and writing: the laws, the forms that orgs give out, and everything that must be refused in one line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.codec import xml
from sfmeta.errors import SourceError
from sfmeta.model.element import Element

CANONICAL = b"""<?xml version="1.0" encoding="UTF-8"?>
<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">
    <description>Sales &amp; Ops &quot;EU&quot; isn&apos;t &lt;here&gt;</description>
    <hasActivationRequired>false</hasActivationRequired>
    <license/>
    <userPermissions>
        <enabled>true</enabled>
        <name>ApiEnabled</name>
    </userPermissions>
</PermissionSet>
"""

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: not name.lower().startswith("xml")
)
texts = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters="".join(map(chr, [*range(9), 11, 12, *range(14, 32)])) + "\ufffe\uffff",
    ),
    max_size=12,
)
foreign = st.sampled_from(["", "{urn:other}", "{urn:third}"])
attributes = st.dictionaries(st.tuples(foreign, names).map("".join), texts, max_size=2).map(
    lambda found: tuple(sorted(found.items()))
)


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> Element:
    name = draw(names) if depth == 0 else draw(foreign) + draw(names)
    children = draw(st.lists(elements(depth + 1), max_size=3)) if depth < 3 and draw(st.booleans()) else []
    return Element(name, "" if children else draw(texts), tuple(children), draw(attributes))


@given(elements())
def test_what_is_written_is_read_back(root: Element) -> None:
    written = xml.write(root)
    assert xml.parse(written) == root
    assert xml.write(xml.parse(written)) == written


def test_canonical_form_is_source_format_byte_for_byte() -> None:
    assert xml.write(xml.parse(CANONICAL)) == CANONICAL


def test_every_element_knows_its_line() -> None:
    root = xml.parse(CANONICAL)
    assert [(element.name, element.line) for _, element in root.walk()] == [
        ("description", 3),
        ("hasActivationRequired", 4),
        ("license", 5),
        ("userPermissions", 6),
        ("enabled", 7),
        ("name", 8),
    ]


def test_lines_beyond_65535_are_true() -> None:
    root = xml.parse(b"<a>\n" + b"<b>x</b>\n" * 70_000 + b"</a>")
    assert root.children[-1].line == 70_001


@pytest.mark.parametrize(
    "opening",
    [
        b"<A>",
        b'<A xmlns="http://soap.sforce.com/2006/04/metadata">',
        b'<A xmlns="urn:metadata.tooling.soap.sforce.com">',
    ],
)
def test_the_namespaces_that_mean_metadata_are_one(opening: bytes) -> None:
    assert xml.parse(opening + b"<b>1</b></A>") == Element.of("A", Element.of("b", text="1"))


def test_a_prefix_for_the_metadata_namespace_is_no_difference() -> None:
    assert xml.parse(b'<m:A xmlns:m="http://soap.sforce.com/2006/04/metadata"><m:b/></m:A>') == Element.of(
        "A", Element.of("b")
    )


def test_typed_and_nil_values_of_custom_metadata_survive() -> None:
    data = (
        b'<CustomMetadata xmlns="http://soap.sforce.com/2006/04/metadata" '
        b'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="http://www.w3.org/2001/XMLSchema">'
        b'<values><value i:type="s:string">x</value></values><values><value i:nil="true"/></values></CustomMetadata>'
    )
    root = xml.parse(data)
    written = xml.write(root)
    assert b'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi=' in written
    assert b'<value xsi:type="xsd:string">x</value>' in written
    assert b'<value xsi:nil="true"/>' in written
    assert xml.parse(written) == root


def test_comments_and_instructions_are_dropped_and_cdata_is_text() -> None:
    data = b"<a><!-- one --><?two three?><b>x<!-- four -->y<![CDATA[<!DOCTYPE html>]]></b></a>"
    assert xml.parse(data) == Element.of("a", Element.of("b", text="xy<!DOCTYPE html>"))


def test_a_text_of_many_megabytes_is_no_attack() -> None:
    assert len(xml.parse(b"<a>" + b"x" * 12_000_000 + b"</a>").text) == 12_000_000


def test_a_byte_order_mark_is_no_content() -> None:
    assert xml.parse(b"\xef\xbb\xbf<a/>") == Element.of("a")


BOMB = b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]>\n<a b="&y;">&y;</a>'

REFUSED = {
    "nothing": (b"", "the file is empty", 0),
    "white space": (b" \n\t", "the file is empty", 0),
    "text": (b"hello", "not well-formed XML", 1),
    "a missing end": (b"<a>\n<b></a>", "not well-formed XML: Opening and ending tag mismatch: b line 2 and a", 2),
    "two roots": (b"<a/>\n<b/>", "not well-formed XML", 2),
    "an undeclared entity": (b"<a>\n&secret;</a>", "not well-formed XML", 2),
    "an entity bomb": (BOMB, "the file has a DTD", 2),
    "an external DTD": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "the file has a DTD", 1),
    "a DTD behind a comment": (b"<!-- <x> -->\n<?x y?>\n<!DOCTYPE a><a/>", "the file has a DTD", 3),
    "UTF-16": ("<a/>".encode("utf-16"), "the file is not UTF-8", 1),
    "UTF-16 without a mark": ("<a/>".encode("utf-16-le"), "the file is not UTF-8", 1),
    "a Latin-1 byte": (b"<a>\n\xe9</a>", "the file is not UTF-8", 2),
    "another declared encoding": (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "encoding ISO-8859-1", 1),
    "UTF-7 declared far away": (
        b'<?xml version="1.0"' + b" " * 300 + b'encoding="UTF-7"?>\n+ADwAIQ-DOCTYPE a+AD4-<a/>',
        "not well-formed XML",
        2,
    ),
    "EBCDIC": ('<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("cp037"), "the file is not UTF-8", 1),
    "a control character": (b"<a>\x00</a>", "not well-formed XML", 1),
    "an unbound prefix": (b"<x:a/>", "not well-formed XML", 1),
    "mixed content": (b"<a>\n<b/>text</a>", "text stands beside elements", 2),
    "nesting": (b"<a>" * 150 + b"</a>" * 150, "nested more than 100 deep", 1),
    "nesting that would end any recursion": (b"<a>" * 100_000 + b"</a>" * 100_000, "nested more than 100 deep", 1),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line_with_its_place(case: str) -> None:
    data, message, line = REFUSED[case]
    with pytest.raises(SourceError) as caught:
        xml.parse(data, "app/x.xml")
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == ("app/x.xml", line)
    assert "\n" not in str(caught.value)


def test_a_character_xml_cannot_carry_is_refused_when_writing() -> None:
    with pytest.raises(SourceError, match=r"U\+0007"):
        xml.write(Element.of("a", text="ring \x07"))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_one_clear_error(data: bytes) -> None:
    for text in (data, b"<a>" + data + b"</a>", CANONICAL[:200] + data + CANONICAL[200:]):
        with contextlib.suppress(SourceError):  # any other exception fails the test
            xml.parse(text, "x.xml")


@given(st.integers(0, len(CANONICAL) - 1), st.binary(min_size=1, max_size=3))
def test_damage_anywhere_is_a_value_or_one_clear_error(position: int, noise: bytes) -> None:
    damaged = CANONICAL[:position] + noise + CANONICAL[position + len(noise) :]
    with contextlib.suppress(SourceError):
        assert xml.parse(xml.write(xml.parse(damaged))) == xml.parse(damaged)
