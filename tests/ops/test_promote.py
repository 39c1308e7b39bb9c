"""Promoting: which package goes on, and what each gate lets through."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from sfmeta.config.environments import read_environments
from sfmeta.errors import GuardRefused, OrgRefused, SourceError, StillRunning, UsageError
from sfmeta.model.component import Entry, Package
from sfmeta.model.deployment import NOT_SENT, Deployment, Purpose, Stage
from sfmeta.model.environment import Environments
from sfmeta.model.forecast import Forecast
from sfmeta.model.names import ApiVersion, ComponentId, JobId, OrgId
from sfmeta.model.outcome import DeployOptions, TestLevel
from sfmeta.model.validation import Validation
from sfmeta.ops import deploy, promote
from sfmeta.ops.deployment import DeployReport, Provenance
from sfmeta.ops.environments import derived
from sfmeta.ops.gates import Foresight, Verdict
from sfmeta.ops.ports import Tools
from sfmeta.ops.promote import Ends, Promotion, Request, route_to
from sfmeta.ops.validation import check, complete
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository, find_repository
from sfmeta.workspace.validations import Validations
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, FakeClock, FakeOrg, tools
from tests.ops.test_deploy import APP, PATH, connected_app, permission_set
from tests.report.made import acme, clean

UAT, PRODUCTION = OrgId.parse("00D000000000001"), OrgId.parse("00D000000000002")
CHAIN = """version: 1
environments:
  uat:
    org: uat
    org_id: 00D000000000001
    values: {ConnectedApp:Billing: {oauthConfig/callbackUrl: https://uat.example.com}}
  production:
    org: prod
    org_id: 00D000000000002
    gates: {after: uat, soak: 24 hours, approval: second_person}
    test_level: RunLocalTests
"""
FILES = {PATH: permission_set(), APP: connected_app()}
SOURCE = {
    "force-app/main/default/permissionsets/Allow_X.permissionset-meta.xml": permission_set().decode(),
    "force-app/main/default/connectedApps/Billing.connectedApp-meta.xml": connected_app().decode(),
}
GRANT = b"<permissionSetName>Allow_X</permissionSetName></ConnectedApp>"
DAY_S = 86_400


class Stand:
    """Two orgs and a project under git; what was deployed to the first may go to the second."""

    def __init__(self, folder: GitFolder) -> None:
        self.folder = folder
        self.repository: Repository = find_repository(folder.root)
        self.environments: Environments = read_environments(CHAIN)
        self.uat = FakeOrg(info=replace(INFO, id=UAT, name="Acme"))
        self.production = FakeOrg(info=replace(INFO, id=PRODUCTION, name="Acme", is_sandbox=False))
        for path, text in SOURCE.items():
            folder.write(path, text)
        self.revision = folder.commit("first\n\nReviewed-by: Bob <bob@example.com>")
        self.clock = FakeClock()
        self.foresight: Foresight | None = lambda _files, _deletions: clean()

    @property
    def ends(self) -> Ends:
        chain = self.environments.chain
        ledgers = (Ledger(self.repository, chain[name].org_id) for name in ("uat", "production"))
        return Ends(self.uat, self.production, *ledgers, Validations(self.repository, PRODUCTION))

    @property
    def tools(self) -> Tools:
        return replace(tools(), clock=self.clock)

    def deploy(self, files: dict[str, bytes] = FILES, **provenance: object) -> Deployment:
        """To uat, as ``sfmeta deploy`` does it; it must leave an entry."""
        made = derived(package(files), self.environments, self.uat.info.id, package(FILES).components)
        said: dict[str, object] = {"revision": self.revision, "derivation": made.derivation, "base": made.base}
        origin = Provenance(**(said | provenance))  # type: ignore[arg-type]  # values of the right types
        ledger = Ledger(self.repository, self.uat.info.id)
        plan = deploy.prepare(self.uat, made.package, DeployOptions(), origin, ledger, self.tools)
        record = deploy.execute(self.uat, plan, ledger, self.tools).record
        assert record is not None
        return record

    def soaked(self, files: dict[str, bytes] = FILES, **provenance: object) -> Deployment:
        record = self.deploy(files, **provenance)
        self.clock.sleep(DAY_S)
        return record

    def look(self, deployment: str = "", *, check_only: bool = False, quick: str = "") -> Promotion:
        route = route_to(self.environments, "production")
        request = Request(
            route, deployment, check_only, ("force-app/main",), package(FILES).components, validation=JobId(quick)
        )
        return promote.look(request, self.ends, self.repository, self.foresight, self.tools)

    def check(self) -> Validation:
        """The target validates it."""
        plan = promote.prepare(self.look(check_only=True), self.ends, "", self.tools)
        _, made = check(self.production, plan, self.ends.validations, self.tools, "production")
        assert made is not None
        return made

    def promote(self, deployment: str = "", *, check_only: bool = False, quick: str = "") -> DeployReport:
        found = self.look(deployment, check_only=check_only, quick=quick)
        plan = promote.prepare(found, self.ends, "Cyd <cyd@example.com>", self.tools)
        ledger = None if check_only else self.ends.target_ledger
        return deploy.execute(self.production, plan, ledger, self.tools)

    def history(self) -> list[Deployment]:
        return [record for _, record in self.ends.target_ledger.deployments()]


def package(files: dict[str, bytes], delete: tuple[ComponentId, ...] = ()) -> Package:
    entries = [Entry.of(path, data) for path, data in files.items()]
    return build_package(entries, ApiVersion(63), delete_after=delete)


@pytest.fixture
def stand(git_folder: GitFolder) -> Stand:
    return Stand(git_folder)


def verdicts(found: Promotion) -> dict[str, str]:
    return {gate.name: str(gate.verdict) for gate in found.gates}


def shut(found: Promotion) -> str:
    """The only gate that refuses, in its words."""
    [gate] = [gate for gate in found.gates if gate.verdict is not Verdict.PASSED]
    assert gate.verdict is Verdict.REFUSED
    assert gate.satisfy
    with pytest.raises(GuardRefused) as caught:
        raise promote.refusal(found)
    assert caught.value.hint == gate.satisfy
    return f"{gate.name}: {gate.what} -> {gate.satisfy}"


def test_the_very_package_goes_on_with_the_values_of_its_own_environment(stand: Stand) -> None:
    first = stand.soaked()
    assert b"https://uat.example.com" in stand.uat.held[APP]
    found = stand.look()
    assert verdicts(found) == dict.fromkeys(
        ("deployed", "org", "soak", "verify", "clean-source", "forecast", "approval"), "passed"
    )
    report = stand.promote()
    assert report.success
    assert stand.production.held == FILES
    assert stand.production.deploys[0][0].test_level is TestLevel.RUN_LOCAL_TESTS
    [entry] = stand.history()
    assert (entry.kind, entry.source, entry.author) == (Purpose.PROMOTE, first.id, "Cyd <cyd@example.com>")
    assert (entry.source_revision, entry.source_dirty) == (stand.revision, False)
    assert entry.derivation.base_digest == first.derivation.base_digest == package(FILES).digest
    assert (first.derivation.environment, entry.derivation.environment) == ("uat", "production")
    assert first.derivation.values_digest
    assert entry.derivation.values_digest == ""
    assert entry.package_digest != first.package_digest


def test_check_only_asks_the_org_and_leaves_nothing(stand: Stand) -> None:
    stand.soaked()
    assert stand.promote(check_only=True).success
    assert [options.check_only for options, _ in stand.production.jobs] == [True]
    assert (stand.production.held, stand.history()) == ({}, [])


def test_what_is_promoted_is_what_the_ledger_holds_whatever_the_files_say_now(stand: Stand) -> None:
    stand.soaked()
    for path in SOURCE:
        stand.folder.write(path, "<Broken")
    assert stand.promote().success
    assert stand.production.held == FILES


def test_with_nothing_deployed_the_other_gates_stay_open(stand: Stand) -> None:
    found = stand.look()
    assert verdicts(found) == {
        "deployed": "refused",
        "org": "passed",
        **dict.fromkeys(("soak", "verify", "clean-source", "forecast", "approval"), "open"),
    }
    assert "No deployment to uat is recorded here" in found.gates[0].what
    assert found.gates[0].satisfy == "Deploy it there first: sfmeta deploy -o uat"
    with pytest.raises(GuardRefused):
        promote.prepare(found, stand.ends, "", stand.tools)


def test_a_refreshed_sandbox_starts_again(stand: Stand) -> None:
    stand.soaked()
    stand.uat = FakeOrg(info=replace(stand.uat.info, id=OrgId.parse("00D000000000003")))
    found = stand.look()
    assert verdicts(found)["org"] == "refused"
    assert set(verdicts(found).values()) == {"passed", "refused", "open"}
    words = next(gate for gate in found.gates if gate.name == "org")
    assert "uat is 00D000000000003" in words.what
    assert "Write the new org_id for uat" in words.satisfy
    stand.environments = read_environments(CHAIN.replace("00D000000000001", "00D000000000003"))
    assert "No deployment to uat is recorded here" in stand.look().gates[0].what
    stand.soaked()
    assert stand.look().is_open


def test_soak_says_until_when(stand: Stand) -> None:
    record = stand.deploy()
    stand.clock.sleep(DAY_S - 2)
    words = shut(stand.look())
    assert (
        words
        == f"soak: in uat since {record.finished_at}, and 24 hours are asked for -> Wait until 2023-11-15T22:13:20Z"
    )
    stand.clock.sleep(2)
    assert stand.look().is_open


def test_what_somebody_changed_in_the_environment_before_was_not_proven(stand: Stand) -> None:
    stand.soaked()
    stand.uat.held[PATH] = permission_set("Renamed")
    words = shut(stand.look())
    assert "verify: uat does not hold the package any more" in words
    assert "PermissionSet:Allow_X" in words
    assert "sfmeta diff -o uat" in words
    stand.uat.held[PATH] = permission_set()
    stand.uat.unreadable = {"PermissionSet:Allow_X"}
    assert "would not give PermissionSet:Allow_X" in shut(stand.look())


def test_what_was_not_committed_was_seen_by_nobody(stand: Stand) -> None:
    stand.soaked({**FILES, PATH: permission_set("New")}, dirty=True)
    found = stand.look()
    assert verdicts(found)["clean-source"] == "refused"
    assert verdicts(found)["approval"] == "open"
    assert "Commit the files as they were deployed" in promote.refusal(found).hint


def test_what_decides_must_be_committed_too(stand: Stand) -> None:
    stand.folder.write("policy.yml", "version: 1\n")
    stand.folder.write("environments.yml", CHAIN)
    stand.soaked()
    assert (
        "not committed as now in use: environments.yml and policy.yml -> Commit environments.yml and policy.yml"
        in shut(stand.look())
    )
    stand.folder.commit("both")
    assert stand.look().is_open
    stand.folder.write("environments.yml", CHAIN + "# more\n")
    assert "in use: environments.yml -> Commit environments.yml" in shut(stand.look())


def test_what_is_committed_after_it_was_deployed_can_be_looked_at(stand: Stand) -> None:
    stand.soaked({**FILES, PATH: permission_set("New")}, dirty=True)
    path = "force-app/main/default/permissionsets/Allow_X.permissionset-meta.xml"
    stand.folder.write(path, permission_set("New").decode())
    commit = stand.folder.commit("as it was\n\nReviewed-by: Bob <bob@example.com>")
    assert stand.promote().success
    [entry] = stand.history()
    assert (entry.source_revision, entry.source_dirty) == (commit, False)


def test_the_forecast_is_of_the_target_and_of_the_package_as_it_goes_there(stand: Stand) -> None:
    seen: list[bytes] = []

    def foresee(files: object, deletions: object) -> Forecast:
        assert isinstance(files, dict)
        seen.extend(entry.read() for entry in files[ComponentId.of("ConnectedApp", "Billing")])
        return acme()

    stand.soaked()
    stand.foresight = foresee
    words = shut(stand.look())
    assert seen == [FILES[APP]]
    assert "would stop working, or might" in words
    assert "accept each loss and blind spot in policy.yml by name" in words
    gate = next(gate for gate in stand.look().gates if gate.name == "forecast")
    harmed = [row.user.username for row in acme().outstanding]
    assert len(harmed) > 1
    assert all(any(line.startswith(name) for line in gate.details) for name in harmed), "nobody is left out"


@pytest.mark.parametrize(
    "error", [GuardRefused("Our user sees too little", "Give it more"), OrgRefused("no"), SourceError.at("bad", "x")]
)
def test_an_audit_that_does_not_come_about_is_no_clean_forecast(stand: Stand, error: Exception) -> None:
    def foresee(files: object, deletions: object) -> Forecast:
        raise error

    stand.soaked()
    stand.foresight = foresee
    assert "forecast: production could not be audited" in shut(stand.look())


def test_without_a_policy_nobody_can_say(stand: Stand) -> None:
    stand.soaked()
    stand.foresight = None
    assert "sfmeta policy draft -o prod" in shut(stand.look())


def test_a_second_person_agrees_to_the_package(stand: Stand) -> None:
    for path, text in SOURCE.items():
        stand.folder.write(path, text + "\n")
    stand.revision = stand.folder.commit("second")
    stand.soaked()
    words = shut(stand.look())
    assert "approval: nobody but its authors (Ada <ada@example.com>) has agreed" in words
    _, _, line = words.partition("run: ")
    assert line.startswith("git commit --allow-empty -m 'Approve ")
    as_bob = line.replace("git ", "git -c user.name=Bob -c user.email=bob@example.com ", 1)
    stand.folder.git(*shlex.split(as_bob)[1:])
    assert stand.look().is_open


def test_what_was_promoted_before_was_agreed_to(stand: Stand) -> None:
    stand.soaked()
    assert stand.promote().success
    assert stand.look().is_open, "the same once more needs nothing more"
    stand.folder.write("force-app/main/default/permissionsets/Allow_X.permissionset-meta.xml", "x")
    stand.revision = stand.folder.commit("by one person")
    stand.soaked({**FILES, PATH: permission_set("New")})
    assert "approval: nobody but its authors" in shut(stand.look())


def test_a_component_that_the_commit_does_not_hold_has_no_author(stand: Stand) -> None:
    stand.soaked({**FILES, "permissionsets/Other.permissionset": permission_set("Other")})
    assert "has no file of PermissionSet:Other" in shut(stand.look())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stage": Stage.SENT, "id": "20991231T000000Z-ffffff"}, "was sent, and what came of it is not recorded"),
        ({"success": False}, "did not hold what was sent"),
        ({"kind": Purpose.ROLLBACK}, "was rolled back since its last deployment"),
        ({"status": "Unknown", "success": False}, "did not hold what was sent"),
    ],
)
def test_the_last_deployment_must_stand(stand: Stand, change: dict[str, object], words: str) -> None:
    stand.soaked()
    newer = replace(stand.deploy({PATH: permission_set("Newer")}), id="20991231T000000Z-ffffff")
    record = _add(stand, newer, **change)
    gate = stand.look().gates[0]
    assert (gate.name, gate.verdict) == ("deployed", Verdict.REFUSED)
    assert words in gate.what
    assert gate.satisfy
    assert verdicts(stand.look(record.id))["deployed"] == "refused"


def test_what_never_came_about_is_passed_over(stand: Stand) -> None:
    first = stand.soaked()
    _add(stand, replace(first, id="20991231T000000Z-ffffff"), status=NOT_SENT, success=False)
    found = stand.look()
    assert found.candidate is not None
    assert found.candidate.record.id == first.id


def test_an_older_deployment_by_its_id(stand: Stand) -> None:
    first = stand.soaked()
    stand.deploy({PATH: permission_set("Newer")})
    assert "verify" in shut(stand.look(first.id)), "it is not what the org holds now"
    stand.uat.held[PATH] = permission_set()
    assert stand.promote(first.id).success
    assert stand.history()[0].source == first.id
    with pytest.raises(UsageError, match="'2020' names no deployment to uat"):
        stand.look("2020")


def test_a_deployment_is_named_here_as_everywhere(stand: Stand) -> None:
    first = stand.soaked()
    second = stand.deploy({PATH: permission_set("Newer")})
    for wanted in (first, second):
        for name in (wanted.job_id, wanted.job_id[:15], wanted.id, wanted.id[:-1]):
            found = stand.look(name).candidate
            assert found is not None
            assert found.record.id == wanted.id
    with pytest.raises(UsageError, match="is the beginning of 2 deployments"):
        stand.look(first.id[:4])


def test_a_ledger_whose_files_are_not_its_package(stand: Stand) -> None:
    record = stand.soaked()
    _add(stand, record, derivation=replace(record.derivation, base_digest="0" * 64))
    gate = stand.look().gates[0]
    assert "are not the package" in gate.what


def test_an_entry_of_an_older_sfmeta_is_its_own_base(stand: Stand) -> None:
    stand.environments = read_environments(CHAIN.replace("values:", "#"))
    record = stand.soaked()
    _add(stand, record, derivation=replace(record.derivation, environment="", base_digest="", values_digest=""))
    assert stand.look().is_open


def test_an_environment_that_held_it_before_anybody_deployed_it(stand: Stand) -> None:
    made = derived(package(FILES), stand.environments, UAT).package
    stand.uat.held = {entry.path: entry.read() for entry in made.entries if entry.path != "package.xml"}
    record = stand.soaked()
    assert (record.status, record.job_id, record.success) == ("Accepted", "", True)
    assert stand.uat.deploys == []
    assert stand.promote().success
    assert stand.history()[0].source == record.id


def test_only_an_environment_without_a_history_is_taken_as_it_is(stand: Stand) -> None:
    stand.deploy()
    with pytest.raises(AssertionError):
        stand.deploy()
    assert len(list(stand.ends.source_ledger.deployments())) == 1


def test_gates_that_nobody_asks_for_are_not_there(stand: Stand) -> None:
    stand.environments = read_environments(CHAIN.replace(", soak: 24 hours, approval: second_person", ""))
    stand.deploy()
    found = stand.look()
    assert list(verdicts(found)) == ["deployed", "org", "verify", "clean-source", "forecast"]
    assert found.is_open


def test_values_that_match_nothing_are_a_mistake_of_the_file(stand: Stand) -> None:
    stand.soaked()
    values = "    values: {ConnectedApp:Billing: {oauthConfig/nope: x}, PermissionSet:Nope: {label: x}}\n"
    stand.environments = read_environments(CHAIN + values)
    with pytest.raises(SourceError) as caught:
        stand.look()
    assert len(caught.value.problems) == 2


def test_the_way_to_an_environment() -> None:
    chain = read_environments(CHAIN)
    route = route_to(chain, "production")
    assert (route.source.name, route.target.name) == ("uat", "production")
    with pytest.raises(UsageError, match=r"Did you mean production\?"):
        route_to(chain, "prodution")
    with pytest.raises(UsageError, match=r"Write them into environments.yml"):
        route_to(Environments(), "production")
    with pytest.raises(GuardRefused, match=r"gates: \{after: uat, soak: 24 hours, approval: second_person\}"):
        route_to(
            read_environments(CHAIN.replace("gates: {after: uat, soak: 24 hours, approval: second_person}", "")),
            "production",
        )


def test_which_environment_an_org_is(stand: Stand) -> None:
    made = package(FILES)
    other = derived(made, stand.environments, OrgId.parse("00D000000000009"))
    assert (other.package, other.derivation.environment, other.derivation.base_digest) == (made, "", made.digest)


def _add(stand: Stand, record: Deployment, **change: object) -> Deployment:
    """Another entry of uat's ledger, with the files of the last one."""
    ledger = stand.ends.source_ledger
    commit = next(commit for commit, _ in ledger.deployments())
    new = replace(record, **change)  # type: ignore[arg-type]  # values of the right types
    ledger.advance(new, commit)
    return new


DEMANDING = CHAIN.replace("approval: second_person}", "approval: second_person, validated: RunLocalTests}")


@pytest.fixture
def demanding(stand: Stand) -> Stand:
    """Production takes only what a check has proven with its local tests."""
    stand.environments = read_environments(DEMANDING)
    stand.production.tests = 3
    return stand


def test_what_a_check_has_proven_is_promoted_and_nothing_else(demanding: Stand) -> None:
    demanding.soaked()
    words = shut(demanding.look())
    assert "validated: production takes only what a check has proven with RunLocalTests" in words
    assert "sfmeta promote --to production --check-only; when it has passed: sfmeta promote --to production" in words
    made = demanding.check()
    assert (made.success, made.tests, made.test_level, made.environment) == (True, 3, "RunLocalTests", "production")
    found = demanding.look(quick=made.job_id)
    assert verdicts(found)["validated"] == "passed"
    assert demanding.promote(quick=made.job_id).success
    [entry] = demanding.history()
    assert (entry.kind, entry.validation, entry.package_digest) == (Purpose.PROMOTE, made.job_id, made.package_digest)
    assert demanding.production.held == FILES
    again = demanding.promote(quick=made.job_id)
    assert (again.outcome, again.success) == (None, True), "the same command again has nothing to do"


def test_a_check_of_the_target_that_was_moved_meanwhile_is_not_promoted(demanding: Stand) -> None:
    demanding.soaked()
    made = demanding.check()
    demanding.production.held[PATH] = permission_set("By hand")
    with pytest.raises(GuardRefused, match="the org has changed: PermissionSet:Allow_X"):
        demanding.promote(quick=made.job_id)
    assert demanding.history() == []


def test_with_a_check_every_other_gate_is_judged_again(demanding: Stand) -> None:
    demanding.soaked()
    made = demanding.check()
    demanding.uat.held[PATH] = permission_set("Renamed")
    assert shut(demanding.look(quick=made.job_id)).startswith("verify: ")


def test_a_check_of_another_package_is_not_promoted(demanding: Stand) -> None:
    demanding.soaked()
    made = demanding.check()
    demanding.environments = read_environments(
        DEMANDING + "    values: {ConnectedApp:Billing: {oauthConfig/callbackUrl: https://x.example.com}}\n"
    )
    assert "checked another package" in shut(demanding.look(quick=made.job_id))


@pytest.mark.parametrize(
    ("gates", "tests", "words"),
    [
        ("RunAllTestsInOrg", 3, "ran RunLocalTests (3 tests), and production asks for RunAllTestsInOrg"),
        ("RunLocalTests", 0, "ran RunLocalTests (no test), and production asks for RunLocalTests"),
    ],
)
def test_too_few_tests_are_not_enough(demanding: Stand, gates: str, tests: int, words: str) -> None:
    demanding.soaked()
    demanding.production.tests = tests
    made = demanding.check()
    demanding.environments = read_environments(DEMANDING.replace("validated: RunLocalTests", f"validated: {gates}"))
    assert words in shut(demanding.look(quick=made.job_id))


def test_a_check_runs_what_the_gate_asks_for(stand: Stand) -> None:
    text = DEMANDING.replace("validated: RunLocalTests", "validated: RunAllTestsInOrg")
    for chain in (text, text.replace("    test_level: RunLocalTests\n", "")):
        assert read_environments(chain).chain["production"].tests_to_run is TestLevel.RUN_ALL_TESTS_IN_ORG
    assert read_environments(CHAIN).chain["production"].tests_to_run is TestLevel.RUN_LOCAL_TESTS


def test_a_check_that_was_not_waited_for_proves_nothing_until_its_end_is_seen(demanding: Stand) -> None:
    demanding.soaked()
    demanding.production.polls = 10**6
    with pytest.raises(StillRunning) as caught:
        demanding.check()
    job = JobId(caught.value.job_id)
    assert f"How validation {job} ended is not recorded: sfmeta job resume {job}" in shut(demanding.look(quick=job))
    demanding.production.polls = 0
    kept = demanding.ends.validations
    made = complete(demanding.production.deploy_status(job), kept, demanding.tools)
    assert made is not None
    assert (made.success, made.tests) == (True, 3)
    assert complete(demanding.production.deploy_status(job), kept, demanding.tools) == made
    assert demanding.promote(quick=job).success
