"""The edge of every command: common options in, one answer out, one place that turns errors into exit codes."""

from __future__ import annotations

import functools
import inspect
import os
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from sfmeta.cli.ui import Answer, Ui
from sfmeta.errors import Interrupted, OperationFailed, SfmetaError

_JSON = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else there.")]
_QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no text; errors still show.")]
_VERBOSE = Annotated[bool, typer.Option("--verbose", help="Say more about what is being done.")]


class _Command(TyperCommand):
    """Its help names an argument in words, without its Python type: ``PATH``, not ``PATH <list[Path]>``.

    What is wrong in its arguments is known as its own error, also where the parser does not say so.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if getattr(error, "ctx", None) is None:
                setattr(error, "ctx", ctx)  # noqa: B010 (only errors of usage declare it)
            raise

    def get_params(self, ctx: Any) -> list[Any]:
        params = super().get_params(ctx)
        for param in params:
            # where another version of typer has no such method, it is never asked
            if param.param_type_name == "argument" and param.metavar:
                setattr(param, "display_type_rich", _no_type)  # noqa: B010 (its types do not declare it)
        return params


def _no_type(ctx: Any) -> None:  # noqa: ARG001 (typer decides the parameters)
    return None


def verb(app: typer.Typer, name: str, *, command: str = "") -> Callable[[Callable[..., Answer]], Callable[..., None]]:
    """Register a command on ``app`` under ``name``.

    The function takes a ``Ui`` first and its own options after it, and returns an ``Answer``. ``--json``,
    ``--quiet`` and ``--verbose`` are added here; so is the only ``except`` at the edge.

    Args:
        app: the module's typer app.
        name: the command's last word; "" where the app is that one command.
        command: the whole command as typed, for messages and the JSON document; ``name`` where it is one word.
    """

    def register(function: Callable[..., Answer]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(*args: Any, as_json: bool, quiet: bool, verbose: bool, **options: Any) -> None:
            ui = Ui(command or name, os.environ, as_json, quiet, verbose)
            raise typer.Exit(_outcome(ui, lambda: function(ui, *args, **options)))

        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]
        common = [
            inspect.Parameter(word, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
            for word, annotation in (("as_json", _JSON), ("quiet", _QUIET), ("verbose", _VERBOSE))
        ]
        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        # typer reads the signature and the annotations, not the code
        setattr(run, "__signature__", inspect.Signature([*parameters, *common], return_annotation=None))  # noqa: B010 (likewise)
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*parameters, *common)}
        app.command(name or None, cls=_Command)(run)
        return run

    return register


def _outcome(ui: Ui, run: Callable[[], Answer]) -> int:
    try:
        return ui.show(run())
    except SfmetaError as error:
        return ui.show_error(error)
    except KeyboardInterrupt:
        return ui.show_error(Interrupted("Interrupted"))
    except PermissionError as error:
        return ui.show_error(
            OperationFailed(f"No permission for {error.filename}", "Check who may read and write there")
        )
    except OSError as error:
        if error.filename is None:
            return ui.show_error(OperationFailed(f"The machine refused: {error.strerror or type(error).__name__}"))
        return ui.show_error(OperationFailed(f"{error.strerror}: {error.filename}"))
    except (typer.Exit, typer.Abort, typer.TyperException):
        raise
    except Exception as error:  # a mistake of ours: one line, and no value that could hold a secret
        if ui.verbose:
            raise
        return ui.show_error(_bug(error))


def _bug(error: Exception) -> OperationFailed:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
    hint = "This is a mistake in sfmeta; run again with --verbose and report it"
    return OperationFailed(f"Unexpected {type(error).__name__} at {place}", hint)
