"""Taking drift over: one commit of exactly those files, and a ledger that measures from there."""

from __future__ import annotations

import pytest

from sfmeta.codec.schema import Schema
from sfmeta.codec.xml import parse
from sfmeta.errors import GuardRefused, OperationFailed, UsageError
from sfmeta.model.deployment import ACCEPTED, Purpose, Stage
from sfmeta.ops.drift_accept import Accepted, AcceptPlan, execute, prepare
from sfmeta.report.drift import commit_message
from sfmeta.workspace.ledger import Ledger
from tests.drift.scene import ALLOW, APP, PROFILE, Scene
from tests.drift.test_measure import PLAIN, may, opens, profile
from tests.ops.fake_org import INFO
from tests.ops.test_deploy import connected_app, permission_set


class Taking:
    """A scene and the schema."""

    def __init__(self, scene: Scene, schema: Schema) -> None:
        self.scene = scene
        self.schema = schema

    def plan(self) -> AcceptPlan:
        scene = self.scene
        found = scene.measure()
        return prepare(found, scene.project, scene.repository, scene.ledger, self.schema, INFO.username)

    def run(self, plan: AcceptPlan | None = None) -> Accepted:
        plan, scene = plan or self.plan(), self.scene
        message = commit_message(plan.measured.drift, plan.paths)
        return execute(plan, message, scene.project, scene.repository, scene.ledger, scene.clock)

    def text(self, file: str) -> str:
        return (self.scene.folder.root / self.scene.path(file)).read_text(encoding="utf-8")


@pytest.fixture
def taking(scene: Scene, schema: Schema) -> Taking:
    return Taking(scene, schema)


def test_a_change_is_one_commit_and_drift_is_clean_afterwards(scene: Scene, taking: Taking) -> None:
    scene.deploy(PLAIN)
    scene.org.held[APP] = connected_app("<permissionSetName>Allow_X</permissionSetName>", oauth="")
    scene.says("Changed connected app Billing Permitted Users setting from a to b", "x", section="Application")
    scene.folder.write("notes.txt", "dirty\n")
    scene.folder.write("staged.txt", "staged\n")
    scene.folder.git("add", "staged.txt")
    done = taking.run()
    assert scene.folder.git("rev-parse", "HEAD") == done.commit
    assert scene.folder.git("show", "--name-only", "--format=", "HEAD").split() == [scene.path(APP)]
    assert scene.folder.git("diff", "--name-only") == "notes.txt"
    assert scene.folder.git("diff", "--cached", "--name-only") == "staged.txt"
    message = scene.folder.git("log", "-1", "--format=%an%n%B")
    assert message.startswith("Ada\nTake over 1 change made in Fake (sandbox)")
    assert "ConnectedApp:Billing changed: oauthConfig/isAdminApproved" in message
    assert "by eve@example.com" in message
    assert "isAdminApproved" not in taking.text(APP)
    assert scene.drift().is_clean
    entry = scene.last
    assert (entry.kind, entry.stage, entry.status, entry.success) == (Purpose.ACCEPT, Stage.FINISHED, ACCEPTED, True)
    assert [str(item) for item in entry.components] == ["ConnectedApp:Billing"]
    assert entry.source_revision == done.commit


def test_what_changes_between_the_look_and_the_consent_is_drift_again(scene: Scene, taking: Taking) -> None:
    scene.deploy(PLAIN)
    scene.org.held[ALLOW] = permission_set("Allow all")
    plan = taking.plan()
    scene.org.held[ALLOW] = permission_set("Allow nobody")
    scene.says("Changed permission set Allow nobody: Master Label was changed from a to b", "x", INFO.username)
    taking.run(plan)
    [changed] = scene.drift().components
    assert [trace.username for trace in changed.who.candidates] == [INFO.username]


def test_what_only_the_file_says_stays(scene: Scene, taking: Taking) -> None:
    scene.org.held[PROFILE] = profile()
    scene.deploy({PROFILE: profile(may("ApiEnabled"), opens("Mine"))})
    scene.deploy({ALLOW: permission_set()})
    # written and committed, not deployed yet
    scene.folder.write(scene.path(PROFILE), profile(may("ApiEnabled"), may("NotYet")).decode())
    scene.folder.commit("later")
    scene.org.held[PROFILE] = profile(may("ModifyAllData"), opens("Mine"))
    taking.run()
    held = parse(taking.text(PROFILE).encode())
    names = [str(item.value("name")) for item in held.all("userPermissions")]
    assert sorted(names) == ["ModifyAllData", "NotYet"]
    assert not list(held.all("classAccesses")), "the file does not speak of it, and it did not drift"
    assert scene.drift().is_clean


def test_deleted_in_the_org_is_removed_and_new_without_a_file_is_written(scene: Scene, taking: Taking) -> None:
    scene.deploy(PLAIN)
    scene.deploy({"permissionsets/Allow_Y.permissionset": permission_set("Allow Y")})
    scene.folder.git("rm", "-q", scene.path(APP))
    scene.folder.commit("no file of the app here")
    scene.org.held.pop(ALLOW)
    scene.org.held[APP] = connected_app(oauth="<consumerKey>3MVG9</consumerKey>")
    plan = taking.plan()
    assert plan.removed == (scene.path(ALLOW),)
    done = taking.run(plan)
    assert not (scene.folder.root / scene.path(ALLOW)).exists()
    assert "consumerKey" not in taking.text(APP)
    assert scene.folder.git("status", "--porcelain") == ""
    assert [str(item) for item in done.record.deletions] == ["PermissionSet:Allow_X"]
    assert scene.drift().is_clean


def test_a_consumer_key_is_not_brought_into_a_file(scene: Scene, taking: Taking) -> None:
    scene.deploy({APP: connected_app()})
    was = taking.text(APP)
    scene.org.held[APP] = connected_app(oauth="<consumerKey>3MVG9</consumerKey><isAdminApproved>true</isAdminApproved>")
    assert scene.drift().differs
    done = taking.run()
    assert done.commit == ""
    assert taking.text(APP) == was
    assert scene.drift().is_clean


def test_grants_are_taken_over_in_the_ledger_alone(scene: Scene, taking: Taking) -> None:
    scene.deploy(PLAIN)
    scene.org.assign("Allow_X", "bob@example.com")
    done = taking.run()
    assert done.commit == ""
    assert not done.record.components
    assert scene.drift().is_clean
    scene.org.rows["PermissionSetAssignment"].clear()
    [gone] = scene.drift().records
    assert gone.since == done.record.id


def test_what_is_unknown_is_not_taken_over(scene: Scene, taking: Taking) -> None:
    scene.deploy(PLAIN)
    scene.org.held[ALLOW] = permission_set("Allow all")
    scene.org.unreadable = {"ConnectedApp:Billing"}
    done = taking.run()
    assert [str(item) for item in done.record.components] == ["PermissionSet:Allow_X"]
    scene.org.unreadable.clear()
    scene.org.held.pop(APP)
    assert [str(one.change.id) for one in scene.drift().components] == ["ConnectedApp:Billing"]


def test_a_profile_stays_comparable_after_it_was_taken_over(scene: Scene, taking: Taking) -> None:
    scene.org.held[PROFILE] = profile()
    scene.deploy({PROFILE: profile(may("ApiEnabled"), opens("Mine"))})
    scene.org.held[PROFILE] = profile(may("ApiEnabled"), opens("Other"))
    taking.run()
    assert scene.drift().is_clean
    scene.org.held[PROFILE] = profile(may("ApiEnabled"), opens("Other"), opens("Mine"))
    [changed] = scene.drift().components
    assert changed.change.fields[0].path[0] == "classAccesses[Mine]", "it was asked for once, and still is"


def test_uncommitted_changes_refuse_and_nothing_is_written(scene: Scene, taking: Taking) -> None:
    scene.deploy(PLAIN)
    scene.org.held[ALLOW] = permission_set("Allow all")
    scene.folder.write(scene.path(ALLOW), permission_set("Mine").decode())
    with pytest.raises(GuardRefused, match="are not committed"):
        taking.plan()
    assert "Mine" in taking.text(ALLOW)


def test_no_identity_is_an_error_before_anything(scene: Scene, taking: Taking) -> None:
    scene.deploy(PLAIN)
    scene.org.held[ALLOW] = permission_set("Allow all")
    scene.folder.git("config", "--unset", "user.name")
    scene.folder.git("config", "--unset", "user.email")
    with pytest.raises(UsageError, match="does not know who you are"):
        taking.plan()


@pytest.mark.parametrize("case", ["changed", "removed", "new"])
def test_a_hook_that_refuses_leaves_everything_as_it_was(scene: Scene, taking: Taking, case: str) -> None:
    scene.deploy(PLAIN)
    if case == "new":
        scene.folder.git("rm", "-q", scene.path(ALLOW))
        scene.folder.commit("gone here")
    if case == "removed":
        scene.org.held.pop(ALLOW)
    else:
        scene.org.held[ALLOW] = permission_set("Allow all")
    hook = scene.folder.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no way >&2\nexit 1\n")
    hook.chmod(0o755)
    head, entries = scene.folder.git("rev-parse", "HEAD"), scene.last.id
    with pytest.raises(OperationFailed, match="no way"):
        taking.run()
    assert scene.folder.git("rev-parse", "HEAD") == head
    assert scene.folder.git("status", "--porcelain") == ""
    assert scene.last.id == entries
    hook.unlink()
    taking.run()
    assert scene.drift().is_clean


def test_a_ledger_that_moved_refuses_and_running_again_records(scene: Scene, taking: Taking) -> None:
    scene.deploy(PLAIN)
    scene.org.held[ALLOW] = permission_set("Allow all")
    plan = taking.plan()
    scene.deploy({APP: connected_app(oauth="<isAdminApproved>false</isAdminApproved>")})
    with pytest.raises(OperationFailed, match="at the same time"):
        taking.run(plan)
    assert scene.drift().differs
    again = taking.run()
    assert again.commit == "", "the files have it already"
    assert scene.drift().is_clean


def test_a_run_that_was_killed_on_its_way_into_the_ledger(
    scene: Scene, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.deploy(PLAIN)
    scene.org.held[ALLOW] = permission_set("Allow all")
    scene.org.assign("Allow_X", "bob@example.com")

    def killed(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "take_over", killed)
        with pytest.raises(KeyboardInterrupt):
            taking.run()
    assert "Allow all" in scene.folder.git("show", "HEAD")
    assert scene.last.kind == Purpose.DEPLOY, "an entry is whole or not there"
    assert scene.drift().differs
    assert taking.run().commit == "", "the commit is there already"
    assert scene.drift().is_clean
