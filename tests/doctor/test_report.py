"""What a probe says, as it was looked at."""

from __future__ import annotations

from datetime import UTC, datetime

from sfmeta.model.diagnosis import Probing, Tried
from sfmeta.model.forecast import Answer
from sfmeta.report.doctor import plan_text, probing_json, probing_text
from tests.ops.fake_org import INFO

ANSWER = Answer("a_question", True, datetime(2026, 11, 26, tzinfo=UTC), str(INFO.id), "Fake (sandbox)", "It was tried")
PROBING = Probing(
    INFO,
    (Tried("a_question", ANSWER, text="Is it so?"), Tried("another", reason="it needs a person")),
    cleaned=("PermissionSet:sfmeta_probe_1",),
    left=("ConnectedApp:sfmeta_probe_2 (the org refused: NO)",),
)
TEXT = """\
An earlier probe had left PermissionSet:sfmeta_probe_1; it is gone now
yes  Is it so? (a_question)
     It was tried

Not tested:
  another: it needs a person
Left behind: ConnectedApp:sfmeta_probe_2 (the org refused: NO)

1 question answered, 1 not tested."""


def plain(text: str, color: str) -> str:
    return text


def colored(text: str, color: str) -> str:
    return f"\x1b[32m{text}\x1b[0m"


def test_the_text() -> None:
    assert probing_text(PROBING, plain) == TEXT


def test_colours_change_no_line() -> None:
    assert probing_text(PROBING, colored).replace("\x1b[32m", "").replace("\x1b[0m", "") == TEXT


def test_no_line_is_wider_than_the_terminal() -> None:
    plan = plan_text([("Is it so? " * 9, "something long to make " * 9, "something to ask " * 9, "gone " * 40)], 70)
    assert max(len(line) for line in plan.splitlines()) <= 70


def test_the_document() -> None:
    document = probing_json(PROBING)
    assert document["questions"][0] == {
        "name": "a_question",
        "text": "Is it so?",
        "answer": True,
        "how": "It was tried",
        "reason": None,
    }
    assert document["questions"][1]["answer"] is None
    assert document["left"] == ["ConnectedApp:sfmeta_probe_2 (the org refused: NO)"]
