"""``sfmeta drift --watch``: a look every so many minutes, and a line for every change of state."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import typer

from sfmeta.cli.clock import SystemClock
from sfmeta.cli.desk import Desk
from sfmeta.cli.progress import Silent
from sfmeta.cli.signals import stoppable
from sfmeta.errors import Interrupted, LoginRefused, SessionExpired
from sfmeta.model.drift import Drift
from sfmeta.ops.drift import measure
from sfmeta.ops.drift_watch import Sight, watch
from sfmeta.report.drift import drift_json, drift_line
from sfmeta.workspace.files import scratch

if TYPE_CHECKING:
    from sfmeta.ops.ports import Clock
    from sfmeta.org.client import OrgClient


@dataclass
class Post:
    """Where the watch is kept.

    Attributes:
        desk: the run's workplace.
        alias: of the org.
        since: the deployment to measure from, "" for the last ones.
        wait: minutes for a retrieve.
        write: writes what was found into files, where some were asked for.
        clock: waits between two looks.
    """

    desk: Desk
    alias: str
    since: str
    wait: int
    write: Callable[[Drift], None]
    clock: Clock = field(default_factory=SystemClock)
    _org: OrgClient | None = None

    def keep(self, minutes: int) -> int:
        """Watch until SIGTERM or Ctrl-C; the exit code of the last look."""
        code = Interrupted.exit_code
        with stoppable():
            try:
                for sight in watch(self._look, minutes * 60.0, self.clock):
                    # a look that found the same state has the same code
                    code = sight.exit_code
                    self._say(sight)
                    if sight.drift is not None:
                        self.write(sight.drift)
            except KeyboardInterrupt:
                return code
        return code

    def _look(self) -> Drift:
        if self._org is None:
            self._org = self.desk.connect(self.alias)
        org = self._org
        try:
            with scratch() as new:
                # what one look retrieves is gone before the next
                tools = replace(self.desk.tools(self.wait), progress=Silent(), scratch=new)
                return measure(org, self.desk.records.ledger(org.info), tools, self.since).drift
        except (LoginRefused, SessionExpired):
            # the way in may have been repaired by the next look
            self._org = None
            raise

    def _say(self, sight: Sight) -> None:
        ui = self.desk.ui
        if ui.as_json:
            typer.echo(json.dumps(_document(sight), ensure_ascii=False))
        elif not ui.quiet:
            said = (
                drift_line(sight.drift)
                if sight.drift
                else f"not looked at: {sight.error.message if sight.error else ''}"
            )
            typer.echo(f"{sight.at}  {said}")


def _document(sight: Sight) -> dict[str, object]:
    error = sight.error
    return {
        "command": "drift",
        "at": sight.at,
        "status": sight.exit_code,
        "result": None if sight.drift is None else drift_json(sight.drift),
        "error": None if error is None else {"code": error.code, "message": error.sentences},
    }
