"""Watching: every change of state once, an org that is away included."""

from __future__ import annotations

from itertools import islice

import pytest

from sfmeta.errors import LoginRefused, OperationFailed, OrgUnreachable, UsageError
from sfmeta.model.drift import Drift
from sfmeta.ops.drift_watch import Sight, watch
from tests.drift.scene import ALLOW, Scene
from tests.drift.test_measure import PLAIN
from tests.ops.test_deploy import permission_set


class Plot:
    """What happens in the org, look by look."""

    def __init__(self, scene: Scene, *events: str) -> None:
        self.scene = scene
        self.events = list(events)
        self.looks: list[float] = []

    def look(self) -> Drift:
        self.looks.append(self.scene.clock.monotonic())
        event = self.events.pop(0)
        if event == "away":
            raise OrgUnreachable("no answer")
        if event == "locked":
            raise LoginRefused("no entry", code="invalid_grant")
        if event == "broken":
            raise OperationFailed("git push failed")
        if event == "wrong":
            raise UsageError("nothing recorded")
        self.scene.org.held[ALLOW] = permission_set("Allow X" if event == "clean" else event)
        return self.scene.drift()

    def sights(self, number: int) -> list[Sight]:
        return list(islice(watch(self.look, 900.0, self.scene.clock), number))


def shown(sights: list[Sight]) -> list[tuple[int, str]]:
    return [(one.exit_code, one.error.code if one.error else "") for one in sights]


def test_every_change_of_state_is_told_once(scene: Scene) -> None:
    scene.deploy(PLAIN)
    plot = Plot(scene, "clean", "clean", "A", "A", "B", "clean", "clean", "A")
    assert shown(plot.sights(5)) == [(0, ""), (3, ""), (3, ""), (0, ""), (3, "")]
    gaps = [later - earlier for earlier, later in zip(plot.looks, plot.looks[1:], strict=False)]
    assert gaps == [900.0] * 7


def test_an_org_that_is_away_is_a_state_like_any_other(scene: Scene) -> None:
    scene.deploy(PLAIN)
    plot = Plot(scene, "away", "away", "clean", "locked", "clean", "broken", "away")
    unreached = (6, "OrgUnreachable")
    rest = [(0, ""), (6, "invalid_grant"), (0, ""), (1, "OperationFailed"), unreached]
    assert shown(plot.sights(6)) == [unreached, *rest]


def test_what_is_wrong_here_ends_it(scene: Scene) -> None:
    scene.deploy(PLAIN)
    with pytest.raises(UsageError):
        Plot(scene, "clean", "wrong").sights(2)
