"""``sfmeta localorg login``: whether a login works, and which rule decided."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sfmeta.cli.localorg_client import find
from sfmeta.cli.localorg_options import DataDir, ReadyFile
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import OperationFailed, UsageError


class Flow(StrEnum):
    """A way in that needs no browser."""

    JWT = "jwt"
    PASSWORD = "password"  # noqa: S105 - the name of a flow
    REFRESH = "refresh"
    CLIENT_CREDENTIALS = "client-credentials"
    SOAP = "soap"


def add_to(app: typer.Typer) -> None:
    """Puts the command into the group ``localorg``."""
    verb(app, "login", command="localorg login")(login)


def login(
    ui: Ui,
    words: Annotated[list[str], typer.Argument(metavar="USER | as USER with APP", help="As whom, and with what app.")],
    app: Annotated[
        str | None, typer.Option("--app", metavar="APP", help="Its label, API name or consumer key; none for soap.")
    ] = None,
    flow: Annotated[
        Flow | None, typer.Option("--flow", help="How. Without it: the one that the app has credentials for.")
    ] = None,
    source_ip: Annotated[
        str | None, typer.Option("--source-ip", metavar="IP", help="As if from there, for IP ranges.")
    ] = None,
    show_token: Annotated[bool, typer.Option("--show-token", help="Print the session's token.")] = False,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Log in through the org's own door, and say what it answers and which rule decided.

    It is a login like any other: Login History shows it.

    Example: sfmeta localorg login as super.user@acme.example with Dataloader.io --data ./sandbox

    Exit codes: 0 let in, 1 refused or nothing to try, 2 no such org or IP, 6 it does not answer.
    """
    username, named = _who(words)
    if named and app:
        raise UsageError("Which app?", "Give it after with, or by --app")
    org = find(ready_file, data, ui.environ)
    content = {"username": username, "app": named or app, "flow": flow, "source_ip": source_ip}
    found = org.ask("POST", "login", {**content, "show_token": show_token})
    if found["let_in"]:
        return Answer(found, _outcome(found))
    refusal = OperationFailed(f"{found['code']}: {found['message']}")
    return Answer(found, _outcome(found), refusal.exit_code, refusal)


def _who(words: list[str]) -> tuple[str, str]:
    """``USER``, ``USER with APP`` or ``as USER with APP``."""
    rest = words[1:] if words[0] == "as" else words
    if len(rest) == 1:
        return rest[0], ""
    if len(rest) > 2 and rest[1] == "with":
        return rest[0], " ".join(rest[2:])
    raise UsageError(f"What is {' '.join(words)}?", "Write: sfmeta localorg login as USER with APP")


def _outcome(found: dict[str, Any]) -> str:
    app = f" with {found['app']}" if found["app"] else ""
    head = f"{found['username']}{app} by {found['flow']}"
    rule = found["rule"]
    lines = [f"Let in: {head}" if found["let_in"] else f"Refused: {head}"]
    if not found["let_in"]:
        lines.append(f"  the door says  {found['code']}: {found['message']}")
    if rule:
        lines += [
            f"  rule           {rule['id']} [{rule['grade']}]: {rule['sentence']}",
            f"  source         {rule['source']}",
        ]
    if found["assumption"]:
        lines.append(f"  hangs on       the assumption {found['assumption']}")
    lines += [f"  {name:13}  {reason or 'open'}" for name, reason in found["opens"].items()]
    if found["token"]:
        lines.append(f"  token          {found['token']}")
    return "\n".join(lines)
