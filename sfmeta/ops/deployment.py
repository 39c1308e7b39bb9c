"""A deployment as values: where its package comes from, what it will do, how far it came, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sfmeta.change.cautions import Caution
from sfmeta.change.inverse import Loss
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry, Package
from sfmeta.model.deployment import NO_JOB, NOT_DERIVED, Deployment, Derivation, Purpose
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import DeployOptions, DeployOutcome, OrgInfo
from sfmeta.model.records import Record, RecordChange
from sfmeta.model.registry import ACCESS_TYPES
from sfmeta.ops.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a package comes from.

    Attributes:
        kind: see ``model.deployment.Purpose``.
        revision: the commit, "" in a repository without one.
        dirty: the files differ from that commit.
        author: who runs it, as git knows them; "" where git does not.
        derivation: from which package this one came, by which values.
        base: the package's files before those values were set, where they differ.
        source: the deployment that a promotion repeats.
        plan: the plan that this is a step of, or takes back.
    """

    kind: str = Purpose.DEPLOY
    revision: str = ""
    dirty: bool = False
    author: str = ""
    derivation: Derivation = NOT_DERIVED
    base: tuple[Entry, ...] = ()
    source: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """What a deployment will do.

    Attributes:
        info: the org.
        package: what will be sent.
        options: how.
        provenance: where it comes from.
        before: what the org holds of it now.
        changes: what will differ afterwards, deletions left out.
        deletions: what will be deleted, and is there now.
        cautions: what a person should know.
        consent: what must be agreed to, one question each; empty where nothing must.
        tip: of the ledger when the org was read; what others wrote since makes the plan stale.
        notes: what a person should know of the history.
        grants: on the permission sets that it touches, as the org holds them now; None where it does not show them.
        writes: grants to write once the package is in.
        losses: what could not be put back afterwards, by the package that would undo it.
        validation: the check-only job that is deployed in place of the package's bytes, which it has proven; "" sends
            the package.
        foreseen: what the forecast said before it was agreed to, as JSON, for the ledger; None where none was made.
    """

    info: OrgInfo
    package: Package
    options: DeployOptions
    provenance: Provenance
    before: Snapshot
    changes: ChangeSet
    deletions: tuple[ComponentId, ...]
    cautions: tuple[Caution, ...]
    consent: tuple[str, ...]
    tip: str = ""
    notes: tuple[str, ...] = ()
    grants: tuple[Record, ...] | None = None
    writes: tuple[RecordChange, ...] = ()
    losses: tuple[Loss, ...] = ()
    validation: JobId = NO_JOB
    foreseen: Mapping[str, object] | None = None

    @property
    def changes_nothing(self) -> bool:
        """The org holds already what the package says, and the grants."""
        return not self.changes and not self.deletions and not self.writes

    @property
    def touches_access(self) -> bool:
        """It changes something that decides who may use the API."""
        touched = {*self.package.components, *self.package.deletions}
        return bool(self.writes) or any(component.type in ACCESS_TYPES for component in touched)

    @property
    def sends_nothing(self) -> bool:
        """Only grants are written; there is no package to send."""
        return self.package.is_empty


@dataclass(frozen=True, slots=True)
class DeployReport:
    """What came of a deployment.

    Attributes:
        plan: what was planned.
        outcome: the org's answer; None where nothing was sent because nothing would have changed.
        after: what the org holds afterwards; None for a check-only or failed deployment.
        missing: what the read-back found to differ from what was sent.
        undeleted: what should be gone and is still there.
        unread: what the org would not give afterwards: nobody knows whether it holds what was sent.
        beside: what changed in the deployed apps though no file asked for it.
        unwritten: grants that could not be written, with the org's words.
        grants: on the permission sets that were touched, as the org holds them afterwards.
        record: the ledger entry; None where none was written.
    """

    plan: DeployPlan
    outcome: DeployOutcome | None = None
    after: Snapshot | None = None
    missing: ChangeSet = field(default_factory=ChangeSet)
    undeleted: tuple[ComponentId, ...] = ()
    unread: tuple[ComponentId, ...] = ()
    beside: ChangeSet = field(default_factory=ChangeSet)
    unwritten: tuple[str, ...] = ()
    grants: tuple[Record, ...] | None = None
    record: Deployment | None = None

    @property
    def success(self) -> bool:
        """The org agreed, and holds now what was sent."""
        agreed = self.outcome is None or self.outcome.success
        return agreed and not (self.missing or self.undeleted or self.unread or self.unwritten)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A deployment and the commit of the ledger that records it ("" where there is no ledger)."""

    record: Deployment
    commit: str = ""
