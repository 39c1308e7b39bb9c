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
            self.add_command(typer.main.get_command(app), args[0])
        return super().resolve_command(ctx, args)
