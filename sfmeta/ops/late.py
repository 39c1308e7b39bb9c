"""Requests that reach an org after sfmeta has stopped looking: a deployment that was closed as never taken, and was.

What came late is an entry of its own, on top of what the ledger holds by then: the entry that was closed stays, and the
new one names it. What the org held before it is what the deployments in between left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile

from sfmeta.errors import GuardRefused
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, Stage, seconds_of, stamp
from sfmeta.model.names import JobId
from sfmeta.model.records import Record
from sfmeta.ops.finding import Candidate, candidates, find, sought, unknown
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.recorded import LastKnown, last_known, recorded_sets
from sfmeta.ops.reopening import finish_recorded
from sfmeta.ops.snapshot import by_component
from sfmeta.ops.undone import Entries
from sfmeta.ops.waiting import wait_for_job
from sfmeta.workspace.ledger import Ledger, new_deployment_id

LATE_S = 86_400.0
"""For how long a deployment that was closed as never taken is doubted. An assumption: no source says how long a request
can be under way. Connections and proxies give up within minutes, and a job of a day later is rather somebody else's."""


def doubtful(entries: Iterable[tuple[str, Deployment]], now: float) -> Entries:
    """The deployments whose request may have come after they were closed as never taken, newest first.

    Args:
        entries: of a ledger.
        now: seconds since the epoch.
    """
    found = tuple(entries)
    came = {entry.late_of for _, entry in found}
    return tuple(
        (commit, entry)
        for commit, entry in found
        if entry.unanswered and entry.id not in came and now - seconds_of(entry.finished_at) <= LATE_S
    )


def settle_late(org: Org, ledger: Ledger, doubted: Entries, tools: Tools) -> Deployment | None:
    """Look whether the org took any of them after all; what it took is read back and recorded.

    Args:
        org: where they went.
        ledger: of that org.
        doubted: see ``doubtful``; the org is asked once for each.
        tools: the clock, progress and scratch space.

    Returns:
        The last entry that was made; None where nothing came.

    Raises:
        StillRunning: nobody can tell which job is which; or one came, and the deadline passed.
    """
    closed = None
    for commit, record in doubted:
        tools.progress.step(f"Deployment {record.id} was closed as never taken; its request may have come since")
        job = _came(org, ledger, record, tools)
        if job is None:
            continue
        _require_one(org, ledger, record, job, doubted)
        report = finish_recorded(org, ledger, *record_late(org, ledger, commit, record, job, tools), tools)
        closed = report.record
    return closed


def record_late(
    org: Org, ledger: Ledger, commit: str, record: Deployment, job: JobId, tools: Tools
) -> tuple[str, Deployment]:
    """Record that a deployment came late, as a job; the new entry, in stage "sent", and its commit.

    Grants that were to follow it are written only where no other deployment came in between.

    Args:
        org: where it came.
        ledger: of that org.
        commit: of the entry that was closed as never taken.
        record: that entry.
        job: which it is.
        tools: the clock and progress.
    """
    tools.progress.step(f"The request of deployment {record.id} came late: it is job {job} in {org.info.title}")
    later = tuple(takewhile(lambda found: found[1].id != record.id, ledger.deployments()))
    known = last_known(ledger, later)
    fresh = {*record.components, *record.deletions} & known.touched_by.keys()
    held = by_component(ledger.before(commit))
    kept = {component: files for component, files in held.items() if component not in fresh}
    left = {component: files for component, files in known.holdings.items() if component in fresh}
    now = tools.clock.now()
    arrived = replace(
        record,
        id=new_deployment_id(now),
        stage=Stage.SENT,
        started_at=stamp(now),
        finished_at="",
        status="",
        job_id=job,
        absent_before=tuple(sorted(({*record.absent_before} - fresh) | (fresh & known.absent))),
        unrecoverable=tuple(item for item in record.unrecoverable if item not in fresh),
        unanswered=False,
        late_of=record.id,
    )
    package = ledger.package(commit)
    sent = {(entry.path, entry.sha256) for entry in package}
    made = ledger.prepare(
        arrived,
        _files({**kept, **left}.values()),
        package,
        tip=ledger.tip(),
        base=[entry for entry in ledger.base(commit) if (entry.path, entry.sha256) not in sent],
        records=_grants_before(ledger, commit, record, known),
        writes=() if any(entry.was_taken for _, entry in later) else ledger.writes(commit),
    )
    return made, arrived


def fitting(org: Org, ledger: Ledger, record: Deployment) -> tuple[Candidate, ...]:
    """The jobs that a doubted deployment may be, the oldest first.

    Raises:
        OrgRefused, OrgUnreachable, StillRunning: the org does not tell.
    """
    return candidates(org, sought(org, record, ledger, unlike=False))


def trust(ledger: Ledger, commit: str, record: Deployment, found: Iterable[Candidate]) -> Deployment:
    """Record that a deployment was never taken, now that somebody has looked: it is doubted no longer.

    Args:
        ledger: of the org.
        commit: of its entry.
        record: the entry.
        found: the jobs that it may be.

    Raises:
        GuardRefused: one job alone fits.
    """
    jobs = [one.job for one in found]
    if len(jobs) == 1:
        raise GuardRefused(
            f"Job {jobs[0]} of the org fits deployment {record.id}, which may have come late",
            f"Take it in: sfmeta job resume {jobs[0]} -o ORG",
            "deployment-unfinished",
            job_id=jobs[0],
        )
    closed = replace(record, unanswered=False)
    ledger.advance(closed, commit)
    return closed


def _came(org: Org, ledger: Ledger, record: Deployment, tools: Tools) -> JobId | None:
    """The job that a deployment is; a running one is waited for first: only at its end an org names what was in it."""
    wanted = sought(org, record, ledger, unlike=False)
    job = find(org, wanted, tools, patience_s=0.0)
    if job is None:
        return None
    wait_for_job(org, job, tools)
    return find(org, wanted, tools, patience_s=0.0)


def _require_one(org: Org, ledger: Ledger, record: Deployment, job: JobId, doubted: Entries) -> None:
    """Stop where the job may as well be another deployment with another package."""
    for _, other in doubted:
        if other.package_digest != record.package_digest:
            found = tuple(one for one in fitting(org, ledger, other) if one.job == job)
            if found:
                raise unknown(found, f"it may be deployment {record.id} or {other.id}, which may have come late")


def _grants_before(ledger: Ledger, commit: str, record: Deployment, known: LastKnown) -> list[Record] | None:
    old = ledger.records(commit, after=False)
    if old is None:
        return None
    fresh = known.records_of & recorded_sets(ledger, commit, record)
    kept = [grant for grant in old if grant.id.parent not in fresh]
    return sorted([*kept, *(grant for grant in known.records if grant.id.parent in fresh)])


def _files(holdings: Iterable[tuple[Entry, ...]]) -> list[Entry]:
    return sorted((entry for files in holdings for entry in files), key=lambda entry: entry.path)
