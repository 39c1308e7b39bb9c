"""``sfmeta enforce watch``: what it does, in order."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sfmeta import __version__
from sfmeta.cli.desk import no_collector
from sfmeta.cli.inventories import AUDIT_DAYS, AUDIT_WAIT_MINUTES
from sfmeta.cli.outputs import Output, check_outputs
from sfmeta.cli.progress import Silent
from sfmeta.cli.signals import stoppable
from sfmeta.cli.ui import Answer
from sfmeta.errors import LoginRefused, OrgUnreachable, SessionExpired, UsageError
from sfmeta.ops.enforce.watch import Began, began, keep_watch, look
from sfmeta.report.watch import headline, watch_json, watch_text
from sfmeta.workspace.files import scratch, write_atomic

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.cli.desk import Desk
    from sfmeta.model.policy import Policy
    from sfmeta.model.watch import Watch
    from sfmeta.org.client import OrgClient


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """The options of one run; see ``sfmeta enforce watch --help``."""

    target_org: str
    days: int
    since: str
    once: bool
    every_minutes: int
    html: Path | None


def run_watch(desk: Desk, request: WatchRequest) -> Answer:
    """Look, once or until everybody was seen or the time is over.

    Raises:
        UsageError: nothing says from when on, or a file must not be written.
        SourceError: the policy is wrong.
    """
    from sfmeta.ops.forecast import resolved

    ui = desk.ui
    if request.html:
        check_outputs(desk, [Output("--html", request.html, "watch-html")])
    policy = resolved(desk.policy(None), ui.environ)
    post = _Post(desk, request, policy)
    start = post.start
    until = start.at + timedelta(days=request.days)
    found = post.look(start, until) if request.once else _keep(post, start, until)
    document = watch_json(found) if ui.as_json else {}
    text = "" if ui.as_json else watch_text(found, ui.style, shutil.get_terminal_size().columns)
    if request.html:
        document = {**document, "files": {"html": str(request.html)}}
        text += f"\n\nWritten to {request.html}."
    return Answer(document, text, 0 if found.is_clean else 3)


def _keep(post: _Post, start: Began, until: datetime) -> Watch:
    """Until it is over, or somebody stops it: the last look counts."""
    found: Watch | None = None
    error = None
    ui, clock = post.desk.ui, post.desk.tools(0).clock
    with stoppable(), suppress(KeyboardInterrupt):
        every_s = post.request.every_minutes * 60.0
        for sight in keep_watch(lambda: post.look(start, until), until, every_s, clock):
            error = sight.error
            if sight.watch is not None:
                found = sight.watch
                ui.progress.step(f"{found.at:%Y-%m-%d %H:%M} UTC: {headline(found)}")
            elif sight.error is not None:
                ui.progress.step(f"Not looked at: {sight.error.message}")
    if found is None:
        raise error or OrgUnreachable("The org was not looked at once")
    return found


class _Post:
    """Where the watch is kept."""

    def __init__(self, desk: Desk, request: WatchRequest, policy: Policy) -> None:
        self.desk = desk
        self.request = request
        self._policy = policy
        self._org: OrgClient | None = None

    @property
    def start(self) -> Began:
        """The change after which is watched."""
        if self.request.since:
            return Began(_moment(self.request.since), "as --since says")
        return began(self.desk.records.ledger(self._connected().info))

    def look(self, start: Began, until: datetime) -> Watch:
        org = self._connected()
        try:
            with scratch() as new, no_collector():
                # what one look retrieves is gone before the next
                tools = replace(self.desk.tools(AUDIT_WAIT_MINUTES), scratch=new)
                tools = tools if self.request.once else replace(tools, progress=Silent())
                policy = self.desk.values.named_here(self._policy, org.info.id)
                found = look(org, policy, start, until, AUDIT_DAYS, tools)
        except (LoginRefused, SessionExpired):
            # the way in may have been repaired by the next look
            self._org = None
            raise
        if self.request.html:
            from sfmeta.report.html import watch_page

            # who uses what is nobody else's business
            write_atomic(self.request.html, watch_page(found, __version__).encode(), mode=0o600)
        return found

    def _connected(self) -> OrgClient:
        if self._org is None:
            self._org = self.desk.connect(self.request.target_org)
        return self._org


def _moment(text: str) -> datetime:
    """The moment of ``--since``: a day begins at midnight, UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {text} is no date", "Write 2027-01-31, or 2027-01-31T18:00+01:00") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
