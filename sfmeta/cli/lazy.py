"""A command group that imports a command's module only when that command is run.

``sfmeta --help`` lists thirty commands; importing what they stand on (zeep, git, lxml) would make it, and every
other command, several times slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from sfmeta.cli.plain_values import read_plainly

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives.

    Attributes:
        module: dotted name of the module whose ``app`` holds it.
        help: the line shown in the list of commands.
        panel: the heading it is listed under.
    """

    module: str
    help: str
    panel: str


class LazyGroup(TyperGroup):
    """Lists its commands from a table; loads one when it is called."""

    entries: ClassVar[Mapping[str, Entry]] = {}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As typer does it, its own options read plainly."""
        read_plainly(self, ctx)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command if it is loaded already, else a stand-in that can be listed but not run."""
        loaded = self.commands.get(cmd_name)
        entry = self.entries.get(cmd_name)
        if loaded is not None or entry is None:
            return loaded
        return TyperCommand(name=cmd_name, help=entry.help, rich_help_panel=entry.panel, callback=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Loads the command that is about to run."""
        entry = self.entries.get(args[0]) if args else None
        if entry is not None and args[0] not in self.commands:
            app: typer.Typer = import_module(entry.module).app
            command = typer.main.get_command(app)
            read_plainly(command, ctx)
            self.add_command(command, args[0])
        return super().resolve_command(ctx, args)
