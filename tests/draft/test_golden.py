"""Golden cases: a folder holds an inventory, the policy that exists, what comes of them, and why.

``python -m tests.draft.test_golden`` writes every ``expected.yml`` and ``said.txt`` anew; it never touches
``intent.md``. Read the difference against the intent before you commit it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sfmeta.access.matching import match_apps
from sfmeta.codec.inventory_json import read_inventory
from sfmeta.config.policy import read_policy
from sfmeta.ops.draft import DraftRequest, DraftResult, draft_policy
from sfmeta.report.drafting import draft_text

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir())


def result_of(case: Path, existing: bytes | None) -> DraftResult:
    inventory = read_inventory((case / "inventory.json").read_bytes(), "inventory.json")
    return draft_policy(DraftRequest(inventory, existing))


def outcome(name: str) -> dict[str, bytes]:
    case = GOLDEN / name
    existing = case / "policy.yml"
    result = result_of(case, existing.read_bytes() if existing.exists() else None)
    said = draft_text(result, lambda text, _: text, written=result.differs)
    return {"expected.yml": result.after, "said.txt": said.encode() + b"\n"}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    case = GOLDEN / name
    assert (case / "intent.md").read_text(encoding="utf-8").strip(), "say what the case is for"
    for file, data in outcome(name).items():
        assert data.decode() == (case / file).read_bytes().decode(), file


@pytest.mark.parametrize("name", CASES)
def test_a_golden_case_drafted_again_stays_as_it_is(name: str) -> None:
    case = GOLDEN / name
    result = result_of(case, (case / "expected.yml").read_bytes())
    assert not result.differs, result.difference()
    matches = match_apps(read_policy(result.after), result.draft.inventory)
    assert len(matches.keys) + len(result.draft.left_out) == len(result.draft.inventory.apps)


def regenerate() -> None:
    for name in CASES:
        for file, data in outcome(name).items():
            (GOLDEN / name / file).write_bytes(data)


if __name__ == "__main__":
    regenerate()
