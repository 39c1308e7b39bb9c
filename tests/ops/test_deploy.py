"""Deploying: look, record, send, read back, record again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sfmeta.change.cautions import cautions
from sfmeta.errors import GuardRefused, Interrupted, OperationFailed, OrgRefused, StillRunning
from sfmeta.model.component import Entry, Package
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops import deploy, job
from sfmeta.ops.deployment import DeployReport, Provenance
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.project import find_project
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, FakeOrg, tools

ALLOW = ComponentId.of("PermissionSet", "Allow_X")


def xml(root: str, body: str) -> bytes:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://soap.sforce.com/2006/04/metadata">{body}</{root}>'
    return text.encode()


def permission_set(label: str = "Allow X", body: str = "") -> bytes:
    return xml("PermissionSet", f"<label>{label}</label>{body}")


def connected_app(body: str = "", oauth: str = "<isAdminApproved>true</isAdminApproved>") -> bytes:
    return xml(
        "ConnectedApp",
        "<contactEmail>a@example.com</contactEmail><label>Billing</label>"
        f"<oauthConfig><callbackUrl>https://example.com</callbackUrl>{oauth}</oauthConfig>{body}",
    )


def package(files: dict[str, bytes], delete: tuple[ComponentId, ...] = ()) -> Package:
    entries = [Entry.of(path, data) for path, data in files.items()]
    return build_package(entries, ApiVersion(63), delete_after=delete)


PATH = "permissionsets/Allow_X.permissionset"
APP = "connectedApps/Billing.connectedApp"
SIMPLE = {PATH: permission_set()}


@pytest.fixture
def ledger(git_folder: GitFolder) -> Ledger:
    return Ledger(find_repository(git_folder.root), INFO.id)


def run(
    org: FakeOrg, made: Package, ledger: Ledger | None, options: DeployOptions = DeployOptions(), deadline_s: float = 60
) -> DeployReport:
    at = tools(deadline_s)
    plan = deploy.prepare(org, made, options, Provenance(revision="", dirty=True), ledger, at)
    return deploy.execute(org, plan, ledger, at)


def last(ledger: Ledger) -> Deployment:
    return next(iter(ledger.deployments()))[1]


def test_a_deployment_is_recorded_before_and_after(ledger: Ledger) -> None:
    org = FakeOrg(held={PATH: permission_set("Before")})
    report = run(org, package(SIMPLE), ledger)

    assert report.success
    [(commit, record)] = list(ledger.deployments())
    assert (record.stage, record.status, record.success) == (Stage.FINISHED, "Succeeded", True)
    assert record.package_digest == package(SIMPLE).digest
    assert b"Before" in ledger.before(commit)[0].read()
    assert b"Allow X" in ledger.after(commit)[0].read()
    assert {entry.path for entry in ledger.package(commit)} == {PATH, "package.xml"}


def test_a_grant_that_is_not_there_afterwards_is_a_failure_whatever_the_org_said(ledger: Ledger) -> None:
    app = connected_app("<permissionSetName>Allow_X</permissionSetName>")
    org = FakeOrg(held={APP: connected_app(), PATH: permission_set()}, swallow={APP})
    report = run(org, package({APP: app}), ledger)

    assert report.outcome is not None
    assert report.outcome.success
    assert not report.success
    [change] = report.missing
    assert str(change.id) == "ConnectedApp:Billing"
    assert not last(ledger).success
    assert "permissionSetName" in last(ledger).differences[0]


def test_a_label_given_back_for_an_api_name_is_no_difference(ledger: Ledger) -> None:
    org = FakeOrg(held={APP: connected_app("<permissionSetName>Allow X</permissionSetName>"), PATH: permission_set()})
    made = package({APP: connected_app("<permissionSetName>Allow_X</permissionSetName>"), PATH: permission_set()})
    assert run(org, made, ledger).outcome is None


def test_a_deployment_that_changes_nothing_sends_nothing_and_is_not_recorded(ledger: Ledger) -> None:
    org = FakeOrg(held=dict(SIMPLE))
    report = run(org, package(SIMPLE), ledger)
    assert report.success
    assert report.outcome is None
    assert org.deploys == []
    assert list(ledger.deployments()) == []


def test_check_only_always_asks_the_org_and_leaves_nothing_behind() -> None:
    org = FakeOrg()
    report = run(org, package(SIMPLE), None, DeployOptions(check_only=True))
    assert report.success
    assert [options.check_only for options, _ in org.jobs] == [True]
    assert org.held == {}


def test_a_failed_deployment_is_a_value_and_recorded(ledger: Ledger) -> None:
    report = run(FakeOrg(fail="no"), package(SIMPLE), ledger)
    assert not report.success
    assert (last(ledger).stage, last(ledger).status, last(ledger).success) == (Stage.FINISHED, "Failed", False)


def test_production_always_rolls_back_on_error_and_asks_first(ledger: Ledger) -> None:
    production = replace(INFO, is_sandbox=False)
    plan = deploy.prepare(
        FakeOrg(info=production),
        package(SIMPLE),
        DeployOptions(rollback_on_error=False),
        Provenance(),
        ledger,
        tools(),
    )
    assert plan.options.rollback_on_error
    assert "production" in plan.consent[0]
    sandbox = deploy.prepare(FakeOrg(), package(SIMPLE), DeployOptions(), Provenance(), ledger, tools())
    assert sandbox.consent == ()


SWITCH = "settings/ConnectedApp.settings"
ON = xml("ConnectedAppSettings", "<enableAdminApprovedAppsOnly>true</enableAdminApprovedAppsOnly>")
OFF = xml("ConnectedAppSettings", "<enableAdminApprovedAppsOnly>false</enableAdminApprovedAppsOnly>")
PROFILE = xml("Profile", "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>")
KEYED = connected_app(oauth="<consumerKey>KEY</consumerKey>")
NO_API = PROFILE.replace(b"true", b"false")
API_ONLY = PROFILE.replace(b"ApiEnabled", b"ApiUserOnly")
OWN = connected_app("<permissionSetName>Deployers</permissionSetName>", "<consumerKey>OUR-OWN</consumerKey>")
OWN_WITHOUT_GRANT = connected_app("<permissionSetName>Others</permissionSetName>", "")
OWN_WITH_SCOPE = connected_app("", "<consumerKey>OUR-OWN</consumerKey><scopes>Api</scopes>")
OWN_WITHOUT_SCOPE = connected_app("", "<scopes>Chatter</scopes>")
METADATA = PROFILE.replace(b"ApiEnabled", b"ModifyMetadata")
NO_METADATA = METADATA.replace(b"true", b"false")
HOURS = xml("Profile", "<loginHours><mondayStart>480</mondayStart><mondayEnd>1020</mondayEnd></loginHours>")
ECA_POLICY = "extlClntAppOauthPolicies/Own_defaultPolicy.ecaOauthPlcy"
ECA_KEYS = "extlClntAppGlobalOauthSets/Own.ecaGlblOauth"


def eca(root: str, body: str) -> bytes:
    return xml(root, f"<externalClientApplication>Own</externalClientApplication>{body}")


POLICY = "ExtlClntAppOauthConfigurablePolicies"
OUR_GRANT = eca(POLICY, "<commaSeparatedPermissionSet>Deployers</commaSeparatedPermissionSet>")
OTHER_GRANT = eca(POLICY, "<commaSeparatedPermissionSet>Others</commaSeparatedPermissionSet>")
OUR_KEYS = eca("ExtlClntAppGlobalOauthSettings", "<consumerKey>OUR-OWN</consumerKey>")
BLOCKED = "blacklistedConsumers/X.blacklistedConsumer"
BY_THE_BOX = xml(
    "BlacklistedConsumer",
    "<blockedByApiWhitelisting>true</blockedByApiWhitelisting><consumerKey>K</consumerKey>"
    "<consumerName>X</consumerName><masterLabel>X</masterLabel>",
)
SECRET = connected_app(oauth="<consumerSecret>CANARY</consumerSecret>")


@pytest.mark.parametrize(
    ("files", "held", "rule"),
    [
        ({SWITCH: ON}, {SWITCH: OFF}, "enforcement-by-deploy"),
        ({SWITCH: ON}, {}, "enforcement-by-deploy"),
        ({SWITCH: ON.replace(b"true", b"1")}, {SWITCH: OFF}, "enforcement-by-deploy"),
        ({SWITCH: ON.replace(b"true", b" TRUE ")}, {SWITCH: OFF}, "enforcement-by-deploy"),
        ({SWITCH: OFF}, {SWITCH: ON}, "enforcement-by-deploy"),
        ({"profiles/Admin.profile": NO_API}, {"profiles/Admin.profile": PROFILE}, "front-door"),
        ({"profiles/Admin.profile": API_ONLY}, {"profiles/Admin.profile": PROFILE}, "front-door"),
        ({"profiles/Deployers.profile": NO_API}, {"profiles/Deployers.profile": PROFILE}, "front-door"),
        ({APP: OWN_WITHOUT_GRANT}, {APP: OWN}, "own-app"),
        ({BLOCKED: BY_THE_BOX}, {}, "blocked-by-the-box"),
        ({"profiles/Admin.profile": NO_METADATA}, {"profiles/Admin.profile": METADATA}, "front-door"),
        ({"profiles/Admin.profile": HOURS}, {"profiles/Admin.profile": METADATA}, "front-door"),
        ({APP: OWN_WITHOUT_SCOPE}, {APP: OWN_WITH_SCOPE}, "own-app"),
        ({ECA_POLICY: OTHER_GRANT}, {ECA_POLICY: OUR_GRANT, ECA_KEYS: OUR_KEYS}, "own-app"),
        ({"profiles/New.profile": PROFILE}, {}, "profile-unknown"),
        ({APP: KEYED}, {APP: connected_app()}, "consumer-key-of-another-org"),
        ({APP: KEYED}, {}, "consumer-key-of-another-org"),
        ({APP: SECRET}, {APP: connected_app()}, "secret-in-file"),
    ],
)
def test_guards_refuse_before_anything_is_sent_or_recorded(
    ledger: Ledger, files: dict[str, bytes], held: dict[str, bytes], rule: str
) -> None:
    org = FakeOrg(
        info=replace(INFO, client_id="OUR-OWN"), held=held, rows={"User": [{"Profile": {"Name": "Deployers"}}]}
    )
    with pytest.raises(GuardRefused) as caught:
        run(org, package(files), ledger)
    assert caught.value.code == rule
    assert "CANARY" not in str(caught.value)
    assert org.deploys == []
    assert list(ledger.deployments()) == []


@pytest.mark.parametrize(
    ("files", "held"),
    [
        ({SWITCH: ON}, {SWITCH: ON}),  # it is on already
        ({SWITCH: OFF}, {SWITCH: OFF}),
        ({SWITCH: OFF}, {}),
        ({APP: KEYED}, {APP: KEYED}),  # its own key
        ({"profiles/Old.profile": PROFILE}, {"profiles/Old.profile": xml("Profile", "<custom>true</custom>")}),
    ],
)
def test_guards_let_harmless_things_pass(ledger: Ledger, files: dict[str, bytes], held: dict[str, bytes]) -> None:
    assert run(FakeOrg(held=held), package(files), ledger).success


def test_a_component_that_cannot_be_read_stops_everything(ledger: Ledger) -> None:
    org = FakeOrg(held=dict(SIMPLE), unreadable={"PermissionSet:Allow_X"})
    with pytest.raises(OperationFailed, match="PermissionSet:Allow_X"):
        run(org, package({PATH: permission_set("New")}), ledger)
    assert org.deploys == []


def test_a_profile_that_cannot_be_read_is_not_called_absent(ledger: Ledger) -> None:
    file = "profiles/Old.profile"
    org = FakeOrg(held={file: PROFILE}, unreadable={"Profile:Old"})
    accepted = [ComponentId.of("Profile", "Old")]
    with pytest.raises(
        GuardRefused, match="Profile:Old was not given by the org: whether it exists is not known"
    ) as caught:
        deploy.prepare(
            org, package({file: PROFILE}), DeployOptions(), Provenance(), ledger, tools(), accept_unreadable=accepted
        )
    assert caught.value.code == "profile-unknown"
    assert "sfmeta retrieve -m Profile:Old" in caught.value.hint
    org.held, org.unreadable = {}, set()
    with pytest.raises(GuardRefused, match="Profile:Old does not exist in this org"):
        run(org, package({file: PROFILE}), ledger)


def test_past_the_deadline_the_job_goes_on_and_can_be_resumed(ledger: Ledger) -> None:
    org = FakeOrg(polls=10_000)
    with pytest.raises(StillRunning) as caught:
        run(org, package(SIMPLE), ledger, deadline_s=5)
    job_id = caught.value.job_id
    assert last(ledger).stage is Stage.SENT
    assert last(ledger).job_id == job_id

    with pytest.raises(GuardRefused, match="not recorded") as refused:
        run(org, package({PATH: permission_set("New")}), ledger)
    assert job_id in refused.value.hint

    org.polls = 0
    resumed = job.resume(org, last(ledger).job_id, ledger, tools())
    assert resumed.report is not None
    assert resumed.report.success
    assert (last(ledger).stage, last(ledger).success) == (Stage.FINISHED, True)
    assert job.resume(org, last(ledger).job_id, ledger, tools()).report is None


def test_ctrl_c_names_the_job_that_goes_on(ledger: Ledger) -> None:
    org = FakeOrg(polls=10)
    at = tools()
    at.clock.sleep = interrupt  # type: ignore[method-assign]
    plan = deploy.prepare(org, package(SIMPLE), DeployOptions(), Provenance(), ledger, tools())
    with pytest.raises(Interrupted) as caught:
        deploy.execute(org, plan, ledger, at)
    assert caught.value.job_id == last(ledger).job_id
    assert "job resume" in caught.value.hint
    assert last(ledger).stage is Stage.SENT


def interrupt(_: float) -> None:
    raise KeyboardInterrupt


def test_two_orgs_with_different_baselines_get_the_same_package(git_folder: GitFolder) -> None:
    first, second = FakeOrg(), FakeOrg(held={PATH: permission_set("Another", "<description>x</description>")})
    repository = find_repository(git_folder.root)
    for org in (first, second):
        run(org, package(SIMPLE), Ledger(repository, INFO.id))
    assert first.deploys[0][1] == second.deploys[0][1]


def test_a_refusal_closes_the_entry(ledger: Ledger) -> None:
    org = FakeOrg()

    def refuse() -> None:
        raise OrgRefused("no")

    org.on_deploy = refuse
    with pytest.raises(OrgRefused):
        run(org, package(SIMPLE), ledger)
    assert (last(ledger).stage, last(ledger).status) == (Stage.FINISHED, "NotSent")


def test_what_the_org_holds_and_the_file_does_not_mention_needs_consent(ledger: Ledger) -> None:
    held = connected_app("", "<certificate>MIIC</certificate><isAdminApproved>true</isAdminApproved>")
    plan = deploy.prepare(
        FakeOrg(held={APP: held}),
        package({APP: connected_app("<startUrl>https://x</startUrl>")}),
        DeployOptions(),
        Provenance(),
        ledger,
        tools(),
    )
    assert "oauthConfig/certificate" in plan.consent[0]


def test_another_certificate_needs_consent_and_says_for_whom_it_matters(ledger: Ledger) -> None:
    plan = deploy.prepare(
        FakeOrg(held={APP: connected_app("", "<certificate>MIICold</certificate>")}),
        package({APP: connected_app("", "<certificate>MIICnew</certificate>")}),
        DeployOptions(),
        Provenance(),
        ledger,
        tools(),
    )
    assert "whoever logs in with the old key is refused" in plan.consent[0]


@pytest.mark.parametrize(("now", "said"), [("", True), ("<isAdminApproved>true</isAdminApproved>", False)])
def test_an_app_that_is_closed_to_whoever_has_no_grant_is_pointed_at(ledger: Ledger, now: str, said: bool) -> None:
    plan = deploy.prepare(
        FakeOrg(held={APP: connected_app("", now)}),
        package({APP: connected_app("", "<isAdminApproved>true</isAdminApproved>")}),
        DeployOptions(),
        Provenance(),
        ledger,
        tools(),
    )
    assert any("closes the app to everybody to whom no" in one.message for one in plan.cautions) is said
    assert plan.consent == ()


def test_an_external_client_app_is_closed_by_its_policies() -> None:
    policies = "<ExtlClntAppOauthConfigurablePolicies>{}</ExtlClntAppOauthConfigurablePolicies>"
    closed = "<permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>"
    component = ComponentId.of("ExtlClntAppOauthConfigurablePolicies", "Portal_defaultPolicy")
    before, after = ({component: (Entry.of("p", policies.format(one).encode()),)} for one in ("", closed))
    assert [one.needs_consent for one in cautions(after, before)] == [False]
    assert cautions(after, after) == ()


def test_what_changed_beside_the_files_is_named(ledger: Ledger) -> None:
    org = FakeOrg(held={APP: connected_app("<startUrl>https://mine</startUrl>")})
    report = run(org, package({APP: connected_app("<permissionSetName>Allow_X</permissionSetName>")}), ledger)
    assert [field.path for change in report.beside for field in change.fields] == [("startUrl",)]


def test_a_file_that_changes_after_it_was_looked_at_is_not_sent(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "force-app"}]}')
    file = tmp_path / "force-app" / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(permission_set())
    made = build_package(find_project(tmp_path).entries(), ApiVersion(63))
    org = FakeOrg()
    plan = deploy.prepare(org, made, DeployOptions(), Provenance(), ledger, tools())
    file.write_bytes(permission_set("Swapped"))
    with pytest.raises(OperationFailed, match="was changed while"):
        deploy.execute(org, plan, ledger, tools())
    assert org.deploys == []
