"""Taking a flip back: by any session that still works; recorded where that is possible, else without a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sfmeta.errors import LoginRefused, OperationFailed, OrgRefused, OrgUnreachable, SfmetaError, StillRunning
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.outcome import JobStatus
from sfmeta.ops.deploy import execute
from sfmeta.ops.deployment import DeployReport, Provenance
from sfmeta.ops.enforce.boxes import named, plan_to_turn, read_boxes
from sfmeta.ops.ports import Org, Progress, Tools
from sfmeta.ops.reopening import finish_recorded
from sfmeta.ops.settle import settle
from sfmeta.org.soql import quoted
from sfmeta.workspace.ledger import Ledger

_LOOK_EVERY_S = 3.0
_FINAL = frozenset(status for status in JobStatus if status.is_final)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to reach the org.

    Attributes:
        title: for people: "the session that was kept open".
        open: gives the org; may log in.
    """

    title: str
    open: Callable[[], Org]


@dataclass(frozen=True, slots=True)
class Unticked:
    """What came of unticking.

    Attributes:
        boxes: those that were unticked now; empty where none was ticked.
        by: by which way.
        record: the ledger entry; None where nothing was sent, or it could not be recorded.
        troubles: what went wrong on the way.
    """

    boxes: tuple[str, ...] = ()
    by: str = ""
    record: Deployment | None = None
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unheard:
    """Progress on a terminal that may be gone: what cannot be told stops nothing, least of all the way back.

    Attributes:
        progress: where it is told.
    """

    progress: Progress

    def step(self, text: str) -> None:
        """See ``Progress``."""
        with suppress(OSError):
            self.progress.step(text)

    def advance(self, done: int, total: int, text: str = "") -> None:
        """See ``Progress``."""
        with suppress(OSError):
            self.progress.advance(done, total, text)


def untick(
    ways: Sequence[Way], boxes: Sequence[str], ledger: Ledger | None, tools: Tools, author: str = ""
) -> Unticked:
    """Untick boxes.

    A ledger that stands in the way (git fails, an entry is open) does not stop it: access comes before history.

    Args:
        ways: tried in this order.
        boxes: the fields.
        ledger: of the org; None where there is none.
        tools: the clock, progress and scratch space.
        author: who runs it, for the ledger.

    Raises:
        OperationFailed: no way led to unticked boxes; all that was tried is named.
    """
    troubles: list[str] = []
    tools = replace(tools, progress=Unheard(tools.progress))
    for way in ways:
        try:
            org = way.open()
        except SfmetaError as error:
            troubles.append(f"{way.title}: {error.message}")
            continue
        for kept in (ledger, None) if ledger is not None else (None,):
            try:
                return _untick(org, way.title, boxes, kept, tools, author, troubles)
            except (LoginRefused, OrgUnreachable) as error:
                troubles.append(f"{way.title}: {error.message}")
                break  # this way is shut, with or without a ledger
            except (SfmetaError, OSError) as error:
                said = error.message if isinstance(error, SfmetaError) else str(error)
                troubles.append(f"{way.title}{'' if kept else ', without recording it'}: {said}")
    raise OperationFailed(f"{named(tuple(boxes))} could not be unticked: {'; '.join(troubles)}", code="NotReverted")


def _untick(
    org: Org,
    title: str,
    boxes: Sequence[str],
    ledger: Ledger | None,
    tools: Tools,
    author: str,
    troubles: Iterable[str],
) -> Unticked:
    if ledger is not None:
        bring_to_end(org, ledger, tools)
    ticked = _ticked(org, boxes, tools)
    if not ticked and ledger is None:
        _until_quiet(org, tools)
        ticked = _ticked(org, boxes, tools)
    if not ticked:
        return Unticked(by=title, troubles=tuple(troubles))
    off: Mapping[str, bool] = dict.fromkeys(ticked, False)
    tools.progress.step(f"Unticking the box for {named(ticked)}")
    # whatever the history lacks, this must not wait for it
    plan = plan_to_turn(org, off, ledger, tools, Provenance(author=author), begin_history=True)
    report = execute(org, plan, ledger, tools)
    if not report.success:
        raise OrgRefused(f"the org did not untick them: {words_of(report)}")
    return Unticked(ticked, title, report.record, tuple(troubles))


def bring_to_end(org: Org, ledger: Ledger, tools: Tools) -> None:
    """Close every entry of the ledger that a killed process left open.

    Raises:
        SfmetaError: one of them cannot be closed now.
    """
    settle(org, ledger, tools)
    for commit, entry in tuple(ledger.deployments()):
        if entry.stage is Stage.SENT:
            finish_recorded(org, ledger, commit, entry, tools)


def _ticked(org: Org, boxes: Sequence[str], tools: Tools) -> tuple[str, ...]:
    return tuple(name for name in read_boxes(org, tools).ticked if name in boxes)


def _until_quiet(org: Org, tools: Tools) -> None:
    """Wait for deployments of ours that nothing here knows of: one of them may be the flip, and tick the box yet.

    Source: Tooling API, DeployRequest. An org that does not let us ask is not waited for.

    Raises:
        StillRunning: one goes on past the deadline.
    """
    soql = f"SELECT Id, Status FROM DeployRequest WHERE CreatedById = {quoted(org.info.user_id)}"  # noqa: S608 (quoted)
    soql += " ORDER BY CreatedDate DESC LIMIT 200"
    until = tools.clock.monotonic() + tools.deadline_s
    try:
        # what is not final: how the state before the end is spelled differs (Finalizing or FinalizingDeploy)
        while any(row.get("Status") not in _FINAL for page in org.pages(soql, tooling=True) for row in page):
            if tools.clock.monotonic() >= until:
                raise StillRunning("a deployment of ours still runs, and may tick the box yet", "Look again later")
            tools.clock.sleep(_LOOK_EVERY_S)
    except OrgRefused:
        return


def words_of(report: DeployReport) -> str:
    """Why a deployment of the boxes is no success, in the org's words where it said any."""
    if report.outcome is None or report.outcome.success:
        return "it does not hold what was sent"
    said = next((message.problem for message in report.outcome.failures if message.problem), "")
    return report.outcome.error or said or str(report.outcome.status)
