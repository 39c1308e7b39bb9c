"""``sfmeta localorg apex-tests``: how the Apex tests of deployments go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from sfmeta.cli.localorg_client import find
from sfmeta.cli.localorg_options import DataDir, ReadyFile
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError

_MESSAGE = "The local org was told to let this test fail"


def add_to(app: typer.Typer) -> None:
    """Puts the command into the group ``localorg``."""
    verb(app, "apex-tests", command="localorg apex-tests")(apex_tests)


def apex_tests(
    ui: Ui,
    fail: Annotated[
        list[str],
        typer.Option("--fail", metavar="TEST[=MESSAGE]", help="A Class, or one Class.method, fails; may be repeated."),
    ] = [],
    coverage: Annotated[
        list[str],
        typer.Option("--coverage", metavar="CLASS=PERCENT", help="So much of it is covered; may be repeated."),
    ] = [],
    clear: Annotated[bool, typer.Option("--clear", help="First forget all that was told: every test passes.")] = False,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Show or set how Apex tests go. A local org runs no Apex: all pass and cover everything, unless told otherwise.

    What is given adds to what was told before. With a data directory it stays over restarts.

    Example: sfmeta localorg apex-tests --fail "BillingTest.sums=Expected: 1, Actual: 0" --coverage Billing=50

    Exit codes: 0 done, 2 no such org is named or an option is wrong, 6 it does not answer.
    """
    failures = dict(_failure(text) for text in fail)
    percents = dict(_percent(text) for text in coverage)
    org = find(ready_file, data, ui.environ)
    if not (failures or percents or clear):
        return _told(org.ask("GET", "apex-tests"))
    name = "apex-tests" if clear else "apex-tests/add"
    return _told(org.ask("POST", name, {"failures": failures, "coverage": percents}))


def _failure(text: str) -> tuple[str, str]:
    name, _, message = text.partition("=")
    return name.strip(), message.strip() or _MESSAGE


def _percent(text: str) -> tuple[str, float]:
    name, _, amount = text.partition("=")
    try:
        return name.strip(), float(amount.strip().removesuffix("%"))
    except ValueError as error:
        raise UsageError(f"'{text}' says no coverage", "Write Class=50, in percent") from error


def _told(found: Mapping[str, Any]) -> Answer:
    failures, coverage = found["failures"], found["coverage"]
    lines = [f"{name} fails: {message}" for name, message in sorted(failures.items())]
    lines += [f"{name} is covered to {percent:g}%" for name, percent in sorted(coverage.items())]
    rest = "All other tests pass" if failures else "All tests pass"
    lines.append(f"{rest}; {'all else is' if coverage else 'everything is'} covered")
    return Answer(found, "\n".join(lines))
