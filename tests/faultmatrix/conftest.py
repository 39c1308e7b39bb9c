"""One stage for the tests of a worker, and each scene's command undisturbed, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sfmeta.localorg.running.server import LocalOrg
from tests.faultmatrix.nursery import Nursery
from tests.faultmatrix.play import Undisturbed, undisturbed
from tests.faultmatrix.scenes import SCENES
from tests.faultmatrix.stage import Stage

Calm = Callable[[str], tuple[Stage, Undisturbed]]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where commands come from."""
    with Nursery() as made:
        yield made


@pytest.fixture(scope="session")
def calm(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calm]:
    """A scene by its name: its stage, and its command undisturbed."""
    orgs: list[LocalOrg] = []
    made: dict[str, tuple[Stage, Undisturbed]] = {}

    def calm(name: str) -> tuple[Stage, Undisturbed]:
        if name not in made:
            orgs.append(LocalOrg.start("acme"))
            folder: Path = tmp_path_factory.mktemp(name)
            stage = Stage(folder, orgs[-1], nursery)
            made[name] = (stage, undisturbed(stage, SCENES[name](stage)))
        return made[name]

    yield calm
    for stage, _ in made.values():
        stage.close()
    for org in orgs:
        org.stop()
