"""An environment that held a package before anybody deployed it with sfmeta: set up by hand, or by another tool."""

from __future__ import annotations

from dataclasses import replace

from sfmeta.model.deployment import ACCEPTED, Deployment, Stage, stamp
from sfmeta.ops.deployment import DeployPlan
from sfmeta.ops.ports import Tools
from sfmeta.ops.sending import record_of
from sfmeta.workspace.ledger import Ledger


def witness(plan: DeployPlan, ledger: Ledger | None, tools: Tools) -> Deployment | None:
    """Record that an org was read and holds a package, so that it can be promoted from there.

    A deployment that changes nothing leaves no trace otherwise; only the first one of an environment does.

    Args:
        plan: one that changes nothing.
        ledger: of the org; None for a check-only deployment.
        tools: the clock.

    Returns:
        The entry; None where none was written.
    """
    if ledger is None or plan.before.unreadable or not plan.provenance.derivation.environment:
        return None
    if any(entry.was_taken for _, entry in ledger.deployments()):
        return None
    record = record_of(plan, tools)
    held = plan.before.entries
    commit = ledger.prepare(
        record, held, plan.package.entries, tip=plan.tip, base=plan.provenance.base, records=plan.grants
    )
    now = stamp(tools.clock.now())
    record = replace(record, stage=Stage.FINISHED, finished_at=now, status=ACCEPTED, success=True)
    ledger.advance(record, commit, held, records=plan.grants)
    return record
