"""Two processes deploy to one org at once: where the first is held up, the second is refused or has nothing to do."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from sfmeta.model.deployment import Stage
from tests.faultmatrix.conftest import Calm
from tests.faultmatrix.delays import DELAYS, HELD_S
from tests.faultmatrix.law import look
from tests.faultmatrix.nursery import Nursery
from tests.faultmatrix.stage import Ran

# one call before the lock is taken, and three while it is held: before the package is sent, as it is, and after it
HELD_AT = ("query Organization", "retrieve", "deploy", "checkDeployStatus")


def beside(run: Callable[[], Ran]) -> tuple[threading.Thread, list[Ran]]:
    """A command on a thread of its own, and where what came of it will be."""
    done: list[Ran] = []
    thread = threading.Thread(target=lambda: done.append(run()))
    thread.start()
    return thread, done


@pytest.mark.parametrize("call", HELD_AT)
def test_nothing_interleaves(calm: Calm, call: str) -> None:
    stage, peace = calm("deploy")
    words = peace.scene.words
    stage.set(peace.scene)
    stage.org.faults.add("delay", nth=peace.ran.calls.index(call) + 1, delay_s=HELD_S)
    thread, first = beside(lambda: stage.run(*words))
    try:
        assert DELAYS.reached.wait(60), "the first never came there"
        with Nursery() as other:
            second = stage.run(*words, by=other, name="second")
    finally:
        DELAYS.let_go()
        thread.join()
    found = look(stage, peace.scene)
    assert len(found.jobs) == 1
    assert found.held == peace.found.held
    assert found.after == peace.found.after
    assert [entry.stage for entry in found.entries] == [Stage.FINISHED]
    assert found.wrong == ()
    codes = (first[0].code, second.code)
    if call == "query Organization":
        # the second was done before the first took the lock: there was nothing left to do
        assert codes == (0, 0), (first[0], second)
    else:
        assert codes == (0, 4), (first[0], second)
        assert second.error_code == "org-locked-by-us"
        assert "sfmeta deploy" in second.message
