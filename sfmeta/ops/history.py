"""The deployments of an org, newest first, from the ledger."""

from __future__ import annotations

from itertools import islice

from sfmeta.model.deployment import Deployment
from sfmeta.workspace.ledger import Ledger


def history(ledger: Ledger, limit: int) -> tuple[Deployment, ...]:
    """The last deployments in their last stage.

    Args:
        ledger: of the org.
        limit: how many at most.
    """
    return tuple(deployment for _, deployment in islice(ledger.deployments(), limit))
