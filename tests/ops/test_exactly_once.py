"""A deploy whose answer is lost: the job is looked for, and never sent again while nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sfmeta.errors import (
    GuardRefused,
    Interrupted,
    LoginRefused,
    NotSent,
    OrgRefused,
    OrgUnreachable,
    SfmetaError,
    StillRunning,
    UsageError,
)
from sfmeta.model.component import Entry, package_digest
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import JobId
from sfmeta.model.outcome import ComponentMessage, DeployOptions, DeployOutcome, JobStatus
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind
from sfmeta.ops import deploy
from sfmeta.ops import job as op_job
from sfmeta.ops.deployment import DeployReport, Provenance
from sfmeta.ops.finding import LOOK_S, UNKNOWN_CODE
from sfmeta.ops.late import LATE_S
from sfmeta.ops.ports import OnInterrupt, Tools
from sfmeta.ops.settle import KEPT_S, UNDER_WAY_S, settle
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, START, FakeOrg, Said, tools
from tests.ops.test_deploy import SIMPLE, package, permission_set


@pytest.fixture
def ledger(git_folder: GitFolder) -> Ledger:
    return Ledger(find_repository(git_folder.root), INFO.id)


def run(
    org: FakeOrg,
    ledger: Ledger | None,
    at: Tools,
    options: DeployOptions = DeployOptions(),
    files: dict[str, bytes] = SIMPLE,
    writes: tuple[RecordChange, ...] = (),
) -> DeployReport:
    plan = deploy.prepare(org, package(files), options, Provenance(revision="", dirty=True), ledger, at, writes=writes)
    return deploy.execute(org, plan, ledger, at)


def last(ledger: Ledger) -> Deployment:
    return next(iter(ledger.deployments()))[1]


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


LOST = OrgUnreachable("the connection broke")


def lost(org: FakeOrg) -> FakeOrg:
    """The org takes it, and its answer is lost."""

    def act() -> None:
        org.held.update(SIMPLE)
        raise LOST

    org.on_deploy = act
    return org


def another(number: int, *, components: int | None = 1, at_s: float = 0, ended: bool = False) -> dict[str, object]:
    """A job that began beside ours, of the same user."""
    stamp = (START + timedelta(seconds=at_s)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "Id": f"0Af{900 + number:012d}AAA",
        "Status": "Succeeded" if ended else "InProgress",
        "CheckOnly": False,
        "CreatedDate": stamp,
        "CompletedDate": stamp if ended else None,
        "NumberComponentsTotal": components,
    }


def test_a_lost_answer_of_a_job_that_the_org_lists_is_no_failure(ledger: Ledger) -> None:
    org = lost(FakeOrg())
    report = run(org, ledger, tools())
    assert report.success
    assert len(org.deploys) == 1
    assert (last(ledger).stage, last(ledger).status, last(ledger).job_id) == (
        Stage.FINISHED,
        "Succeeded",
        "0Af000000000001AAA",
    )
    assert last(ledger).asked_at == "2023-11-14T22:13:20Z"


def test_a_check_only_job_is_found_without_a_ledger() -> None:
    org = FakeOrg()
    org.on_deploy = raising(LOST)
    report = run(org, None, tools(), DeployOptions(check_only=True))
    assert report.success
    assert len(org.jobs) == 1


def test_a_request_that_never_arrived_is_recorded_as_not_sent_and_may_be_run_again(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    org.before_deploy = raising(LOST)
    with pytest.raises(NotSent, match="listed no job of ours") as caught:
        run(org, ledger, at)
    assert at.clock.now() - START.timestamp() >= LOOK_S
    assert "assumption" in caught.value.hint
    assert (last(ledger).stage, last(ledger).status) == (Stage.FINISHED, "NotSent")

    org.before_deploy = lambda: None
    assert run(org, ledger, at).success
    assert len(org.deploys) == 1


def test_a_job_that_shows_up_late_is_waited_for(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    org.on_deploy = raising(LOST)
    late = another(1)
    org.before_deploy = raising(LOST)

    class Later(Said):
        def step(self, text: str) -> None:
            if "Looking for" in text:
                org.began = []

    def sleep(seconds: float) -> None:
        at.clock.time += seconds  # type: ignore[attr-defined]
        if at.clock.now() - START.timestamp() > LOOK_S / 2:
            org.began = [late]

    at.clock.sleep = sleep  # type: ignore[method-assign]
    with pytest.raises(IndexError):  # the org of this test knows no state of a foreign job
        run(org, ledger, replace(at, progress=Later()))
    assert (last(ledger).stage, last(ledger).job_id) == (Stage.SENT, late["Id"])


@pytest.mark.parametrize(
    "began",
    [
        [another(1), another(2)],
        [another(1, components=0), another(2)],
        [another(1, components=7)],
        [another(1, components=None), another(2, components=None)],
    ],
)
def test_where_nobody_can_tell_nothing_is_decided(ledger: Ledger, began: list[dict[str, object]]) -> None:
    org = FakeOrg(began=began)
    org.before_deploy = raising(LOST)
    with pytest.raises(StillRunning) as caught:
        run(org, ledger, tools())
    assert caught.value.code == UNKNOWN_CODE
    assert caught.value.exit_code == 5
    assert all(str(row["Id"]) in caught.value.message for row in began)
    assert "sfmeta job resume" in caught.value.hint
    assert last(ledger).stage is Stage.PREPARED

    # the next run does not send either
    org.before_deploy = lambda: None
    with pytest.raises(StillRunning):
        run(org, ledger, tools())
    assert org.deploys == []


@pytest.mark.parametrize(
    "blind",
    [
        OrgRefused("no such sobject", code="INVALID_TYPE"),
        OrgRefused("locked", code="ORG_LOCKED"),
        LoginRefused("no"),
        OrgUnreachable("away"),
    ],
)
def test_an_org_that_cannot_be_asked_leaves_the_entry_open(ledger: Ledger, blind: SfmetaError) -> None:
    org = lost(FakeOrg())
    lose = org.on_deploy

    def go_blind() -> None:
        org.blind = blind
        lose()

    org.on_deploy = go_blind
    with pytest.raises(StillRunning) as caught:
        run(org, ledger, tools())
    assert caught.value.code == UNKNOWN_CODE
    assert last(ledger).stage is Stage.PREPARED
    assert len(org.deploys) == 1


def test_jobs_of_before_and_of_other_entries_are_not_ours(ledger: Ledger) -> None:
    org = FakeOrg(began=[another(1, at_s=-600)])
    assert run(org, ledger, tools()).success
    org.held.clear()
    lost(org)
    assert run(org, ledger, tools()).success
    jobs = [entry.job_id for _, entry in ledger.deployments()]
    assert jobs == ["0Af000000000003AAA", "0Af000000000001AAA"]


def killed(org: FakeOrg, ledger: Ledger, *, taken: bool) -> None:
    """A run that ends between "prepared" and "sent"."""
    if taken:
        org.on_deploy = raising(KeyboardInterrupt())
    else:
        org.before_deploy = raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(org, ledger, tools())
    if taken:
        org.held.update(SIMPLE)
    org.on_deploy = org.before_deploy = lambda: None
    assert last(ledger).stage is Stage.PREPARED


def test_the_next_run_adopts_what_a_killed_one_sent(ledger: Ledger) -> None:
    org = FakeOrg()
    killed(org, ledger, taken=True)
    report = run(org, ledger, tools())
    assert report.outcome is None
    assert len(org.deploys) == 1
    [(_, entry)] = ledger.deployments()
    assert (entry.stage, entry.status, entry.success) == (Stage.FINISHED, "Succeeded", True)


def test_the_next_run_sends_what_a_killed_one_did_not(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    killed(org, ledger, taken=False)
    assert run(org, ledger, at).success
    assert at.clock.now() - START.timestamp() >= UNDER_WAY_S  # the call might have been on its way
    assert len(org.deploys) == 1
    assert [entry.status for _, entry in ledger.deployments()] == ["Succeeded", "NotSent"]


def test_after_a_while_one_look_is_enough(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    killed(org, ledger, taken=False)
    at.clock.sleep(UNDER_WAY_S)
    before = at.clock.now()
    settle(org, ledger, at)
    assert at.clock.now() == before
    assert last(ledger).status == "NotSent"


def test_when_the_org_keeps_jobs_no_longer_what_it_holds_is_the_outcome(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    killed(org, ledger, taken=False)
    org.held[next(iter(SIMPLE))] = permission_set("Somebody's")
    at.clock.sleep(KEPT_S + 1)
    settle(org, ledger, at)
    assert (last(ledger).status, last(ledger).was_taken) == ("Unknown", True)


def test_somebody_elses_run_is_looked_for_under_their_name(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    killed(org, ledger, taken=True)
    org.info = replace(INFO, username="other@example.com", user_id="005000000000002AAA")
    org.rows = {"User": [{"Id": INFO.user_id}]}
    asked: list[str] = []

    def pages(soql: str, *, tooling: bool = False) -> object:
        asked.append(soql)
        org.info = INFO
        return FakeOrg.pages(org, soql, tooling=tooling)

    org.pages = pages  # type: ignore[method-assign, assignment]
    settle(org, ledger, at)
    assert f"CreatedById = '{INFO.user_id}'" in asked[0]
    assert last(ledger).job_id == JobId("0Af000000000001AAA")


def test_who_is_not_known_in_the_org_cannot_be_looked_for(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    killed(org, ledger, taken=True)
    org.info = replace(INFO, username="other@example.com")
    with pytest.raises(StillRunning, match="does not tell who"):
        settle(org, ledger, at)


LOCKED = "ALREADY_IN_PROCESS: locked by another change"


def sleeping(at: Tools, act: Callable[[], None]) -> None:
    """Something happens whenever the clock is slept on."""

    def sleep(seconds: float) -> None:
        at.clock.time += seconds  # type: ignore[attr-defined]
        act()

    at.clock.sleep = sleep  # type: ignore[method-assign]


def test_a_call_that_a_busy_org_refuses_is_made_again(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    org.before_deploy = raising(OrgRefused("locked", code="ORG_LOCKED"))
    sleeping(at, lambda: setattr(org, "before_deploy", lambda: None))
    assert run(org, ledger, at).success
    assert len(org.deploys) == 1
    assert [entry.status for _, entry in ledger.deployments()] == ["Succeeded"]


def test_a_job_that_a_lock_ended_is_begun_again_while_the_org_is_as_it_was(ledger: Ledger) -> None:
    org, at = FakeOrg(fail=LOCKED), tools()
    sleeping(at, lambda: setattr(org, "fail", ""))
    assert run(org, ledger, at).success
    assert [entry.status for _, entry in ledger.deployments()] == ["Succeeded", "Failed"]


def test_where_the_other_change_touched_what_is_deployed_it_is_not_begun_again(ledger: Ledger) -> None:
    org, at = FakeOrg(fail=LOCKED), tools()
    sleeping(at, lambda: org.held.update({path: permission_set("Theirs") for path in SIMPLE}))
    assert not run(org, ledger, at).success
    assert len(org.deploys) == 1


def test_what_may_have_been_saved_in_part_is_not_begun_again(ledger: Ledger) -> None:
    org = FakeOrg(fail=LOCKED)
    assert not run(org, ledger, tools(), DeployOptions(rollback_on_error=False)).success
    assert len(org.deploys) == 1


def test_a_lock_is_not_waited_for_beyond_the_deadline(ledger: Ledger) -> None:
    org, at = FakeOrg(fail=LOCKED), tools(deadline_s=60)
    assert not run(org, ledger, at).success
    assert at.clock.now() - START.timestamp() <= 60
    assert {entry.status for _, entry in ledger.deployments()} == {"Failed"}


def test_an_org_that_failed_at_the_call_has_not_said_no(ledger: Ledger) -> None:
    org = FakeOrg()

    def act() -> None:
        org.held.update(SIMPLE)
        raise OrgRefused("an unexpected error", code="UNKNOWN_EXCEPTION")

    org.on_deploy = act
    assert run(org, ledger, tools()).success
    assert len(org.deploys) == 1


def telling(org: FakeOrg, *names: str) -> None:
    """Jobs of this org say what became of these components."""

    def status(job: JobId) -> DeployOutcome:
        messages = tuple(ComponentMessage("PermissionSet", name) for name in names)
        return DeployOutcome(job, JobStatus.SUCCEEDED, done=True, success=True, messages=messages)

    org.deploy_status = status  # type: ignore[method-assign]


def beside(job: dict[str, object]) -> FakeOrg:
    """A job of the same user begins and ends while our call is lost."""
    org = FakeOrg()

    def act() -> None:
        org.began = [job]
        raise LOST

    org.before_deploy = act
    return org


def test_a_job_of_another_size_that_names_all_that_was_sent_is_it(ledger: Ledger) -> None:
    """An org may count what lies inside files, too."""
    org = beside(another(1, components=3, ended=True))
    telling(org, "Allow_X", "Allow_X.Part")
    run(org, ledger, tools())
    assert last(ledger).job_id == another(1)["Id"]


def test_a_job_of_our_size_that_names_something_else_is_not(ledger: Ledger) -> None:
    org = beside(another(1, ended=True))
    telling(org, "Another")
    with pytest.raises(StillRunning, match="it may be another's"):
        run(org, ledger, tools())


def test_a_job_of_another_size_that_began_much_later_is_not(ledger: Ledger) -> None:
    org = FakeOrg(began=[another(1, components=3, at_s=7200)])
    org.before_deploy = raising(LOST)
    with pytest.raises(NotSent):
        run(org, ledger, tools())


class Pressed:
    """Ctrl-C at the first polls; then the job has ended."""

    def __init__(self, org: FakeOrg, times: int) -> None:
        self.left = times
        self._status = org.deploy_status

    def __call__(self, job: JobId) -> DeployOutcome:
        if self.left:
            self.left -= 1
            raise KeyboardInterrupt
        return self._status(job)


@pytest.mark.parametrize(("wishes", "left_alone"), [("wwd", True), ("www", False), ("wc", False), ("d", True)])
def test_after_ctrl_c_the_answer_is_done(ledger: Ledger, wishes: str, left_alone: bool) -> None:
    org, at = FakeOrg(), tools()
    org.deploy_status = Pressed(org, len(wishes))  # type: ignore[method-assign]
    stopped: list[JobId] = []

    def cancel(job: JobId) -> None:
        stopped.append(job)
        raise OrgRefused("it has ended", code="INVALID_ID_FIELD")

    org.cancel_deploy = cancel  # type: ignore[method-assign]
    asked = iter(wishes)
    meaning = {"w": OnInterrupt.WAIT, "c": OnInterrupt.CANCEL, "d": OnInterrupt.DETACH}
    at = replace(at, on_interrupt=lambda _: meaning[next(asked)])
    if left_alone:
        with pytest.raises(Interrupted, match="goes on in the org"):
            run(org, ledger, at)
        assert last(ledger).stage is Stage.SENT
    else:
        assert run(org, ledger, at).success
        assert last(ledger).status == "Succeeded"
    assert len(stopped) == wishes.count("c")


def test_ctrl_c_at_the_question_leaves_the_job_alone(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    org.deploy_status = Pressed(org, 1)  # type: ignore[method-assign]

    def pressed(job: JobId) -> OnInterrupt:
        raise KeyboardInterrupt(job)

    with pytest.raises(Interrupted):
        run(org, ledger, replace(at, on_interrupt=pressed))
    assert last(ledger).stage is Stage.SENT


OTHER = {"permissionsets/Allow_Y.permissionset": permission_set("Y")}


def late(org: FakeOrg, ledger: Ledger, at: Tools, files: dict[str, bytes] = SIMPLE) -> Deployment:
    """A deployment whose request is under way when it is closed as never taken."""
    org.before_deploy = raising(LOST)
    with pytest.raises(NotSent):
        run(org, ledger, at, files=files)
    org.before_deploy = lambda: None
    closed = last(ledger)
    assert (closed.stage, closed.status, closed.unanswered) == (Stage.FINISHED, "NotSent", True)
    return closed


def comes(org: FakeOrg, files: dict[str, bytes] = SIMPLE) -> JobId:
    """A request reaches the org."""
    org.jobs.append((DeployOptions(), {"package.xml": b"", **files}))
    org.held.update(files)
    return JobId(f"0Af{len(org.jobs):012d}AAA")


def counting(org: FakeOrg) -> list[str]:
    """What is asked of the list of jobs from now on."""
    asked: list[str] = []

    def pages(soql: str, *, tooling: bool = False) -> object:
        asked.append(soql)
        return FakeOrg.pages(org, soql, tooling=tooling)

    org.pages = pages  # type: ignore[method-assign, assignment]
    return asked


def test_what_came_after_it_was_closed_is_an_entry_of_its_own(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    closed = late(org, ledger, at)
    job = comes(org)
    assert run(org, ledger, at).outcome is None  # there is nothing left to do
    (commit, arrived), (_, old) = ledger.deployments()
    assert old == closed  # nothing is rewritten
    assert (arrived.late_of, arrived.job_id, arrived.status, arrived.success) == (closed.id, job, "Succeeded", True)
    assert arrived.package_digest == package_digest(ledger.package(commit)) == closed.package_digest
    assert ledger.before(commit) == ()
    assert arrived.absent_before == closed.absent_before == closed.components
    assert [entry.sha256 for entry in ledger.after(commit)] == [Entry.of(*one).sha256 for one in SIMPLE.items()]
    asked = counting(org)
    settle(org, ledger, at)
    assert asked == []  # it is known now what became of it


def test_the_list_of_jobs_is_asked_only_while_something_may_come_late(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    assert run(org, ledger, at).success
    asked = counting(org)
    settle(org, ledger, at)
    assert asked == []
    org.held.clear()
    late(org, ledger, at)
    asked.clear()
    settle(org, ledger, at)
    assert len(asked) == 1
    assert last(ledger).status == "NotSent"
    at.clock.sleep(LATE_S + 1)
    asked.clear()
    comes(org)
    settle(org, ledger, at)
    assert asked == []


def test_where_the_org_itself_said_no_nothing_can_come_late(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    org.before_deploy = raising(OrgRefused("no", code="INVALID_OPERATION"))
    with pytest.raises(OrgRefused):
        run(org, ledger, at)
    assert (last(ledger).status, last(ledger).unanswered) == ("NotSent", False)
    asked = counting(org)
    settle(org, ledger, at)
    assert asked == []


def test_two_jobs_that_fit_what_came_late_are_left_to_a_person(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    closed = late(org, ledger, at)
    first, second = comes(org), comes(org)
    with pytest.raises(StillRunning, match="more than one may be it") as caught:
        run(org, ledger, at)
    assert caught.value.code == UNKNOWN_CODE
    assert first in caught.value.message
    assert second in caught.value.message
    resumed = op_job.resume(org, second, ledger, at)
    assert resumed.report is not None
    assert (last(ledger).late_of, last(ledger).job_id) == (closed.id, second)
    assert run(org, ledger, at).success


def test_who_has_looked_ends_the_doubt(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    closed = late(org, ledger, at)
    comes(org)
    with pytest.raises(GuardRefused, match="which may have come late"):
        op_job.close(org, ledger, at)
    comes(org)
    assert op_job.close(org, ledger, at) == replace(closed, unanswered=False)
    assert last(ledger).status == "NotSent"
    asked = counting(org)
    settle(org, ledger, at)
    assert asked == []
    with pytest.raises(UsageError):
        op_job.close(org, ledger, at)


def test_what_comes_late_over_a_later_deployment_has_that_one_before_it(ledger: Ledger) -> None:
    """The first is lost, the second goes through, and then the first one's request overwrites it."""
    org, at = FakeOrg(), tools()
    [path] = SIMPLE
    newer = {path: permission_set("Newer")}
    closed = late(org, ledger, at)
    assert run(org, ledger, at, files=newer).success
    org.at = START + timedelta(seconds=120)
    job = comes(org)
    settle(org, ledger, at)
    commit, arrived = next(iter(ledger.deployments()))
    assert (arrived.late_of, arrived.job_id, arrived.absent_before) == (closed.id, job, ())
    assert [entry.read() for entry in ledger.before(commit)] == [Entry.of(path, newer[path]).read()]
    [after] = ledger.after(commit)
    assert after.sha256 == Entry.of(path, SIMPLE[path]).sha256


def test_a_job_that_may_be_either_of_two_packages_is_left_to_a_person(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    one, other = late(org, ledger, at), late(org, ledger, at, OTHER)
    job = comes(org)
    with pytest.raises(StillRunning, match=f"{other.id} or {one.id}") as caught:
        run(org, ledger, at)
    assert job in caught.value.message


def test_the_same_package_lost_twice_and_come_once_is_one_entry(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    late(org, ledger, at)
    newest = late(org, ledger, at)
    comes(org)
    settle(org, ledger, at)
    settle(org, ledger, at)
    assert [entry.status for _, entry in ledger.deployments()] == ["Succeeded", "NotSent", "NotSent"]
    assert last(ledger).late_of == newest.id


def test_a_job_that_names_something_else_at_its_end_did_not_come_late(ledger: Ledger) -> None:
    org, at = FakeOrg(), tools()
    late(org, ledger, at)
    telling(org, "Another")
    comes(org)
    settle(org, ledger, at)
    assert [entry.status for _, entry in ledger.deployments()] == ["NotSent"]


@pytest.mark.parametrize("between", [False, True])
def test_grants_follow_what_came_late_only_where_nothing_came_in_between(ledger: Ledger, between: bool) -> None:
    org, at = FakeOrg(), tools()
    org.rows["User"] = [{"Id": "005ada@example.com", "Username": "ada@example.com"}]
    grant = RecordChange(None, Record(RecordId(RecordKind.ASSIGNMENT, "Allow_X", "ada@example.com")))
    org.before_deploy = raising(LOST)
    with pytest.raises(NotSent):
        run(org, ledger, at, writes=(grant,))
    org.before_deploy = lambda: None
    if between:
        assert run(org, ledger, at, files=OTHER).success
    org.at = START + timedelta(seconds=120)
    comes(org)
    settle(org, ledger, at)
    assert last(ledger).success
    assert bool(org.rows.get("PermissionSetAssignment")) is not between
