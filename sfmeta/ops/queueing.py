"""An org that is busy with another change: waited for, with a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sfmeta.errors import OrgRefused
from sfmeta.ops.deployment import DeployPlan, DeployReport
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import Snapshot, take_snapshot
from sfmeta.workspace.ledger import Ledger

BUSY = frozenset({"ALREADY_IN_PROCESS", "ORG_IN_MAINTENANCE", "ORG_LOCKED"})
"""What an org answers that is locked by another change. A call that is refused with one of them was not taken.

Source: Metadata API WSDL, StatusCode; partner WSDL, ExceptionCode. Users meet ALREADY_IN_PROCESS as the end of a job
    ("the administration setup has already been locked by another change"): CumulusCI#218, IlluminatedCloud#330.
"""
_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 60.0

T = TypeVar("T")


def when_free(call: Callable[[], T], tools: Tools) -> T:
    """Make a call again while the org refuses it because it is busy.

    Args:
        call: changes nothing where it is refused.
        tools: the clock, the deadline and progress.

    Raises:
        OrgRefused: the org is still busy at the deadline, or refuses for another reason.
    """
    pauses = _Pauses(tools)
    while True:
        try:
            return call()
        except OrgRefused as error:
            if error.code not in BUSY or not pauses.another(error.message):
                raise


def again_when_free(
    org: Org, plan: DeployPlan, ledger: Ledger | None, tools: Tools, once: Callable[[DeployPlan], DeployReport]
) -> DeployReport:
    """Deploy, and begin again where the job ended with nothing saved because another change had locked the org.

    Only where the deployment is all or nothing, and only while the org holds what it held when the plan was made.

    Args:
        org: the target.
        plan: agreed to.
        ledger: of that org; None for a check-only deployment. Each try is an entry of its own.
        tools: the clock, the deadline and progress.
        once: sends a plan, waits for it and records it.
    """
    pauses = _Pauses(tools)
    while True:
        report = once(plan)
        if not _locked_out(report) or not pauses.another(report.outcome.error if report.outcome else ""):
            return report
        now = take_snapshot(
            org, {*plan.package.components, *plan.package.deletions}, tools, reading=plan.package.entries
        )
        if not _same(now, plan.before):
            tools.progress.step("The org has changed meanwhile: what was agreed to is not sent again")
            return report
        plan = replace(plan, tip=ledger.tip() if ledger is not None else "")


def _locked_out(report: DeployReport) -> bool:
    options, outcome = report.plan.options, report.outcome
    if outcome is None or outcome.success or not (options.rollback_on_error or options.check_only):
        return False
    return outcome.error_code in BUSY


def _same(one: Snapshot, other: Snapshot) -> bool:
    if one.unreadable or one.absent != other.absent:
        return False
    held = ({entry.path: entry.sha256 for entry in snapshot.entries} for snapshot in (one, other))
    first, second = held
    return first == second


class _Pauses:
    """The pauses between tries, up to the deadline."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._began = tools.clock.monotonic()
        self._pause = _PAUSE_S

    def another(self, why: str) -> bool:
        """Wait before another try; False where the deadline would pass."""
        clock = self._tools.clock
        if clock.monotonic() - self._began + self._pause > self._tools.deadline_s:
            return False
        self._tools.progress.step(
            f"The org is busy with another change ({why}); trying again in {self._pause:.0f} seconds"
        )
        clock.sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_S)
        return True
