"""Rolling back: the same pipe on the inverse, with what cannot be undone said first."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema, compile_table
from sfmeta.codec.xml import parse
from sfmeta.errors import OperationFailed
from sfmeta.model.component import Entry
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops import deploy, rollback
from sfmeta.ops.deployment import DeployReport, Provenance
from sfmeta.ops.ports import Tools
from sfmeta.ops.selection import assemble
from sfmeta.workspace.cache import shipped_wsdl
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository, find_repository
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, FakeOrg, tools
from tests.ops.test_deploy import APP, connected_app, permission_set, xml

HOME = "force-app/main/default"
ALLOW_FILE = f"{HOME}/permissionsets/Allow_X.permissionset-meta.xml"
APP_FILE = f"{HOME}/connectedApps/Billing.connectedApp-meta.xml"
PROFILE_FILE = f"{HOME}/profiles/Integration.profile-meta.xml"
PROFILE = "profiles/Integration.profile"
ALLOW = "permissionsets/Allow_X.permissionset"


def profile(**permissions: bool) -> bytes:
    return xml(
        "Profile",
        "".join(
            f"<userPermissions><enabled>{str(on).lower()}</enabled><name>{name}</name></userPermissions>"
            for name, on in sorted(permissions.items())
        ),
    )


@cache
def schema() -> Schema:
    return Schema.load(compile_table(shipped_wsdl().read_bytes()))


def in_order() -> Tools:
    return replace(tools(), in_order=lambda root: canonical(root, schema()))


class Story:
    """A repository and an org that change together."""

    def __init__(self, folder: GitFolder) -> None:
        self.folder = folder
        self.org = FakeOrg()
        self.repository: Repository = find_repository(folder.root)
        self.ledger = Ledger(self.repository, INFO.id)

    def commit(self, **_: object) -> str:
        return self.folder.commit()

    def write(self, files: dict[str, bytes]) -> str:
        for path, data in files.items():
            self.folder.write(path, data.decode())
        return self.folder.commit()

    def remove(self, *paths: str) -> None:
        for path in paths:
            (self.folder.root / path).unlink()

    def deploy(self) -> DeployReport:
        revision = self.repository.head()
        package = assemble(self.repository.entries(revision, ["force-app"]), ApiVersion(63), ())
        at = tools()
        provenance = Provenance(revision=revision)
        plan = deploy.prepare(self.org, package, DeployOptions(), provenance, self.ledger, at)
        return deploy.execute(self.org, plan, self.ledger, at)

    def plan(self, revision: str) -> rollback.RollbackPlan:
        request = rollback.RollbackRequest(("force-app",), ApiVersion(63), revision)
        return rollback.prepare(self.org, request, self.repository, self.ledger, in_order())

    def back(self, revision: str) -> rollback.RollbackReport:
        return rollback.execute(self.org, self.plan(revision), self.ledger, tools())


@pytest.fixture
def story(git_folder: GitFolder) -> Story:
    return Story(git_folder)


def test_a_changed_permission_set_is_as_it_was(story: Story) -> None:
    first = story.write({ALLOW_FILE: permission_set("One")})
    assert story.deploy().success
    story.write({ALLOW_FILE: permission_set("Two", "<description>more</description>")})
    assert story.deploy().success

    report = story.back(first)
    assert report.success
    assert parse(story.org.held[ALLOW], "").value("label") == "One"
    assert b"description" not in story.org.held[ALLOW]
    newest = next(iter(story.ledger.deployments()))[1]
    assert (newest.kind, newest.source_revision, newest.success) == ("rollback", first, True)


def test_a_permission_set_made_since_is_deleted_after_the_rest(story: Story) -> None:
    first = story.write({APP_FILE: connected_app()})
    story.org.held[APP] = connected_app()
    story.write(
        {
            ALLOW_FILE: permission_set(),
            APP_FILE: connected_app("<permissionSetName>Allow_X</permissionSetName>"),
        }
    )
    assert story.deploy().success
    assert b"Allow_X" in story.org.held[APP]

    plan = story.plan(first)
    assert [str(item) for item in plan.deployment.deletions] == ["PermissionSet:Allow_X"]
    assert plan.losses == ()
    assert any("deletes" in question for question in plan.deployment.consent)
    assert story.back(first).success
    files = story.org.deploys[-1][1]
    assert "destructiveChangesPost.xml" in files
    assert b"<permissionSetName/>" in files[APP] or b"<permissionSetName></permissionSetName>" in files[APP]
    assert ALLOW not in story.org.held


def test_users_who_hold_a_deleted_permission_set_are_named_as_a_loss(story: Story) -> None:
    first = story.write({"readme.txt": b"nothing yet"})
    story.write({ALLOW_FILE: permission_set()})
    assert story.deploy().success
    story.org.assign("Allow_X", "super.user@acme.example")
    [loss] = story.plan(first).losses
    assert "super.user@acme.example" in loss.message


def test_a_permission_set_that_was_there_before_us_gets_its_old_content_back(story: Story) -> None:
    first = story.write({"readme.txt": b"nothing yet"})
    story.org.held[ALLOW] = permission_set("Made by hand")
    story.write({ALLOW_FILE: permission_set("Ours")})
    assert story.deploy().success

    plan = story.plan(first)
    assert plan.deployment.deletions == ()
    assert story.back(first).deployment.success
    assert parse(story.org.held[ALLOW], "").value("label") == "Made by hand"


def test_a_profile_gets_back_what_it_had_and_explicit_false_where_it_had_nothing(story: Story) -> None:
    story.org.held[PROFILE] = profile(ApiEnabled=True)
    first = story.write({"readme.txt": b"nothing yet"})
    story.write({PROFILE_FILE: profile(ApiEnabled=True, UseAnyApiClient=True)})
    assert story.deploy().success

    assert story.back(first).deployment.success
    sent = parse(story.org.deploys[-1][1][PROFILE], "")
    said = {entry.value("name"): entry.value("enabled") for entry in sent.all("userPermissions")}
    assert said == {"ApiEnabled": "true", "UseAnyApiClient": "false"}


def test_an_app_is_never_deleted(story: Story) -> None:
    first = story.write({"readme.txt": b"nothing yet"})
    story.write({APP_FILE: connected_app()})
    assert story.deploy().success

    plan = story.plan(first)
    [loss] = plan.losses
    assert loss.component == ComponentId.of("ConnectedApp", "Billing")
    assert "never deleted" in loss.message
    assert plan.deployment.deletions == ()
    assert story.back(first).deployment.outcome is None
    assert APP in story.org.held


def test_without_a_ledger_head_is_the_base_and_deletions_must_be_agreed_to(story: Story) -> None:
    first = story.write({"readme.txt": b"nothing yet"})
    story.write({ALLOW_FILE: permission_set()})
    story.org.held[ALLOW] = permission_set()

    plan = story.plan(first)
    assert not plan.recorded
    [loss] = plan.losses
    assert "does not show that sfmeta created it" in loss.message


def test_going_back_twice_and_forward_again(story: Story) -> None:
    one = story.write({ALLOW_FILE: permission_set("One")})
    assert story.deploy().success
    two = story.write({ALLOW_FILE: permission_set("Two")})
    assert story.deploy().success
    story.write({ALLOW_FILE: permission_set("Three")})
    assert story.deploy().success
    for revision, label in ((two, "Two"), (one, "One"), (two, "Two")):
        assert story.back(revision).success
        assert parse(story.org.held[ALLOW], "").value("label") == label


def test_grants_that_came_later_are_taken_away_from_an_app_that_was_there_before(story: Story) -> None:
    story.org.held[APP] = connected_app()
    first = story.write({"readme.txt": b"nothing yet"})
    story.write(
        {APP_FILE: connected_app("<permissionSetName>Allow_X</permissionSetName>"), ALLOW_FILE: permission_set()}
    )
    assert story.deploy().success
    report = story.back(first)
    assert report.deployment.success
    sent = parse(story.org.deploys[-1][1][APP], "")
    assert [item.text for item in sent.all("permissionSetName")] == [""], "leaving it out may keep the grant"


def test_a_deployment_that_was_not_read_back_as_sent_is_undone_too(story: Story) -> None:
    first = story.write({ALLOW_FILE: permission_set("One"), APP_FILE: connected_app()})
    story.org.held[APP] = connected_app()
    assert story.deploy().success
    granted = connected_app("<permissionSetName>Allow_X</permissionSetName>")
    story.write({ALLOW_FILE: permission_set("Two"), APP_FILE: granted})
    story.org.swallow = {APP}
    assert not story.deploy().success
    story.org.swallow = set()
    plan = story.plan(first)
    assert plan.base == story.repository.head()
    assert story.back(first).success
    assert parse(story.org.held[ALLOW], "").value("label") == "One"


def test_a_dirty_deployment_is_not_taken_for_its_commit(story: Story) -> None:
    story.org.held[PROFILE] = profile(ApiEnabled=True)
    first = story.write({"readme.txt": b"nothing yet"})
    story.folder.write(PROFILE_FILE, profile(ApiEnabled=False).decode())
    entries = find_project_entries(story)
    plan = deploy.prepare(
        story.org,
        assemble(entries, ApiVersion(63), ()),
        DeployOptions(),
        Provenance(revision=first, dirty=True),
        story.ledger,
        tools(),
    )
    assert deploy.execute(story.org, plan, story.ledger, tools()).success
    assert story.back(first).deployment.success
    sent = parse(story.org.deploys[-1][1][PROFILE], "")
    assert [item.value("enabled") for item in sent.all("userPermissions")] == ["true"]


def find_project_entries(story: Story) -> list[Entry]:
    return [Entry.of(PROFILE_FILE, (story.folder.root / PROFILE_FILE).read_bytes())]


def test_a_key_is_not_sent_back_with_the_old_state(story: Story) -> None:
    story.org.held[APP] = connected_app(oauth="<consumerKey>OWN</consumerKey><isAdminApproved>false</isAdminApproved>")
    first = story.write({"readme.txt": b"nothing yet"})
    story.write({APP_FILE: connected_app()})
    assert story.deploy().success
    assert story.back(first).deployment.success
    sent: Element = parse(story.org.deploys[-1][1][APP], "")
    assert not list(sent.find("oauthConfig/consumerKey"))
    assert [item.text for item in sent.find("oauthConfig/isAdminApproved")] == ["false"]


def test_a_rollback_that_failed_can_be_tried_again(story: Story) -> None:
    first = story.write({"readme.txt": b"nothing yet"})
    story.write({ALLOW_FILE: permission_set()})
    assert story.deploy().success
    story.org.fail = "locked"
    assert not story.back(first).deployment.success
    story.org.fail = ""
    assert story.back(first).success
    assert ALLOW not in story.org.held


def test_deploying_an_older_commit_again_hides_nothing_that_came_after_it(story: Story) -> None:
    first = story.write({APP_FILE: connected_app()})
    story.org.held[APP] = connected_app()
    story.write({ALLOW_FILE: permission_set(), APP_FILE: connected_app("<startUrl>https://x</startUrl>")})
    assert story.deploy().success
    package = assemble(story.repository.entries(first, ["force-app"]), ApiVersion(63), ())
    provenance = Provenance(revision=first)
    plan = deploy.prepare(story.org, package, DeployOptions(), provenance, story.ledger, tools())
    assert deploy.execute(story.org, plan, story.ledger, tools()).success
    assert story.back(first).deployment.success
    assert ALLOW not in story.org.held


def test_what_a_person_took_away_is_not_granted_again(story: Story) -> None:
    story.org.held[APP] = connected_app("<permissionSetName>Allow_P</permissionSetName>")
    first = story.write({APP_FILE: connected_app("<permissionSetName>Allow_Q</permissionSetName>")})
    granted = "<permissionSetName>Allow_Q</permissionSetName><permissionSetName>Allow_R</permissionSetName>"
    story.write({APP_FILE: connected_app(granted)})
    assert story.deploy().success
    assert story.back(first).success
    sent = parse(story.org.deploys[-1][1][APP], "")
    assert [item.text for item in sent.all("permissionSetName")] == ["Allow_Q"]


def test_a_plan_is_stale_once_somebody_else_deployed(story: Story) -> None:
    first = story.write({ALLOW_FILE: permission_set("One")})
    package = assemble(story.repository.entries(first, ["force-app"]), ApiVersion(63), ())
    mine = deploy.prepare(story.org, package, DeployOptions(), Provenance(revision=first), story.ledger, tools())
    assert story.deploy().success
    with pytest.raises(OperationFailed, match="at the same time"):
        deploy.execute(story.org, mine, story.ledger, tools())
