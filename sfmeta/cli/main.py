"""``sfmeta``: the entry point."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sfmeta import __version__

_HELP = """Roll out Salesforce API Access Control safely, from a policy in git.

Example: sfmeta demo

Every command takes --json, --quiet and --verbose, and has --help with an example. Exit codes: 0 done, 1 the org
refused or the operation failed, 2 usage or files are wrong, 3 differences found, 4 a guard refused, 5 still
running, 6 the org could not be reached, 130 interrupted.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: without the program's name; the process's own where None.

    Returns:
        The exit code (README, "Exit codes").
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in (["--version"], ["-V"]):
        # answered before typer is imported: scripts ask for the version often, and it costs 80 ms
        sys.stdout.write(f"sfmeta {__version__}\n")
        return 0
    return _run(arguments)


def _run(arguments: list[str]) -> int:
    from difflib import get_close_matches

    import typer

    from sfmeta.cli.lazy import LazyGroup
    from sfmeta.cli.table import COMMANDS
    from sfmeta.cli.ui import Ui
    from sfmeta.errors import Interrupted, UsageError

    class Commands(LazyGroup):
        entries = COMMANDS

    app = typer.Typer(
        cls=Commands,
        help=_HELP,
        no_args_is_help=True,
        # typer reads even options that nobody gave through pydantic, 60 ms: these two only where they can stand
        add_completion=not arguments or arguments[0].startswith("-"),
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def root(
        version: bool = typer.Option(False, "--version", "-V", help="Print the version and exit."),
    ) -> None:
        if version:
            typer.echo(f"sfmeta {__version__}")
            raise typer.Exit

    try:
        return int(app(args=arguments, prog_name="sfmeta", standalone_mode=False) or 0)
    except typer.TyperException as error:
        message = error.format_message()
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(message)
            return 0
        words = [word for word in arguments if not word.startswith("-")]
        # the command that did not understand, by its own name: the one whose help says more
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "sfmeta"
        command = path.partition(" ")[2]
        near = get_close_matches(words[0], COMMANDS, 1) if words and words[0] not in COMMANDS else []
        hint = f"Did you mean {near[0]}" if near else f"See: {path} --help"
        return Ui(command, {}, as_json="--json" in arguments).show_error(UsageError(message.rstrip(".?"), hint))
    except (KeyboardInterrupt, typer.Abort):
        return Ui("", {}, as_json="--json" in arguments).show_error(Interrupted("Interrupted"))


def entry() -> None:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
