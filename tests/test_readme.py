"""What the README tells people to type exists."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfmeta.cli.main import main
from sfmeta.cli.table import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> Iterator[str]:
    """Every sfmeta command line in a shell block or in backticks."""
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL):
        yield from (line for line in block.splitlines() if line.startswith("sfmeta "))
    yield from re.findall(r"`(sfmeta [^`|]+)`", README)


def shell_lines() -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL):
        yield from block.splitlines()


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_and_option_exists(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [word.rstrip(",") for word in shlex.split(line)[1:]]
    if not words or words[0].startswith("-"):
        return
    assert words[0] in COMMANDS, line
    names = [words[0]]
    if words[0] in ("org", "policy", "job", "enforce", "grant", "ledger", "localorg") and len(words) > 1:
        names += words[1:3] if words[1] in ("setup", "app", "user", "faults") else words[1:2]
    assert main([*names, "--help"]) == 0, line
    text = capsys.readouterr().out
    for option in (word for word in words if word.startswith("-")):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text), f"{line}: no option {option}"


def test_every_script_of_the_readme_is_there() -> None:
    scripts = {line.split()[0] for line in shell_lines() if line.startswith("scripts/")}
    assert scripts >= {"scripts/quickstart", "scripts/test", "scripts/check", "scripts/bench"}
    for script in scripts:
        assert os.access(ROOT / script, os.X_OK), script


def test_ci_calls_the_readme_s_own_commands() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^scripts/test$", text, re.MULTILINE)
    assert re.search(r"^scripts/check$", text, re.MULTILINE)


def test_every_command_is_in_the_readme() -> None:
    for name in COMMANDS:
        assert f"`sfmeta {name}" in README, name


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [*project["dependencies"], *project["optional-dependencies"]["localorg"]]
    section = README.partition("## Dependencies")[2].partition("\n## ")[0]
    for name in names:
        bare = re.split(r"[\[<>=]", name)[0]
        assert re.search(rf"\b{re.escape(bare)}\b", section), bare


def test_every_exit_code_is_explained() -> None:
    from sfmeta import errors

    codes = {getattr(value, "exit_code", None) for value in vars(errors).values() if isinstance(value, type)}
    table = README.partition("| exit code |")[2].partition("\n\n")[0]
    for code in codes - {None}:
        assert re.search(rf"^\| {code} \|", table, re.MULTILINE), code


def test_links_inside_the_repository_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
