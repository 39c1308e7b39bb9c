"""What the verbs need from outside, as small protocols. The real ones live in ``org`` and ``workspace``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import BinaryIO, Protocol

from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import DeployOptions, DeployOutcome, OrgInfo, RetrieveOutcome


class Clock(Protocol):
    """Time, so that tests can own it."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Progress(Protocol):
    """Where long work says how far it is. Nothing it is told may be a secret."""

    def step(self, text: str) -> None:
        """A new piece of work begins ("Retrieving 12 components")."""

    def advance(self, done: int, total: int, text: str = "") -> None:
        """So much of the piece is done; ``total`` 0 means nobody knows yet."""


class Retrieving(Protocol):
    """An org that retrieves."""

    def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
        """Ask for components (``*`` as a full name means all of the type); the id of the job."""

    def retrieve_status(self, job: JobId, sink: BinaryIO) -> RetrieveOutcome:
        """The state of a retrieve job; when done, its zip is written to ``sink``."""


class OnInterrupt(Enum):
    """What to do with a running job after Ctrl-C."""

    DETACH = "detach"
    """Leave it alone: it goes on in the org."""
    CANCEL = "cancel"
    """Ask the org to stop it, and wait for what becomes of it."""
    WAIT = "wait"
    """Go on waiting."""


def detach(job: JobId) -> OnInterrupt:  # noqa: ARG001 (nobody is asked)
    """The answer where nobody can be asked."""
    return OnInterrupt.DETACH


def _as_it_is(root: Element) -> Element:
    return root


@dataclass(frozen=True, slots=True)
class Tools:
    """What every verb that talks to an org is given.

    Attributes:
        clock: time.
        progress: where to say how far it is.
        scratch: opens another scratch file; all are gone when the run ends.
        deadline_s: how long to wait for a job before ``StillRunning``.
        in_order: puts a document's elements into the order of Salesforce's schema.
        on_interrupt: asks what to do with a running job after Ctrl-C.
    """

    clock: Clock
    progress: Progress
    scratch: Callable[[], BinaryIO]
    deadline_s: float
    in_order: Callable[[Element], Element] = _as_it_is
    on_interrupt: Callable[[JobId], OnInterrupt] = detach

    @property
    def now(self) -> datetime:
        """The clock's time, in UTC."""
        return datetime.fromtimestamp(self.clock.now(), UTC)


class Deploying(Protocol):
    """An org that deploys."""

    def start_deploy(self, archive: BinaryIO, options: DeployOptions) -> JobId:
        """Send a zip (single package, at its current position) and return the id of the job."""

    def deploy_status(self, job: JobId) -> DeployOutcome:
        """The state of a deploy job, with all its messages."""


class Org(Retrieving, Deploying, Protocol):
    """One org, logged in. Every call raises ``OrgUnreachable``, ``SessionExpired`` or ``OrgRefused``."""

    @property
    def info(self) -> OrgInfo:
        """Who and where we are."""

    def cancel_deploy(self, job: JobId) -> None:
        """Ask for a running deploy to stop; poll ``deploy_status`` for what became of it."""

    def quick_deploy(self, validation: JobId) -> JobId:
        """Deploy what a check-only job has proven, without running its tests again; the id of the new job."""

    def query(self, soql: str) -> Iterator[Mapping[str, object]]:
        """The rows of a SOQL query, page by page, without their ``attributes``."""

    def create_record(self, sobject: str, fields: Mapping[str, object]) -> str:
        """Creates a record; its id."""

    def update_record(self, sobject: str, record_id: str, fields: Mapping[str, object]) -> None:
        """Changes fields of a record."""

    def delete_record(self, sobject: str, record_id: str) -> None:
        """Deletes a record."""

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        """The same in pages as the org cuts them, also of the Tooling API."""

    def server_time(self) -> datetime | None:
        """What the org takes the time to be, to the second; None where it does not say."""
