"""``sfmeta forecast`` and ``sfmeta report`` as a user runs them, against the story's org."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sfmeta.localorg.running.server import LocalOrg
from sfmeta.model.forecast import Answer
from sfmeta.workspace.findings import record
from tests.cli.conftest import Shop


@pytest.fixture
def audited(shop: Shop) -> Shop:
    """The same with an inventory in ``seen.json`` and the org gone."""
    shop.ok("audit", "-f", "seen.json")
    shop.org.stop()
    return shop


def test_somebody_who_might_stop_is_exit_3_and_named(shop: Shop) -> None:
    ran = shop.run("forecast")
    assert ran.code == 3
    first = " ".join(ran.out.splitlines()[:2])
    assert "after enforce in Acme (sandbox)" in first
    assert "billing.integration@acme.example" in ran.out
    assert "former.tool.user@acme.example, Rogue Exporter: stops; SEC-1003" in ran.out
    assert "accept rare_jobs under accepted_blind_spots" in " ".join(ran.out.split())


def test_the_document_holds_everything_and_the_files(audited: Shop) -> None:
    files = {"csv": "who.csv", "sarif": "who.sarif", "html": "who.html"}
    options = [word for kind, file in files.items() for word in (f"--{kind}", file)]
    found = audited.result("forecast", "--inventory", "seen.json", *options, code=3)
    assert found["files"] == files
    assert len(found["rows"]) == found["counts"]["rows"] > 5
    who = (audited.root / "who.csv").read_bytes()
    assert who.count(b"\r\n") == len(found["rows"]) + 1
    results = json.loads((audited.root / "who.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    counts = found["counts"]
    told = counts["stops"] + counts["might_stop"] + counts["blind_spots"] + len(found["unresolved"])
    assert len(results) == told
    assert any(one["locations"][0]["physicalLocation"]["region"]["startLine"] > 1 for one in results)
    for file in files.values():
        assert (audited.root / file).stat().st_mode & 0o777 == 0o600


def test_a_stage_that_hurts_nobody_is_exit_0(audited: Shop) -> None:
    ran = audited.ok("forecast", "--inventory", "seen.json", "--stage", "prepare")
    assert ran.out.startswith("Nobody stops working after prepare in Acme (sandbox), as far as can be seen.")


def test_a_wave_stands_for_restrict(audited: Shop) -> None:
    found = audited.result("forecast", "--inventory", "seen.json", "--wave", "1", code=3)
    assert (found["stage"], found["wave"]) == ("restrict", 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--at 2027-13-01", "--at 2027-13-01 is no date. Write 2027-01-31"),
        ("--at 2020-01-01", "--at 2020-01-01 lies before the audit"),
        ("--days 30", "--days goes with an audit, not with --inventory"),
        ("--wave 1 --stage block", "--wave goes with the stage restrict, not with block"),
        ("--csv a --html a", "Two of --csv, --html name the same file"),
        ("--csv a --html ./b/../a", "name the same file"),
        ("--policy none.yml", "No policy at none.yml"),
    ],
)
def test_what_cannot_be_asked_is_exit_2(audited: Shop, options: str, words: str) -> None:
    ran = audited.run("forecast", "--inventory", "seen.json", *options.split())
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert not (audited.root / "a").exists()


def test_an_inventory_that_is_not_there(shop: Shop) -> None:
    ran = shop.run("forecast", "--inventory", "none.json")
    assert ran.code == 2
    assert "No inventory at none.json. Write one: sfmeta audit -o" in ran.err


@pytest.fixture
def two_orgs(shop: Shop, start_org: Callable[..., LocalOrg]) -> tuple[Shop, LocalOrg]:
    """An inventory of ``sandbox``, and ``production`` is known, too; both orgs are gone."""
    other = start_org("production", production=True)
    shop.add_org("production", other)
    shop.ok("audit", "-f", "seen.json")
    shop.org.stop()
    other.stop()
    return shop, other


@pytest.mark.parametrize("by_variable", [False, True])
@pytest.mark.parametrize("command", ["forecast --csv who", "report -f who", "policy draft"])
def test_an_inventory_of_another_org_than_the_one_that_is_named_is_refused(
    two_orgs: tuple[Shop, LocalOrg], monkeypatch: pytest.MonkeyPatch, command: str, by_variable: bool
) -> None:
    shop, other = two_orgs
    policy = (shop.root / "policy.yml").read_bytes()
    named = "SFMETA_TARGET_ORG" if by_variable else "-o"
    told = {
        "production": f"seen.json is of Acme (sandbox) ({shop.org.org_id}), not of production ({other.org_id}). "
        f"Leave {named} out, or audit production: sfmeta audit -o production -f FILE",
        "nowhere": "no org 'nowhere' is known",
    }
    for alias, message in told.items():
        if by_variable:
            monkeypatch.setenv("SFMETA_TARGET_ORG", alias)
        ran = shop.run(*command.split(), "--inventory", "seen.json", *([] if by_variable else ["-o", alias]))
        assert (ran.code, ran.out) == (2, "")
        assert message in ran.err
    assert not (shop.root / "who").exists()
    assert (shop.root / "policy.yml").read_bytes() == policy


def test_an_inventory_goes_with_its_own_org_and_with_any_default(two_orgs: tuple[Shop, LocalOrg]) -> None:
    shop, _ = two_orgs
    shop.ok("forecast", "--inventory", "seen.json", "--stage", "prepare", "-o", "sandbox")
    shop.ok("org", "use", "production")
    shop.ok("forecast", "--inventory", "seen.json", "--stage", "prepare")


def test_a_date_ahead_is_the_end_of_that_day(audited: Shop) -> None:
    found = audited.result("forecast", "--inventory", "seen.json", "--at", "2036-06-30", code=3)
    assert found["at"].startswith("2036-06-30T23:59:59")
    assert any("'dataloader_io'" in review["what"] for review in found["reviews"])


def test_what_a_probe_found_in_this_project_counts(audited: Shop) -> None:
    name = "admin_approval_ends_authorizations"
    before = audited.result("forecast", "--inventory", "seen.json", code=3)
    assert name in before["questions"]
    answer = Answer(name, False, datetime(2026, 1, 1, tzinfo=UTC), before["org"]["id"], "Acme", "tried")
    record(audited.root, [answer])
    after = audited.result("forecast", "--inventory", "seen.json", code=3)
    assert name not in after["questions"]
    assert after["answers"][name]["answer"] is False
    assert after["counts"]["might_stop"] < before["counts"]["might_stop"]


def test_usernames_come_from_the_environment(audited: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    audited.edit("policy.yml", "user: former.tool.user@acme.example", 'user: "${env:FORMER}"')
    ran = audited.run("forecast", "--inventory", "seen.json")
    assert ran.code == 2
    assert "the environment variable FORMER is not set" in ran.err
    monkeypatch.setenv("FORMER", "former.tool.user@acme.example")
    assert audited.result("forecast", "--inventory", "seen.json", code=3)["counts"]["accepted"] == 1


def test_a_policy_alone_needs_no_project(audited: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    files = ["--inventory", str(audited.root / "seen.json"), "--policy", str(audited.root / "policy.yml")]
    assert audited.run("forecast", *files).code == 3


def test_a_report_is_written_whatever_it_says(shop: Shop) -> None:
    ran = shop.ok("report", "-f", "out/report.html")
    assert "after enforce in Acme (sandbox)" in ran.out
    assert ran.out.endswith("Written to out/report.html.\n")
    html = (shop.root / "out/report.html").read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert "billing." in html


def test_a_report_of_an_inventory_is_the_same_each_time(audited: Shop) -> None:
    for name in ("a.html", "b.html"):
        assert audited.result("report", "--inventory", "seen.json", "-f", name)["clean"] is False
    assert (audited.root / "a.html").read_bytes() == (audited.root / "b.html").read_bytes()


def test_a_report_needs_a_file(shop: Shop) -> None:
    ran = shop.run("report")
    assert ran.code == 2
    assert "--file" in ran.err
