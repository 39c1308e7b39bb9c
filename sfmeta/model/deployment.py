"""One run of metadata against one org, as the ledger keeps it."""

from __future__ import annotations

import calendar
import time
from dataclasses import dataclass
from enum import StrEnum

from sfmeta.model.names import ComponentId, JobId, OrgId, to_18

NOT_SENT = "NotSent"
"""Status of a deployment that the org never took."""
UNKNOWN = "Unknown"
"""Status of a deployment of which nobody knows whether the org took it."""


ACCEPTED = "Accepted"
"""Status of an entry that takes over what somebody changed in the org."""
_TAKEN = frozenset({"Succeeded", "SucceededPartial", UNKNOWN, ACCEPTED})

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


NO_JOB = JobId("")
"""Of what has no job."""


class Purpose(StrEnum):
    """Why something was deployed."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    PROMOTE = "promote"
    APPLY = "apply"
    """A step of a plan."""
    GRANT = "grant"
    """No package: only who holds a generated permission set was written."""
    ENFORCE = "enforce"
    """The boxes of API Access Control were ticked or unticked: never part of another deployment, nor undone by one."""
    ACCEPT = "accept"
    """Nothing was deployed: what somebody changed in the org was taken over, and is the state to compare with."""


class UndoState(StrEnum):
    """What is known of the package that takes a deployment back."""

    NONE = "none"
    """Not built: nothing was changed, or an older sfmeta made the entry."""
    WORKS = "works"
    """The org validated it right after the deployment."""
    REFUSED = "refused"
    """The org refused it."""
    UNTESTED = "untested"
    """Built, and not validated."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The package that takes a deployment back.

    Attributes:
        state: see ``UndoState``.
        digest: the package's identity, "" where nothing has to be sent.
        job_id: of the validation, "" where there was none.
        losses: what it cannot put back, one line each.
        problems: the org's words where it refused.
    """

    state: UndoState = UndoState.NONE
    digest: str = ""
    job_id: JobId = NO_JOB
    losses: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


NO_UNDO = Undo()


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a package for one environment came from one that is the same for all.

    Attributes:
        environment: by its name in ``environments.yml``, "" where there is none.
        base_digest: of the package before its values were set; the package's own where there were none.
        values_digest: of the values, "" where there were none.
    """

    environment: str = ""
    base_digest: str = ""
    values_digest: str = ""


NOT_DERIVED = Derivation()


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment.

    Attributes:
        id: unique and sorting by time, e.g. ``20261123T150405Z-1a2b3c``.
        org_id: where.
        stage: how far it came.
        kind: see ``Purpose``.
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
        unrecoverable: those of them whose state before the org would not give; somebody agreed to that.
        unread_after: those of them whose state afterwards it would not give. Never to be taken for absent.
        asked_at: the org's own time just before the package was handed over, "" where it was not asked or does not
            say. Whoever looks for a job without a recorded id looks from here on.
        derivation: from which package this one came, by which values.
        source: the deployment that a promotion repeats, "" otherwise.
        validation: the check-only job that a quick deploy rests on, "" otherwise.
        undo: the package that takes it back.
        unanswered: closed as never taken because the org listed no such job, not because it said no: the request may
            have come since.
        plan: the plan of which this is a step (``sfmeta apply``), or which it takes back; "" otherwise.
        late_of: the entry that was closed so, whose request came late: this is what came of it; "" otherwise.
        confirmed_at: when a person confirmed a flip of API Access Control, "" until then and for everything else.
        confirmed_by: who did.
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
    unrecoverable: tuple[ComponentId, ...] = ()
    unread_after: tuple[ComponentId, ...] = ()
    asked_at: str = ""
    derivation: Derivation = NOT_DERIVED
    source: str = ""
    validation: JobId = NO_JOB
    undo: Undo = NO_UNDO
    unanswered: bool = False
    late_of: str = ""
    plan: str = ""
    confirmed_at: str = ""
    confirmed_by: str = ""

    @property
    def was_taken(self) -> bool:
        """Whether the org did it, or may have done it, or it was taken over; only what is finished has a status."""
        return self.status in _TAKEN

    @property
    def jobs(self) -> frozenset[str]:
        """Every job of the org that it speaks of, with 18 characters."""
        return frozenset(to_18(job) for job in (self.job_id, self.validation, self.undo.job_id) if job)
