"""``sfmeta localorg``: start, status, stop, setup, rules, seed-schema; the commands of Setup come from beside."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from sfmeta.cli.localorg_apex import add_to as add_apex
from sfmeta.cli.localorg_client import RunningOrg, find
from sfmeta.cli.localorg_faults import add_to as add_faults
from sfmeta.cli.localorg_login import add_to as add_login
from sfmeta.cli.localorg_options import By, DataDir, ReadyFile
from sfmeta.cli.localorg_setup import add_to as add_setup
from sfmeta.cli.localorg_tools import add_to as add_tools
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError

_EXTRA = ("h11", "lark", "python_multipart", "trustme", "uvicorn")

_OPEN_TO_OTHERS = (
    "the org listens at {}: others can reach it, and its passwords and keys are made up and known. "
    "Use it only in a network where everybody may"
)

app = typer.Typer(
    help="An embedded Salesforce org on this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
setup = typer.Typer(
    help="What a person would do in Setup.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
app.add_typer(setup, name="setup")

add_setup(app)
add_login(app)
add_faults(app)
add_apex(app)
add_tools(app)


class Room(StrEnum):
    """A part of the local org's rules."""

    DOORS = "doors"
    METADATA = "metadata"
    DATA = "data"
    SETUP = "setup"
    SERVER = "server"
    ASSUMPTIONS = "assumptions"


class Form(StrEnum):
    """How a table is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"


class Switch(StrEnum):
    """A box, ticked or not."""

    ON = "on"
    OFF = "off"


@verb(app, "start", command="localorg start")
def start(
    ui: Ui,
    seed: Annotated[
        str | None,
        typer.Option("--seed", metavar="NAME|FILE", help="What a new org holds: acme, unless given; empty; a file."),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 0,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Keep everything here over restarts. Without it: in memory."),
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option("--ready-file", metavar="FILE", help="Written once it listens: URL, admin, keys.")
    ] = None,
    production: Annotated[bool, typer.Option("--production", help="A new org is production, not a sandbox.")] = False,
    tls: Annotated[bool, typer.Option("--tls", help="Speak https; the ready file names the authority's file.")] = False,
    listen: Annotated[
        str, typer.Option("--listen", metavar="ADDRESS", help="Where to listen; anything but loopback lets others in.")
    ] = "127.0.0.1",
    findings: Annotated[
        Path | None,
        typer.Option("--findings", metavar="FILE", help="A new org answers open questions as probes found them out."),
    ] = None,
) -> Answer:
    """Run a local org in the foreground, on 127.0.0.1 unless told otherwise. Ctrl-C or `sfmeta localorg stop` ends it.

    It speaks Salesforce's wire protocols and guards its doors with API Access Control. It shows how sfmeta works and
    proves nothing about Salesforce: see `sfmeta localorg rules`.

    Example: sfmeta localorg start --seed acme --data ./sandbox --ready-file ready.json

    Exit codes: 0 stopped, 1 directory or port cannot be used, 2 the seed or the findings are wrong, or the extra is
    not installed.
    """
    with _extra():
        from sfmeta.localorg.http.addresses import is_loopback
        from sfmeta.localorg.running.server import LocalOrg
    if not is_loopback(listen):
        _warn_at_once(ui, _OPEN_TO_OTHERS.format(listen))
    with LocalOrg.start(
        seed or "acme",
        data,
        production,
        tls=tls,
        port=port,
        listen=listen,
        ready_file=ready_file,
        findings=findings,
    ) as org:
        before = [
            (number, signal.signal(number, lambda *_: org.stopping.set())) for number in (signal.SIGINT, signal.SIGTERM)
        ]
        try:
            for warning in org.warnings:
                _warn_at_once(ui, warning)
            if seed and seed != org.state.fact("seed"):
                _warn_at_once(ui, f"{data} holds an org already, which stays as it is: --seed {seed} is not used")
            if not (ui.as_json or ui.quiet):
                typer.echo(_started(org.ready(), org.state.org.name, org.state.org.is_production))
            org.stopping.wait()
        finally:
            for number, handler in before:
                signal.signal(number, handler)
    return Answer({"url": org.url, "org_id": org.org_id}, f"Stopped {org.url}")


def _warn_at_once(ui: Ui, text: str) -> None:
    """Says it now: the answer comes only when the org stops, and with it the warnings of the JSON document."""
    typer.echo(f"Warning: {text}", err=True)
    if ui.as_json:
        ui.warn(text)


def _started(ready: dict[str, Any], name: str, production: bool) -> str:
    admin = ready["admin"]
    lines = [
        f"{name} ({'production' if production else 'sandbox'}, {ready['org_id']}) listens at {ready['url']}",
        "  A local org shows how sfmeta works; it is no proof about Salesforce.",
    ]
    if admin["username"]:
        lines += [
            f"  admin        {admin['username']}, password {admin['password']}",
            f"  JWT          client id {admin['client_id']}, key {admin['private_key_file']}",
            f"  Setup        {ready['url']}/setup",
        ]
    else:
        lines.append("  admin        none: the seed names nobody (admin: USERNAME)")
    if ready["ca_file"]:
        lines.append(f"  authority    {ready['ca_file']}")
    return "\n".join([*lines, "  Ctrl-C stops it."])


@verb(app, "status", command="localorg status")
def status(ui: Ui, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """Whether a local org runs, and how it is set.

    Example: sfmeta localorg status --data ./sandbox
    """
    org = find(ready_file, data, ui.environ)
    return _told(org, org.ask("GET", "status"))


@verb(app, "stop", command="localorg stop")
def stop(ui: Ui, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """End a local org. What it holds in its data directory stays.

    Example: sfmeta localorg stop --data ./sandbox
    """
    org = find(ready_file, data, ui.environ)
    org.ask("POST", "stop", {})
    return Answer({"url": org.url, "org_id": org.org_id}, f"Stopping {org.url}")


@verb(setup, "access", command="localorg setup access")
def access(
    ui: Ui,
    internal: Annotated[
        Switch | None, typer.Option("--internal", help="The box for admin-approved (internal) users.")
    ] = None,
    external: Annotated[Switch | None, typer.Option("--external", help="The box for customers and partners.")] = None,
    by: By = None,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Tick or untick the boxes of API Access Control, as a person in Setup would.

    No session ends by it, unless the org assumes so (flip_ends_callers_session); the next use of each is judged.

    Example: sfmeta localorg setup access --internal on --data ./sandbox

    Exit codes: 0 done, 1 the org refused, 2 nothing to tick or no such org is named, 6 it does not answer.
    """
    if internal is None and external is None:
        raise UsageError("Nothing to tick", "Give --internal on|off or --external on|off")
    wanted = {"internal": internal, "external": external}
    org = find(ready_file, data, ui.environ)
    content = {name: switch is Switch.ON for name, switch in wanted.items() if switch is not None}
    return _told(org, org.ask("POST", "access", {**content, "by": org.acting(by)}))


def _told(org: RunningOrg, found: dict[str, Any]) -> Answer:
    boxes = found["access"]
    lines = [
        f"{found['name']} ({'production' if found['production'] else 'sandbox'}, {org.org_id}) runs at {org.url}",
        f"  API Access Control, internal users: {'on' if boxes['internal'] else 'off'}",
        f"  API Access Control, customers and partners: {'on' if boxes['external'] else 'off'}",
        f"  features: {', '.join(found['features']) or 'none'}",
        f"  the org's time: {found['time']}",
    ]
    return Answer({"url": org.url, "pid": org.pid, **found}, "\n".join(lines))


@verb(app, "rules", command="localorg rules")
def rules(
    _: Ui,
    room: Annotated[list[Room] | None, typer.Option("--room", help="Only this part; may be repeated.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How to print it.")] = Form.TEXT,
) -> Answer:
    """Everything the local org claims about Salesforce: operations, objects, rules, texts, with source and grade.

    Grade A is Salesforce's documentation or WSDL, B a maintainer's statement, working code or a text that users pasted
    from real orgs, C a vendor or blog; emulator is the local org's own choice where nothing was found; an assumption
    is an open question about Salesforce that each org answers by a switch of its seed.

    Example: sfmeta localorg rules --room doors --format markdown
    """
    with _extra():
        from sfmeta.localorg.rulebook import as_markdown, as_text, rulebook
    wanted = {one.value for one in room or Room}
    chosen = [entry for entry in rulebook() if entry.room in wanted]
    text = as_markdown(chosen) if form is Form.MARKDOWN else as_text(chosen)
    return Answer({"rules": [asdict(entry) for entry in chosen]}, text)


@verb(app, "seed-schema", command="localorg seed-schema")
def seed_schema(_: Ui) -> Answer:
    """The JSON Schema of a seed file, for editors.

    Example: sfmeta localorg seed-schema > seed.schema.json
    """
    with _extra():
        from sfmeta.localorg.seed.format import seed_json_schema
    schema = seed_json_schema()
    return Answer(schema, json.dumps(schema, indent=2))


@contextmanager
def _extra() -> Iterator[None]:
    """Says what to install where the local org's own libraries are missing, those too that are imported later."""
    for name in _EXTRA:
        if find_spec(name) is None:
            raise _missing(name)
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise _missing(error.name or "") from error


def _missing(name: str) -> UsageError:
    message = f"The local org needs the library {name}, which is not installed"
    return UsageError(message, "Install the extra: pip install 'sfmeta[localorg]'")
