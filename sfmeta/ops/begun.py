"""Whether the history here is the org's: an org that shows deployments of ours has one, so an empty one is not it.

Only what our own user deployed is looked for. Nothing marks a job as sfmeta's: what the same user deployed with another
tool, or a probe of ours, looks alike. An org forgets its jobs after a while; how long is not established.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sfmeta.errors import GuardRefused, LoginRefused, OrgRefused
from sfmeta.model.deployment import stamp
from sfmeta.model.names import JobId, to_18
from sfmeta.model.outcome import JobStatus
from sfmeta.ops.ports import Org
from sfmeta.org.soql import quoted
from sfmeta.report.words import counted
from sfmeta.workspace.ledger import Ledger

HISTORY_MISSING = "history-missing"
"""The code of the error where the org was deployed to and the history here is empty."""
_DONE = (JobStatus.SUCCEEDED, JobStatus.SUCCEEDED_PARTIAL)
_ROWS = 200
_ALIKE = "what this user deployed with another tool, or a probe, looks alike"


@dataclass(frozen=True, slots=True)
class _Job:
    job: JobId
    created_at: str


def require_history(org: Org, ledger: Ledger, *, begin_history: bool) -> tuple[str, ...]:
    """Refuse to begin a history in an org that has one already.

    Args:
        org: the org.
        ledger: of that org.
        begin_history: somebody says that there is none elsewhere.

    Returns:
        What the user should know.

    Raises:
        GuardRefused: the ledger is empty, and the org shows deployments of our user (``HISTORY_MISSING``).
        OrgUnreachable: it gave no answer. That is not taken for "there is none".
    """
    if begin_history or ledger.tip():
        return ()
    try:
        found = list(_jobs(org, since=0.0))
    except (OrgRefused, LoginRefused) as error:
        return (_unasked(error),)
    if not found:
        return ()
    newest = max(found, key=lambda job: job.created_at)
    many = "at least " if len(found) == _ROWS else ""
    raise GuardRefused(
        f"There is no history of {org.info.title} here, and the org shows {many}{counted(len(found), 'deployment')} "
        f"by {org.info.username}, the last of {newest.created_at} (job {newest.job}); {_ALIKE}",
        "Fetch the history: sfmeta ledger sync, or git fetch origin 'refs/sfmeta/*:refs/sfmeta/*'. "
        "Where there is none, begin one with --begin-history",
        code=HISTORY_MISSING,
        job_id=newest.job,
    )


def look(org: Org, ledger: Ledger, *, begin_history: bool) -> tuple[str, ...]:
    """The same, and whether the org shows something newer than the history here.

    Returns:
        What the user should know.

    Raises:
        GuardRefused: as for ``require_history``.
    """
    if not ledger.tip():
        return require_history(org, ledger, begin_history=begin_history)
    entries = [entry for _, entry in ledger.deployments()]
    ours = {job for entry in entries for job in entry.jobs}
    newest = max(entry.asked_at or entry.started_at for entry in entries)
    try:
        others = [job for job in _jobs(org, newest) if to_18(job.job) not in ours]
    except (OrgRefused, LoginRefused) as error:
        return (_unasked(error),)
    if not others:
        return ()
    last = max(others, key=lambda job: job.created_at)
    return (
        f"The org shows {counted(len(others), 'deployment')} by our user which this history does not have, the last "
        f"of {last.created_at} (job {last.job}): sfmeta ledger sync fetches what others recorded; {_ALIKE}",
    )


def _jobs(org: Org, since: float | str) -> Iterator[_Job]:
    """What our user deployed with success since then.

    Source: Tooling API, DeployRequest.
    """
    began = stamp(since) if isinstance(since, float) else since
    done = ", ".join(quoted(status) for status in _DONE)
    soql = (
        "SELECT Id, Status, CreatedDate FROM DeployRequest "  # noqa: S608 (quoted)
        f"WHERE CreatedById = {quoted(org.info.user_id)} AND CheckOnly = false AND Status IN ({done}) "
        f"AND CreatedDate >= {began} ORDER BY CreatedDate DESC LIMIT {_ROWS}"
    )
    for page in org.pages(soql, tooling=True):
        for row in page:
            if row.get("Status") in _DONE:
                yield _Job(JobId(str(row.get("Id"))), str(row.get("CreatedDate") or ""))


def _unasked(error: OrgRefused | LoginRefused) -> str:
    return f"The org does not let us ask whether it was deployed to from elsewhere: {error.message}"
