"""Deployments that a run left open: what the org holds now is recorded as what came of them."""

from __future__ import annotations

from dataclasses import replace

from sfmeta.errors import GuardRefused
from sfmeta.model.deployment import UNKNOWN, Deployment, Stage, seconds_of, stamp
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.workspace.ledger import Ledger

GRACE_S = 300.0
"""How long a prepared deployment may be under way before it counts as one without an answer."""


def settle(org: Org, ledger: Ledger, tools: Tools) -> Deployment | None:
    """Close the last deployment where it was prepared and nobody knows whether the org took it.

    A run can end between the two: killed, or without an answer. From then on it counts as a deployment that may have
    happened: a rollback undoes it, and the state before it is kept.

    Args:
        org: where it went.
        ledger: of that org.
        tools: the clock, progress and scratch space.

    Returns:
        The deployment that was closed; None where nothing was open.

    Raises:
        GuardRefused: it was prepared a moment ago, so that another run may be sending it now.
    """
    last = next(ledger.deployments(), None)
    if last is None or last[1].stage is not Stage.PREPARED:
        return None
    age_s = tools.clock.now() - seconds_of(last[1].started_at)
    if age_s < GRACE_S:
        raise GuardRefused(
            f"Deployment {last[1].id} was prepared {max(age_s, 0):.0f} seconds ago, and no answer is recorded: "
            "it may be under way",
            f"Look at Setup > Deployment Status; run this again in {(GRACE_S - age_s) / 60:.0f} minutes",
            code="deployment-unfinished",
        )
    return close_as_unknown(org, ledger, *last, tools)


def close_as_unknown(org: Org, ledger: Ledger, commit: str, record: Deployment, tools: Tools) -> Deployment:
    """Record what the org holds now as what came of a deployment."""
    touched = {*record.components, *record.deletions}
    after = take_snapshot(org, touched, tools, reading=ledger.package(commit))
    finished = stamp(tools.clock.now())
    closed = replace(record, stage=Stage.FINISHED, finished_at=finished, status=UNKNOWN, success=False)
    ledger.advance(closed, commit, after.entries)
    return closed
