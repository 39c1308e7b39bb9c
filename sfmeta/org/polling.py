"""Waiting for a job, as a state machine that is fed answers and elapsed time and says what to do next.

The law: waiting adds at most the larger of 100 ms and a tenth to the job's own time (while a wait is below its cap of
ten seconds, which only shortens it). A job that ends at ``t`` is seen by the poll after the one before ``t``, so each
wait is bounded by the time that has gone by when it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from sfmeta.errors import LoginRefused, OrgRefused, OrgUnreachable, SfmetaError, StillRunning
from sfmeta.model.names import JobId

FIRST_WAIT_S = 0.05
SMALL_WAIT_S = 0.1
GROWTH = 0.1
MAX_WAIT_S = 10.0

# Refusals of a call that say nothing about the job (WSDL StatusCode, partner WSDL ExceptionCode).
_PASSING = frozenset(
    {
        "ALREADY_IN_PROCESS",
        "ORG_IN_MAINTENANCE",
        "ORG_LOCKED",
        "REQUEST_LIMIT_EXCEEDED",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "UNKNOWN_EXCEPTION",
    }
)
# RFC 6749, 4.1.2.1: the token endpoint is not well just now; it has not judged who we are
_PASSING_LOGINS = frozenset({"server_error", "temporarily_unavailable"})


@dataclass(frozen=True, slots=True)
class Wait:
    """Poll again after this time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """The job has ended."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The deadline has passed; the job goes on."""


Step = Wait | Done | GiveUp


@dataclass(frozen=True, slots=True)
class Polling:
    """Where a wait stands.

    Attributes:
        deadline_s: how long to wait in all.
        failures: polls in a row that got no answer.
    """

    deadline_s: float
    failures: int = 0

    def answered(self, elapsed_s: float, done: bool) -> tuple[Polling, Step]:
        """A poll was answered.

        Args:
            elapsed_s: since the job was sent.
            done: what the answer says.
        """
        state = replace(self, failures=0)
        return (state, Done()) if done else (state, state._wait(elapsed_s, interval(elapsed_s)))

    def failed(self, elapsed_s: float) -> tuple[Polling, Step]:
        """A poll got no answer: the pause doubles with each failure in a row."""
        state = replace(self, failures=self.failures + 1)
        pause = min(MAX_WAIT_S, max(interval(elapsed_s), SMALL_WAIT_S * 2 ** min(state.failures, 10)))
        return state, state._wait(elapsed_s, pause)

    def _wait(self, elapsed_s: float, pause_s: float) -> Step:
        left = self.deadline_s - elapsed_s
        if left <= 0:
            return GiveUp()
        return Wait(min(pause_s, left))  # the last poll falls on the deadline


def interval(elapsed_s: float) -> float:
    """The pause after a poll at this time that found the job running."""
    if elapsed_s < 4 * FIRST_WAIT_S:
        return FIRST_WAIT_S  # small packages are done in a moment
    return min(MAX_WAIT_S, max(SMALL_WAIT_S, GROWTH * elapsed_s))


class _Clock(Protocol):
    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class _Status(Protocol):
    @property
    def done(self) -> bool: ...


S = TypeVar("S", bound=_Status)


def wait_for(
    job: JobId,
    poll: Callable[[], S],
    clock: _Clock,
    deadline_s: float,
    on_status: Callable[[S], None] | None = None,
) -> S:
    """Polls until the job has ended or the deadline has passed.

    Args:
        job: for messages.
        poll: asks for the status; an unreachable org is tolerated until the deadline.
        clock: to measure and to sleep.
        deadline_s: from now.
        on_status: told of every status, the last one included.

    Returns:
        The final status.

    Raises:
        StillRunning: the deadline passed; carries the job id.
        SfmetaError: the org refused the poll or the login; carries the job id.
    """
    began = clock.monotonic()
    state = Polling(deadline_s)
    trouble: SfmetaError | None = None
    while True:
        try:
            status = poll()
        except (OrgUnreachable, OrgRefused) as exc:
            exc.job_id = job
            if not is_passing(exc):
                raise
            trouble = exc
            state, step = state.failed(clock.monotonic() - began)
        else:
            trouble = None
            if on_status is not None:
                on_status(status)
            state, step = state.answered(clock.monotonic() - began, status.done)
            if isinstance(step, Done):
                return status
        if isinstance(step, Wait):
            clock.sleep(step.seconds)
        else:
            why = f"; the last poll failed: {trouble.message}" if trouble else ""
            raise StillRunning(
                f"job {job} is still running after {deadline_s:g} seconds{why}",
                f"Look again with: sfmeta job report {job} -o ORG; go on with: sfmeta job resume {job} -o ORG",
                job_id=job,
            ) from trouble


def is_passing(exc: OrgUnreachable | OrgRefused) -> bool:
    """Whether a question that got this answer may be asked again: it says nothing about what was asked."""
    if isinstance(exc, LoginRefused):
        return exc.code in _PASSING_LOGINS
    return isinstance(exc, OrgUnreachable) or exc.code in _PASSING
