"""Jobs carried on when somebody comes by: an org's deployments one after the other, retrieves each for itself.

Nothing runs in the background: whoever asks next finds the org as it is by its clock, also after a restart.
"""

from __future__ import annotations

from datetime import timedelta

from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.metadata.jobs import CANCELED, CANCELING, DEPLOY, Job, Jobs
from sfmeta.localorg.metadata.pace import FINALIZING, IN_PROGRESS, PENDING, Mode, Stage, stage
from sfmeta.localorg.metadata.running import run
from sfmeta.localorg.state import State

_FORWARD = (PENDING, IN_PROGRESS, FINALIZING)


def settle(state: State) -> None:
    """Carries the org's deployments on to where its clock says they are."""
    with state.lock:
        _carry_on(state, counts=False)


def ask(state: State, job_id: str, kind: str) -> Job:
    """A job whose status somebody asks for, further along if it is time.

    The question counts for the first in the queue, which may be another job: else nobody would ever get behind one
    that was left alone.

    Raises:
        SoapFault: the id is malformed, or there is no such job.
    """
    with state.lock:
        job = Jobs(state).get(job_id, kind)
        if kind == DEPLOY:
            _carry_on(state, counts=not job.is_final)
            return Jobs(state).get(job.id, kind)
        return job if job.is_final else _step(state, Jobs(state).count_poll(job), asked=True)


def standing(state: State, job: Job) -> Stage:
    """How far a job that is not final has come."""
    jobs = Jobs(state)
    first = jobs.unfinished(job.kind) if job.kind == DEPLOY else job
    if job.status not in _FORWARD or first is None or first.id != job.id:
        return Stage(job.status)
    now = stage(jobs.mode, job.polls, _age(state, job))
    return now if now.status == job.status else Stage(job.status)


def _carry_on(state: State, *, counts: bool) -> None:
    jobs = Jobs(state)
    while (first := jobs.unfinished(DEPLOY)) is not None:
        asked, counts = counts, False
        if not _step(state, jobs.count_poll(first) if asked else first, asked=asked).is_final:
            return


def _step(state: State, job: Job, *, asked: bool) -> Job:
    jobs = Jobs(state)
    mode = jobs.mode
    if job.status == CANCELING:
        # where polls are counted, the next one ends it
        return jobs.move(job, CANCELED) if asked or mode.kind != "polls" else job
    now = stage(mode, job.polls, _age(state, job))
    if not now.status:
        return run(state, job, _end(state, job, mode))
    if _FORWARD.index(now.status) > _FORWARD.index(job.status):
        return jobs.move(job, now.status)
    return job


def _since(state: State, job: Job) -> str:
    """Since when it is the first in its queue."""
    return max(job.created, Jobs(state).last_completed(job)) if job.kind == DEPLOY else job.created


def _age(state: State, job: Job) -> float:
    return (state.clock.now() - from_stamp(_since(state, job))).total_seconds()


def _end(state: State, job: Job, mode: Mode) -> str:
    """The moment a job ended that takes its time by the clock: the next one in the queue begins there."""
    if mode.kind != "seconds":
        return ""
    return to_stamp(from_stamp(_since(state, job)) + timedelta(seconds=mode.amount))
