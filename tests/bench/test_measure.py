"""The bench measures what it says it measures, and fails when it should."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
MEGABYTE = 1 << 20


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    from benchmarks import measure

    yield measure
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]


def test_a_process_costs_its_own_memory_and_time(measure: ModuleType) -> None:
    small = measure.run([sys.executable, "-c", "print('hello')"])
    large = measure.run([sys.executable, "-c", f"x = bytearray(b'x' * {64 * MEGABYTE}); print(len(x))"])
    assert small.output == "hello\n"
    assert large.peak_bytes >= 64 * MEGABYTE
    assert small.cpu_seconds > 0
    assert 0 < small.seconds < 60


def test_a_process_that_fails_is_no_measurement(measure: ModuleType) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such org')"]
    with pytest.raises(measure.MeasuredProcessError, match=r"exit 1\nno such org"):
        measure.run(command)
    assert measure.run([sys.executable, "-c", "raise SystemExit(3)"], accepted=(3,)).output == ""


def test_actions_take_turns_and_the_first_of_each_does_not_count(measure: ModuleType) -> None:
    calls: list[str] = []

    def action(name: str) -> object:
        calls.append(name)
        return measure.Ran(float(len(calls)), 0.0, 0, "")

    found = measure.interleaved(2, ours=lambda: action("ours"), theirs=lambda: action("theirs"))
    assert calls == ["ours", "theirs"] * 3
    assert [ran.seconds for ran in found["ours"]] == [3, 5]
    assert measure.seconds_of(found["theirs"]) == 5


@pytest.mark.parametrize(
    ("value", "reason", "verdict"),
    [(0.2, "", "met"), (0.25, "", "met"), (0.26, "", "missed"), (0.1, "wrong answer", "missed"), (None, "", "skipped")],
)
def test_a_row_is_met_only_within_its_target_and_with_the_right_answer(
    measure: ModuleType, value: float | None, reason: str, verdict: str
) -> None:
    assert measure.Result("row", "what", value, 0.25, "x", reason).verdict == verdict


def test_every_row_of_the_bench_is_there(measure: ModuleType) -> None:
    from benchmarks.__main__ import MEASUREMENTS

    assert list(MEASUREMENTS) == [
        "version",
        "deploy-help",
        "deploy-20",
        "diff-permission-set",
        "diff-profile",
        "forecast",
        "ledger",
        "generate",
        "validate-one",
        "validate-many",
        "transfer-39mb",
        "local-org-start",
        "local-org-deploy",
        "local-org-polls",
        "local-org-tokens",
        "audit",
    ]
