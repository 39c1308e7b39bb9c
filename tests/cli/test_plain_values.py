"""Values read by us are the values that typer would have made; all others are left to it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from sfmeta.cli.plain_values import read_plainly


class Level(StrEnum):
    LOW = "low"
    HIGH = "high"


def command(seen: list[dict[str, Any]]) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    @app.command()
    def run(
        words: Annotated[list[str], typer.Argument()] = [],  # noqa: B006 (typer reads the default)
        name: str = "nobody",
        maybe: Annotated[str | None, typer.Option(envvar="MAYBE")] = None,
        file: Path | None = None,
        there: Annotated[Path | None, typer.Option(exists=True)] = None,
        files: Annotated[list[Path], typer.Option()] = [],  # noqa: B006
        wait: Annotated[int, typer.Option(min=0, max=100)] = 33,
        part: float = 0.5,
        level: Level | None = None,
        flag: bool = False,
    ) -> None:
        seen.append({key: value for key, value in locals().items() if key != "seen"})

    return typer.main.get_command(app)


CASES: list[list[str]] = [
    [],
    ["a", "b", ""],
    ["--name", "Ada", "--flag", "--file", "x/y", "--files", "a", "--files", "b"],
    ["--name", "", "--file", "."],
    ["--wait", "0"],
    ["--wait", "100"],
    ["--wait", "101"],
    ["--wait", "-1"],
    ["--wait", "١"],
    ["--wait", " 7"],
    ["--wait", "1_0"],
    ["--wait", "x"],
    ["--wait", "007"],
    ["--part", "0.25"],
    ["--part", "x"],
    ["--level", "low"],
    ["--level", "LOW"],
    ["--level", "medium"],
    ["--there", "/no/such/file"],
    ["--there", "."],
    ["--nope"],
]


@pytest.mark.parametrize("arguments", CASES, ids=" ".join)
@pytest.mark.parametrize("environ", [{}, {"MAYBE": "from the environment"}], ids=["", "MAYBE"])
def test_reading_plainly_changes_nothing_but_the_time_it_takes(arguments: list[str], environ: dict[str, str]) -> None:
    by_typer: list[dict[str, Any]] = []
    plainly: list[dict[str, Any]] = []
    theirs, ours = command(by_typer), command(plainly)
    read_plainly(ours, typer.Context(ours))
    assert _run(ours, arguments, environ) == _run(theirs, arguments, environ)
    assert plainly == by_typer
    assert [{name: type(value) for name, value in call.items()} for call in plainly] == [
        {name: type(value) for name, value in call.items()} for call in by_typer
    ]


def _run(program: Any, arguments: list[str], environ: dict[str, str]) -> str:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        try:
            program(args=arguments, prog_name="x", standalone_mode=False)
        except typer.TyperException as error:
            return f"{type(error).__name__}: {error.format_message()}"
        except typer.Exit as end:
            return f"exit {end.exit_code}"
        return "ran"
