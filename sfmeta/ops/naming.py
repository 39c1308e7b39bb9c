"""Which deployment is meant by what somebody typed."""

from __future__ import annotations

from collections.abc import Sequence

from sfmeta.errors import UsageError
from sfmeta.model.deployment import Deployment
from sfmeta.model.names import to_18


def positions(entries: Sequence[tuple[str, Deployment]], name: str) -> list[int]:
    """Where the deployments stand that a name fits.

    Args:
        entries: commits of the ledger and what they record.
        name: a deployment's id, the beginning of it, or its job's id (15 or 18 characters).
    """
    return [number for number, (_, entry) in enumerate(entries) if _is(entry, name)]


def position(entries: Sequence[tuple[str, Deployment]], name: str, org: str = "") -> int:
    """Where the deployment stands that is meant.

    Args:
        entries: as for ``positions``.
        name: likewise.
        org: the org's alias, for messages; "" where only one org is spoken of.

    Raises:
        UsageError: none is, or several begin so.
    """
    found = positions(entries, name)
    if len(found) != 1:
        what = (
            f"is the beginning of {len(found)} deployments" if found else f"names no deployment to {org or 'this org'}"
        )
        raise UsageError(f"'{name}' {what}", f"See: sfmeta history -o {org or 'ORG'}")
    return found[0]


def _is(entry: Deployment, name: str) -> bool:
    if name.startswith("0Af"):
        return len(name) in (15, 18) and entry.job_id != "" and to_18(entry.job_id) == to_18(name)
    return bool(name) and entry.id.startswith(name)
