"""Random lives of a local org."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.faultmatrix.stage import Scene
from tests.faultmatrix.stage import Stage as Theatre
from tests.rollback_wire.life import Life
from tests.rollback_wire.steps import Back, Step, by_hand, deployments, rollbacks, steps

STEPS_PER_LIFE = 3


class WireMachine(RuleBasedStateMachine):
    """See the module.

    Args:
        stage: where.
        scene: how every life begins.
        seen: counts what happened.
    """

    def __init__(self, stage: Theatre, scene: Scene, seen: Counter[str]) -> None:
        super().__init__()
        self._seen = seen
        self.life = Life(stage, scene)
        self.lived: tuple[Step, ...] = ()

    @rule(deployed=deployments, then=st.lists(by_hand, max_size=3), back=rollbacks, forth=st.booleans())
    def there_and_back(self, deployed: Step, then: list[Step], back: Step, forth: bool) -> None:
        """A deployment, what somebody does to it, and a rollback; or that one taken back, too."""
        for step in (deployed, *then, back, *((Back(side="ours"),) if forth else ())):
            self._live(step)

    @rule(step=steps)
    def anything(self, step: Step) -> None:
        self._live(step)

    def _live(self, step: Step) -> None:
        self.lived = (*self.lived, step)
        try:
            self.life.live(step)
        except Exception as error:
            error.steps = self.lived  # type: ignore[attr-defined]
            error.add_note("\n".join(self.life.story))
            raise

    @invariant()
    def holds(self) -> None:
        self.life.check()

    def teardown(self) -> None:
        self._seen.update(self.life.seen)


def lives(number: int, *, derandomize: bool = False) -> settings:
    """So many of them; they are made smaller without hypothesis, for which a life takes too long."""
    return settings(
        max_examples=number,
        stateful_step_count=STEPS_PER_LIFE,
        deadline=None,
        database=None,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
