"""What an org answered. A failed deployment is a value, not an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from sfmeta.model.names import ApiVersion, ComponentId, JobId, OrgId


class JobStatus(StrEnum):
    """The states of a deploy or retrieve job (WSDL ``DeployStatus``, ``RetrieveStatus``; two more from API 65 on)."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    FINALIZING_DEPLOY = "FinalizingDeploy"
    SUCCEEDED = "Succeeded"
    SUCCEEDED_PARTIAL = "SucceededPartial"
    FAILED = "Failed"
    FINALIZING_DEPLOY_FAILED = "FinalizingDeployFailed"
    CANCELING = "Canceling"
    CANCELED = "Canceled"

    @property
    def is_final(self) -> bool:
        """Whether the job will not change any more."""
        return self in _FINAL


_FINAL = frozenset(
    {
        JobStatus.SUCCEEDED,
        JobStatus.SUCCEEDED_PARTIAL,
        JobStatus.FAILED,
        JobStatus.FINALIZING_DEPLOY_FAILED,
        JobStatus.CANCELED,
    }
)


class TestLevel(StrEnum):
    """Which Apex tests a deploy runs."""

    __test__ = False  # pytest would take the name for a test class

    NO_TEST_RUN = "NoTestRun"
    RUN_SPECIFIED_TESTS = "RunSpecifiedTests"
    RUN_LOCAL_TESTS = "RunLocalTests"
    RUN_ALL_TESTS_IN_ORG = "RunAllTestsInOrg"

    def covers(self, other: TestLevel) -> bool:
        """Whether this one runs at least what another one does; each is followed by the larger one."""
        levels = list(TestLevel)
        return levels.index(self) >= levels.index(other)


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """The options of a deploy; what is not here is sent as the WSDL's ``false``.

    Attributes:
        check_only: validate and save nothing.
        rollback_on_error: all or nothing; production orgs insist on it.
        ignore_warnings: a warning does not fail the deploy. A deletion of something absent is a warning.
        purge_on_delete: skip the recycle bin (not in production).
        test_level: None leaves it to the org.
        run_tests: Apex classes for ``RunSpecifiedTests``.
    """

    check_only: bool = False
    rollback_on_error: bool = True
    ignore_warnings: bool = False
    purge_on_delete: bool = False
    test_level: TestLevel | None = None
    run_tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComponentMessage:
    """One line of a deploy result (WSDL ``DeployMessage``).

    Attributes:
        type: as the org said it; "" for the manifest itself.
        full_name: as the org said it.
        file: the path inside the package.
        problem: the org's words, "" where it succeeded.
        problem_type: ``Error``, ``Warning``, ``Info`` or "".
        line: 1-based, 0 where the org gave none.
        column: 1-based, 0 where the org gave none.
        changed: the org's copy differs now.
        created: it did not exist before.
        deleted: it is gone now.
        success: whether this component went in.
    """

    type: str
    full_name: str
    file: str = ""
    problem: str = ""
    problem_type: str = ""
    line: int = 0
    column: int = 0
    changed: bool = False
    created: bool = False
    deleted: bool = False
    success: bool = True


@dataclass(frozen=True, slots=True)
class TestFailure:
    """One Apex test that failed."""

    __test__: ClassVar[bool] = False

    class_name: str
    method: str
    message: str
    stack_trace: str = ""


@dataclass(frozen=True, slots=True)
class DeployOutcome:
    """The state of a deploy job, running or done (WSDL ``DeployResult``).

    Attributes:
        job: its id.
        status: see ``JobStatus``.
        done: the org will not change it any more.
        success: the org's own verdict.
        check_only: nothing was saved.
        components_total: in the package.
        components_deployed: so far.
        component_errors: so far.
        tests_total: to run.
        tests_completed: so far.
        test_errors: so far.
        messages: every component message, failures first; none is dropped.
        test_failures: every failed test.
        error: the org's ``errorMessage``, "" where none.
        error_code: the org's ``errorStatusCode``, "" where none.
        state_detail: what the org is busy with.
        canceled_by: the user's name, "" where not cancelled.
        completed_at: the org's own text of the time, "" while it runs.
    """

    job: JobId
    status: JobStatus
    done: bool
    success: bool
    check_only: bool = False
    components_total: int = 0
    components_deployed: int = 0
    component_errors: int = 0
    tests_total: int = 0
    tests_completed: int = 0
    test_errors: int = 0
    messages: tuple[ComponentMessage, ...] = ()
    test_failures: tuple[TestFailure, ...] = ()
    error: str = ""
    error_code: str = ""
    state_detail: str = ""
    canceled_by: str = ""
    completed_at: str = ""

    @property
    def failures(self) -> tuple[ComponentMessage, ...]:
        """The messages of components that did not go in."""
        return tuple(message for message in self.messages if not message.success)


@dataclass(frozen=True, slots=True)
class RetrieveMessage:
    """Something the org could not give (``Entity of type 'X' named 'Y' cannot be found``)."""

    file: str
    problem: str


@dataclass(frozen=True, slots=True)
class RetrieveOutcome:
    """The state of a retrieve job (WSDL ``RetrieveResult``, without its zip).

    Attributes:
        job: its id.
        status: see ``JobStatus``.
        done: whether the org will not change it any more.
        success: the org's own verdict.
        messages: what could not be given.
        components: what was given, by type and full name as the org said it.
        error: the org's ``errorMessage``, "" where none.
        zip_bytes: size of the zip that was written to the sink, 0 where there was none.
        ids: the record ids that the org gave for them, "" where it gave none.
    """

    job: JobId
    status: JobStatus
    done: bool
    success: bool
    messages: tuple[RetrieveMessage, ...] = ()
    components: tuple[ComponentId, ...] = ()
    error: str = ""
    zip_bytes: int = 0
    ids: Mapping[ComponentId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrgInfo:
    """Who and where we are, as the org itself says.

    Attributes:
        id: the org.
        name: the organization's name.
        instance_url: where its API is, without a trailing slash.
        username: who we are.
        user_id: 18 characters.
        is_sandbox: ``Organization.IsSandbox``.
        organization_type: ``Organization.OrganizationType``, e.g. ``Enterprise Edition``, ``Developer Edition``.
        is_trial: it has a trial expiration date.
        api_version: the wire version in use.
        client_id: consumer key of the app we are logged in through, "" where that is not known.
    """

    id: OrgId
    name: str
    instance_url: str
    username: str
    user_id: str
    is_sandbox: bool
    organization_type: str
    is_trial: bool
    api_version: ApiVersion
    client_id: str = ""

    @property
    def kind(self) -> str:
        """``production``, ``sandbox``, ``trial``, or the edition of an org that is none of these."""
        if self.is_sandbox:
            return "sandbox"
        if self.is_trial:
            return "trial"
        return "production" if self.is_production else self.organization_type

    @property
    def title(self) -> str:
        """The name for people; sandboxes often have the name of their production org."""
        return f"{self.name} ({self.kind})"

    @property
    def is_production(self) -> bool:
        """What the org says it is: not a sandbox, not a Developer Edition, not a trial."""
        return not self.is_sandbox and not self.is_trial and self.organization_type != "Developer Edition"
