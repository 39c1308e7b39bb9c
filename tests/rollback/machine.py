"""Random lives of an org."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.rollback.documents import File
from tests.rollback.life import Life
from tests.rollback.places import APPS, COMPONENTS, SETS, files_of
from tests.rollback.recipe import Recipe
from tests.rollback.steps import Step, by_hand, deployments, rollbacks, steps

_OPTIONAL = (*SETS, APPS[1])


class RollbackMachine(RuleBasedStateMachine):
    """See the module."""

    life: Life
    recipe: Recipe

    @initialize(
        held=st.tuples(*(files_of(name) for name in COMPONENTS)),
        without=st.sets(st.sampled_from(_OPTIONAL)),
        omission_clears=st.booleans(),
        leaky=st.booleans(),
    )
    def begin(self, held: tuple[File, ...], without: set[str], omission_clears: bool, leaky: bool) -> None:
        there = tuple(file for file in held if file.component not in without)
        self.recipe = Recipe(there, (), omission_clears, leaky)
        self.life = Life(there, omission_clears=omission_clears, leaky=leaky)

    @rule(deployed=deployments, then=st.lists(by_hand, max_size=3), back=rollbacks)
    def there_and_back(self, deployed: Step, then: list[Step], back: Step) -> None:
        """A deployment, what somebody does to it, and a rollback."""
        for step in (deployed, *then, back):
            self._live(step)

    @rule(step=steps)
    def anything(self, step: Step) -> None:
        self._live(step)

    def _live(self, step: Step) -> None:
        self.recipe = replace(self.recipe, steps=(*self.recipe.steps, step))
        try:
            self.life.live(step)
        except AssertionError as error:
            error.recipe = self.recipe  # type: ignore[attr-defined]
            raise

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "life"):
            self.life.check()

    def teardown(self) -> None:
        for what in (getattr(self, "life", None) and self.life.seen) or ():
            event(what)
