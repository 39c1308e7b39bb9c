"""The schema that is read on demand is the one that an XML parser finds in the WSDL."""

from __future__ import annotations

import pytest
from lxml import etree

from sfmeta.localorg.metadata.schema import Field, Schema, find_wsdl, read

XSD = "{http://www.w3.org/2001/XMLSchema}"


def whole(wsdl: bytes) -> tuple[dict[str, list[Field]], dict[str, str], dict[str, frozenset[str]]]:
    """Own elements by type, bases and enumerations, by an XML parser."""
    root = etree.fromstring(wsdl, etree.XMLParser(resolve_entities=False, no_network=True))
    own: dict[str, list[Field]] = {}
    bases: dict[str, str] = {}
    for one in root.iter(f"{XSD}complexType"):
        name = one.get("name")
        if not name:
            continue
        extension = one.find(f"{XSD}complexContent/{XSD}extension")
        if extension is not None:
            bases[name] = str(extension.get("base")).removeprefix("tns:")
        own[name] = [
            Field(
                str(element.get("name")),
                str(element.get("type", "xsd:anyType")).removeprefix("tns:"),
                element.get("minOccurs") != "0",
                element.get("maxOccurs") not in (None, "1"),
            )
            for element in one.iter(f"{XSD}element")
            if element.get("name")
        ]
    enums = {
        str(one.get("name")): frozenset(str(value.get("value")) for value in one.iter(f"{XSD}enumeration"))
        for one in root.iter(f"{XSD}simpleType")
    }
    return own, bases, {name: values for name, values in enums.items() if values}


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read(find_wsdl().read_bytes())


def test_every_type_of_the_wsdl(schema: Schema) -> None:
    own, bases, enums = whole(find_wsdl().read_bytes())
    assert list(schema.types) == list(own)
    assert len(schema.types) > 1000
    assert schema.bases == bases
    assert dict(schema.enums) == enums

    def with_inherited(name: str) -> list[Field]:
        return [*(with_inherited(bases[name]) if name in bases else []), *own.get(name, [])]

    for name in own:
        expected = {one.name: one for one in with_inherited(name)}
        assert list(schema.types[name].items()) == list(expected.items()), name


def test_what_is_not_there(schema: Schema) -> None:
    assert "Nonsense" not in schema.types
    assert schema.fields("Nonsense") is None
    assert not schema.is_metadata("Nonsense")
    assert schema.enums.get("ID") is None
    with pytest.raises(KeyError):
        schema.types["Nonsense"]


def test_a_type_is_read_once(schema: Schema) -> None:
    assert schema.types["Profile"] is schema.types["Profile"]
    assert schema.is_metadata("Profile")
    assert not schema.is_metadata("ProfileUserPermission")
    assert next(iter(schema.order("Package"))) == "fullName"


def test_texts_of_other_spelling() -> None:
    wsdl = (
        b'<xsd:schema><xsd:complexType name="Empty"/><xsd:complexType abstract="true" name="A"><xsd:sequence>'
        b'<xsd:element maxOccurs="unbounded" minOccurs="0" name="b"/></xsd:sequence></xsd:complexType>'
        b'<xsd:simpleType name="E"><xsd:restriction base="xsd:string"><xsd:enumeration value="a&amp;b"/>'
        b"</xsd:restriction></xsd:simpleType></xsd:schema>"
    )
    schema = read(wsdl)
    assert dict(schema.types["Empty"]) == {}
    assert dict(schema.types["A"]) == {"b": Field("b", "xsd:anyType", False, True)}
    assert schema.enums["E"] == {"a&b"}
