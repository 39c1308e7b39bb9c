"""The flat table against Salesforce's own XSD: lxml validates, we only look up. They must agree.

Files are made from a seed and the schema itself, so a failure is repeated by its seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sfmeta.codec import xml
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Field, Schema, Shape
from sfmeta.codec.schema_check import ACCESS_ROOTS
from sfmeta.errors import Severity
from sfmeta.model.element import Element

XSD = "http://www.w3.org/2001/XMLSchema"
# the WSDL declares the label of a MutingPermissionSet twice; real files hold it once
ROOTS = sorted(ACCESS_ROOTS - {"MutingPermissionSet"})

Oracle = Callable[[Element], bool]


@pytest.fixture(scope="session")
def oracle(wsdl: bytes) -> Oracle:
    """Whether the XSD of the WSDL accepts a file, as it would stand on disk."""
    source = etree.fromstring(wsdl).find(f".//{{{XSD}}}schema")
    assert source is not None
    grammar = etree.fromstring(etree.tostring(source))  # on its own, with the namespaces it inherits
    for root in ROOTS:
        etree.SubElement(grammar, f"{{{XSD}}}element", name=root, type=f"tns:{root}")
    compiled = etree.XMLSchema(grammar)
    return lambda root: compiled.validate(etree.fromstring(xml.write(root)))


VALUES: dict[str, tuple[str, ...]] = {
    "base64Binary": ("AAAA", ""),
    "boolean": ("true", "false", "1", "0", " true "),
    "int": ("0", "-7", "+12", "2147483647", "-2147483648"),
    "double": ("1.5", "-2e10", ".5", "NaN", "INF", "7"),
    "date": ("2027-01-31", "1999-12-01Z"),
    "dateTime": ("2027-01-31T18:00:00.000Z", "2027-01-31T18:00:00"),
    "time": ("18:00:00.000Z", "00:00:00"),
}


def file_of(schema: Schema, chance: random.Random) -> Element:
    """A random valid file, its children in any order."""
    root = chance.choice(ROOTS)
    shape = schema.type(root)
    assert shape is not None
    return _filled(schema, root, shape, chance, 0)


def _filled(schema: Schema, name: str, shape: Shape, chance: random.Random, depth: int) -> Element:
    children: list[Element] = []
    for field in shape.fields.values():
        if field.required or (depth < 4 and chance.random() < 0.4):
            count = chance.randint(1, 3) if field.repeated else 1
            children.extend(_valued(schema, field, chance, depth) for _ in range(count))
    chance.shuffle(children)
    return Element(name, "", tuple(children))


def _valued(schema: Schema, field: Field, chance: random.Random, depth: int) -> Element:
    inner = schema.type(field.type)
    if inner is not None:
        return _filled(schema, field.name, inner, chance, depth + 1)
    values = schema.enum(field.type) or VALUES.get(field.type, ("x", "Ünïcode & <co>", "a\nb", ""))
    return Element.of(field.name, text=chance.choice(values))


def mutated(root: Element, chance: random.Random) -> Element:
    """The file with one thing done to one element: taken out, doubled, renamed, nested, or given another value."""
    places: list[tuple[int, ...]] = []

    def collect(element: Element, place: tuple[int, ...]) -> None:
        for index, child in enumerate(element.children):
            places.append((*place, index))
            collect(child, (*place, index))

    collect(root, ())
    return _mutated_at(root, chance.choice(places), chance)[0] if places else root


def _mutated_at(element: Element, place: tuple[int, ...], chance: random.Random) -> list[Element]:
    if place:
        before, after = element.children[: place[0]], element.children[place[0] + 1 :]
        return [element.with_children((*before, *_mutated_at(element.children[place[0]], place[1:], chance), *after))]
    value = chance.choice(["true", "7", "1.5", "Api", "2027-01-31", "99999999999", "nonsense"])
    return chance.choice(
        [
            [],
            [element, element],
            [Element(element.name + "X", element.text, element.children)],
            [Element.of(element.name, Element.of("stray", text="1"))],
            [Element.of(element.name, text=value)],
        ]
    )


seeds = st.integers(0, 2**32)
relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)


def test_canonical_order_of_any_valid_file_satisfies_the_xsd(schema: Schema, oracle: Oracle) -> None:
    @relaxed
    @given(seeds)
    def law(seed: int) -> None:
        root = file_of(schema, random.Random(seed))
        assert [str(problem) for problem in schema.check(root, "")] == []
        assert oracle(canonical(root, schema)), xml.write(root).decode()

    law()


def test_the_checker_and_the_xsd_agree_on_what_is_wrong(schema: Schema, oracle: Oracle) -> None:
    @relaxed
    @given(seeds)
    def law(seed: int) -> None:
        chance = random.Random(seed)
        root = mutated(file_of(schema, chance), chance)
        errors = [problem for problem in schema.check(root, "") if problem.severity is Severity.ERROR]
        assert bool(errors) is not oracle(canonical(root, schema)), (errors, xml.write(root).decode())

    law()
