"""Findings of probes become a new org's assumptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli.main import main
from sfmeta.errors import SourceError, UsageError
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.running.process import LocalOrgProcess
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.localorg.seed import format as form
from sfmeta.localorg.seed.findings import Finding, load_findings, with_findings

SURVIVES, JWT = "self_authorize_survives_first_box", "jwt_tokens_are_listed"


def answer(name: str, value: object = False, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "answer": value,
        "learned_at": "2026-11-20T10:00:00Z",
        "org_id": "00D000000000001EAA",
        "org_name": "Acme UAT",
        "how": "ticked it and looked",
        **more,
    }


def write(path: Path, *answers: object, **more: Any) -> Path:
    path.write_text(json.dumps({"sfmeta_findings": 1, "answers": list(answers), **more}))
    return path


def test_a_new_org_takes_them(tmp_path: Path) -> None:
    file = write(tmp_path / "findings.json", answer(SURVIVES), answer(JWT))
    with LocalOrg("empty", findings=file) as org:
        assert org.state.org.assumptions == {SURVIVES: False, JWT: False}
        assert org.warnings == []


def test_the_seeds_own_answer_counts_and_is_told(tmp_path: Path) -> None:
    seed = form.Seed(org=form.Org(assumptions={SURVIVES: True, JWT: False}))
    planted, warnings = with_findings(seed, load([answer(SURVIVES), answer(JWT)], tmp_path))
    assert planted.org.assumptions == {SURVIVES: True, JWT: False}
    assert warnings == [f"{SURVIVES}: the seed says yes, Acme UAT answered no; the seed's answer counts"]


def load(answers: list[dict[str, Any]], folder: Path) -> list[Finding]:
    return load_findings(write(folder / "findings.json", *answers))


def test_of_orgs_that_disagree_the_latest_counts(tmp_path: Path) -> None:
    old = answer(SURVIVES, False, learned_at="2026-11-01T00:00:00")
    new = answer(SURVIVES, True, learned_at="2026-11-02T00:00:00+00:00", org_name="")
    planted, warnings = with_findings(form.Seed(), load([new, old], tmp_path))
    assert planted.org.assumptions == {SURVIVES: True}
    assert warnings == [f"{SURVIVES}: Acme UAT answered no, 00D000000000001EAA later yes"]


def test_what_was_learned_in_a_local_org_counts_where_no_real_one_told(tmp_path: Path) -> None:
    real = answer(SURVIVES, False, learned_at="2026-11-01T00:00:00")
    local = [answer(name, True, learned_at="2026-11-02T00:00:00", local=True) for name in (SURVIVES, JWT)]
    planted, warnings = with_findings(form.Seed(), load([real, *local], tmp_path))
    assert planted.org.assumptions == {SURVIVES: False, JWT: True}
    assert warnings == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("no json", "this is no JSON"),
        ("[]", "these are no findings of format 1"),
        ('{"sfmeta_findings": 2, "answers": []}', "these are no findings of format 1"),
        ('{"sfmeta_findings": 1, "answers": {}}', "these are no findings of format 1"),
        (json.dumps({"sfmeta_findings": 1, "answers": [answer("jwt_are")]}), "there is no assumption jwt_are"),
        (json.dumps({"sfmeta_findings": 1, "answers": [answer(JWT, "yes")]}), "answer 1 has no name, or is neither"),
        (json.dumps({"sfmeta_findings": 1, "answers": ["x"]}), "answer 1 has no name, or is neither"),
        (json.dumps({"sfmeta_findings": 1, "answers": [answer(JWT, learned_at="soon")]}), "soon is no date and time"),
        (json.dumps({"sfmeta_findings": 1, "answers": [answer(JWT, local="no")]}), "local is neither true nor false"),
    ],
)
def test_what_is_no_finding_is_told(tmp_path: Path, wrong: str, message: str) -> None:
    file = tmp_path / "findings.json"
    file.write_text(wrong)
    with pytest.raises(SourceError, match=message):
        load_findings(file)


def test_an_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as told:
        load_findings(write(tmp_path / "findings.json", answer("jwt_token_are_listed")))
    assert f"Did you mean {JWT}?" in {problem.hint for problem in told.value.problems}


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["localorg", "start", "--findings", str(tmp_path / "nowhere.json")]) == 2
    assert "there are no findings" in capsys.readouterr().err
    with pytest.raises(UsageError):
        load_findings(tmp_path / "nowhere.json")


def test_an_org_that_is_there_keeps_its_answers(tmp_path: Path) -> None:
    file = write(tmp_path / "findings.json", answer(SURVIVES))
    with LocalOrg("empty", tmp_path / "data"):
        pass
    with LocalOrg("empty", tmp_path / "data", findings=file) as org:
        assert org.state.org.assumptions == {}
        assert "holds an org already" in org.warnings[0]


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    file = write(tmp_path / "findings.json", *(answer(name, not one.default) for name, one in ASSUMPTIONS.items()))
    with LocalOrgProcess("empty", tmp_path / "data", findings=file):
        pass
    with LocalOrg("empty", tmp_path / "data") as org:
        assert org.state.org.assumptions == {name: not one.default for name, one in ASSUMPTIONS.items()}
