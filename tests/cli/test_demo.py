"""What the demo claims is true, not only printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli.demo_story import STEPS


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The demo, run once as a process, with what it left behind."""
    root = tmp_path_factory.mktemp("demo") / "acme"
    environ = {"PATH": os.environ["PATH"], "HOME": str(root.parent)}
    command = [sys.executable, "-m", "sfmeta", "demo", "--keep", str(root), "--json"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return root, document["result"]


def test_every_step_was_told(told: tuple[Path, dict[str, Any]]) -> None:
    assert [step["title"] for step in told[1]["steps"]] == [step.title for step in STEPS]


def test_the_same_packages_went_to_two_orgs(told: tuple[Path, dict[str, Any]]) -> None:
    facts = told[1]["facts"]
    assert facts["digests"]["sandbox"] == facts["digests"]["production"]
    assert facts["org_ids"]["sandbox"] != facts["org_ids"]["production"]


def test_the_history_is_two_plans_a_deployment_and_a_rollback(told: tuple[Path, dict[str, Any]]) -> None:
    applied = [["apply", True]] * 4
    assert told[1]["facts"]["history"] == [["rollback", True], ["deploy", True], *applied]


def test_the_refusals_are_the_documented_ones(told: tuple[Path, dict[str, Any]]) -> None:
    facts = told[1]["facts"]
    assert "app_blocked: this app is blocked by admin" in facts["rogue"]
    assert "Added soapui" in facts["soapui"], "Use Any API Client carries it over, as far as the local org believes"


def test_the_forecast_named_whoever_was_refused(told: tuple[Path, dict[str, Any]]) -> None:
    named = told[1]["facts"]["named"]
    assert {"former.tool.user@acme.example", "soapui.dev@acme.example"} <= set(named)
    assert "billing.integration@acme.example" not in named


def test_what_it_left_is_what_it_says(told: tuple[Path, dict[str, Any]]) -> None:
    root, result = told
    assert result["kept"] == str(root)
    assert {path.name for path in root.iterdir()} >= {"project", "sandbox", "production", "home"}
    refs = subprocess.run(
        ["git", "-C", str(root / "project"), "for-each-ref", "--format=%(refname)"],
        capture_output=True,
        text=True,
        check=True,
    )
    ledgers = {line.removeprefix("refs/sfmeta/orgs/") for line in refs.stdout.splitlines() if "/orgs/" in line}
    assert ledgers == set(result["facts"]["org_ids"].values())


def test_it_does_not_write_into_a_folder_that_holds_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sfmeta.cli.main import main

    (tmp_path / "mine.txt").write_text("x")
    assert main(["demo", "--keep", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_demo_and_the_worked_example_are_one_policy() -> None:
    here = Path(__file__).parents[2] / "policy.yml"
    assert files("sfmeta.cli").joinpath("acme.policy.yml").read_text(encoding="utf-8") == here.read_text(
        encoding="utf-8"
    )
