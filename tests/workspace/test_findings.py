"""What probes found out, kept in the project: sorted, whole, bound to an org, mergeable by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.errors import SourceError
from sfmeta.model.forecast import Answer
from sfmeta.model.names import OrgId
from sfmeta.workspace.findings import FINDINGS_FILE, Findings, read_findings, record

HERE, THERE = "00D000000000001EAA", "00D000000000002EAA"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ANSWER = Answer("group_members_preauthorize", True, NOON, HERE, "Acme", "tried it")

ANSWERS = st.lists(
    st.builds(
        Answer,
        name=st.sampled_from(["a", "b", "c"]),
        answer=st.booleans(),
        learned_at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(
            lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
        ),
        org_id=st.sampled_from([HERE, THERE]),
        org_name=st.text(max_size=5).filter(str.isprintable),
        how=st.text(max_size=9).filter(str.isprintable),
        is_local=st.booleans(),
    )
)


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert read_findings(tmp_path) == Findings()
    assert read_findings(tmp_path).for_org(OrgId.parse(HERE)) == {}


@given(ANSWERS)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, answers: list[Answer]) -> None:
    root = tmp_path_factory.mktemp("project")
    assert record(root, answers) == read_findings(root) == Findings().with_answers(answers)


@given(ANSWERS)
def test_the_file_does_not_depend_on_the_order_of_learning(
    tmp_path_factory: pytest.TempPathFactory, answers: list[Answer]
) -> None:
    kept = Findings().with_answers([*answers, ANSWER]).answers
    one, other = (tmp_path_factory.mktemp("project") for _ in range(2))
    record(one, kept)
    for answer in reversed(kept):
        record(other, [answer])
    assert (one / FINDINGS_FILE).read_bytes() == (other / FINDINGS_FILE).read_bytes()


def test_the_format(tmp_path: Path) -> None:
    record(tmp_path, [ANSWER])
    assert json.loads((tmp_path / FINDINGS_FILE).read_text()) == {
        "sfmeta_findings": 1,
        "answers": [
            {
                "name": "group_members_preauthorize",
                "answer": True,
                "learned_at": "2026-11-26T12:00:00Z",
                "org_id": HERE,
                "org_name": "Acme",
                "how": "tried it",
            }
        ],
    }


def test_an_org_s_own_answer_counts_else_the_newest_of_another(tmp_path: Path) -> None:
    old = replace(ANSWER, answer=False, learned_at=NOON - timedelta(days=9))
    other = replace(ANSWER, org_id=THERE, answer=False, learned_at=NOON)
    findings = record(tmp_path, [old, other])
    assert findings.for_org(OrgId.parse(HERE)) == {ANSWER.name: old}
    assert findings.for_org(OrgId.parse("00D000000000003EAA")) == {ANSWER.name: other}
    assert len(findings.answers) == 2  # they disagree, and both are kept


def test_what_was_learned_in_a_local_org_counts_there_alone(tmp_path: Path) -> None:
    local = replace(ANSWER, answer=False, learned_at=NOON + timedelta(days=1), org_id=THERE, is_local=True)
    findings = record(tmp_path, [ANSWER, local])
    assert findings.for_org(OrgId.parse(HERE)) == {ANSWER.name: ANSWER}
    assert findings.for_org(OrgId.parse("00D000000000003EAA")) == {ANSWER.name: ANSWER}
    assert findings.for_org(OrgId.parse(THERE)) == {ANSWER.name: local}
    assert record(tmp_path / "other", [local]).for_org(OrgId.parse(HERE)) == {}


def test_only_a_local_org_is_marked(tmp_path: Path) -> None:
    record(tmp_path, [ANSWER, replace(ANSWER, org_id=THERE, is_local=True)])
    real, local = json.loads((tmp_path / FINDINGS_FILE).read_text())["answers"]
    assert "local" not in real
    assert local["local"] is True


def test_a_new_answer_of_the_same_org_replaces_the_old_one(tmp_path: Path) -> None:
    record(tmp_path, [ANSWER])
    assert record(tmp_path, [replace(ANSWER, answer=False)]).answers == (replace(ANSWER, answer=False),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"sfmeta_findings": 1,\n<<<<<<< HEAD\n', "findings.json:2: is no JSON"),
        ("[]", "no list of findings"),
        ('{"sfmeta_findings": 2, "answers": []}', "no list of findings of format 1"),
        ('{"sfmeta_findings": 1, "answers": [{"name": "a"}]}', "answer 1 lacks one of"),
        ('{"sfmeta_findings": 1, "answers": [7]}', "answer 1 lacks one of"),
        (
            '{"sfmeta_findings": 1, "answers": [{"name": "a", "answer": true, "learned_at": "x", "org_id": "x", '
            '"org_name": "", "how": ""}]}',
            "answer 1: x is no date and time",
        ),
        (
            '{"sfmeta_findings": 1, "answers": [{"name": "a", "answer": true, "learned_at": "x", "org_id": "x", '
            '"org_name": "", "how": "", "local": "yes"}]}',
            "answer 1: local is neither true nor false",
        ),
    ],
)
def test_a_file_that_is_wrong_is_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / FINDINGS_FILE).write_text(text)
    with pytest.raises(SourceError) as caught:
        read_findings(tmp_path)
    assert words in str(caught.value)
