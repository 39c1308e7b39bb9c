"""The runs of plans that are broken off, each with what must have been done before."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from sfmeta.localorg.seed.reader import load_seed
from tests.faultmatrix.scenes import begin
from tests.faultmatrix.stage import Scene, Stage
from tests.forecast.orgs.tries import Client
from tests.plan_kills.hollow import Hollow
from tests.plan_kills.logins import Logins

PLAN = "../it.plan"
"""Beside the project, so that no plan is part of it."""
_POLICY = {
    # a user by her permission set, not only whole profiles
    "      profiles: [Integration User]\n\n  # Our own, one of": (
        "      profiles: [Integration User]\n      users: [super.user@acme.example]\n\n  # Our own, one of"
    ),
    # a profile that the org holds otherwise
    "    user_permissions: {ApiEnabled: true, UseAnyApiClient: false}\n": (
        "    user_permissions: {ApiEnabled: true, UseAnyApiClient: false, RunReports: true}\n"
    ),
}
_GO = ("--accept-loss", "--done", "1", "--yes", "--wait", "2")
_BACK = ("--undo", "--accept-loss", "--yes", "--wait", "2")


@dataclass(frozen=True, slots=True)
class PlanScene:
    """A run of a plan.

    Attributes:
        scene: how everything was before it.
        logins: of the org on stage.
        expected: who gets in before it, and may by the policy.
        hollow: whether the org takes an app's package, and grants it to nobody.
        code: how an undisturbed run ends.
    """

    scene: Scene
    logins: Logins
    expected: frozenset[Client]
    hollow: Hollow = Hollow.NOT
    code: int = 0

    @property
    def is_hollow(self) -> bool:
        """The org takes an app's package, and grants it to nobody."""
        return self.hollow is not Hollow.NOT


NAMES = ("plan-prepare", "plan-undo-prepare", "plan-restrict", "plan-hollow", "plan-hollow-hidden", "plan-undo")
"""The names that ``scripts/faultmatrix`` knows them by.

plan-prepare         permission sets, then who gets them
plan-undo-prepare    both taken back, before anything was restricted
plan-restrict        an app of our own, an external client app and a profile; the installed app's visit is done
plan-hollow          the same in an org that says an app is restricted and granted, and grants it to nobody
plan-hollow-hidden   likewise, and the app's file that it gives back says that all is well
plan-undo            what was restricted, taken back
"""


def made(stage: Stage) -> dict[str, PlanScene]:
    """All scenes, on one empty stage: each begins where the one before it ended."""
    begin(stage, _POLICY)
    logins = Logins(stage, load_seed("acme"))
    first = logins.expected()
    stage.ok("plan", "--stage", "prepare", "-f", PLAN)
    found = {"plan-prepare": _made(stage, logins, "plan-prepare", ("apply", PLAN, "--yes", "--wait", "2"))}
    stage.ok("apply", PLAN, "--yes")
    found["plan-undo-prepare"] = _made(stage, logins, "plan-undo-prepare", ("apply", PLAN, *_BACK), before=first)
    stage.ok("plan", "--stage", "restrict", "-f", PLAN)
    _visit(stage)
    second = logins.expected()
    found["plan-restrict"] = _made(stage, logins, "plan-restrict", ("apply", PLAN, *_GO))
    for name, how in (("plan-hollow", Hollow.SHOWN), ("plan-hollow-hidden", Hollow.HIDDEN)):
        restrict = found["plan-restrict"]
        found[name] = replace(restrict, scene=replace(restrict.scene, name=name), hollow=how, code=1)
    stage.ok("apply", PLAN, *_GO)
    found["plan-undo"] = _made(stage, logins, "plan-undo", ("apply", PLAN, *_BACK), before=second)
    assert tuple(found) == NAMES
    return found


def _visit(stage: Stage) -> None:
    """What the plan asks a person to do for the installed app."""
    ready = stage.live / "ready.json"
    ready.write_text(json.dumps(stage.org.ready()))
    stage.ok(
        "localorg", "app", "policy", "Dataloader.io", "--permitted-users", "admin_approved", "--permission-set",
        "Allow_Dataloader_io", "--profile", "System Administrator", "--refresh-token", "specific_lifetime:7:DAYS",
        "--ready-file", str(ready),
    )  # fmt: skip


def _made(
    stage: Stage, logins: Logins, name: str, words: tuple[str, ...], *, before: frozenset[Client] | None = None
) -> PlanScene:
    """The scene; what only the plan itself opened may be shut by its undo: ``before`` is who got in before it."""
    expected = logins.expected()
    return PlanScene(stage.scene(name, words), logins, expected if before is None else expected & before)
