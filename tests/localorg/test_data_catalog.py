"""The catalog of data: every text is used, everything used is in it, and each says where it comes from."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest

from sfmeta.localorg import data
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.data.catalog import DATA_RULES, words
from sfmeta.localorg.data.schema import SObject
from sfmeta.localorg.data.tables import SOBJECTS, child, children
from sfmeta.localorg.data.writes.table import WRITERS
from sfmeta.localorg.sourced import Sourced

SOURCES = {path: path.read_text(encoding="utf-8") for path in Path(data.__file__).parent.rglob("*.py")}
USED = {name for text in SOURCES.values() for name in re.findall(r'\("((?:soql|rest)-[a-z-]+)"', text)}


def test_ids_are_unique_and_everything_has_a_source() -> None:
    assert [name for name, count in Counter(one.id for one in DATA_RULES).items() if count > 1] == []
    for one in DATA_RULES:
        assert one.grade in ("A", "B", "C", "emulator"), one.id
        assert one.sentence
        assert one.source
        assert not one.assumption or one.assumption in ASSUMPTIONS, one.id


def test_every_text_is_said_somewhere_and_nothing_else_is() -> None:
    assert {one.id for one in DATA_RULES if one.message} == USED


@pytest.mark.parametrize("one", [one for one in DATA_RULES if one.message], ids=lambda one: one.id)
def test_a_text_has_a_code_and_words(one: Sourced) -> None:
    names = {name for _, name, _, _ in Formatter().parse(one.message) if name}
    code, message = words(one.id, **dict.fromkeys(names, "<here>"))
    assert re.fullmatch(r"[A-Z_]+", code)
    assert message
    assert message.count("<here>") >= len(names)


@pytest.mark.parametrize("table", SOBJECTS.values(), ids=lambda table: table.name)
def test_tables_hold_together(table: SObject) -> None:
    writer = WRITERS.get(table.name)
    done = {verb for verb in ("create", "update", "delete") if writer and getattr(writer, verb)}
    assert table.verbs == done
    for field in table.fields.values():
        assert not field.reference_to or field.reference_to.lower() in SOBJECTS, field.name
        assert not field.values or field.default in (None, *field.values), field.name
    for below, field, name in children(table):
        assert child(table, name.upper()) == (below, field, name)
