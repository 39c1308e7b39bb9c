"""A life as a value: lived again with the same end, and made smaller while it still goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sfmeta.workspace.ledger import Ledger
from tests.rollback.documents import File
from tests.rollback.life import Life
from tests.rollback.steps import NO_TROUBLE, Deploy, Make, Step

_T = TypeVar("_T")


@dataclass(frozen=True)
class Recipe:
    """How an org began, and what happened to it."""

    held: tuple[File, ...]
    steps: tuple[Step, ...]
    omission_clears: bool = False
    leaky: bool = False

    def live(self, project: tuple[Any, Ledger] | None = None) -> Life:
        """Live it.

        Args:
            project: a repository and its ledger; in memory where None.

        Raises:
            AssertionError: a law was broken.
        """
        life = Life(self.held, omission_clears=self.omission_clears, leaky=self.leaky, project=project)
        for step in self.steps:
            life.live(step)
            life.check()
        return life

    def problem(self) -> str:
        """What goes wrong, "" where nothing does."""
        try:
            self.live()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def __str__(self) -> str:
        lines = [f"Recipe(omission_clears={self.omission_clears}, leaky={self.leaky}, held=("]
        lines += [f"    {file!r}," for file in self.held]
        lines += ["), steps=("]
        return "\n".join([*lines, *(f"    {step!r}," for step in self.steps), "))"])


def smallest(recipe: Recipe, is_wrong: Callable[[Recipe], bool] = lambda one: bool(one.problem())) -> Recipe:
    """A recipe that goes wrong, too, and of which nothing can be left out."""
    while True:
        for smaller in _smaller(recipe):
            if is_wrong(smaller):
                recipe = smaller
                break
        else:
            return recipe


def _smaller(recipe: Recipe) -> Iterator[Recipe]:
    for steps in _without_one(recipe.steps):
        yield replace(recipe, steps=steps)
    for held in _without_one(recipe.held):
        yield replace(recipe, held=held)
    for flag in ("omission_clears", "leaky"):
        if getattr(recipe, flag):
            yield replace(recipe, **{flag: False})
    for number, step in enumerate(recipe.steps):
        for simpler in _simpler(step):
            yield replace(recipe, steps=(*recipe.steps[:number], simpler, *recipe.steps[number + 1 :]))
    for number, file in enumerate(recipe.held):
        for less in _less(file):
            yield replace(recipe, held=(*recipe.held[:number], less, *recipe.held[number + 1 :]))


def _simpler(step: Step) -> Iterator[Step]:
    if getattr(step, "trouble", NO_TROUBLE) != NO_TROUBLE:
        yield replace(step, trouble=NO_TROUBLE)  # type: ignore[call-arg]
    if isinstance(step, Deploy):
        if len(step.files) > 1:
            for files in _without_one(step.files):
                yield replace(step, files=files)
        for number, file in enumerate(step.files):
            for less in _less(file):
                yield replace(step, files=(*step.files[:number], less, *step.files[number + 1 :]))
    if isinstance(step, Make):
        for less in _less(step.file):
            yield replace(step, file=less)


_REQUIRED = {"label", "contactEmail", "oauthConfig", "permittedUsersPolicyType"}


def _less(file: File) -> Iterator[File]:
    for number, (place, _) in enumerate(file.doc):
        if place[0] not in _REQUIRED or place[1:] not in ((), ("callbackUrl",)):
            yield replace(file, doc=file.doc[:number] + file.doc[number + 1 :])
    for place in sorted(file.cleared):
        yield replace(file, cleared=file.cleared - {place})


def _without_one(items: tuple[_T, ...]) -> Iterator[tuple[_T, ...]]:
    for number in range(len(items)):
        yield items[:number] + items[number + 1 :]
