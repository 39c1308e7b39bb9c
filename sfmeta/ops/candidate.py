"""The deployment that a promotion repeats, with the very package it had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sfmeta.errors import GuardRefused, SourceError
from sfmeta.model.component import Entry, Package, package_digest
from sfmeta.model.deployment import Deployment, Purpose, Stage
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.ops.naming import position
from sfmeta.source.manifest import DESTRUCTIVE_POST, DESTRUCTIVE_PRE, read_manifest
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository

_REPEATABLE = frozenset({Purpose.APPLY, Purpose.DEPLOY, Purpose.PROMOTE})
_BESIDE = frozenset({Purpose.ACCEPT, Purpose.ENFORCE, Purpose.GRANT})
"""Without a package: what was deployed before stands."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deployment that may be repeated elsewhere.

    Attributes:
        record: of the ledger.
        base: its package, before the values of its environment were set: the same for every org.
        sent: the package's files with those values, as they went to that org.
    """

    record: Deployment
    base: Package
    sent: tuple[Entry, ...]


def find_candidate(ledger: Ledger, wanted: str, org: str) -> Candidate:
    """The deployment to repeat.

    Args:
        ledger: of the org where it was tried.
        wanted: its id, the beginning of it, or its job's id; "" for the last one.
        org: alias of that org, for messages.

    Raises:
        UsageError: it names no deployment, or several.
        GuardRefused: what there is cannot be repeated: it failed, was taken back, or its package is not as recorded.
    """
    commit, record = _named(ledger, wanted, org) if wanted else _last(ledger, org)
    _require_success(record, org)
    base = ledger.base(commit)
    expected = record.derivation.base_digest or record.package_digest
    if package_digest(base) != expected:
        raise GuardRefused(
            f"The files in the ledger are not the package of deployment {record.id}",
            f"Deploy it again: sfmeta deploy -o {org}",
            "package-digest",
        )
    return Candidate(record, _package(record, base), ledger.package(commit))


def commit_of(
    candidate: Candidate, repository: Repository, directories: Sequence[str], kept: Callable[..., Iterable[Entry]]
) -> str:
    """The commit that holds the very package: the one it was deployed from, or HEAD where it was committed later.

    Args:
        candidate: the deployment.
        repository: of the project.
        directories: the package directories.
        kept: leaves out the files that are no part of a deployment.

    Returns:
        Its full id; "" where no such commit is known.
    """
    record = candidate.record
    if record.source_revision and not record.source_dirty:
        return record.source_revision
    head = repository.head()
    if not head:
        return ""
    try:
        files = kept(repository.entries(head, directories))
        there = build_package(
            files,
            candidate.base.api_version,
            only=frozenset(candidate.base.components),
            delete_before=candidate.base.delete_before,
            delete_after=candidate.base.delete_after,
        )
    except SourceError:
        # what HEAD cannot make a package of is not what was deployed
        return ""
    return head if there.digest == candidate.base.digest else ""


def _named(ledger: Ledger, wanted: str, org: str) -> tuple[str, Deployment]:
    found = tuple(ledger.deployments())
    return found[position(found, wanted, org)]


def _last(ledger: Ledger, org: str) -> tuple[str, Deployment]:
    """The newest deployment that the org took and that was not taken back."""
    for commit, record in ledger.deployments():
        if record.stage is Stage.SENT:
            raise GuardRefused(
                f"Deployment {record.id} was sent, and what came of it is not recorded",
                f"Run: sfmeta job resume {record.job_id} -o {org}",
            )
        is_step_of_grants = record.kind == Purpose.APPLY and not record.components
        if not record.was_taken or record.kind in _BESIDE or is_step_of_grants:
            continue
        if record.kind == Purpose.ROLLBACK:
            # how far back it went is not written in one word; whoever knows says what still stands
            raise GuardRefused(
                f"{org} was rolled back since its last deployment ({record.id})",
                f"Deploy again, or name a deployment that stands: --deployment ID (sfmeta history -o {org})",
            )
        return commit, record
    raise GuardRefused(f"No deployment to {org} is recorded here", f"Deploy it there first: sfmeta deploy -o {org}")


def _require_success(record: Deployment, org: str) -> None:
    again = f"Deploy it there first: sfmeta deploy -o {org}"
    if record.kind not in _REPEATABLE:
        raise GuardRefused(f"{record.id} is a {record.kind}, which cannot be repeated elsewhere", again)
    if not record.components and not record.deletions:
        raise GuardRefused(f"{record.id} wrote grants and deployed nothing that could be repeated elsewhere", again)
    if record.stage is not Stage.FINISHED or not record.was_taken:
        raise GuardRefused(f"Deployment {record.id} did not come about ({record.status or record.stage})", again)
    if not record.success:
        raise GuardRefused(f"After deployment {record.id} the org did not hold what was sent", again)


def _package(record: Deployment, entries: tuple[Entry, ...]) -> Package:
    files = {entry.path: entry for entry in entries}

    def deleted(path: str) -> tuple[ComponentId, ...]:
        return read_manifest(files[path].read(), path).components if path in files else ()

    return Package(
        ApiVersion.parse(record.api_version),
        record.components,
        tuple(sorted(entries, key=lambda entry: entry.path)),
        deleted(DESTRUCTIVE_PRE),
        deleted(DESTRUCTIVE_POST),
    )
