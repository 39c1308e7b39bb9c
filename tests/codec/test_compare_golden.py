"""Golden cases: a folder each, with the two files, what must be found, and why (``intent.md``, written by hand)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfmeta.codec import xml
from sfmeta.codec.compare import compare, compare_files
from sfmeta.model.element import Element

CASES = sorted((Path(__file__).parent / "golden").iterdir())


def shown(element: Element | None) -> str:
    if element is None:
        return "nothing"
    return element.text.strip() or "{" + " ".join(f"{child.name}={child.text}" for child in element.children) + "}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_differences_are_the_expected_ones(case: Path) -> None:
    type_name = case.name.partition("-")[0]
    old, new = (case / "old.xml").read_bytes(), (case / "new.xml").read_bytes()
    changes = compare(type_name, xml.parse(old), xml.parse(new))
    found = [f"{' > '.join(change.path)}: {shown(change.old)} -> {shown(change.new)}" for change in changes]
    assert found == (case / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert set(compare_files(type_name, old, new)) == set(changes)
    assert (case / "intent.md").read_text(encoding="utf-8").startswith("# ")
