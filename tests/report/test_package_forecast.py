"""The forecast of a package inside another command: the sentence, a few rows, what is open; and its JSON."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfmeta.cli.package_outlook import guard
from sfmeta.errors import GuardRefused
from sfmeta.model.forecast import Forecast
from sfmeta.report.forecast import forecast_text
from sfmeta.report.package_forecast import headline, short_json, short_text
from sfmeta.report.sarif import forecast_sarif
from tests.report.made import acme, clean


def bare(text: str, color: str) -> str:
    return text


def package(found: Forecast) -> Forecast:
    """The same rows, as if a package made them."""
    return replace(found, stage=None, as_is=True, pending=(), subject="the rollback")


def test_the_words_name_what_is_forecast() -> None:
    found = package(acme())
    assert "after the rollback in Acme (sandbox)" in headline(found)
    assert "after the rollback in Acme (sandbox)" in " ".join(forecast_text(found, bare).split())
    assert "alone" not in headline(found)


def test_the_short_text_shows_the_first_and_counts_the_others() -> None:
    text = short_text(package(acme()), bare, 200, 2)
    lines = text.splitlines()
    assert lines[0].startswith("3 users stop working and 1 might after the rollback")
    assert lines[1].startswith(
        "  x deployer@acme.example (sfmeta itself, integration user) with Billing Sync, JWT bearer;"
    )
    assert "    fix: Assign a permission set that Billing Sync names" in lines
    assert "  ... and 2 more" in lines
    assert any(
        line.startswith("  ! not visible: Session reuse by browser tools; accept browser_session") for line in lines
    )


def test_what_is_to_be_settled_is_shown() -> None:
    found = replace(package(clean()), unresolved=("a", "b", "c"))
    text = short_text(found, bare, 100, 2)
    assert "  ! to be settled: a\n" in text
    assert "  ... and 1 more to be settled" in text


def test_the_json_has_the_keys_of_a_forecast_and_the_first_rows_only() -> None:
    document = short_json(package(acme()), 2)
    assert [row["user"]["username"] for row in document["rows"]] == [
        "deployer@acme.example",
        "billing.robot@acme.example",
    ]
    assert (document["subject"], document["clean"]) == ("the rollback", False)
    assert document["counts"]["stops"] == 3
    assert document["outcome"] == headline(package(acme()))


def test_a_forecast_that_is_not_clean_is_refused() -> None:
    guard(package(clean()))
    with pytest.raises(GuardRefused, match="3 users stop working") as refusal:
        guard(package(acme()))
    assert refusal.value.exit_code == 4
    assert "policy.yml" in refusal.value.hint


def test_a_sarif_log_of_a_package_has_a_name_of_its_own() -> None:
    run = forecast_sarif(package(acme()), "1.0")["runs"][0]
    assert run["automationDetails"]["id"].endswith("/package/")
