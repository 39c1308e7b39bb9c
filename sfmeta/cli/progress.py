"""Progress on stderr: a live bar on a terminal, one line per state change elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Silent:
    """Says nothing (``--quiet``)."""

    def step(self, text: str) -> None:
        """Ignored."""

    def advance(self, done: int, total: int, text: str = "") -> None:
        """Ignored."""


class Lines:
    """One line per change of state: logs of build servers stay short and readable."""

    def __init__(self) -> None:
        self._last = ""

    def step(self, text: str) -> None:
        """A line."""
        self._last = ""
        typer.echo(text, err=True)

    def advance(self, done: int, total: int, text: str = "") -> None:
        """A line, only where the text changed."""
        if text and text != self._last:
            self._last = text
            typer.echo(f"  {text}", err=True)


class Bar:
    """A live bar. It appears only when something takes long enough to be worth one."""

    def __init__(self, *, color: bool) -> None:
        self._color = color
        self._rich: RichProgress | None = None
        self._task: TaskID | None = None

    def step(self, text: str) -> None:
        """Begin a new bar."""
        self.close()
        typer.echo(text, err=True)

    def advance(self, done: int, total: int, text: str = "") -> None:
        """Move the bar."""
        if self._rich is None:
            # imported here: rich costs 60 ms, and most runs end before a bar would show
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as RichProgress

            console = Console(stderr=True, no_color=not self._color)
            columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._rich = RichProgress(*columns, console=console, transient=True)
            self._task = self._rich.add_task(text, total=None)
            self._rich.start()
        if self._task is not None:
            self._rich.update(self._task, completed=done, total=total or None, description=text)

    def close(self) -> None:
        """Take the bar away."""
        if self._rich is not None:
            self._rich.stop()
            self._rich = self._task = None
