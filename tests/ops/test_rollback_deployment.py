"""Undoing deployments: the org as it was before them, with what others changed since left alone or settled."""

from __future__ import annotations

import pytest

from sfmeta.change.conflicts import Conflict
from sfmeta.codec.xml import parse
from sfmeta.errors import GuardRefused, OperationFailed, UsageError
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, Stage, UndoState
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.records import RecordKind
from sfmeta.ops import deploy, rollback
from sfmeta.ops.deployment import DeployReport, Provenance
from sfmeta.ops.grants import read_grants
from sfmeta.ops.rollback import RollbackPlan, RollbackReport, Side
from sfmeta.ops.settle import settle
from sfmeta.report.conflicts import conflict_text
from sfmeta.source.package import build_package
from tests.conftest import GitFolder
from tests.ops.fake_org import tools
from tests.ops.test_deploy import APP, connected_app, permission_set
from tests.ops.test_rollback import ALLOW, PROFILE, Story, in_order, profile

X = ComponentId.of("PermissionSet", "Allow_X")


@pytest.fixture
def story(git_folder: GitFolder) -> Story:
    found = Story(git_folder)
    found.write({"readme.txt": b"a project"})
    return found


def send(
    story: Story, files: dict[str, bytes], *gone: ComponentId, accept: tuple[ComponentId, ...] = ()
) -> DeployReport:
    package = build_package([Entry.of(path, data) for path, data in files.items()], ApiVersion(63), delete_after=gone)
    plan = deploy.prepare(
        story.org, package, DeployOptions(), Provenance(), story.ledger, in_order(), accept_unreadable=accept
    )
    report = deploy.execute(story.org, plan, story.ledger, in_order())
    assert report.success
    return report


def plan(story: Story, deployment: str = "", side: Side | None = None) -> RollbackPlan:
    request = rollback.RollbackRequest(("force-app",), ApiVersion(63), "", deployment, side)
    return rollback.prepare(story.org, request, story.repository, story.ledger, in_order())


def back(story: Story, deployment: str = "", side: Side | None = None) -> RollbackReport:
    report = rollback.execute(story.org, plan(story, deployment, side), story.ledger, tools())
    assert report.success
    return report


def text(story: Story, path: str, place: str) -> list[str]:
    return [element.text for element in parse(story.org.held[path], "").find(place)]


def test_the_last_deployment_is_undone_and_can_be_done_again(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("By hand")
    send(story, {ALLOW: permission_set("Ours")})
    back(story)
    assert text(story, ALLOW, "label") == ["By hand"]
    rollback, _ = [entry for _, entry in story.ledger.deployments()]
    with pytest.raises(GuardRefused, match=f"The last deployment, {rollback.id}, is a rollback") as refused:
        plan(story)
    assert refused.value.code == "rollback-last"
    assert f"--deployment {rollback.id}" in refused.value.hint
    back(story, rollback.id)
    assert text(story, ALLOW, "label") == ["Ours"]


def test_the_last_one_again_after_a_run_that_was_killed_finishes_it_and_brings_nothing_back(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("By hand")
    send(story, {ALLOW: permission_set("Ours")})

    def killed() -> None:
        raise KeyboardInterrupt

    story.org.on_deploy = killed
    with pytest.raises(KeyboardInterrupt):
        rollback.execute(story.org, plan(story), story.ledger, in_order())
    story.org.on_deploy = lambda: None
    assert text(story, ALLOW, "label") == ["By hand"]
    again = plan(story)
    assert (again.undone, again.deployment.changes_nothing) == ((), True)
    newest = next(story.ledger.deployments())[1]
    assert (newest.kind, newest.stage, newest.success) == ("rollback", Stage.FINISHED, True)
    assert text(story, ALLOW, "label") == ["By hand"]


def test_everything_from_a_deployment_on_is_undone(story: Story) -> None:
    story.org.held[APP] = connected_app("<startUrl>https://zero</startUrl>")
    first = send(story, {APP: connected_app("<startUrl>https://one</startUrl>"), ALLOW: permission_set("One")})
    send(story, {APP: connected_app("<startUrl>https://two</startUrl>")})
    story.org.held[PROFILE] = profile(ApiEnabled=False)
    send(story, {ALLOW: permission_set("Three"), PROFILE: profile(ApiEnabled=True)})
    assert first.record is not None
    found = plan(story, first.record.id)
    assert len(found.undone) == 3
    assert found.deployment.deletions == (X,)
    back(story, first.record.id)
    assert text(story, APP, "startUrl") == ["https://zero"]
    assert text(story, PROFILE, "userPermissions/enabled") == ["false"]
    assert ALLOW not in story.org.held


def test_what_somebody_changed_elsewhere_stays(story: Story) -> None:
    story.org.held[APP] = connected_app("<description>before</description><startUrl>https://zero</startUrl>")
    send(story, {APP: connected_app("<description>before</description><startUrl>https://one</startUrl>")})
    story.org.held[APP] = connected_app("<description>by a person</description><startUrl>https://one</startUrl>")
    found = plan(story)
    assert found.conflicts == ()
    assert [field.path for change in found.kept for field in change.fields] == [("description",)]
    back(story)
    assert text(story, APP, "startUrl") == ["https://zero"]
    assert text(story, APP, "description") == ["by a person"]


@pytest.mark.parametrize(("side", "label"), [(Side.OURS, "Zero"), (Side.THEIRS, "By a person")])
def test_what_somebody_changed_in_the_same_place_is_settled_by_a_person(story: Story, side: Side, label: str) -> None:
    story.org.held[ALLOW] = permission_set("Zero")
    send(story, {ALLOW: permission_set("One")})
    story.org.held[ALLOW] = permission_set("By a person")
    found = plan(story)
    assert not found.is_settled
    [conflict] = found.conflicts
    assert (conflict.component, conflict.path) == (X, ("label",))
    assert conflict.now is not None
    assert conflict.wanted is not None
    assert (conflict.now.text, conflict.wanted.text) == ("By a person", "Zero")
    back(story, side=side)
    assert text(story, ALLOW, "label") == [label]


@pytest.mark.parametrize(("side", "there"), [(Side.OURS, False), (Side.THEIRS, True)])
def test_a_permission_set_that_a_person_changed_is_not_simply_deleted(story: Story, side: Side, there: bool) -> None:
    send(story, {ALLOW: permission_set("Ours")})
    story.org.held[ALLOW] = permission_set("Ours", "<description>by a person</description>")
    [conflict] = plan(story).conflicts
    assert conflict.is_whole
    back(story, side=side)
    assert (ALLOW in story.org.held) is there


def test_what_somebody_put_back_already_is_no_conflict(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("Zero")
    send(story, {ALLOW: permission_set("One")})
    story.org.held[ALLOW] = permission_set("Zero")
    found = plan(story)
    assert found.is_settled
    assert found.deployment.changes_nothing


def test_a_conflict_is_found_on_the_way_to_a_revision_too(story: Story) -> None:
    file = "force-app/main/default/permissionsets/Allow_X.permissionset-meta.xml"
    first = story.write({file: permission_set("One")})
    assert story.deploy().success
    story.write({file: permission_set("Two")})
    assert story.deploy().success
    story.org.held[ALLOW] = permission_set("By a person")
    [conflict] = story.plan(first).conflicts
    assert conflict.path == ("label",)
    request = rollback.RollbackRequest(("force-app",), ApiVersion(63), first, side=Side.THEIRS)
    found = rollback.prepare(story.org, request, story.repository, story.ledger, in_order())
    assert rollback.execute(story.org, found, story.ledger, tools()).success
    assert text(story, ALLOW, "label") == ["By a person"]


def test_a_deleted_permission_set_comes_back_with_its_users(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("Mine")
    story.org.rows["User"] = [{"Id": f"005{name}", "Username": name} for name in ("a@x.example", "b@x.example")]
    story.org.assign("Allow_X", "a@x.example")
    story.org.assign("Allow_X", "b@x.example", "2027-01-31T00:00:00.000+0000")
    before = read_grants(story.org, ["Allow_X"])
    send(story, {}, X)
    assert read_grants(story.org, ["Allow_X"]) == ()
    found = plan(story)
    assert [change.id.kind for change in found.deployment.writes] == [RecordKind.ASSIGNMENT] * 2
    back(story)
    assert ALLOW in story.org.held
    assert read_grants(story.org, ["Allow_X"]) == before


def test_a_user_who_is_gone_is_named_and_the_rest_is_written(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("Mine")
    story.org.rows["User"] = [{"Id": "005a@x.example", "Username": "a@x.example"}]
    story.org.assign("Allow_X", "a@x.example")
    story.org.assign("Allow_X", "gone@x.example")
    send(story, {}, X)
    report = rollback.execute(story.org, plan(story), story.ledger, tools())
    assert not report.success
    assert report.deployment.unwritten == ("PermissionSetAssignment:Allow_X/gone@x.example: the org has no such user",)
    assert [record.id.subject for record in read_grants(story.org, ["Allow_X"])] == ["a@x.example"]


def test_what_a_person_granted_goes_with_the_permission_set_only_after_consent(story: Story) -> None:
    send(story, {ALLOW: permission_set("Ours")})
    story.org.assign("Allow_X", "late@x.example")
    [loss] = plan(story).losses
    assert "late@x.example" in loss.message


def test_an_unreadable_component_is_recorded_as_one_that_cannot_be_put_back(story: Story) -> None:
    story.org.held[APP] = connected_app()
    story.org.unreadable = {"ConnectedApp:Billing"}
    billing = ComponentId.of("ConnectedApp", "Billing")
    with pytest.raises(OperationFailed, match="--accept-unreadable ConnectedApp:Billing"):
        send(story, {APP: connected_app("<startUrl>https://one</startUrl>")})
    package = build_package([Entry.of(APP, connected_app("<startUrl>https://one</startUrl>"))], ApiVersion(63))
    accepted = deploy.prepare(
        story.org, package, DeployOptions(), Provenance(), story.ledger, tools(), accept_unreadable=[billing]
    )
    assert any("is not known as it was" in loss.message for loss in accepted.losses)
    deploy.execute(story.org, accepted, story.ledger, tools())
    entry = next(iter(story.ledger.deployments()))[1]
    assert entry.unrecoverable == (billing,)
    assert billing not in entry.absent_before
    story.org.unreadable = set()
    found = plan(story)
    assert [str(loss.component) for loss in found.losses] == ["ConnectedApp:Billing"]
    assert found.deployment.deletions == ()


def unread(story: Story, files: dict[str, bytes], *gone: ComponentId) -> Deployment:
    """A deployment after which the org would not give the permission set; it does later."""
    story.org.on_deploy = lambda: story.org.unreadable.add(str(X))
    package = build_package([Entry.of(path, data) for path, data in files.items()], ApiVersion(63), delete_after=gone)
    made = deploy.prepare(story.org, package, DeployOptions(), Provenance(), story.ledger, in_order())
    report = deploy.execute(story.org, made, story.ledger, in_order())
    story.org.on_deploy, story.org.unreadable = (lambda: None), set()
    assert not report.success, "nobody can say that the org holds what was sent"
    assert (report.missing, report.undeleted, report.unread) == (ChangeSet(), (), (X,))
    entry = next(iter(story.ledger.deployments()))[1]
    assert (entry.was_taken, entry.unread_after) == (True, (X,))
    assert [line for line in entry.differences if "would not give it" in line]
    return entry


@pytest.mark.parametrize("before", ["Zero", ""])
@pytest.mark.parametrize("side", [Side.OURS, Side.THEIRS])
def test_what_an_org_would_not_give_after_a_deployment_is_not_known(story: Story, side: Side, before: str) -> None:
    if before:
        story.org.held[ALLOW] = permission_set(before)
    unread(story, {ALLOW: permission_set("One")})
    found = plan(story)
    assert found.conflicts == (Conflict(X, is_guess=True),)
    assert "is not known" in conflict_text(found.conflicts[0])
    assert not found.kept, "nobody saw anybody change it"
    back(story, side=side)
    left = text(story, ALLOW, "label") if ALLOW in story.org.held else [""]
    assert left == [before if side is Side.OURS else "One"]


@pytest.mark.parametrize("side", [Side.OURS, Side.THEIRS])
def test_what_was_not_seen_and_is_gone_now_may_have_been_deleted_by_somebody(story: Story, side: Side) -> None:
    story.org.held[ALLOW] = permission_set("Zero")
    unread(story, {ALLOW: permission_set("One")})
    story.org.held.pop(ALLOW)
    assert plan(story).conflicts == (Conflict(X, is_guess=True),)
    back(story, side=side)
    assert (ALLOW in story.org.held) is (side is Side.OURS)


def test_what_was_not_seen_and_is_as_it_was_before_is_no_conflict(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("Zero")
    unread(story, {ALLOW: permission_set("One")})
    story.org.held[ALLOW] = permission_set("Zero")
    found = plan(story)
    assert found.is_settled
    assert found.deployment.changes_nothing


def test_what_was_not_seen_between_two_deployments_goes_back_to_what_was_before_both(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("Zero")
    first = unread(story, {ALLOW: permission_set("One")})
    send(story, {ALLOW: permission_set("Two")})
    assert plan(story).conflicts == (), "the last one was seen before and after"
    assert plan(story, first.id).conflicts == (Conflict(X, is_guess=True),)
    back(story, first.id, Side.OURS)
    assert text(story, ALLOW, "label") == ["Zero"]


def test_what_was_not_seen_is_not_known_on_the_way_to_a_revision_either(story: Story) -> None:
    file = "force-app/main/default/permissionsets/Allow_X.permissionset-meta.xml"
    first = story.write({file: permission_set("One")})
    assert story.deploy().success
    unread(story, {ALLOW: permission_set("Two")})
    found = story.plan(first)
    assert found.conflicts == (Conflict(X, is_guess=True),)
    assert not found.kept


def test_the_way_back_of_what_is_not_seen_says_so(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("Zero")
    entry = unread(story, {ALLOW: permission_set("One")})
    assert entry.undo.losses == ("PermissionSet:Allow_X stays as it is: the org would not give it",)
    assert (entry.undo.state, story.org.checks) == (UndoState.NONE, [])


def test_the_way_back_is_validated_right_after_the_deployment(story: Story) -> None:
    report = send(story, {ALLOW: permission_set("Ours")})
    [(options, files)] = story.org.checks
    assert options.check_only
    assert b"Allow_X" in files["destructiveChangesPost.xml"]
    entry = next(iter(story.ledger.deployments()))[1]
    assert entry.undo.state is UndoState.WORKS
    assert report.record is not None
    assert report.record.undo == entry.undo
    assert plan(story).deployment.package.digest == entry.undo.digest, "what was validated is what a rollback sends"


def test_a_way_back_that_the_org_refuses_is_said_with_its_words(story: Story) -> None:
    story.org.refuse_checks = "no deletions here"
    report = send(story, {ALLOW: permission_set("Ours")})
    assert report.record is not None
    assert report.record.undo.state is UndoState.REFUSED
    assert report.record.undo.problems == ("no deletions here",)


def test_what_could_not_be_put_back_is_said_before_anything_is_sent(story: Story) -> None:
    package = build_package([Entry.of(APP, connected_app())], ApiVersion(63))
    found = deploy.prepare(story.org, package, DeployOptions(), Provenance(), story.ledger, tools())
    assert [str(loss) for loss in found.losses] == [
        "ConnectedApp:Billing was made by the deployment and stays: it is never deleted"
    ]


@pytest.mark.parametrize("name", ["2026", "0Af000000000099AAA", "0Af"])
def test_a_name_that_means_no_deployment(story: Story, name: str) -> None:
    send(story, {ALLOW: permission_set("Ours")})
    with pytest.raises(UsageError, match="names no deployment"):
        plan(story, name)


def test_a_deployment_can_be_named_by_its_job_or_its_beginning(story: Story) -> None:
    report = send(story, {ALLOW: permission_set("Ours")})
    assert report.record is not None
    for name in (report.record.job_id, report.record.job_id[:15], report.record.id[:12]):
        assert plan(story, name).undone[0].id == report.record.id


def test_a_failed_deployment_has_nothing_to_undo(story: Story) -> None:
    story.org.held[ALLOW] = permission_set("Zero")
    send(story, {ALLOW: permission_set("One")})
    story.org.fail = "no"
    package = build_package([Entry.of(ALLOW, permission_set("Two"))], ApiVersion(63))
    failed = deploy.prepare(story.org, package, DeployOptions(), Provenance(), story.ledger, tools())
    report = deploy.execute(story.org, failed, story.ledger, tools())
    assert report.record is not None
    with pytest.raises(UsageError, match="changed nothing in the org"):
        plan(story, report.record.id)
    story.org.fail = ""
    back(story)
    assert text(story, ALLOW, "label") == ["Zero"]


def assigned(story: Story) -> tuple[str, ...]:
    return tuple(record.id.subject for record in read_grants(story.org, ["Allow_X"]))


def test_users_get_a_permission_set_back_that_the_org_did_not_delete(story: Story) -> None:
    send(story, {ALLOW: permission_set("Ours")})
    story.org.rows["User"] = [{"Id": "005late@x.example", "Username": "late@x.example"}]
    story.org.assign("Allow_X", "late@x.example", "2027-01-31T00:00:00.000+0000")
    before = read_grants(story.org, ["Allow_X"])
    seen: list[tuple[str, ...]] = []
    story.org.on_deploy = lambda: seen.append(assigned(story))
    story.org.fail = "no"
    report = rollback.execute(story.org, plan(story), story.ledger, tools())
    assert not report.success
    assert seen[0] == (), "an org deletes no permission set that somebody holds"
    assert read_grants(story.org, ["Allow_X"]) == before


@pytest.mark.parametrize("taken", [True, False])
def test_a_run_that_was_killed_while_users_had_lost_it_is_brought_to_an_end(story: Story, taken: bool) -> None:
    send(story, {ALLOW: permission_set("Ours")})
    story.org.rows["User"] = [{"Id": "005late@x.example", "Username": "late@x.example"}]
    story.org.assign("Allow_X", "late@x.example")

    def killed() -> None:
        raise KeyboardInterrupt

    story.org.on_deploy, story.org.before_deploy = (killed, lambda: None) if taken else (lambda: None, killed)
    with pytest.raises(KeyboardInterrupt):
        rollback.execute(story.org, plan(story), story.ledger, tools())
    assert assigned(story) == ()
    story.org.on_deploy = story.org.before_deploy = lambda: None
    settle(story.org, story.ledger, tools(600))
    entry = next(iter(story.ledger.deployments()))[1]
    assert entry.stage is Stage.FINISHED
    assert entry.status == ("Succeeded" if taken else "NotSent")
    assert assigned(story) == (() if taken else ("late@x.example",))
    assert (ALLOW in story.org.held) is not taken
