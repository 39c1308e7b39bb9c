"""Golden cases: a folder holds a policy, the files that exist, what comes of them, and why.

``python -m tests.generate.test_golden`` writes every ``expected/`` anew; it never touches ``intent.md``. Read the
difference against the intent before you commit it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sfmeta.config.policy import read_policy
from sfmeta.ops.generate import GenerateRequest, GenerateResult, generate
from tests.generate.conftest import NOW, MemoryTree, the_schema

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir())
REPORT = "report.txt"


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(result: GenerateResult) -> str:
    """What a person is told, as text."""
    lines = [f"created {path}" for path in result.created] + [f"changed {path}" for path in result.changed]
    lines += [f"unchanged {path}" for path in result.unchanged] + [f"stale {path}" for path in result.stale]
    for step in result.manual_steps:
        lines += ["", f"{step.title} ({step.where})", *(f"- {text}" for text in step.actions)]
        lines += [f"? {text}" for text in step.verify]
    lines += ["", *map(str, result.warnings)]
    return "\n".join(lines).rstrip() + "\n"


def outcome(case: Path) -> dict[str, bytes]:
    tree = MemoryTree(files_below(case / "existing"))
    result = generate(GenerateRequest(read_policy((case / "policy.yml").read_bytes()), tree, the_schema(), NOW))
    return {**tree.files, REPORT: told(result).encode()}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    case = GOLDEN / name
    assert (case / "intent.md").read_text(encoding="utf-8").strip(), "say what the case is for"
    found, expected = outcome(case), files_below(case / "expected")
    assert sorted(found) == sorted(expected)
    for path, data in expected.items():
        assert found[path].decode() == data.decode(), path


@pytest.mark.parametrize("name", CASES)
def test_a_golden_case_generated_again_stays_as_it_is(name: str) -> None:
    case = GOLDEN / name
    tree = MemoryTree(files_below(case / "expected"))
    policy = read_policy((case / "policy.yml").read_bytes())
    assert not generate(GenerateRequest(policy, tree, the_schema(), NOW)).differs
    assert tree.written == []


def regenerate() -> None:
    for name in CASES:
        expected = GOLDEN / name / "expected"
        shutil.rmtree(expected, ignore_errors=True)
        for path, data in outcome(GOLDEN / name).items():
            target = expected / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


if __name__ == "__main__":
    regenerate()
