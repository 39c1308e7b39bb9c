"""The probe finds out how the org answers each open question, whichever way it does, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sfmeta.errors import GuardRefused
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.model.diagnosis import Probing
from sfmeta.ops.probe.bench import PREFIX, Pace
from sfmeta.ops.probe.run import check_org, probe
from sfmeta.ops.probe.table import QUESTIONS, UNTESTED
from tests.doctor.conftest import Practice, tools

PACE = Pace(settle_s=0.0, appear_s=0.5, lapse_s=1.0)
CREATION = ("ApiAccessControl", "ConnectedAppCreation", "SoapLogin")
WITH_CONNECTED_APPS = {"permission_set_names_are_labels", "use_any_api_client_opens_admin_approved_apps"}
# what an org writes down about anything that is done in it: its diary, not its state
DIARY = {"LoginHistory", "SetupAuditTrail", "DeployRequest", "ApiTotalUsageEventLog", "DeployJob", "RetrieveJob"}


def probed(practice: Practice, config: Path, only: tuple[str, ...] = ()) -> Probing:
    return probe(practice.connect(), tools(), config, PACE, only)


def set_up(practice: Practice, name: str, answer: bool) -> None:
    practice.state.change_org(assumptions={name: answer})
    if name == "boxes_without_feature_are_ignored":
        practice.state.change_org(features=("SoapLogin",))
    elif name in WITH_CONNECTED_APPS:
        practice.state.change_org(features=CREATION)
    if name.startswith("use_any_api_client"):
        practice.org.tick(internal=True)


def held(practice: Practice) -> Mapping[str, Any]:
    """Every row of the org but its diary and sessions' last use."""
    with practice.state.lock:
        rows = practice.state.records.connection.execute("SELECT id, sobject, fields FROM record").fetchall()
    return {row[0]: (row[1], row[2]) for row in rows if row[1] not in DIARY}


def test_every_open_question_is_asked_or_has_its_reason() -> None:
    asked = [question.name for question in QUESTIONS]
    assert sorted([*asked, *UNTESTED]) == sorted(ASSUMPTIONS)
    assert len(set(asked)) == len(asked)


def test_every_question_has_a_plan() -> None:
    for question in QUESTIONS:
        assert question.asked, question.name
        assert bool(question.made) is bool(question.taken_back), question.name


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("name", [question.name for question in QUESTIONS])
def test_it_is_found_out(acme: Practice, tmp_path: Path, name: str, answer: bool) -> None:
    set_up(acme, name, answer)
    found = probed(acme, tmp_path, (name,))
    [tried] = found.tried
    assert tried.answer is not None, tried.reason
    assert (tried.name, tried.answer.name, tried.answer.answer) == (name, name, answer), tried.answer.how
    assert (tried.answer.org_id, tried.answer.org_name) == (acme.org.org_id, "Acme (sandbox)")
    assert tried.answer.how
    assert found.left == ()
