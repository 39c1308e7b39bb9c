"""Finding a deploy job whose id nobody was told: its answer was lost, or the run ended before it was recorded.

What it rests on: an org lists its deploy jobs in ``DeployRequest`` (Tooling API), with who began each and when the call
was received. That a job is listed as soon as it is taken is an assumption; therefore the list is asked again and again
before "it is not there" is believed.

Source: @salesforce/types 1.7.1, tooling (the fields of DeployRequest); Metadata API guide, DeployResult: "createdDate:
    Timestamp for when the deploy() call was received".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sfmeta.errors import OrgRefused, OrgUnreachable, SfmetaError, StillRunning
from sfmeta.model.deployment import Deployment, seconds_of, stamp
from sfmeta.model.names import ComponentId, JobId, to_18
from sfmeta.model.outcome import DeployOutcome
from sfmeta.ops.ports import Org, Tools
from sfmeta.org.polling import is_passing
from sfmeta.org.soql import quoted, select
from sfmeta.report.words import counted
from sfmeta.workspace.ledger import Ledger

LOOK_S = 30.0
"""How long the list is asked before a job that is not on it counts as never taken."""
UNKNOWN_CODE = "deployment-unknown"
"""The code of the error where nobody can tell which job is ours, or whether there is one."""

_CLOCKS_S = 30.0  # an org's web server and its database need not agree to the second
_OTHER_CLOCK_S = 900.0  # this machine's clock stands in for the org's
_UNLIKE_S = 3600.0  # how long after our call a job of another size may still be ours
_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 5.0
_ROWS = 200
_FIELDS = "Id, Status, CreatedDate, NumberComponentsTotal, CompletedDate"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of a job that nobody knows the id of.

    Attributes:
        user_id: who began it.
        since: it cannot have begun before; seconds since the epoch, the org's time.
        check_only: whether it only validates.
        components: what was sent or deleted.
        others: jobs that are known to be something else, 18 characters.
        unlike: a job of another size may be it, where nothing but the moment says so.
    """

    user_id: str
    since: float
    check_only: bool
    components: frozenset[ComponentId]
    others: frozenset[str] = frozenset()
    unlike: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job that may be the one.

    Attributes:
        job: its id.
        status: the org's word.
        created_at: the org's text of the time.
        fits: as many components as were sent, or not counted yet; or it has ended and names all of them.
        ended: nothing more will come of it.
    """

    job: JobId
    status: str
    created_at: str
    fits: bool
    ended: bool


def sought(
    org: Org, record: Deployment, ledger: Ledger | None, *, check_only: bool = False, unlike: bool = True
) -> Sought:
    """What to look for where a deployment has no job id.

    Args:
        org: where it went.
        record: of the deployment.
        ledger: of that org; the jobs in it are other deployments'.
        check_only: whether it only validates.
        unlike: see ``Sought``.

    Raises:
        StillRunning: who began it cannot be found out in this org.
    """
    entries = ledger.deployments() if ledger is not None else ()
    others = frozenset(job for _, entry in entries for job in entry.jobs)
    since = (
        seconds_of(record.asked_at) - _CLOCKS_S if record.asked_at else seconds_of(record.started_at) - _OTHER_CLOCK_S
    )
    components = frozenset({*record.components, *record.deletions})
    return Sought(_author(org, record), since, check_only, components, others, unlike)


def find(org: Org, wanted: Sought, tools: Tools, patience_s: float = LOOK_S) -> JobId | None:
    """Look for the job until one fits, or none has shown up for a while.

    Args:
        org: where it went.
        wanted: what is known of it.
        tools: the clock, the deadline and progress.
        patience_s: how long "it is not there" is doubted.

    Returns:
        Its id; None where the org lists no job that can be it.

    Raises:
        StillRunning: more than one may be it, or the org does not let us ask; nobody can tell.
    """
    began, pause = tools.clock.monotonic(), _PAUSE_S
    patiently = f", for up to {patience_s:.0f} seconds" if patience_s else ""
    tools.progress.step(f"Looking for the job in the org{patiently}")
    while True:
        found: tuple[Candidate, ...] = ()
        trouble: SfmetaError | None = None
        try:
            found = candidates(org, wanted)
        except (OrgRefused, OrgUnreachable) as error:
            if not is_passing(error):
                raise unknown((), f"the org does not let us look: {error.message}") from error
            trouble = error
        fitting = [one for one in found if one.fits]
        if len(fitting) == 1:
            return fitting[0].job
        elapsed = tools.clock.monotonic() - began
        # an org that cannot be reached has not said that there is no such job
        left = (max(patience_s, tools.deadline_s) if trouble else patience_s) - elapsed
        if left <= 0:
            if trouble is not None:
                raise unknown((), f"the org cannot be asked: {trouble.message}") from trouble
            if found:
                raise unknown(found, "more than one may be it" if len(found) > 1 else "it may be another's")
            return None
        tools.clock.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE_S)


def candidates(org: Org, wanted: Sought) -> tuple[Candidate, ...]:
    """The jobs that may be the one, the oldest first.

    Raises:
        OrgRefused: this user may not see them.
        OrgUnreachable: the org did not answer.
    """
    found = []
    for row in _rows(org, wanted):
        job = JobId(str(row.get("Id")))
        if to_18(job) in wanted.others:
            continue
        total = row.get("NumberComponentsTotal")
        ended = row.get("CompletedDate") is not None
        created = str(row.get("CreatedDate") or "")
        fits = total == len(wanted.components) or (not total and not ended)
        if ended:
            fits = _named(org.deploy_status(job), wanted, fits)
        # of a job of another size only the moment says that it may be ours
        if fits or (wanted.unlike and created[:19] <= stamp(wanted.since + _UNLIKE_S)[:19]):
            found.append(Candidate(job, str(row.get("Status") or ""), created, fits, ended))
    return tuple(found)


def unknown(found: tuple[Candidate, ...], why: str) -> StillRunning:
    """Nobody knows whether the org took a deployment, and what a person can do about it."""
    listed = ", ".join(f"{one.job} ({one.status}, begun {one.created_at})" for one in found)
    named = f"{counted(len(found), 'job')} of ours: {listed}" if found else ""
    message = f"Nobody knows whether the org took the deployment: {why}" + (f" ({named})" if named else "")
    hint = "Look at Setup > Deployment Status. If one of its jobs is it: sfmeta job resume JOB -o ORG; if none is: "
    return StillRunning(message, f"{hint}sfmeta job close -o ORG. Until then nothing else is sent", UNKNOWN_CODE)


def _rows(org: Org, wanted: Sought) -> Iterator[Mapping[str, object]]:
    where = (
        f"CreatedById = {quoted(wanted.user_id)} AND CreatedDate >= {stamp(wanted.since)} "
        f"AND CheckOnly = {'true' if wanted.check_only else 'false'}"
    )
    soql = f"SELECT {_FIELDS} FROM DeployRequest WHERE {where} ORDER BY CreatedDate LIMIT {_ROWS}"  # noqa: S608 (quoted)
    for page in org.pages(soql, tooling=True):
        yield from page


def _named(outcome: DeployOutcome, wanted: Sought, counted_right: bool) -> bool:
    """Whether a job that has ended is the one, by the names that it says something about.

    By names alone: an org writes ``ConnectedAppSettings`` where a manifest says ``Settings``.
    """
    said = {message.full_name for message in outcome.messages if message.type}
    sent = {component.full_name for component in wanted.components}
    if not said:
        return counted_right
    return sent <= said or (counted_right and bool(sent & said))


def _author(org: Org, record: Deployment) -> str:
    """The id of the user who began it: somebody else's run may be finished by us."""
    if org.info.user_id and record.username in ("", org.info.username):
        return org.info.user_id
    try:
        rows = list(org.query(select(["Id"], "User", {"Username": record.username})))
    except (OrgRefused, OrgUnreachable) as error:
        raise unknown((), f"the org does not tell who {record.username} is: {error.message}") from error
    if len(rows) != 1:
        raise unknown((), f"the org does not tell who {record.username} is")
    return str(rows[0].get("Id"))
