"""A deployment that another run began: the plan as the ledger remembers it, and the rest of its way."""

from __future__ import annotations

from sfmeta.change.comparison import unmet
from sfmeta.model.component import Package
from sfmeta.model.deployment import Deployment
from sfmeta.model.names import ApiVersion
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops import closing
from sfmeta.ops.deployment import DeployPlan, DeployReport, Provenance, Recorded
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import Snapshot, by_component, labels_of_permission_sets
from sfmeta.workspace.ledger import Ledger


def finish_recorded(org: Org, ledger: Ledger, commit: str, record: Deployment, tools: Tools) -> DeployReport:
    """Wait for the job of a ledger entry, read back what it left, and close the entry.

    Args:
        org: where it runs.
        ledger: of that org.
        commit: of the entry, in stage "sent".
        record: the entry.
        tools: the clock, progress and scratch space.

    Raises:
        StillRunning: the deadline passed; the job goes on.
    """
    return closing.finish(org, _plan(org, ledger, commit, record), Recorded(record, commit), ledger, tools)


def _plan(org: Org, ledger: Ledger, commit: str, record: Deployment) -> DeployPlan:
    entries = ledger.package(commit)
    unreadable = dict.fromkeys(record.unrecoverable, "the org would not give it before the deployment")
    before = Snapshot(by_component(ledger.before(commit)), frozenset(record.absent_before), unreadable)
    files = by_component(entries)
    package = Package(ApiVersion.parse(record.api_version), record.components, entries, (), record.deletions)
    return DeployPlan(
        info=org.info,
        package=package,
        options=DeployOptions(),
        provenance=Provenance(record.kind, record.source_revision, record.source_dirty, record.author),
        before=before,
        changes=unmet(files, before.holdings, labels_of_permission_sets(before.holdings, files)),
        deletions=record.deletions,
        cautions=(),
        consent=(),
        grants=ledger.records(commit, after=False),
        writes=ledger.writes(commit),
    )
