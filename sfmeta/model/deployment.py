"""One run of metadata against one org, as the ledger keeps it."""

from __future__ import annotations

import calendar
import time
from dataclasses import dataclass
from enum import StrEnum

from sfmeta.model.names import ComponentId, JobId, OrgId

NOT_SENT = "NotSent"
"""Status of a deployment that the org never took."""
UNKNOWN = "Unknown"
"""Status of a deployment of which nobody knows whether the org took it."""


_TIME = "%Y-%m-%dT%H:%M:%SZ"


def stamp(seconds: float) -> str:
    """A time as the ledger writes it, UTC.

    Args:
        seconds: since the epoch.
    """
    return time.strftime(_TIME, time.gmtime(seconds))


def seconds_of(text: str) -> int:
    """The other way round: seconds since the epoch."""
    return calendar.timegm(time.strptime(text, _TIME))


class Stage(StrEnum):
    """How far a deployment came. Each stage is a commit of its own, so that a killed run leaves a trace."""

    PREPARED = "prepared"
    """The package and what the org held before are recorded; nothing was sent."""
    SENT = "sent"
    """The org took the package under a job id; its outcome is not recorded."""
    FINISHED = "finished"
    """The org answered, and what it holds now is recorded."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment.

    Attributes:
        id: unique and sorting by time, e.g. ``20261123T150405Z-1a2b3c``.
        org_id: where.
        stage: how far it came.
        kind: ``deploy`` or ``rollback``.
        started_at: UTC, ISO 8601, by this machine's clock.
        finished_at: likewise, "" until finished.
        username: who we were in the org.
        author: who ran it here (git identity), "" where git has none.
        source_revision: the commit that was deployed; "" in a repository without one.
        source_dirty: the files that were deployed differ from that commit.
        package_digest: the package's identity (``Package.digest``).
        api_version: of the manifest, ``63.0``.
        components: what the package holds.
        deletions: what it deletes.
        absent_before: those of them that the org did not have.
        job_id: "" until sent.
        status: the org's word (``Succeeded``), "" until finished.
        success: the org agreed and the read-back found what was sent.
        differences: what the read-back found to differ, one line each; never values of secrets.
    """

    id: str
    org_id: OrgId
    stage: Stage
    kind: str
    started_at: str
    finished_at: str
    username: str
    author: str
    source_revision: str
    source_dirty: bool
    package_digest: str
    api_version: str
    components: tuple[ComponentId, ...]
    deletions: tuple[ComponentId, ...]
    absent_before: tuple[ComponentId, ...]
    job_id: JobId
    status: str
    success: bool
    differences: tuple[str, ...] = ()
