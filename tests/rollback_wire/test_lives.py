"""The proof of rollback end to end: a few random lives; thousands with ``scripts/soak --rollbacks N --wire``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.faultmatrix.stage import Scene, Stage
from tests.rollback_wire.machine import WireMachine, lives
from tests.rollback_wire.theatre import theatre


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Scene]]:
    with theatre(tmp_path_factory.mktemp("theatre")) as made:
        yield made


def test_lives(begun: tuple[Stage, Scene]) -> None:
    seen: Counter[str] = Counter()
    run_state_machine_as_test(lambda: WireMachine(*begun, seen), settings=lives(5, derandomize=True))
    for what in ("deploy 0", "promote 0", "rollback 0", "rollback 4 rollback-conflict"):
        assert seen[what], seen
