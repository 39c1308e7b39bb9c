"""``sfmeta localorg clock`` and ``env``: the org's time, and what clients need to reach it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from sfmeta.cli.localorg_client import find, ready_of
from sfmeta.cli.localorg_options import DataDir, ReadyFile
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(-?)((?:\d+(?:\.\d+)?[smhdw])+)")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


class Client(StrEnum):
    """Who wants to reach the org."""

    SFMETA = "sfmeta"
    SF = "sf"
    JSFORCE = "jsforce"
    SIMPLE_SALESFORCE = "simple-salesforce"
    ZEEP = "zeep"
    CURL = "curl"


class Shell(StrEnum):
    """How variables are printed."""

    BASH = "bash"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Puts these commands into the group ``localorg``."""
    verb(app, "clock", command="localorg clock")(clock)
    verb(app, "env", command="localorg env")(env)


def clock(
    ui: Ui,
    forward: Annotated[
        str | None, typer.Option("--forward", metavar="SPAN", help="How far: 90s, 8h, 3d, 2w; 1d12h; -1h goes back.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--set", metavar="DATE", help="To a date or time, as ISO 8601 spells it.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Back to real time.")] = False,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Show the org's clock, or move it: sessions and assignments expire, validations grow too old.

    The clock goes on from there; with a data directory it stays moved over restarts.

    Example: sfmeta localorg clock --forward 11d --data ./sandbox

    Exit codes: 0 done, 2 no such org is named, or the span or date is none, 6 it does not answer.
    """
    if sum((forward is not None, to is not None, reset)) > 1:
        raise UsageError("Give one of --forward, --set and --reset")
    content: dict[str, Any] = {"reset": True} if reset else {}
    if forward is not None:
        content = {"advance_s": span(forward).total_seconds()}
    elif to is not None:
        content = {"set": to}
    org = find(ready_file, data, ui.environ)
    found = org.ask("POST", "clock", content) if content else org.ask("GET", "status")
    return Answer({"time": found["time"]}, f"The org's time: {found['time']}")


def span(text: str) -> timedelta:
    """A length of time: ``90s``, ``8h``, ``1d12h``, ``-2w``.

    Raises:
        UsageError: it is none.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"'{text}' is no length of time", "Write 90s, 15m, 8h, 3d, 2w or 1d12h")
    total = timedelta()
    try:
        for amount, unit in _PIECE.findall(found[2]):
            total += timedelta(**{_UNITS[unit]: float(amount)})
    except OverflowError as error:
        raise UsageError(f"'{text}' is too long a time") from error
    return -total if found[1] else total


def env(
    ui: Ui,
    client: Annotated[list[Client] | None, typer.Option("--client", help="Only this one; may be repeated.")] = None,
    shell: Annotated[Shell, typer.Option("--shell", help="How to print it.")] = Shell.BASH,
    secrets: Annotated[bool, typer.Option("--secrets", help="Print variables with the admin's session too.")] = False,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """What each client needs to reach the org: variables for the shell, and how it logs in.

    A shell takes it with `eval "$(sfmeta localorg env ...)"`. The session that --secrets prints is made up: only this
    org takes it. Still, who has it can use this org.

    Example: sfmeta localorg env --client sf --secrets --data ./sandbox

    Exit codes: 0 done, 2 no such org is named, 6 it does not answer.
    """
    from sfmeta.localorg.running.environment import as_shell, recipes, variables

    file, ready, org = ready_of(ready_file, data, ui.environ)
    # a ready file outlives an org that was killed, and its session may have ended
    ready = {**ready, "admin": org.ask("GET", "admin")}
    wanted = {one.value for one in client or Client}
    chosen = tuple(recipe for recipe in recipes(ready, str(file)) if recipe.client in wanted)
    exported = variables(chosen, secrets=secrets)
    result = {"variables": exported, "clients": {recipe.client: list(recipe.lines) for recipe in chosen}}
    return Answer(result, json.dumps(exported, indent=2) if shell is Shell.JSON else as_shell(chosen, secrets=secrets))
