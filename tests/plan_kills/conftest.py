"""One stage for the tests of a worker, with every scene; each scene's command undisturbed, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sfmeta.localorg.running.server import LocalOrg
from tests.faultmatrix.nursery import Nursery
from tests.faultmatrix.stage import Stage
from tests.plan_kills.play import Calm, undisturbed
from tests.plan_kills.scenes import PlanScene, made

Calmly = Callable[[str], Calm]


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, dict[str, PlanScene]]]:
    """The stage and its scenes."""
    with LocalOrg("acme") as org, Nursery() as nursery:
        stage = Stage(tmp_path_factory.mktemp("plans"), org, nursery)
        yield stage, made(stage)
        stage.close()


@pytest.fixture(scope="session")
def stage(theatre: tuple[Stage, dict[str, PlanScene]]) -> Stage:
    """The stage."""
    return theatre[0]


@pytest.fixture(scope="session")
def calm(theatre: tuple[Stage, dict[str, PlanScene]]) -> Calmly:
    """A scene by its name: its command undisturbed."""
    stage, scenes = theatre
    known: dict[str, Calm] = {}

    def calm(name: str) -> Calm:
        if name not in known:
            known[name] = undisturbed(stage, scenes[name])
        return known[name]

    return calm
