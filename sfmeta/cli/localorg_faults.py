"""``sfmeta localorg faults``: what goes wrong between a client and a running local org, on demand."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from sfmeta.cli.localorg_client import find
from sfmeta.cli.localorg_options import DataDir, ReadyFile
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError

faults = typer.Typer(
    help="What goes wrong between a client and the org, on demand. Nothing of it outlives the org's process.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


class Kind(StrEnum):
    """What goes wrong."""

    DROP_BEFORE = "drop-before"
    DROP_AFTER = "drop-after"
    CUT = "cut"
    DELAY = "delay"
    BAD_GATEWAY = "bad-gateway"
    UNAVAILABLE = "unavailable"
    REQUEST_LIMIT = "request-limit"
    CONCURRENT_LIMIT = "concurrent-limit"
    EXPIRE_SESSION = "expire-session"
    ORG_LOCKED = "org-locked"
    ORG_IN_MAINTENANCE = "org-in-maintenance"
    SETUP_LOCKED = "setup-locked"
    TRUNCATED_ZIP = "truncated-zip"


def add_to(app: typer.Typer) -> None:
    """Puts these commands into the group ``localorg``."""
    app.add_typer(faults, name="faults")


@verb(faults, "list", command="localorg faults list")
def listed(ui: Ui, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """The faults that are set, how many requests each matched and how many it hit.

    Example: sfmeta localorg faults list --data ./sandbox

    Exit codes: 0 done, 2 no such org is named, 6 it does not answer.
    """
    return _told(find(ready_file, data, ui.environ).ask("GET", "faults"))


@verb(faults, "add", command="localorg faults add")
def add(
    ui: Ui,
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help=f"One of: {', '.join(Kind)}.")],
    method: Annotated[str | None, typer.Option("--method", help="Only requests with this HTTP method.")] = None,
    path: Annotated[
        str | None, typer.Option("--path", metavar="PATTERN", help="Only paths like this; * stands for anything.")
    ] = None,
    operation: Annotated[
        str | None, typer.Option("--operation", metavar="NAME", help="Only this SOAP operation: checkDeployStatus.")
    ] = None,
    nth: Annotated[int | None, typer.Option("--nth", min=1, help="Only the nth request that matches.")] = None,
    after: Annotated[int | None, typer.Option("--after", min=0, help="So many pass unharmed first.")] = None,
    every: Annotated[int | None, typer.Option("--every", min=1, help="Then each so-manieth.")] = None,
    times: Annotated[int | None, typer.Option("--times", min=0, help="At most so often; 0 without end.")] = None,
    probability: Annotated[float | None, typer.Option("--probability", min=0, max=1, help="How likely.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Makes the chance repeatable: the same seed hits the same requests.")
    ] = None,
    delay: Annotated[
        float | None, typer.Option("--delay", metavar="SECONDS", min=0, help="Of delay: how long requests wait.")
    ] = None,
    share: Annotated[
        float | None, typer.Option("--share", min=0, max=1, help="Of cut and truncated-zip: how much arrives.")
    ] = None,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Let something go wrong from now on: for all requests, or those that the options choose.

    drop-before and drop-after end the connection before or after the request was taken (after: the work is done, the
    answer is lost); cut ends it in the middle of the answer; expire-session ends the request's session for good;
    setup-locked lets a deployment's job end with ALREADY_IN_PROCESS and nothing saved;
    truncated-zip lets the zip of a retrieve arrive without its end. The back door is never hit.

    Example: sfmeta localorg faults add drop-after --operation deploy --nth 1 --data ./sandbox

    Exit codes: 0 done, 2 no such org is named or an option is wrong, 6 it does not answer.
    """
    given = {
        "method": method,
        "path": path,
        "operation": operation,
        "nth": nth,
        "after": after,
        "every": every,
        "times": times,
        "probability": probability,
        "seed": seed,
        "delay_s": delay,
        "share": share,
    }
    content = {"kind": kind.value, **{name: value for name, value in given.items() if value is not None}}
    found = find(ready_file, data, ui.environ).ask("POST", "faults/add", content)
    return _told(found, f"Added {found['id']}")


@verb(faults, "clear", command="localorg faults clear")
def clear(
    ui: Ui,
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only this one, as `faults list` shows it.")
    ] = None,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Take away all faults, slow jobs and the limit of API requests, or one fault.

    Example: sfmeta localorg faults clear --data ./sandbox

    Exit codes: 0 done, 1 there is no such fault, 2 no such org is named, 6 it does not answer.
    """
    org = find(ready_file, data, ui.environ)
    found = org.ask("POST", "faults/remove", {"id": name}) if name else org.ask("POST", "faults/clear", {})
    return _told(found, f"Took away {name}" if name else "Took away all faults")


@verb(faults, "jobs", command="localorg faults jobs")
def jobs(
    ui: Ui,
    mode: Annotated[str, typer.Argument(metavar="MODE", help="immediate, polls:N or seconds:N.")],
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Make deployments and retrieves take their time: so many polls, or so many seconds of the org's clock.

    Unlike the others this outlives a restart of an org with a data directory.

    Example: sfmeta localorg faults jobs polls:3 --data ./sandbox

    Exit codes: 0 done, 2 no such org is named or MODE is none, 6 it does not answer.
    """
    return _told(find(ready_file, data, ui.environ).ask("POST", "faults/jobs", {"mode": mode}))


@verb(faults, "api-limit", command="localorg faults api-limit")
def api_limit(
    ui: Ui,
    remaining: Annotated[str, typer.Argument(metavar="N|off", help="So many requests are left, or off.")],
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Let the org run out of API requests: after N more it answers REQUEST_LIMIT_EXCEEDED, until a day has passed.

    Unlike the others this outlives a restart of an org with a data directory.

    Example: sfmeta localorg faults api-limit 10 --data ./sandbox

    Exit codes: 0 done, 2 no such org is named or N is no number, 6 it does not answer.
    """
    if remaining != "off" and not remaining.isdecimal():
        raise UsageError(f"'{remaining}' is no number of requests", "Give a whole number, or off")
    left = None if remaining == "off" else int(remaining)
    return _told(find(ready_file, data, ui.environ).ask("POST", "faults/api-limit", {"remaining": left}))


def _told(found: Mapping[str, Any], done: str = "") -> Answer:
    lines = [done] if done else []
    lines += [_line(fault) for fault in found["faults"]] or (["No faults"] if not done else [])
    requests = found["api_requests"]
    if found["jobs"] != "immediate":
        lines.append(f"Deployments and retrieves take {found['jobs']}")
    if requests["limit"] is not None:
        lines.append(f"API requests: {requests['used']} of {requests['limit']} used")
    return Answer(found, "\n".join(lines))


def _line(fault: Mapping[str, Any]) -> str:
    counted = ("id", "kind", "matched", "hits")
    values = " ".join(f"{name}={value}" for name, value in fault.items() if name not in counted)
    return f"{fault['id']}  {fault['kind']}  {values or 'all requests'}  hit {fault['hits']} of {fault['matched']}"
