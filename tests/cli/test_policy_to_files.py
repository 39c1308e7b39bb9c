"""From ``init`` to files, as a newcomer types it: no org is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sfmeta.cli.main import main
from sfmeta.config.environments import read_environments
from sfmeta.ops.init import FILES
from tests.conftest import GitFolder

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands in a folder that ``init`` has begun."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        return code, *capsys.readouterr()

    assert run("init")[0] == 0
    return run


def uncommented(text: str) -> str:
    """Without the '# ' before a line of YAML that stands inside something; remarks at the margin stay."""
    return re.sub(r"^( +)# ", r"\1", text, flags=re.MULTILINE)


def test_the_example_of_environments_is_in_order_with_and_without_its_comments(run: Run) -> None:
    text = Path("environments.yml").read_text(encoding="utf-8")
    assert list(read_environments(text)) == []
    uat, production = read_environments(uncommented(text))
    assert (uat.name, production.gates.after) == ("uat", "uat")


def test_the_starter_is_in_order_as_it_is(run: Run) -> None:
    assert run("policy", "check") == (0, "policy.yml is in order: 0 apps (none).\n", "")


def test_uncommenting_the_starter_just_works(run: Run) -> None:
    text = uncommented(FILES["policy.yml"])
    assert "\n  dataloader_io:" in text
    Path("policy.yml").write_text(text, encoding="utf-8")
    assert run("policy", "check") == (0, "policy.yml is in order: 1 apps (1 allow).\n", "")
    code, out, _ = run("generate")
    assert code == 0
    assert "  Assign Allow Dataloader.io (Setup > Permission Sets > Allow Dataloader.io > Manage Assignments)" in out
    assert "    - Add loader@example.com, expiring 2036-01-15 18:00 UTC (year-end load)" in out
    assert out.index("Assign Allow") < out.index("Set up Dataloader.io")


def test_a_policy_is_named_in_the_same_way_everywhere(run: Run) -> None:
    Path("policy.yml").rename("other.yml")
    assert run("policy", "check")[0] == 2
    for words in (["policy", "check", "--policy"], ["policy", "check"], ["generate", "--check", "--policy"]):
        code, out, err = run(*words, "other.yml", "--json")
        assert code == (3 if words[0] == "generate" else 0), (out, err)
    assert run("policy", "check", "other.yml", "--policy", "other.yml")[0] == 0
    code, out, err = run("policy", "check", "other.yml", "--policy", "policy.yml")
    assert (code, out) == (2, "")
    assert "Two policies are named: other.yml and policy.yml" in err


def test_steps_in_setup_are_in_the_document_in_their_order(run: Run) -> None:
    Path("policy.yml").write_text(uncommented(FILES["policy.yml"]), encoding="utf-8")
    _, out, _ = run("generate", "--json")
    steps = json.loads(out)["result"]["manual_steps"]
    assert [(step["app"], step["title"]) for step in steps] == [
        ("dataloader_io", "Assign Allow Dataloader.io"),
        ("dataloader_io", "Set up Dataloader.io"),
    ]
    assert all(step["where"] and step["actions"] and step["verify"] for step in steps)


@pytest.mark.parametrize("command", ["validate", "init", "policy check", "policy schema", "generate"])
def test_help_names_arguments_in_words(command: str, run: Run) -> None:
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert "[[" not in out
    assert not re.search(r"<(path|list|str)", out), out


def test_what_names_people_stays_out_of_git_and_metadata_of_the_same_name_does_not(
    git_folder: GitFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(git_folder.root)
    assert main(["init"]) == 0
    people = ["inventory.json", "inventory-uat.json", "out/inventory.json", "report.html", "report-wave1.html"]
    people += ["forecast.html", "forecast.csv", "rows.csv", "rows-wave1.csv", "who.sarif", "org.key"]
    kept = ["findings.json", "force-app/main/default/lwc/reportList/reportList.html"]
    for path in (*people, *kept):
        git_folder.write(path, "x")
    git_folder.commit("first")
    tracked = git_folder.git("ls-files").splitlines()
    assert [path for path in people if path in tracked] == []
    assert [path for path in kept if path not in tracked] == []
