"""The commands that are broken off, each with what must have been done before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import APP_TYPES, acme_policy, login_words
from tests.cli.test_promotion_walk import ACCEPTED as ACCEPTED_LOSSES
from tests.cli.test_promotion_walk import BLIND
from tests.faultmatrix.stage import Scene, Stage

# every job is seen once before it ends: there is a time at which it runs
_SLOW_JOBS = "polls:1"
# what the forecast of a rollback reads, that of a promotion reads, too
_SURE = ("--skip-forecast", "--yes", "--wait", "2")
ACCEPTED = {"accepted_losses:\n": ACCEPTED_LOSSES, "accepted_blind_spots: []": f"accepted_blind_spots: {BLIND}"}
"""What of Acme's policy is to be changed so that the forecast of its first deployment lets it through."""


def begin(stage: Stage, edits: Mapping[str, str] = MappingProxyType({})) -> None:
    """A project with the files of Acme's policy, and the alias ``sandbox``."""
    stage.git("init", "--quiet", "--initial-branch", "main")
    stage.ok("init")
    policy = acme_policy()
    for old, new in edits.items():
        assert old in policy
        policy = policy.replace(old, new)
    (stage.root / "policy.yml").write_text(policy)
    stage.ok("org", "add", "sandbox", *login_words(stage.org))
    stage.ok("org", "use", "sandbox")
    stage.ok("retrieve", *(word for name in APP_TYPES for word in ("-m", name)))
    for file in (stage.root / "force-app").rglob("*-meta.xml"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "<consumerKey>" not in line), encoding="utf-8")
    stage.ok("generate")
    stage.commit("first")
    stage.org.faults.slow_jobs(_SLOW_JOBS)


def begin_with_uat(stage: Stage) -> None:
    """The same with an org ``uat`` beside, before the one on stage; who would stop working there is accepted."""
    uat = LocalOrg.start("acme")
    stage.beside.append(uat)
    begin(stage, ACCEPTED)
    stage.ok("org", "add", "uat", *login_words(uat))
    lines = ["version: 1", "environments:"]
    for name, alias, org in (("uat", "uat", uat), ("production", "sandbox", stage.org)):
        lines += [f"  {name}:", f"    org: {alias}", f"    org_id: {org.org_id}"]
    (stage.root / "environments.yml").write_text("\n".join([*lines, "    gates: {after: uat}", ""]))
    stage.commit("environments")


def deploy_scene(stage: Stage) -> Scene:
    """Acme's first deployment."""
    begin(stage)
    return stage.scene("deploy", ("deploy", "--skip-forecast", "--yes", "--wait", "2"))


def rollback_scene(stage: Stage) -> Scene:
    """Back to the first of two deployments."""
    begin(stage)
    _deploy_twice(stage)
    return stage.scene("rollback", ("rollback", "--to", "HEAD~1", *_SURE))


def undo_scene(stage: Stage) -> Scene:
    """The last of two deployments taken back, and a grant of it with it."""
    begin(stage)
    _deploy_twice(stage)
    return stage.scene("undo", ("rollback", "--last", *_SURE))


def promote_scene(stage: Stage) -> Scene:
    """What was deployed to another org goes on to the one on stage; nobody stops working who is not accepted."""
    begin_with_uat(stage)
    stage.ok("deploy", "-o", "uat", "--skip-forecast", "--yes")
    return stage.scene("promote", ("promote", "--to", "production", "--yes", "--wait", "2"))


SCENES: Mapping[str, Callable[[Stage], Scene]] = {
    "deploy": deploy_scene,
    "rollback": rollback_scene,
    "undo": undo_scene,
    "promote": promote_scene,
}
"""By the name that ``scripts/faultmatrix`` knows them by. Each wants an empty stage."""


def _deploy_twice(stage: Stage) -> None:
    stage.ok("deploy", "--skip-forecast", "--yes")
    policy = stage.root / "policy.yml"
    old, new = "expire_if_unused_for: 30 days", "expire_after: 7 days"
    text = policy.read_text()
    assert old in text
    policy.write_text(text.replace(old, new))
    stage.ok("generate")
    stage.commit("second")
    stage.ok("deploy", "--skip-forecast", "--yes")
