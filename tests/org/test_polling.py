"""The law of waiting, for any job and any network; and the loop that obeys it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.errors import LoginRefused, OrgRefused, OrgUnreachable, SessionExpired, StillRunning
from sfmeta.model.names import JobId
from sfmeta.org.polling import MAX_WAIT_S, Done, GiveUp, Polling, Wait, interval, wait_for

JOB = JobId("0Af000000000001AAA")


@dataclass
class FakeClock:
    time: float = 100.0
    sleeps: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds


@dataclass(frozen=True)
class Status:
    done: bool


@given(job_s=st.floats(0, 5000), first_poll_s=st.floats(0, 2))
def test_waiting_adds_at_most_a_tenth_or_100_ms_and_never_over_ten_seconds(job_s: float, first_poll_s: float) -> None:
    clock = FakeClock()
    clock.time += first_poll_s
    end = 100.0 + job_s
    began = clock.time
    wait_for(JOB, lambda: Status(clock.time >= end), clock, 100_000)
    own_s = max(0.0, end - began)
    added = clock.time - max(end, began)
    assert added <= min(MAX_WAIT_S, max(0.1, 0.1 * own_s)) + 1e-6


@given(job_s=st.floats(0, 100_000))
def test_a_long_job_costs_few_polls(job_s: float) -> None:
    polls = 0
    clock = FakeClock()

    def poll() -> Status:
        nonlocal polls
        polls += 1
        return Status(clock.time - 100 >= job_s)

    wait_for(JOB, poll, clock, 1_000_000)
    assert polls <= 60 + job_s / MAX_WAIT_S


@given(elapsed=st.lists(st.floats(0, 10_000), min_size=2, max_size=2).map(sorted))
def test_the_interval_only_grows(elapsed: list[float]) -> None:
    assert 0 < interval(elapsed[0]) <= interval(elapsed[1]) <= MAX_WAIT_S


@given(deadline_s=st.floats(0, 1000), outcomes=st.lists(st.sampled_from([False, None]), max_size=500))
def test_nothing_is_waited_for_beyond_the_deadline(deadline_s: float, outcomes: list[bool | None]) -> None:
    state = Polling(deadline_s)
    elapsed = 0.0
    for outcome in outcomes:
        state, step = state.failed(elapsed) if outcome is None else state.answered(elapsed, outcome)
        if isinstance(step, GiveUp):
            assert elapsed >= deadline_s - 1e-9
            return
        assert isinstance(step, Wait)
        elapsed += step.seconds
        assert elapsed <= deadline_s + 1e-6


@given(elapsed_s=st.floats(0, 10_000), deadline_s=st.floats(0, 100))
def test_done_is_done_even_after_the_deadline(elapsed_s: float, deadline_s: float) -> None:
    assert Polling(deadline_s).answered(elapsed_s, True)[1] == Done()


@given(failures=st.integers(1, 30))
def test_failures_in_a_row_back_off_and_are_forgotten_by_an_answer(failures: int) -> None:
    state, waits = Polling(1e9), []
    for _ in range(failures):
        state, step = state.failed(0.0)
        assert isinstance(step, Wait)
        waits.append(step.seconds)
    assert waits == sorted(waits)
    assert waits[-1] <= MAX_WAIT_S
    assert state.answered(0.0, False)[0].failures == 0


def test_the_deadline_names_the_job_and_what_went_wrong_last() -> None:
    def poll() -> Status:
        raise OrgUnreachable("no connection")

    clock = FakeClock()
    with pytest.raises(StillRunning, match="no connection") as error:
        wait_for(JOB, poll, clock, 30)
    assert error.value.job_id == JOB
    assert JOB in error.value.hint
    assert clock.time == pytest.approx(130)
    assert len(clock.sleeps) < 15


def test_one_bad_poll_does_no_harm_and_every_status_is_told() -> None:
    answers: list[Status | Exception] = [
        Status(False),
        OrgUnreachable("reset"),
        OrgRefused("the org refused", code="SERVER_UNAVAILABLE"),
        OrgRefused("the org refused", code="ORG_LOCKED"),
        OrgRefused("the org refused", code="REQUEST_LIMIT_EXCEEDED"),
        LoginRefused("the org refused the login", code="temporarily_unavailable"),
        Status(False),
        Status(True),
    ]
    told: list[Status] = []

    def poll() -> Status:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert wait_for(JOB, poll, FakeClock(), 60, told.append).done
    assert [status.done for status in told] == [False, False, True]


@pytest.mark.parametrize(
    "error", [LoginRefused("shut"), SessionExpired("over"), OrgRefused("no", code="INVALID_CROSS_REFERENCE_KEY")]
)
def test_a_refusal_ends_the_wait_and_carries_the_job(error: LoginRefused | OrgRefused) -> None:
    def poll() -> Status:
        raise error

    clock = FakeClock()
    with pytest.raises(type(error)) as raised:
        wait_for(JOB, poll, clock, 60)
    assert raised.value.job_id == JOB
    assert clock.sleeps == []
