"""The catalogue: every claim with its grade and source, every app found by its real names, nothing blocked."""

from __future__ import annotations

import pytest

from sfmeta.access.drafting.catalogue import CATALOGUE, CatalogueEntry, Claim, name_of, recognise
from sfmeta.model.policy import Decision

ENTRIES = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)


def test_it_is_small() -> None:
    assert len(CATALOGUE) == 10
    assert len({entry.id for entry in CATALOGUE}) == 10


@ENTRIES
def test_every_claim_has_a_grade_and_a_source(entry: CatalogueEntry) -> None:
    claims: list[Claim] = [*entry.names, *entry.words, *entry.needs]
    assert entry.names or entry.words
    assert entry.needs
    for claim in claims:
        assert claim.text
        assert claim.source
        assert claim.grade in ("A", "B", "C", "assumption")
    assert all(word.grade == "assumption" for word in entry.words)


@ENTRIES
def test_none_is_proposed_to_be_blocked(entry: CatalogueEntry) -> None:
    assert entry.suggestion in (Decision.ALLOW, Decision.UNDECIDED)


@ENTRIES
def test_every_name_leads_to_its_entry(entry: CatalogueEntry) -> None:
    for name in entry.names:
        for spelling in (name.text, name.text.upper(), f" {name.text.replace(' ', '  ')} "):
            assert recognise(spelling) is entry
            assert name_of(entry, spelling) is name
    for word in entry.words:
        for label in (word.text, f"Acme {word.text.title()}", f"{word.text.upper()}-Prod"):
            assert recognise(label) is entry
            assert name_of(entry, label) is word


@pytest.mark.parametrize(
    "label",
    ["", "Dataloader.io", "Slackline", "My Insights", "Insights Exporter", "Workbench 2", "Salesforce", "inspectors"],
)
def test_what_only_looks_alike_is_not_recognised(label: str) -> None:
    assert recognise(label) is None


def test_no_name_belongs_to_two_entries() -> None:
    names = [name.text.casefold() for entry in CATALOGUE for name in entry.names]
    assert len(names) == len(set(names))
