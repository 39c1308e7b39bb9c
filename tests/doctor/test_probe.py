"""The probe finds out how the org answers each open question, whichever way it does, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sfmeta.errors import GuardRefused, NotSent, OrgRefused
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.model.diagnosis import Probing
from sfmeta.model.names import OrgId, TypeName
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.probe.bench import Pace
from sfmeta.ops.probe.marks import PREFIX
from sfmeta.ops.probe.run import check_org, clean_up, probe
from sfmeta.ops.probe.table import QUESTIONS, UNTESTED
from sfmeta.org.client import OrgClient
from sfmeta.workspace.findings import read_findings, record
from sfmeta.workspace.journal import Journal, is_open
from tests.cli.conftest import login_words
from tests.doctor.conftest import Answering, Practice, Run, tools

PACE = Pace(settle_s=0.0, appear_s=0.5, lapse_s=1.0)
CREATION = ("ApiAccessControl", "ConnectedAppCreation", "SoapLogin")
WITH_CONNECTED_APPS = {"permission_set_names_are_labels", "use_any_api_client_opens_admin_approved_apps"}
UNDER_THE_BOX = {"self_authorize_survives_first_box", "use_any_api_client_opens_admin_approved_apps"}
# a refusal has two possible reasons, and the probe says so
ONE_WAY = {("self_authorize_survives_first_box", False)}
# what an org writes down about anything that is done in it: its diary, not its state
DIARY = {"LoginHistory", "SetupAuditTrail", "ApiTotalUsageEventLog"}
CHANGES = {"create_record", "delete_record", "start_deploy"}
ASKED = [question.name for question in QUESTIONS]
# together they make everything that a probe ever makes: sets, assignments, grants, a group, both kinds of app, a block
KILLED = (
    "past_expiration_is_refused",
    "omitted_app_grants_stay",
    "group_members_preauthorize",
    "deleting_a_block_unblocks",
    "permission_set_names_are_labels",
)


def probed(practice: Practice, config: Path, only: tuple[str, ...] = ()) -> Probing:
    return probe(practice.connect(), tools(), config, PACE, only)


def set_up(practice: Practice, name: str, answer: bool) -> None:
    practice.state.change_org(assumptions={name: answer})
    if name == "boxes_without_feature_are_ignored":
        practice.state.change_org(features=("SoapLogin",))
    elif name in WITH_CONNECTED_APPS:
        practice.state.change_org(features=CREATION)
    if name in UNDER_THE_BOX:
        practice.org.tick(internal=True)


def held(data: Path) -> Mapping[str, set[tuple[Any, ...]]]:
    """All that an org holds, read from its file: every row but its diary, and sfmeta's own sessions and tokens."""
    with closing(sqlite3.connect(data / "org.db")) as database:
        rows = database.execute("SELECT id, sobject, fields FROM record").fetchall()
        tables = {
            "component": database.execute("SELECT * FROM metadata_component").fetchall(),
            "file": database.execute("SELECT * FROM metadata_file").fetchall(),
            "fact": [row for row in database.execute("SELECT * FROM fact").fetchall() if row[0] == "org"],
        }
    [own] = [row[0] for row in rows if row[1] == "ConnectedApplication" and json.loads(row[2])["Name"] == "sfmeta"]
    sessions = {row[0] for row in rows if row[1] in ("AuthSession", "OauthToken") and own in row[2]}
    kept = {row for row in rows if row[1] not in DIARY and row[0] not in sessions}
    return {"record": kept, **{name: set(found) for name, found in tables.items()}}


def test_every_open_question_is_asked_or_has_its_reason() -> None:
    assert sorted([*ASKED, *UNTESTED]) == sorted(ASSUMPTIONS)
    assert len(set(ASKED)) == len(ASKED)


def test_what_becomes_of_an_approval_that_a_person_gave_is_not_asked_of_a_login_without_one() -> None:
    person = {name for name, reason in UNTESTED.items() if "a person who approves an app" in reason}
    assert person == {
        "admin_approval_ends_authorizations",
        "refresh_policy_hits_issued_tokens",
        "second_factor_covers_refresh",
    }


def test_every_question_has_a_plan() -> None:
    for question in QUESTIONS:
        assert question.asked, question.name
        assert question.text.endswith("?"), question.name
        assert bool(question.made) is bool(question.taken_back), question.name


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("name", ASKED)
def test_it_is_found_out(acme: Practice, tmp_path: Path, name: str, answer: bool) -> None:
    set_up(acme, name, answer)
    found = probed(acme, tmp_path, (name,))
    [tried] = found.tried
    if (name, answer) in ONE_WAY:
        assert (tried.answer, "by the box or because" in tried.reason) == (None, True)
        return
    assert tried.answer is not None, tried.reason
    assert (tried.name, tried.answer.name, tried.answer.answer) == (name, name, answer), tried.answer.how
    assert (tried.answer.org_id, tried.answer.org_name) == (acme.org.org_id, "Acme (sandbox)")
    assert tried.answer.how
    assert tried.answer.is_local
    assert found.left == ()


def test_what_a_real_org_answers_is_not_marked_as_local(acme: Practice, tmp_path: Path) -> None:
    pretended = Answering(acme.connect()).with_info(instance_url="https://acme--uat.sandbox.my.salesforce.com")
    found = probe(pretended, tools(), tmp_path, PACE, ("past_expiration_is_refused",))  # type: ignore[arg-type]
    assert [one.is_local for one in found.answers] == [False]


def test_a_whole_run_answers_and_leaves_the_org_as_it_was(acme: Practice, tmp_path: Path) -> None:
    acme.state.change_org(features=CREATION)
    client = acme.connect()
    before = held(acme.data)
    found = probe(client, tools(), tmp_path, PACE)
    assert {one.name for one in found.answers} == set(ASKED) - {
        "boxes_without_feature_are_ignored",  # the org has the feature
        *UNDER_THE_BOX,  # its box is not ticked
    }
    assert {one.name: one.answer for one in found.answers} == {
        one.name: ASSUMPTIONS[one.name].default for one in found.answers
    }
    assert held(acme.data) == before
    assert not is_open(tmp_path, client.info.id)
    # the same run says the same of the same org, word for word: its words are kept in git
    again = probe(client, tools(), tmp_path, PACE)
    assert [(one.name, one.how) for one in again.answers] == [(one.name, one.how) for one in found.answers]
    assert not any(PREFIX in one.how for one in found.answers)


def test_an_audit_after_it_is_as_sure_as_before(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    before = audit(client, AuditRequest(), tools())
    assert probed(acme, tmp_path, ("group_members_preauthorize",)).answers
    after = audit(client, AuditRequest(), tools())
    assert "probe-remains" in {gap.name for gap in after.gaps}
    assert after.coverage == before.coverage


def test_an_org_that_answers_everything_the_other_way_is_found_out_and_can_be_made_again(
    acme: Practice, tmp_path: Path, local_org_factory: Callable[..., Any]
) -> None:
    other = {name: not ASSUMPTIONS[name].default for name in ASKED}
    acme.state.change_org(features=CREATION, assumptions=other)
    found = probe(acme.connect(), tools(), tmp_path, PACE)
    told = {one.name: one.answer for one in found.answers}
    assert told == {name: other[name] for name in told}
    assert set(told) == set(ASKED) - {"boxes_without_feature_are_ignored", *UNDER_THE_BOX}
    # the file is all that the client and the local org share
    record(tmp_path, found.answers)
    org = local_org_factory("empty", findings=tmp_path / "findings.json")
    made = org.status()["assumptions"]
    assert {name: made[name] for name in told} == told


def test_without_new_connected_apps_names_are_read_from_those_that_there_are(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    client.create_record("PermissionSet", {"Name": "Allow_X", "Label": "Allow X"})
    acme.org.ask("POST", "app/policy", {"app": "Billing Sync", "permitted_users": "admin_approved",
                                        "permission_sets": ["Allow_X"]})  # fmt: skip
    for answer in (True, False):
        acme.state.change_org(assumptions={"permission_set_names_are_labels": answer})
        [tried] = probed(acme, tmp_path, ("permission_set_names_are_labels",)).tried
        assert tried.answer is not None
        assert tried.answer.answer is answer


def test_use_any_api_client_opens_external_client_apps_so_nothing_is_learned(acme: Practice, tmp_path: Path) -> None:
    acme.admin_profile(UseAnyApiClient=True)
    [tried] = probed(acme, tmp_path, ("group_members_preauthorize",)).tried
    assert tried.answer is None
    assert "Use Any API Client" in tried.reason


def test_a_user_who_may_too_little_is_told_before_anything_is_made(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    acme.admin_profile(AssignPermissionSets=False, ManageProfilesPermissionsets=False)
    before = held(acme.data)
    with pytest.raises(GuardRefused, match="Assign Permission Sets, Manage Profiles and Permission Sets"):
        probe(client, tools(), tmp_path, PACE)
    assert held(acme.data) == before


def test_an_org_that_makes_no_app_leaves_the_doors_alone(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    before = held(acme.data)

    def refuse(archive: object, options: object) -> str:
        raise OrgRefused("the org refused: NO_DEPLOYMENTS_TODAY")

    found = probe(Answering(client, start_deploy=refuse), tools(), tmp_path, PACE)  # type: ignore[arg-type]
    tried = {one.name: one for one in found.tried}
    assert "NO_DEPLOYMENTS_TODAY" in tried["group_members_preauthorize"].reason
    assert tried["past_expiration_is_refused"].answer is not None
    assert found.left == ()
    assert held(acme.data) == before


def test_production_is_never_probed(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    before = held(acme.data)
    pretended = Answering(client).with_info(is_sandbox=False)
    with pytest.raises(GuardRefused, match="production"):
        check_org(pretended.info)
    with pytest.raises(GuardRefused, match="production"):
        probe(pretended, tools(), tmp_path, PACE)  # type: ignore[arg-type]
    assert held(acme.data) == before


class Killed(BaseException):
    """What a killed process does next: nothing."""


class Mortal:
    """An org whose client dies right after its nth change: the org has it, and the client never learns."""

    def __init__(self, org: OrgClient, last: int, death: BaseException | None = None) -> None:
        self._org = org
        self._left = last
        self._death = death or Killed()
        self.changes = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._org, name)
        return self._counted(found, name in CHANGES) if callable(found) else found

    def _counted(self, call: Callable[..., Any], is_change: bool) -> Callable[..., Any]:
        def counted(*values: Any, **named: Any) -> Any:
            if self._left and self.changes >= self._left:
                raise self._death
            answer = call(*values, **named)
            if is_change:
                self.changes += 1
                if self.changes == self._left:
                    raise self._death
            return answer

        return counted


@pytest.mark.parametrize("name", KILLED)
def test_killed_after_any_change_the_next_run_cleans_up(acme: Practice, tmp_path: Path, name: str) -> None:
    set_up(acme, name, ASSUMPTIONS[name].default)
    client = acme.connect()
    before = held(acme.data)
    whole = Mortal(client, 0)
    probe(whole, tools(), tmp_path, PACE, (name,))  # type: ignore[arg-type]
    assert held(acme.data) == before
    for last in range(1, whole.changes + 1):
        with pytest.raises(Killed):
            probe(Mortal(client, last), tools(), tmp_path, PACE, (name,))  # type: ignore[arg-type]
        cleaned = clean_up(client, tools(), tmp_path)
        assert cleaned.left == ()
        assert held(acme.data) == before, last
        assert not is_open(tmp_path, client.info.id)


def test_a_probe_cleans_up_after_the_one_before_and_says_so(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    before = held(acme.data)
    with pytest.raises(Killed):
        probe(Mortal(client, 2), tools(), tmp_path, PACE, ("past_expiration_is_refused",))  # type: ignore[arg-type]
    assert held(acme.data) != before
    found = probe(client, tools(), tmp_path, PACE, ("past_expiration_is_refused",))
    assert [thing.partition(":")[0] for thing in found.cleaned] == ["PermissionSet"]
    assert held(acme.data) == before


def test_an_org_that_is_gone_meanwhile_is_cleaned_up_when_it_is_back(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    before = held(acme.data)
    cut_off = Mortal(client, 3, NotSent("cannot reach the org"))
    with pytest.raises(NotSent):
        probe(cut_off, tools(), tmp_path, PACE, ("group_members_preauthorize",))  # type: ignore[arg-type]
    assert is_open(tmp_path, client.info.id)
    assert clean_up(client, tools(), tmp_path).left == ()
    assert held(acme.data) == before


def test_a_deployment_that_a_killed_probe_had_sent_is_waited_for(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    before = held(acme.data)
    acme.org.faults.slow_jobs("seconds:1")
    with pytest.raises(Killed):
        # its fourth change is the deployment of the external client app, which is still on its way
        probe(Mortal(client, 4), tools(), tmp_path, PACE, ("jwt_tokens_are_listed",))  # type: ignore[arg-type]
    cleaned = clean_up(client, tools(), tmp_path)
    assert any(thing.startswith("ExternalClientApplication:") for thing in cleaned.gone)
    time.sleep(1.1)  # by now whatever was on its way is there
    client.list_metadata([TypeName("ExternalClientApplication")])
    assert held(acme.data) == before


def test_what_cannot_be_taken_away_is_named_and_tried_again(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    before = held(acme.data)

    def refuse(sobject: str, record_id: str) -> None:
        raise OrgRefused("the org refused: IT_IS_MINE")

    stubborn = Answering(client, delete_record=refuse)
    found = probe(stubborn, tools(), tmp_path, PACE, ("past_expiration_is_refused",))  # type: ignore[arg-type]
    [left] = found.left
    assert left.startswith("PermissionSet:sfmeta_probe_")
    assert "IT_IS_MINE" in left
    assert is_open(tmp_path, client.info.id)
    assert clean_up(client, tools(), tmp_path).gone
    assert held(acme.data) == before


def test_two_probes_of_one_org_do_not_meet(acme: Practice, tmp_path: Path) -> None:
    client = acme.connect()
    with Journal.open(tmp_path, client.info.id), pytest.raises(GuardRefused, match="Another probe"):
        probe(client, tools(), tmp_path, PACE)


class TestAsACommand:
    @pytest.mark.parametrize("noted", [1, 5, 9, 13])
    def test_a_process_that_is_killed_leaves_nothing_for_long(
        self, acme: Practice, run: Run, noted: int, tmp_path: Path
    ) -> None:
        before = held(acme.data)
        journal = Path(os.environ["SFMETA_HOME"]) / "config" / "probes" / f"{acme.org.org_id}.jsonl"
        process = started(journal, noted)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        ran = run("doctor")
        assert ran.code == 0
        assert "A probe that was killed had left" in ran.err
        assert held(acme.data) == before
        assert "A probe that was killed" not in run("doctor").err

    def test_ctrl_c_cleans_up_at_once(self, acme: Practice, run: Run) -> None:
        before = held(acme.data)
        journal = Path(os.environ["SFMETA_HOME"]) / "config" / "probes" / f"{acme.org.org_id}.jsonl"
        process = started(journal, 5)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert held(acme.data) == before
        assert "A probe that was killed" not in run("doctor").err

    def test_what_was_learned_is_in_the_project(self, acme: Practice, run: Run) -> None:
        assert run("init").code == 0
        ran = run("doctor", "--probe", "--yes", "--json")
        assert ran.code == 0
        told = {one["name"]: one["answer"] for one in ran.document["result"]["questions"] if one["answer"] is not None}
        learned = read_findings(Path()).for_org(OrgId.parse(acme.org.org_id))
        assert {name: answer.answer for name, answer in learned.items()} == told
        assert len(told) >= 10
        assert all(answer.is_local for answer in learned.values())
        assert read_findings(Path()).for_org(OrgId.parse("00D000000000009EAA")) == {}

    def test_without_a_project_it_is_only_told(self, acme: Practice, run: Run) -> None:
        ran = run("doctor", "--probe", "--yes")
        assert ran.code == 0
        assert "This is a local org: its answers count for this org alone." in ran.out.splitlines()
        assert "nothing was written to findings.json" in ran.err
        assert list(Path().iterdir()) == []

    def test_nobody_is_there_to_ask(self, acme: Practice, run: Run) -> None:
        before = held(acme.data)
        ran = run("doctor", "--probe")
        assert ran.code == 4
        assert "Add --yes" in ran.err
        assert held(acme.data) == before

    def test_production_is_refused_whatever_is_said(
        self, local_org_factory: Callable[..., Any], run: Run, tmp_path: Path
    ) -> None:
        org = local_org_factory("empty", production=True)
        assert run("org", "add", "prod", *login_words(org)).code == 0
        ran = run("doctor", "-o", "prod", "--probe", "--yes")
        assert ran.code == 4
        assert "is a production org" in ran.err
        assert org.query(f"SELECT Id FROM PermissionSet WHERE Name LIKE '{PREFIX}%'") == []

    def test_findings_that_cannot_be_read_stop_it_before_anything_is_made(self, acme: Practice, run: Run) -> None:
        assert run("init").code == 0
        Path("findings.json").write_text("<<<<<<<")
        before = held(acme.data)
        assert run("doctor", "--probe", "--yes").code == 2
        assert held(acme.data) == before


def started(journal: Path, noted: int) -> subprocess.Popen[bytes]:
    """A probe in a process of its own that has noted so many things at once."""
    command = [sys.executable, "-m", "sfmeta", "doctor", "--probe", "--yes"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None and noted_in(journal) < noted:
        time.sleep(0.002)
    return process


def noted_in(journal: Path) -> int:
    return journal.read_text().count('"thing"') if journal.exists() else 0
